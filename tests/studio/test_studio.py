import time

import pytest

from aiditor.errors import AIditorError, BadConfig, BadInput, LimitReached, NotFound
from aiditor.studio import Wish
from aiditor.studio.wishes import styled
from aiditor.ui.tab_style import read_wish
from aiditor.users.plans import plans

DRAFT = Wish(style="minimal", seconds=3, music="none", quality="draft", aspects=("portrait",))


class TestWish:
    def test_is_read_from_the_page(self):
        wish = read_wish("hype", 20, ["landscape"], "composer", None, " 7 ", "me", "draft")
        assert (wish.seconds, wish.aspects, wish.seed, wish.watermark) == (20, ("landscape",), 7, "me")
        assert read_wish("hype", 20, ["portrait"], seed="").seed is None

    @pytest.mark.parametrize(
        ("changes", "says"),
        [({"aspects": []}, "no picture shape"), ({"seconds": 1}, "seconds"), ({"seed": "lucky"}, "seed"),
         ({"quality": "8k"}, "quality")],
    )  # fmt: skip
    def test_says_which_field_is_off(self, changes, says):
        with pytest.raises(BadConfig, match=says):
            read_wish(**{"style": "hype", "seconds": 20, "aspects": ["landscape"], **changes})

    def test_changes_the_preset(self, studio, me):
        plan = studio.plan(me)
        style = styled(Wish(style="hype", seconds=12, seed=5, quality="draft", watermark="me"), plan)
        assert (style.select.target_s, style.music.seed, style.render.watermark_text) == (12, 5, "me")
        assert style.render.landscape == (640, 360)
        assert styled(Wish(music="none"), plan).music.engine == "none"

    def test_too_long_and_trackless_are_refused(self, studio, me):
        with pytest.raises(LimitReached, match="longer than the 60 s"):
            styled(Wish(seconds=61), studio.plan(me))
        with pytest.raises(BadInput, match="no track"):
            styled(Wish(music="own"), studio.plan(me))
        with pytest.raises(AIditorError, match="no style"):
            styled(Wish(style="nope"), studio.plan(me))

    def test_a_free_plan_keeps_its_watermark(self, studio, me):
        free = plans(studio.settings.model_copy(update={"watermark_text": "Made free"}))["free"]
        assert styled(Wish(watermark=""), free).render.watermark_text == "Made free"
        pro = plans(studio.settings)["pro"]
        assert styled(Wish(watermark="me"), pro).render.watermark_text == "me"


class TestProject:
    @pytest.fixture
    def project(self, studio, me, done, action_clip, not_a_clip):
        made = studio.new_project(me)
        done(studio.add_clips(me, made.id, [action_clip, not_a_clip]))
        return studio.project(me, made.id)

    def test_takes_the_good_and_names_the_bad(self, project):
        assert [source.name for source in project.analysis.sources] == ["raid night.mp4"]
        assert [rejection.file.rsplit("/", 1)[-1] for rejection in project.analysis.rejected] == ["notes.mp4"]
        assert [(clip.name, clip.state) for clip in project.clips] == [
            ("raid night.mp4", "ready"),
            ("notes.mp4", "rejected"),
        ]
        assert project.clips[0].duration_s == pytest.approx(8, abs=0.1)
        assert project.clips[1].remedy
        moments = [moment.t_s for _, moment in project.moments()]
        assert [t_s for t_s in moments if min(abs(t_s - 2), abs(t_s - 6)) < 0.6], moments
        assert all(uri.startswith("data:image/jpeg") for uri in project.thumbs.values())
        assert set(project.thumbs) == {(source.id, moment.t_s) for source, moment in project.moments()}

    def test_more_clips_join_those_that_are_there_and_leave_again(self, project, studio, me, done, clip):
        done(studio.add_clips(me, project.id, [clip]))
        both = studio.project(me, project.id)
        assert [source.name for source in both.analysis.sources] == ["raid night.mp4", "clip.mp4"]
        done(studio.remove_clip(me, project.id, both.clips[0].id))
        left = studio.project(me, project.id)
        assert [source.name for source in left.analysis.sources] == ["clip.mp4"]
        assert studio.files.stat(both.clips[0].file_key) is None

    def test_the_same_clip_twice_is_one(self, project, studio, me, done, action_clip):
        done(studio.add_clips(me, project.id, [action_clip]))
        assert len(studio.project(me, project.id).clips) == 2

    def test_moments_are_dropped_and_wanted_by_number(self, project, studio, me):
        count = len(project.moments())
        keys = [(source.id, moment.t_s) for source, moment in project.moments()]
        studio.choose(me, project.id, [str(n) for n in range(2, count + 1)], ["1", "2", "99", "x"] if count > 1 else [])
        chosen = studio.project(me, project.id)
        assert chosen.dropped == {keys[0]}
        assert chosen.wanted <= set(keys[1:])
        assert chosen.looked_at == {keys[0][0]}

    def test_two_projects_do_not_mix(self, project, studio, me):
        other = studio.opened(me, "")
        assert other.id != project.id
        assert other.analysis is None
        studio.clear(me, other.id)
        assert studio.project(me, project.id).analysis is not None

    def test_nobody_else_finds_it(self, project, studio):
        stranger = studio.users._made("password", "ben@example.com", "Ben", role="user").id
        with pytest.raises(NotFound):
            studio.project(stranger, project.id)
        assert studio.opened(stranger, project.id).id != project.id
        for ask in (studio.clear, studio.stop, studio.remove_project, studio.undo):
            with pytest.raises(NotFound):
                ask(stranger, project.id)
        for ask in (studio.job, studio.cancel, studio.renders):
            with pytest.raises(NotFound):
                ask(stranger, project.job.id)
        assert studio.jobs(stranger) == []

    def test_starting_over_forgets_the_clips(self, project, studio, me):
        studio.clear(me, project.id)
        empty = studio.project(me, project.id)
        assert (empty.clips, empty.analysis, empty.moments()) == ((), None, [])
        assert list(studio.files.keys(f"users/{me}")) == []

    def test_makes_a_montage_that_another_one_does_not_overwrite(self, project, studio, me, done):
        first = studio.make(me, project.id, DRAFT)
        done(first)
        second = studio.make(me, project.id, DRAFT)
        done(second)
        files = [studio.renders(me, job.id) for job in (first, second)]
        assert files[0]["portrait"].file_key != files[1]["portrait"].file_key
        assert set(files[0]) >= {"portrait", "poster", "otio", "fcpxml", "edl", "json", "timeline"}
        assert studio.timeline(me, first.id).cuts
        with studio.files.local(files[0]["portrait"].file_key) as path:
            assert path.stat().st_size == files[0]["portrait"].bytes > 10_000

    def test_cancelling_stops_soon_and_leaves_no_file(self, project, studio, me):
        job = studio.make(me, project.id, Wish(seconds=30, music="none"))
        while studio.job(me, job.id).state == "queued":
            time.sleep(0.05)
        studio.cancel(me, job.id)
        assert studio.queue.wait(job.id, timeout_s=2).state == "cancelled", "stops within two seconds"
        assert list(studio.files.keys(f"users/{me}/renders")) == []

    def test_a_project_goes_with_all_that_is_its_own(self, project, studio, me, done):
        done(studio.make(me, project.id, DRAFT))
        studio.remove_project(me, project.id)
        assert studio.jobs(me) == []
        assert list(studio.files.keys(f"users/{me}")) == []


