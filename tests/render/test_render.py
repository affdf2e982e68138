"""A timeline becomes mp4 files: the right frames, at the right times, in both shapes."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import av
import media_factory
import numpy as np
import pytest

from aiditor.errors import Cancelled, UnreadableMedia
from aiditor.media.probe import probe
from aiditor.progress import Progress
from aiditor.render import RenderConfig, render
from aiditor.timeline import Cut, Source, Timeline

SMALL = RenderConfig(landscape=(320, 180), portrait=(180, 320), preset="ultrafast", fps=30, encoder="libx264")


def numbered(number: int, t_s: float) -> np.ndarray:
    """A grey picture that spells its own number in eight big squares, dark for 0 and bright for 1."""
    pixels = np.full((180, 320, 3), 128, np.uint8)
    for bit in range(8):
        pixels[60:120, 120 + bit * 10 : 130 + bit * 10] = 230 if number >> bit & 1 else 20
    return pixels


def number_of(pixels: np.ndarray) -> int:
    """The number a picture spells, in landscape or (cropped to its middle) in portrait."""
    height, width = pixels.shape[:2]
    zoom = height / 180
    left = (width - 320 * zoom) / 2
    at = [int(left + (125 + bit * 10) * zoom) for bit in range(8)]
    return sum((int(pixels[height // 2, x].mean() > 128)) << bit for bit, x in enumerate(at))


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def source_of(path: Path) -> Source:
    return Source("0123456789abcdef", str(path), probe(path))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "numbered.mp4"
    return media_factory.make_clip(path, seconds=4, fps=30, size=(320, 180), picture=numbered, sounds=[])


def test_each_frame_shows_the_source_frame_of_its_time_in_both_shapes(clip: Path, tmp_path: Path) -> None:
    source = source_of(clip)
    cuts = (Cut(source.id, 2.0, 3.0, 0.0, 2.5), Cut(source.id, 0.5, 1.0, 1.0, 0.7))
    out = {"landscape": tmp_path / "wide.mp4", "portrait": tmp_path / "tall.mp4"}
    rendered = render(Timeline((source,), cuts), SMALL, out=out)
    expected = [*range(60, 90), *range(15, 30)]
    assert rendered.frames == len(expected)
    assert rendered.duration_s == pytest.approx(1.5)
    for path, size in ((out["landscape"], (180, 320)), (out["portrait"], (320, 180))):
        frames = frames_of(path)
        assert frames[0].shape[:2] == size
        assert [number_of(frame) for frame in frames] == expected


def test_sound_and_picture_start_and_end_together(clip: Path, tmp_path: Path) -> None:
    source = source_of(clip)
    mix = media_factory.make_sound(tmp_path / "mix.wav", seconds=5)
    out = tmp_path / "wide.mp4"
    render(Timeline((source,), (Cut(source.id, 0.5, 2.47, 0.0, 1.0),)), SMALL, out={"landscape": out}, audio=mix)
    with av.open(str(out)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert sound.rate == 48000
        assert video.start_time == 0
        assert sound.start_time == 0
        video_s = float(video.duration * video.time_base)
        assert float(sound.duration * sound.time_base) == pytest.approx(video_s, abs=0.001)
        assert video_s == pytest.approx(59 / 30)


def test_stopping_leaves_no_file(clip: Path, tmp_path: Path) -> None:
    source = source_of(clip)

    def stop(fraction: float, note: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        render(
            Timeline((source,), (Cut(source.id, 0.0, 4.0, 0.0, 1.0),)),
            SMALL,
            out={"landscape": tmp_path / "out" / "wide.mp4", "portrait": tmp_path / "out" / "tall.mp4"},
            progress=stop,
        )
    assert list((tmp_path / "out").iterdir()) == []


def test_sound_may_be_made_beside_the_pictures(clip: Path, tmp_path: Path) -> None:
    source = source_of(clip)
    pictures_done = threading.Event()

    def watch(fraction: float, note: str) -> None:
        if fraction >= 0.999:
            pictures_done.set()

    def make(progress: Progress) -> Path:
        assert pictures_done.wait(30), "the pictures do not wait for the sound"
        progress(0.5, "still at it")
        return media_factory.make_sound(tmp_path / "mix.wav", seconds=2)

    out = {"landscape": tmp_path / "wide.mp4", "portrait": tmp_path / "tall.mp4"}
    timeline = Timeline((source,), (Cut(source.id, 0.0, 2.0, 0.0, 1.0),))
    render(timeline, SMALL, out=out, audio=make, progress=watch)
    for path in out.values():
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            assert float(stream.duration * stream.time_base) == pytest.approx(2.0, abs=0.001)
            assert len([*container.decode(video=0)]) == 60


def test_sound_that_cannot_be_made_ends_the_render_with_its_own_error(clip: Path, tmp_path: Path) -> None:
    source = source_of(clip)

    def make(progress: Progress) -> Path:
        raise UnreadableMedia("song.mp3 is damaged", remedy="choose another track")

    timeline = Timeline((source,), (Cut(source.id, 0.0, 4.0, 0.0, 1.0),))
    with pytest.raises(UnreadableMedia, match=r"song\.mp3"):
        render(timeline, SMALL, out={"landscape": tmp_path / "out" / "wide.mp4"}, audio=make)
    assert list((tmp_path / "out").iterdir()) == []


def test_stopping_also_stops_the_sound(clip: Path, tmp_path: Path) -> None:
    source = source_of(clip)
    ended = threading.Event()
    asked_s: list[float] = []

    def make(progress: Progress) -> Path:
        try:
            while True:  # only a stopped render ends this
                progress(0.5, "mixing")
                time.sleep(0.01)
        finally:
            ended.set()

    def stop(fraction: float, note: str) -> None:
        if fraction > 0.99:  # all pictures are done: only the sound is waited for
            asked_s.append(time.monotonic())
            raise Cancelled("stopped")

    timeline = Timeline((source,), (Cut(source.id, 0.0, 2.0, 0.0, 1.0),))
    with pytest.raises(Cancelled):
        render(timeline, SMALL, out={"landscape": tmp_path / "out" / "wide.mp4"}, audio=make, progress=stop)
    assert ended.is_set()
    assert time.monotonic() - asked_s[0] < 2
    assert list((tmp_path / "out").iterdir()) == []
