"""The last frame at or before any moment, whatever the file."""

from __future__ import annotations

from pathlib import Path

import media_factory
import numpy as np
import pytest

from aiditor.errors import UnreadableMedia
from aiditor.media.decode import PictureReader, ReaderPool
from aiditor.media.probe import probe


def levels(number: int, t_s: float) -> np.ndarray:
    """A picture that spells its number in eight bars, dark for 0 and bright for 1."""
    bits = np.array([number >> bit & 1 for bit in range(8)], np.uint8)
    return np.broadcast_to((30 + 190 * bits).repeat(20)[None, :, None], (90, 160, 3)).astype(np.uint8)


def number_of(reader: PictureReader, t_s: float, early_s: float = 0.0) -> int:
    """Which source frame is shown at `t_s`."""
    bars = reader.at(t_s, early_s=early_s).frame.to_ndarray(format="gray")[45, 10::20]
    return sum(int(bar > 125) << bit for bit, bar in enumerate(bars))


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.ts", "libx264"), ("a.webm", "libvpx-vp9")]
)
@pytest.mark.parametrize("t_s", [0.0, 0.5, 1.48, 2.6])
def test_seeking_lands_on_the_exact_frame(name: str, codec: str, t_s: float, tmp_path: Path) -> None:
    clip = media_factory.make_clip(tmp_path / name, seconds=3, size=(160, 90), codec=codec, picture=levels, gop=40)
    info = probe(clip)
    with PictureReader(str(clip), info) as reader:
        reader.seek(t_s)
        asked = [t_s + step / 60 for step in range(12)]
        seen = [number_of(reader, moment) for moment in asked]
    offset_s = info.video.start_s - info.start_s
    assert seen == [max(0, int((moment - offset_s) * 30 + 0.02)) for moment in asked]


def test_uneven_frames_are_held_until_the_next_is_due(tmp_path: Path) -> None:
    times_s = [0.0, 0.04, 0.3, 0.31, 0.9, 1.2]
    clip = media_factory.make_clip(tmp_path / "a.mkv", size=(160, 90), picture=levels, times_s=times_s, sounds=[])
    with PictureReader(str(clip), probe(clip)) as reader:
        reader.seek(0.0)
        seen = [number_of(reader, moment) for moment in (0.0, 0.039, 0.04, 0.29, 0.305, 0.5, 0.899, 0.9, 5.0)]
    assert seen == [0, 0, 1, 1, 2, 3, 3, 4, 5]


def test_a_frame_may_be_shown_a_little_early_when_asked(tmp_path: Path) -> None:
    clip = media_factory.make_clip(tmp_path / "a.mp4", size=(160, 90), picture=levels, sounds=[])
    with PictureReader(str(clip), probe(clip)) as reader:
        reader.seek(0.0)
        assert number_of(reader, 0.09) == 2
        assert number_of(reader, 0.09, early_s=0.016) == 3


def test_past_the_end_and_past_a_cut_off_the_last_frame_is_held(tmp_path: Path) -> None:
    clip = media_factory.make_clip(tmp_path / "a.mkv", seconds=2, size=(160, 90), picture=levels, sounds=[])
    info = probe(clip)
    with PictureReader(str(clip), info) as reader:
        reader.seek(30.0)
        assert number_of(reader, 30.0) == 59
    media_factory.cut_off(clip, 0.5)
    with PictureReader(str(clip), info) as reader:
        reader.seek(1.9)
        assert 5 < number_of(reader, 1.9) < 59


def test_a_file_that_is_not_media_is_refused(tmp_path: Path) -> None:
    clip = media_factory.make_clip(tmp_path / "a.mp4", size=(160, 90))
    info = probe(clip)
    clip.write_bytes(b"not a film")
    with pytest.raises(UnreadableMedia):
        PictureReader(str(clip), info)


def test_the_pool_reopens_no_file_and_keeps_few(tmp_path: Path) -> None:
    clips = [media_factory.make_clip(tmp_path / f"{n}.mp4", size=(160, 90), picture=levels, seed=n) for n in range(4)]
    infos = [probe(clip) for clip in clips]
    with ReaderPool(keep=2) as pool:
        first = pool.take(str(clips[0]), infos[0], 0.5)
        other = pool.take(str(clips[0]), infos[0], 0.2)
        assert other is not first, "one that is busy is not shared"
        pool.give(first)
        pool.give(other)
        assert pool.take(str(clips[0]), infos[0], 0.1) in (first, other)
        for clip, info in zip(clips[1:], infos[1:], strict=True):
            pool.give(pool.take(str(clip), info, 0.0))
        assert len(pool._idle) == 2
