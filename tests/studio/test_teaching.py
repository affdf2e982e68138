"""What is said about moments: it lands in the lake, changes what is kept, and can be undone."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from timeline_values import make_source

from aiditor.detect import VERSION, DetectConfig
from aiditor.errors import AIditorError, BadInput
from aiditor.pipeline import Analysis
from aiditor.store.labels import TAKEN_BACK
from aiditor.store.lake import Lake
from aiditor.studio.project import BY_HAND, Project, as_choices, choose, with_mark, without_mark
from aiditor.studio.teaching import Teaching, detector_name
from aiditor.timeline import Event, Moment, Reason, Scores, Signals
from aiditor.ui.views import labels_view, moments_view

LOUD = (Reason("loud burst", 0.4),)


def moment(t_s: float, score: float = 0.6, kind: str = "burst") -> Moment:
    return Moment(t_s, t_s - 1, t_s + 1, score, LOUD, kind)


def analysis(*names: str) -> Analysis:
    """Clips of 30 s with moments at 5 and 12 s; a kill of confidence 0.9 lies in the second."""
    sources = tuple(make_source(Path(f"/clips/{name}.mp4"), 30, duration_s=30.0) for name in names)
    values = np.zeros(300, np.float32)
    events = (Event("kill", 12.2, 12.0, 12.4, 0.9),)
    moments = (moment(12.0, 0.8, "kill"), moment(5.004))
    scores = tuple(Scores(s.id, 30.0, 0.1, values, values, values, moments, events) for s in sources)
    return Analysis(sources, tuple(Signals(s.id, 30.0, 0.1, {"rms": values}) for s in sources), scores, ())


def opened(*names: str, name: str = "p", user: str = "ana") -> Project:
    return Project(name, user, analysis=analysis(*(names or ("raid",))), detector="signals/1")


@pytest.fixture
def teaching(tmp_path) -> Teaching:
    return Teaching(Lake(tmp_path / "lake"))


@pytest.fixture
def project() -> Project:
    return opened()


def said(teaching: Teaching) -> list[tuple[float, str]]:
    return sorted((label.t_s, label.says) for label in teaching.lake.labels())


def test_a_detector_is_named_with_its_version_and_model():
    assert detector_name(DetectConfig(detectors=("signals",))) == f"signals/{VERSION}"
    cfg = DetectConfig(detectors=("net",), model_version="0123456789")
    assert detector_name(cfg) == f"net/{VERSION}/01234567"


class TestSay:
    def test_lands_in_the_lake_with_what_the_detector_had_said(self, teaching, project):
        teaching.say(project, 2, "other_kill")
        (label,) = teaching.lake.labels()
        assert (label.source_id, label.source, label.t_s, label.says) == ("raid", "/clips/raid.mp4", 12.0, "other_kill")
        assert (label.start_s, label.end_s, label.detected, label.confidence) == (11.0, 13.0, "kill", 0.9)
        assert (label.detector, label.project, label.labelled_by) == ("signals/1", "p", "")

    def test_where_no_event_was_found_the_moments_score_is_the_confidence(self, teaching, project):
        assert teaching.say(project, 1, "kill").confidence == 0.6

    def test_what_is_not_for_a_montage_leaves_it_until_it_is_kill_again(self, teaching, project):
        key = ("raid", 12.0)
        for says, dropped in (("nothing", {key}), ("kill", set()), ("death", {key}), ("score", set()),
                              ("other_kill", {key})):  # fmt: skip
            teaching.say(project, 2, says)
            assert project.dropped == dropped
        assert said(teaching) == [(12.0, "other_kill")]

    def test_saying_none_takes_it_back(self, teaching, project):
        teaching.say(project, 1, "kill")
        teaching.say(project, 1, "")
        assert said(teaching) == []

    @pytest.mark.parametrize("number", [0, 3, -1])
    def test_a_moment_that_is_not_there_is_refused(self, teaching, project, number):
        with pytest.raises(BadInput, match=f"no moment {number}"):
            teaching.say(project, number, "kill")

    def test_a_word_that_is_none_is_refused_and_changes_nothing(self, teaching, project):
        with pytest.raises(BadInput, match="is no label"):
            teaching.say(project, 1, "boring")
        assert (said(teaching), project.steps, project.dropped) == ([], [], frozenset())

    def test_nothing_changes_when_the_lake_cannot_be_written(self, teaching, project):
        teaching.lake.root.write_text("in the way")
        with pytest.raises(AIditorError, match="cannot be written"):
            teaching.say(project, 1, "nothing")
        assert (project.dropped, project.steps) == (frozenset(), [])


class TestMark:
    def test_a_missed_moment_joins_the_others(self, teaching, project):
        label = teaching.mark(project, project.analysis.sources[0], 20.0, "kill")
        assert (label.detected, label.confidence, label.start_s, label.end_s) == ("", 0.0, 19.5, 20.5)
        assert [m.t_s for _, m in project.moments()] == [5.004, 12.0, 20.0]
        assert project.moments()[2][1].reasons == BY_HAND
        assert project.dropped == frozenset()
        teaching.say(project, 3, "death")
        assert teaching.lake.labels()[0].detected == "", "the detector has still not seen it"

    def test_a_missed_death_joins_them_dropped(self, teaching, project):
        teaching.mark(project, project.analysis.sources[0], 20.0, "death")
        assert project.dropped == {("raid", 20.0)}

    def test_nothing_is_a_label_and_no_moment(self, teaching, project):
        teaching.mark(project, project.analysis.sources[0], 20.0, "nothing")
        assert len(project.moments()) == 2
        assert said(teaching) == [(20.0, "nothing")]

    def test_close_to_a_peak_it_is_about_that_moment(self, teaching, project):
        teaching.mark(project, project.analysis.sources[0], 12.4, "kill")
        assert said(teaching) == [(12.0, "kill")]

    def test_inside_a_moment_but_off_its_peak_it_stands_for_itself(self, teaching, project):
        teaching.mark(project, project.analysis.sources[0], 12.8, "kill")
        assert len(project.moments()) == 2
        told = teaching.said(project)
        assert told.between(project.analysis.sources[0], [m for _, m in project.moments()]) == [(12.8, "kill")]
        html = moments_view(project.analysis, project.moments(), {}, (), told)
        assert 'title="own kill at 0:12.8">◆<' in html

    def test_the_same_time_again_says_it_anew(self, teaching, project):
        source = project.analysis.sources[0]
        teaching.mark(project, source, 12.8, "kill")
        teaching.mark(project, source, 13.0, "death")
        assert said(teaching) == [(12.8, "death")]
        teaching.mark(project, source, 12.9, "")
        assert said(teaching) == []
        with pytest.raises(BadInput, match="nothing was said"):
            teaching.mark(project, source, 12.9, "")

    def test_past_the_end_is_refused(self, teaching, project):
        with pytest.raises(BadInput, match=r"only 30\.0 s long"):
            teaching.mark(project, project.analysis.sources[0], 31.0, "kill")

    def test_moments_by_hand_never_overlap_their_neighbours(self):
        marked = with_mark(analysis("raid"), "raid", 13.4, "kill")
        marked = with_mark(marked, "raid", 14.7, "kill")
        moments = sorted(marked.scores[0].moments, key=lambda m: m.t_s)
        assert [m.t_s for m in moments] == [5.004, 12.0, 13.4, 14.7]
        assert all(a.end_s <= b.start_s for a, b in pairwise(moments))
        assert with_mark(marked, "raid", 12.5, "kill").scores == marked.scores, "there is one already"
        assert len(without_mark(marked, ("raid", 13.4)).scores[0].moments) == 3


class TestTeach:
    def test_an_untouched_clip_says_nothing(self, teaching, project):
        assert teaching.teach(project, everything=False) == 0

    def test_asked_for_everything_counts(self, teaching, project):
        assert teaching.teach(project, everything=True) == 2
        assert said(teaching) == [(5.0, "keep"), (12.0, "keep")]
        assert teaching.teach(project, everything=True) == 0, "all of it is known"

    def test_choices_are_kept_per_clip_and_only_once(self, teaching):
        project = opened("a", "b")
        project.dropped, project.looked_at = frozenset({("a", 12.0)}), frozenset({"a"})
        assert teaching.teach(project, everything=False) == 2
        found = {label.moment: label.says for label in teaching.lake.labels()}
        assert found == {("a", 5.0): "keep", ("a", 12.0): "drop"}
        assert teaching.teach(project, everything=False) == 0
        project.dropped = frozenset()
        assert teaching.teach(project, everything=False) == 1
        assert {label.says for label in teaching.lake.labels()} == {"keep"}

    def test_what_must_be_used_is_kept(self, teaching, project):
        project.wanted = frozenset({("raid", 5.004)})
        assert teaching.teach(project, everything=False) == 1
        assert said(teaching) == [(5.0, "keep")]

    def test_a_kind_says_more_than_a_choice(self, teaching, project):
        teaching.say(project, 2, "other_kill")
        assert teaching.teach(project, everything=True) == 1
        assert said(teaching) == [(5.0, "keep"), (12.0, "other_kill")]


class TestUndo:
    def test_step_by_step_to_where_it_began(self, teaching, project):
        before = project.analysis
        teaching.say(project, 2, "kill")
        teaching.say(project, 2, "nothing")
        teaching.mark(project, project.analysis.sources[0], 20.0, "death")
        teaching.teach(project, everything=True)
        assert len(said(teaching)) == 3
        assert teaching.undo(project) == 1
        assert said(teaching) == [(12.0, "nothing"), (20.0, "death")]
        assert teaching.undo(project) == 1
        assert len(project.moments()) == 2
        assert project.dropped == {("raid", 12.0)}
        assert teaching.undo(project) == 1
        assert said(teaching) == [(12.0, "kill")]
        assert project.dropped == frozenset()
        assert teaching.undo(project) == 1
        assert said(teaching) == []
        assert teaching.undo(project) == 0
        assert [s.moments for s in project.analysis.scores] == [s.moments for s in before.scores]
        assert project.revision == 8

    def test_what_somebody_else_said_since_stays(self, teaching):
        mine, theirs = opened(name="mine"), opened(name="theirs")
        teaching.say(mine, 2, "kill")
        teaching.say(theirs, 2, "death")
        assert teaching.undo(mine) == 0
        assert said(teaching) == [(12.0, "death")]
        assert teaching.undo(theirs) == 1
        assert said(teaching) == [(12.0, "kill")], "what was said before theirs"

    def test_what_somebody_else_took_back_stays_taken_back(self, teaching):
        mine, theirs = opened(name="mine"), opened(name="theirs")
        teaching.say(mine, 2, "kill")
        teaching.say(theirs, 2, "")
        assert teaching.undo(mine) == 0
        assert said(teaching) == []
        assert [label.says for label in teaching.lake.labels(history=True)] == ["kill", TAKEN_BACK]


class TestRecall:
    def test_the_next_time_the_clip_comes_in_it_is_all_there(self, teaching):
        first = opened(name="first")
        teaching.say(first, 1, "nothing")
        teaching.mark(first, first.analysis.sources[0], 20.0, "kill")
        teaching.mark(first, first.analysis.sources[0], 25.0, "nothing")
        marks, out = teaching.recall(analysis("raid", "other"), "ana")
        assert marks == (("raid", 20.0, "kill"),)
        assert out == {("raid", 5.004)}
        project = Project("second", "ana", analysis=analysis("raid", "other"))
        choose(project, {"marks": marks})
        assert [sorted(m.t_s for m in s.moments) for s in project.analysis.scores] == [
            [5.004, 12.0, 20.0],
            [5.004, 12.0],
        ]
        assert [teaching.said(project).of(s, m) for s, m in project.moments()] == ["nothing", "", "kill", "", ""]


class TestUsers:
    @pytest.fixture
    def hosted(self, tmp_path) -> Teaching:
        return Teaching(Lake(tmp_path / "lake"), everyone=False)

    def test_each_hears_what_they_have_said_themselves(self, hosted):
        mine, theirs = opened(user="ana"), opened(user="ben")
        hosted.say(mine, 1, "kill")
        hosted.say(theirs, 1, "death")
        for project, says in ((mine, "kill"), (theirs, "death")):
            assert hosted.said(project).of(*project.moments()[0]) == says
            assert hosted.said(project).total == 1
        hosted.mark(theirs, theirs.analysis.sources[0], 20.0, "kill")
        assert hosted.recall(analysis("raid"), "ana") == ((), frozenset())
        assert hosted.recall(analysis("raid"), "ben") == ((("raid", 20.0, "kill"),), {("raid", 5.004)})

    def test_an_undo_takes_back_ones_own_word(self, hosted):
        mine, theirs = opened(user="ana"), opened(user="ben")
        hosted.say(mine, 1, "kill")
        hosted.say(theirs, 1, "death")
        assert hosted.undo(mine) == 1
        assert hosted.said(mine).total == 0
        assert hosted.said(theirs).of(*theirs.moments()[0]) == "death"


def test_choices_come_back_from_their_json(teaching, project):
    project.wanted = frozenset({("raid", 5.004)})
    teaching.say(project, 2, "death")
    teaching.mark(project, project.analysis.sources[0], 20.0, "kill")
    again = opened()
    choose(again, json.loads(json.dumps(as_choices(project))))
    for name in ("dropped", "wanted", "looked_at", "marks", "steps", "revision"):
        assert getattr(again, name) == getattr(project, name)
    assert [m.t_s for _, m in again.moments()] == [m.t_s for _, m in project.moments()]
    assert teaching.undo(again) == 1
    assert [m.t_s for _, m in again.moments()] == [5.004, 12.0]


class TestViews:
    def test_each_moment_asks_what_it_is(self, teaching, project):
        teaching.say(project, 2, "other_kill")
        html = moments_view(project.analysis, project.moments(), {}, (), teaching.said(project), 7)
        assert html.count("<select") == 2
        assert 'aria-label="What is moment 1?"><option value="" selected>What is it?' in html
        assert '<option value="other_kill" selected>somebody else&#x27;s kill</option>' in html
        assert 'data-revision="7"' in html

    def test_words_of_the_command_line_are_shown_too(self, teaching, project):
        teaching.say(project, 2, "multi_kill")
        html = moments_view(project.analysis, project.moments(), {}, (), teaching.said(project))
        assert '<option value="multi_kill" selected>multi-kill</option>' in html

    def test_how_many_labels_and_what_to_do_with_them(self, teaching, project):
        assert "AIditor learns from it" in labels_view(teaching.said(project))
        teaching.say(project, 1, "kill")
        assert "<b>1 label</b> so far. Train" in labels_view(teaching.said(project))
        teaching.say(opened("elsewhere"), 1, "kill")
        html = labels_view(teaching.said(project))
        assert "<b>2 labels</b> so far, 1 of them on these clips." in html
        assert "python -m training.finetune --labels" in html
        assert "none of them on these clips" in labels_view(teaching.said(None))
