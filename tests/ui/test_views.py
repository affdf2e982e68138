from pathlib import Path

import numpy as np
import pytest
from timeline_values import make_source

from aiditor.pipeline import Analysis
from aiditor.store.tables import Clip, Job, Render
from aiditor.timeline import Cut, Moment, Reason, Rejection, Scores, Signals, Timeline
from aiditor.ui.curve import curve_points, curve_svg
from aiditor.ui.views import (
    choice_label,
    clips_view,
    clock,
    cuts_view,
    error_view,
    files_view,
    job_view,
    moments_view,
    players_view,
)

MOMENT = Moment(2.5, 2.0, 3.5, 0.83, (Reason("loud burst", 0.4), Reason("motion", 0.3)), "kill")


@pytest.fixture
def analysis() -> Analysis:
    source = make_source(Path("<b>raid<i>.mp4"), 59.94, duration_s=10.0)
    values = np.abs(np.sin(np.arange(100) / 16)).astype(np.float32)
    scores = Scores(source.id, 10.0, 0.1, values, values, values, (MOMENT,))
    signals = Signals(source.id, 10.0, 0.1, {"rms": values})
    rejected = (Rejection("/tmp/x/notes.txt", "notes.txt is not media", "remove it"),)
    return Analysis((source,), (signals,), (scores,), rejected)


def job(**changes) -> Job:
    return Job(user_id="ana", kind="make", title="Hype, 30 s", **changes)


@pytest.mark.parametrize(("t_s", "text"), [(0, "0:00.0"), (62.44, "1:02.4"), (59.96, "1:00.0"), (-1, "0:00.0")])
def test_clock(t_s, text):
    assert clock(t_s) == text


def test_clips_are_listed_with_those_left_out_and_why(analysis):
    html = clips_view(analysis)
    assert "1 taken, 1 left out" in html
    assert "59.94 fps" in html
    assert "notes.txt is not media. <em>Remove it.</em>" in html


def test_a_clip_has_its_best_picture_and_can_be_taken_out_again(analysis):
    source = analysis.sources[0]
    clip = Clip(id="c1", user_id="ana", project_id="p", name=source.name)
    html = clips_view(analysis, [clip], {(source.id, MOMENT.t_s): "data:image/jpeg;base64,AA"})
    assert 'src="data:image/jpeg;base64,AA"' in html
    assert html.count("<button") == 1, "what came in a ZIP goes with it"
    assert 'data-clip="c1" aria-label="Remove &lt;b&gt;raid' in html


def test_both_shapes_are_played_and_all_files_offered():
    links = {"landscape": "/v2/a?x=1&y=2", "portrait": "/v2/b", "poster": "/v2/c"}
    html = players_view(links)
    assert html.count("<video") == 2
    assert 'src="/v2/a?x=1&amp;y=2"' in html
    assert 'poster="/v2/c"' in html
    renders = {
        form: Render(user_id="ana", job_id="j", form=form, file_key=f"users/a/renders/j/{form}.mp4", bytes=2_500_000)
        for form in links
    }
    assert "landscape.mp4</a><small>16:9 · 2.5 MB</small>" in files_view(links, renders)
    assert players_view({}) == files_view({}, {}) == ""


def test_names_of_files_are_escaped(analysis):
    html = clips_view(analysis) + moments_view(analysis, [(analysis.sources[0], MOMENT)], {}, ())
    assert "<b>raid" not in html
    assert "&lt;b&gt;raid&lt;i&gt;.mp4" in html


def test_empty_places_say_what_to_do():
    assert "try the samples" in clips_view(None)
    assert "Add clips on the first tab" in moments_view(None, [], {}, ())
    assert "press “Make the montage”" in cuts_view(None, {})


def test_moments_are_marked_and_dropped_ones_greyed(analysis):
    offered = [(analysis.sources[0], MOMENT)]
    key = (analysis.sources[0].id, MOMENT.t_s)
    kept = moments_view(analysis, offered, {key: "data:image/jpeg;base64,AA"}, ())
    assert 'src="data:image/jpeg;base64,AA"' in kept
    assert 'class="in" style="left:25.00%" title="loud burst +0.4, motion +0.3">1<' in kept
    assert 'class="out"' not in kept
    assert 'class="out"' in moments_view(analysis, offered, {}, {key})


def test_a_choice_reads_as_a_line_and_its_reasons(analysis):
    label = choice_label(3, analysis.sources[0], MOMENT, several=False)
    assert label == "3  ·  0:02.5  ·  kill 83\nloud burst +0.4, motion +0.3"
    assert choice_label(3, analysis.sources[0], MOMENT, several=True).endswith("mp4: loud burst +0.4, motion +0.3")


def test_the_curve_keeps_its_peaks_in_few_points():
    values = np.zeros(36_000, np.float32)
    values[17_123] = 0.9
    scores = Scores("a", 3600.0, 0.1, values, values, values)
    points = curve_points(scores)
    assert len(points) <= 400
    assert points[:, 1].max() == pytest.approx(0.9)
    assert points[points[:, 1].argmax(), 0] == pytest.approx(17_123 / 36_000, abs=0.003)
    assert curve_svg(Scores("a", 0.0, 0.1, values[:0], values[:0], values[:0]), []).count("<svg") == 1


def test_progress_shows_stage_share_and_time_left():
    html = job_view(job(state="running", stage="render", fraction=0.62, note="frame 90 of 180", left_s=12.4))
    assert "Render" in html
    assert "62% · about 12 s left" in html
    assert "frame 90 of 180" in html
    assert 'class="now">Render<' in html
    assert 'class="done">Write the music<' in html


def test_how_a_job_ended():
    assert "Waiting for its turn" in job_view(job())
    assert "Stopped" in job_view(job(state="cancelled"))
    assert job_view(job(state="done")) == ""
    html = job_view(job(state="failed", why="clip.mov has no picture", remedy="export it again", file="/x/clip.mov"))
    assert "clip.mov has no picture." in html
    assert "Export it again." in html
    assert "/x/" not in html


def test_an_error_keeps_a_files_own_name():
    assert "<h3>clip.mov is empty.</h3>" in error_view("clip.mov is empty")


def test_cuts_are_listed_with_their_reasons(analysis):
    cut = Cut(analysis.sources[0].id, 2.0, 3.5, 0.0, 2.5, 0.83, MOMENT.reasons, "kill", callout="FIRST BLOOD")
    timeline = Timeline(analysis.sources, (cut,), notes=("only 1.5 s of 30 s: the clips hold no more",))
    html = cuts_view(timeline, {"encoder": "libx264", "timing": {"render": 3.2}})
    assert "1 cuts, 1.5 s" not in html
    assert "1 cut, 1.5 s" in html
    assert "loud burst +0.4, motion +0.3" in html
    assert "FIRST BLOOD" in html
    assert "Only 1.5 s of 30 s: the clips hold no more." in html
    assert "Encoded with libx264 in 3 s" in html
