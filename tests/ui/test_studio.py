import pytest

from aiditor.errors import AIditorError, BadConfig, BadInput
from aiditor.ui.studio import Wish
from aiditor.ui.tab_style import read_wish

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

    def test_changes_the_preset(self, studio):
        style = studio.styled(Wish(style="hype", seconds=12, seed=5, quality="draft", watermark="me"))
        assert (style.select.target_s, style.music.seed, style.render.watermark_text) == (12, 5, "me")
        assert style.render.landscape == (640, 360)
        assert studio.styled(Wish(music="none")).music.engine == "none"

    def test_too_long_and_trackless_are_refused(self, studio):
        with pytest.raises(BadInput, match="longer than the 60 s"):
            studio.styled(Wish(seconds=61))
        with pytest.raises(BadInput, match="no track"):
            studio.styled(Wish(music="own"))
        with pytest.raises(AIditorError, match="no style"):
            studio.styled(Wish(style="nope"))


class TestProject:
    @pytest.fixture
    def project(self, studio, action_clip, not_a_clip):
        made = studio.add_clips("", [action_clip, not_a_clip])
        assert made.job.wait(60)
        assert made.job.error is None
        return made

    def test_takes_the_good_and_names_the_bad(self, project):
        assert [source.name for source in project.analysis.sources] == ["raid night.mp4"]
        assert [rejection.file.rsplit("/", 1)[-1] for rejection in project.analysis.rejected] == ["notes.mp4"]
        moments = [moment.t_s for _, moment in project.moments()]
        assert [t_s for t_s in moments if min(abs(t_s - 2), abs(t_s - 6)) < 0.6], moments
        assert all(uri.startswith("data:image/jpeg") for uri in project.thumbs.values())

    def test_more_clips_join_those_that_are_there(self, project, studio, clip):
        studio.add_clips(project.id, [clip])
        assert project.job.wait(60)
        assert [source.name for source in project.analysis.sources] == ["raid night.mp4", "clip.mp4"]

    def test_moments_are_dropped_and_wanted_by_number(self, project, studio):
        count = len(project.moments())
        keys = [(source.id, moment.t_s) for source, moment in project.moments()]
        studio.choose(project.id, [str(n) for n in range(2, count + 1)], ["1", "2"] if count > 1 else [])
        assert project.dropped == {keys[0]}
        assert project.wanted <= set(keys[1:])

    def test_two_projects_do_not_mix(self, project, studio):
        other = studio.opened("")
        assert other.id != project.id
        assert other.analysis is None
        studio.clear(other.id)
        assert project.analysis is not None

    def test_starting_over_forgets_the_clips(self, project, studio):
        studio.clear(project.id)
        assert (project.clips, project.analysis, project.moments()) == ((), None, [])

    def test_makes_a_montage_that_another_one_does_not_overwrite(self, project, studio):
        first = studio.make(project.id, DRAFT)
        assert first.wait(120)
        assert first.error is None
        second = studio.make(project.id, DRAFT)
        assert second.wait(120)
        paths = {first.result.files["portrait"], second.result.files["portrait"]}
        assert len(paths) == 2
        assert set(first.result.files) >= {"portrait", "poster", "otio", "fcpxml", "edl", "json"}

    def test_cancelling_stops_soon_and_leaves_no_folder(self, project, studio):
        job = studio.make(project.id, Wish(seconds=30, music="none"))
        next(job.follow())
        studio.cancel(project.id)
        assert job.wait(2), "stops within two seconds"
        assert job.state == "cancelled"
        assert not [path for path in project.folder.iterdir() if path.name.isdigit()]


def test_files_of_one_name_are_kept_apart(studio, action_clip, tmp_path):
    twin = tmp_path / action_clip.name
    twin.write_bytes(b"something else under the same name")
    project = studio.add_clips("", [action_clip, twin])
    assert project.job.wait(60)
    assert sorted(path.name for path in (project.folder / "clips").iterdir()) == [
        "raid night (2).mp4",
        "raid night.mp4",
    ]


def test_nothing_usable_says_what_to_do(studio, not_a_clip):
    project = studio.add_clips("", [not_a_clip])
    assert project.job.wait(60)
    assert project.job.state == "failed"
    assert "none of the files can be used" in project.job.error.why
    assert project.job.error.remedy
    assert len(project.analysis.rejected) == 1


def test_no_clips_no_montage(studio):
    for ask in (lambda: studio.add_clips("", []), lambda: studio.make("", DRAFT), lambda: studio.create([], DRAFT)):
        with pytest.raises(BadInput):
            ask()


def test_missing_samples_say_so(studio, tmp_path):
    studio.samples = tmp_path
    with pytest.raises(BadInput, match="sample clips"):
        studio.use_samples("")
