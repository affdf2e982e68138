"""Clips in, montage out: the whole way, on small clips made here."""

import json
import threading
import time
from itertools import pairwise
from pathlib import Path

import av
import pytest
from media_factory import Sound, beeps, make_clip, make_sound, noise

from aiditor import detect, pipeline
from aiditor.errors import BadConfig, Cancelled, NothingToKeep
from aiditor.export import ExportConfig
from aiditor.settings import Settings
from aiditor.styles import Style, load
from aiditor.timeline import Timeline, from_json

pytestmark = pytest.mark.slow


def small(name: str = "hype") -> Style:
    style = load(name)
    render = style.render.model_copy(update={"landscape": (320, 180), "portrait": (180, 320), "fps": 30})
    return style.model_copy(update={"render": render})


@pytest.fixture(scope="module")
def clips(media_dir: Path) -> list[Path]:
    return [
        make_clip(media_dir / f"play{k}.mp4", seconds=9, seed=k, sounds=[Sound(wave=noise(seed=k))]) for k in range(2)
    ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(aiditor_home=tmp_path / "home")


def length_s(path: str, kind: str) -> float:
    with av.open(path) as container:
        stream = getattr(container.streams, kind)[0]
        frames = list(container.decode(stream))
        step = 1 / stream.average_rate if kind == "video" else frames[-1].samples / stream.rate
        return float(frames[-1].time - frames[0].time + step)


def test_clips_in_montage_out(clips, settings, tmp_path):
    reports = []
    export = pipeline.make_montage(
        clips, style=small(), seconds=6, seed=1, out=tmp_path / "out", settings=settings, on_report=reports.append
    )
    for aspect, size in (("landscape", (320, 180)), ("portrait", (180, 320))):
        with av.open(export.files[aspect]) as container:
            video = container.streams.video[0]
            assert (video.width, video.height) == size
        assert length_s(export.files[aspect], "video") == pytest.approx(6, rel=0.05)
        assert length_s(export.files[aspect], "audio") == pytest.approx(
            length_s(export.files[aspect], "video"), abs=0.05
        )
    assert all(Path(path).is_file() for path in export.files.values())
    assert set(export.files) >= {"poster", "otio", "fcpxml", "edl", "json", "timeline", "music"}
    assert not list((tmp_path / "out").glob(".*"))
    assert [r.total for r in reports] == sorted(r.total for r in reports)
    assert [a for a, b in pairwise([r.stage for r in reports]) if a != b] + [reports[-1].stage] == list(pipeline.STAGES)


def test_the_manifest_says_what_was_made(clips, settings, tmp_path):
    export = pipeline.make_montage(
        clips, style=small(), seconds=6, seed=1, aspects=["landscape"], out=tmp_path / "out", settings=settings
    )
    manifest = json.loads(Path(export.files["json"]).read_text())
    assert manifest["schema"] == 1
    assert manifest["config"]["select"]["target_s"] == 6
    assert manifest["music"]["seed"] == 1
    assert all(Path(cut["source"]).is_file() and cut["reasons"] for cut in manifest["cuts"])
    assert set(manifest["timing"]) == set(pipeline.STAGES) - {"export"} | set(manifest["timing"])
    assert "portrait" not in manifest["files"]
    timeline = from_json(Timeline, Path(export.files["timeline"]).read_bytes())
    assert timeline == export.timeline


def test_another_style_detects_nothing_again(clips, settings, tmp_path, monkeypatch):
    pipeline.analyse(clips, settings=settings)
    monkeypatch.setattr(detect, "detect", lambda *a, **k: pytest.fail("detected again"))
    analysis = pipeline.analyse(clips, settings=settings)
    for name in ("chill", "esports"):
        timeline = pipeline.plan(analysis, pipeline.styled(name, seconds=6, seed=2))
        assert timeline.duration_s == pytest.approx(6, rel=0.05)


def test_a_timeline_renders_again_with_its_own_music(clips, settings, tmp_path):
    first = pipeline.make_montage(
        clips, style=small(), seconds=5, seed=1, aspects=["landscape"], out=tmp_path / "a", settings=settings
    )
    timeline = from_json(Timeline, Path(first.files["timeline"]).read_bytes())
    again = pipeline.produce(timeline, small("chill"), out=tmp_path / "b", aspects=["portrait"], settings=settings)
    assert Path(again.files["music"]).read_bytes() == Path(first.files["music"]).read_bytes()
    assert again.timeline.cuts == first.timeline.cuts


def test_stems_on_request(clips, settings, tmp_path):
    export = pipeline.make_montage(
        clips,
        style=small(),
        seconds=5,
        aspects=["landscape"],
        out=tmp_path / "out",
        exports=ExportConfig(stems=True),
        settings=settings,
    )
    for stem in ("music_stem", "game_stem"):
        assert length_s(export.files[stem], "audio") == pytest.approx(export.timeline.duration_s, abs=0.05)


def test_a_bad_file_does_not_stop_the_rest(clips, settings, tmp_path):
    bad = tmp_path / "notes.mp4"
    bad.write_text("no video here")
    export = pipeline.make_montage(
        [*clips, bad], style=small(), seconds=5, aspects=["landscape"], out=tmp_path / "out", settings=settings
    )
    assert [Path(r.file).name for r in export.rejected] == ["notes.mp4"]
    manifest = json.loads(Path(export.files["json"]).read_text())
    assert manifest["rejected"][0]["remedy"]


def test_nothing_usable_says_which_file_and_why(settings, tmp_path):
    bad = tmp_path / "notes.mp4"
    bad.write_text("no video here")
    with pytest.raises(NothingToKeep, match=r"notes\.mp4"):
        pipeline.make_montage([bad], out=tmp_path / "out", settings=settings)


def test_an_unknown_style_lists_the_known_ones(clips, settings, tmp_path):
    with pytest.raises(BadConfig, match="hype"):
        pipeline.make_montage(clips, style="nope", out=tmp_path / "out", settings=settings)


@pytest.mark.parametrize("stage", list(pipeline.STAGES))
def test_cancelling_leaves_nothing(stage, clips, settings, tmp_path):
    asked: list[float] = []

    def stop(report: pipeline.Report) -> None:
        if report.stage == stage:
            asked.append(time.perf_counter())
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        pipeline.make_montage(clips, style=small(), seconds=5, out=tmp_path / "out", settings=settings, on_report=stop)
    assert time.perf_counter() - asked[0] < 2
    assert not [p for p in tmp_path.rglob("*") if ".part" in p.name or p.suffix == ".mp4"]


def test_two_montages_at_once_do_not_mix(clips, settings, tmp_path):
    done = {}

    def make(name: str, clip: Path) -> None:
        done[name] = pipeline.make_montage(
            [clip], style=small(), seconds=4, aspects=["landscape"], out=tmp_path / name, settings=settings
        )

    threads = [threading.Thread(target=make, args=(f"m{k}", clip)) for k, clip in enumerate(clips)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {s.name for s in done["m0"].timeline.sources} == {"play0.mp4"}
    assert {s.name for s in done["m1"].timeline.sources} == {"play1.mp4"}


def test_silent_footage_still_makes_a_montage(settings, tmp_path):
    clip = make_clip(tmp_path / "silent.mp4", seconds=8, sounds=[])
    export = pipeline.make_montage(
        [clip], style=small("minimal"), seconds=4, aspects=["portrait"], out=tmp_path / "out", settings=settings
    )
    assert length_s(export.files["portrait"], "video") == pytest.approx(4, rel=0.05)


def test_the_users_own_track(clips, settings, tmp_path):
    track = make_sound(tmp_path / "song.m4a", seconds=12, sound=Sound(wave=beeps(every_s=0.5)))
    export = pipeline.make_montage(
        clips,
        style=small(),
        seconds=5,
        music_file=track,
        aspects=["landscape"],
        out=tmp_path / "out",
        settings=settings,
    )
    assert export.timeline.music is not None
    assert export.timeline.music.engine == "own"