class TestCreate:
    def test_clips_in_montage_out_in_one_job(self, studio, me, done, action_clip, not_a_clip):
        job = studio.create(me, [action_clip, not_a_clip], DRAFT)
        done(job)
        assert "portrait" in studio.renders(me, job.id)
        ended = studio.job(me, job.id)
        assert [each["file"] for each in ended.result["rejected"]] == ["notes.mp4"]
        assert studio.project(me, job.project_id).moments(), "what was found can be changed afterwards"

    def test_the_same_key_is_the_same_job(self, studio, me, action_clip):
        first, second = (studio.create(me, [action_clip], DRAFT, idempotency_key="once") for _ in range(2))
        assert first.id == second.id
        assert len(studio.jobs(me)) == 1
        assert len(studio.rows.all(me)) == 1

    def test_nothing_usable_says_what_to_do(self, studio, me, not_a_clip):
        job = studio.queue.wait(studio.create(me, [not_a_clip], DRAFT).id, timeout_s=60)
        assert job.state == "failed"
        assert "none of the files can be used" in job.why
        assert job.remedy
        assert len(studio.project(me, job.project_id).analysis.rejected) == 1


def test_files_of_one_name_are_kept_apart(studio, me, done, action_clip, tmp_path):
    twin = tmp_path / action_clip.name
    twin.write_bytes(b"something else under the same name")
    project = studio.new_project(me)
    done(studio.add_clips(me, project.id, [action_clip, twin]))
    assert [clip.name for clip in studio.project(me, project.id).clips] == ["raid night.mp4", "raid night (2).mp4"]


def test_no_clips_no_montage(studio, me):
    project = studio.new_project(me).id
    for ask in (
        lambda: studio.add_clips(me, project, []),
        lambda: studio.make(me, project, DRAFT),
        lambda: studio.create(me, [], DRAFT),
        lambda: studio.listen(me, project, DRAFT),
    ):
        with pytest.raises(BadInput):
            ask()


def test_missing_samples_say_so(studio, me, tmp_path):
    studio.samples = tmp_path
    with pytest.raises(BadInput, match="sample clips"):
        studio.use_samples(me, studio.new_project(me).id)


def test_the_lake_hears_once_of_every_job_that_ended(studio, me, done, action_clip, not_a_clip):
    made = studio.create(me, [action_clip], DRAFT)
    done(made)
    failed = studio.queue.wait(studio.create(me, [not_a_clip], DRAFT).id, timeout_s=60)
    assert studio.tell() == 2
    assert studio.tell() == 0
    facts = {fact.job_id: fact for fact in studio.facts.jobs(me)}
    assert set(facts) == {made.id, failed.id}
    good = facts[made.id]
    assert good.montage_s == pytest.approx(3, abs=0.3)
    assert (good.style, good.state, good.stage) == ("minimal", "done", "")
    assert [clip.name for clip in good.clips] == ["raid night.mp4"]
    assert good.clips[0].bytes == action_clip.stat().st_size
    assert any(moment.used for moment in good.moments)
    assert good.stages["render"] > 0
    assert good.bytes > 10_000
    assert facts[failed.id].error_kind == "NothingToKeep"
