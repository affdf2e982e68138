"""Reading: sound to the sample on the source's clock, pictures where they are asked for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from aiditor.errors import UnreadableMedia
from aiditor.media.read import PictureLog, audio_blocks, frames, keyframes, read_audio

RATE_HZ = 48_000


def write_sound(
    path: Path, samples: np.ndarray, *, codec: str = "pcm_s16le", layout: str = "stereo", gap_s: float = 0.0, at_s=0.0
) -> Path:
    """A sound file holding float [C, N] `samples` from `at_s`, with a jump of the clock by `gap_s` half-way."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE_HZ, layout=layout)
        for low in range(0, samples.shape[1], 1024):
            part = np.ascontiguousarray(samples[:, low : low + 1024], np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate = RATE_HZ
            frame.time_base = Fraction(1, RATE_HZ)
            late = gap_s if low >= samples.shape[1] // 2 else 0.0
            frame.pts = low + round((at_s + late) * RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def clicks(seconds: float, every_s: float = 0.5, channels: int = 2) -> np.ndarray:
    """A short loud 1 kHz tick each `every_s`, otherwise silence."""
    sound = np.zeros((channels, round(seconds * RATE_HZ)), np.float32)
    tick = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(240) / RATE_HZ)
    for at in range(0, sound.shape[1] - 240, round(every_s * RATE_HZ)):
        sound[:, at : at + 240] = tick
    return sound


def onsets_s(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    loud = np.abs(sound[0]) > 0.2
    first = np.flatnonzero(loud)
    return first[np.diff(first, prepend=-rate_hz) > 0.1 * rate_hz] / rate_hz


@pytest.mark.parametrize(
    ("codec", "ending"), [("pcm_s16le", "mov"), ("aac", "mp4"), ("libopus", "mkv"), ("mp3", "mkv")]
)
def test_a_span_from_the_middle_is_the_same_sound_as_in_the_whole(tmp_path: Path, codec: str, ending: str) -> None:
    path = write_sound(tmp_path / f"clicks.{ending}", clicks(6.0), codec=codec)
    whole = np.concatenate([block for _, block in audio_blocks(path, rate_hz=RATE_HZ, end_s=6.0)], axis=1)
    part = read_audio(path, rate_hz=RATE_HZ, start_s=3.2, end_s=4.7)
    assert part.shape == (1, round(1.5 * RATE_HZ))
    expected = whole[:, round(3.2 * RATE_HZ) : round(4.7 * RATE_HZ)]
    assert np.corrcoef(part[0], expected[0])[0, 1] > 0.99
    assert onsets_s(part, RATE_HZ) + 3.2 == pytest.approx([3.5, 4.0, 4.5], abs=0.006)


def test_blocks_follow_one_another_and_add_up(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "clicks.mov", clicks(3.0))
    blocks = list(audio_blocks(path, rate_hz=16_000, channels=2, start_s=0.25, end_s=4.0, block_s=1.0))
    assert [time for time, _ in blocks] == pytest.approx([0.25, 1.25, 2.25, 3.25])
    assert [block.shape for _, block in blocks] == [(2, 16_000)] * 3 + [(2, 12_000)]
    assert blocks[0][1].dtype == np.float32
    past_the_end = blocks[-1][1]
    assert not past_the_end.any()


def test_sound_that_starts_late_or_breaks_off_is_exactly_silent_there(tmp_path: Path) -> None:
    tone = np.full((1, 2 * RATE_HZ), 0.5, np.float32)
    path = write_sound(tmp_path / "gap.mkv", tone, layout="mono", at_s=1.0, gap_s=0.5)
    sound = read_audio(path, rate_hz=RATE_HZ, start_s=0.0, end_s=4.0)[0]
    loud = np.abs(sound) > 0.25
    changes = np.flatnonzero(np.diff(loud.astype(int))) / RATE_HZ
    assert changes == pytest.approx([1.0, 2.0, 2.5, 3.5], abs=0.025)
    assert not sound[: round(0.99 * RATE_HZ)].any()
    assert not sound[round(2.05 * RATE_HZ) : round(2.45 * RATE_HZ)].any()


def test_the_clock_of_the_file_is_taken_off(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "late.mkv", clicks(2.0), at_s=5.0)
    sound = read_audio(path, rate_hz=RATE_HZ, start_s=0.4, end_s=1.2, clock_start_s=5.0)
    assert onsets_s(sound, RATE_HZ) + 0.4 == pytest.approx([0.5, 1.0], abs=0.002)


def test_surround_is_mixed_down_without_clipping(tmp_path: Path) -> None:
    wave = 0.9 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ)
    path = write_sound(tmp_path / "surround.mov", np.tile(wave, (6, 1)), layout="5.1")
    for channels in (1, 2):
        sound = read_audio(path, rate_hz=RATE_HZ, channels=channels, start_s=0, end_s=1)
        assert 0.5 < np.abs(sound).max() <= 0.901
    centre = np.zeros((6, RATE_HZ), np.float32)
    centre[2] = wave
    path = write_sound(tmp_path / "centre.mov", centre, layout="5.1")
    left, right = read_audio(path, rate_hz=RATE_HZ, channels=2, start_s=0, end_s=1)
    assert np.abs(left).max() > 0.2
    assert np.allclose(left, right)


def test_slow_drift_is_followed(tmp_path: Path) -> None:
    """A recorder whose sound clock runs 0.1 % slow: the stamps say where each frame belongs."""
    path = tmp_path / "drift.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
        sound = clicks(40.0, every_s=1.0, channels=1)
        for low in range(0, sound.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(sound[:, low : low + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.time_base = RATE_HZ, Fraction(1, RATE_HZ)
            frame.pts = round(low * 1.001)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = onsets_s(read_audio(path, rate_hz=RATE_HZ, start_s=0, end_s=40.1), RATE_HZ)
    expected = np.arange(40) * 1.001
    assert np.abs(heard[:40] - expected).max() < 0.02


def test_damage_in_the_middle_is_heard_as_silence(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "whole.ts", clicks(8.0), codec="aac")
    damaged = bytearray(path.read_bytes())
    middle = len(damaged) // 2 // 188 * 188
    damaged[middle : middle + 188 * 20] = b"\xff" * 188 * 20
    broken = tmp_path / "broken.ts"
    broken.write_bytes(damaged)
    before = onsets_s(read_audio(tmp_path / "whole.ts", rate_hz=RATE_HZ, start_s=0, end_s=8), RATE_HZ)
    after = onsets_s(read_audio(broken, rate_hz=RATE_HZ, start_s=0, end_s=8), RATE_HZ)
    assert len(before) == 16
    assert 10 <= len(after) < 16
    assert after[-1] == pytest.approx(before[-1], abs=0.002)


def test_no_such_track(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "clicks.mov", clicks(1.0))
    with pytest.raises(UnreadableMedia, match="no sound track 2"):
        next(audio_blocks(path, track=1, rate_hz=16_000))
    with pytest.raises(UnreadableMedia, match="no picture"):
        next(keyframes(path))


# --- pictures ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6 s at 30 fps with a keyframe each second; a white bar moves right, the grey rises by the second."""
    path = tmp_path_factory.mktemp("read") / "counting.mp4"
    write_picture(path, 180, gop=30)
    return path


def write_picture(path: Path, count: int, *, gop: int, at_s: float = 0.0) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.gop_size = gop
        for number in range(count):
            picture = np.full((180, 320, 3), 20 + 30 * (number // 30), np.uint8)
            picture[:, number : number + 20] = 255
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base, frame.pts = Fraction(1, 30), number + round(at_s * 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_keyframes_alone_are_decoded(counting: Path) -> None:
    log = PictureLog()
    found = list(keyframes(counting, size=(160, 90), log=log))
    assert [time for time, _ in found] == pytest.approx([0, 1, 2, 3, 4, 5])
    assert (log.decoded, log.packets) == (6, 180)
    assert found[3][1].shape == (90, 160, 3)
    assert found[3][1][45, 150].tolist() == pytest.approx([110] * 3, abs=8)
    assert len(log.sizes) == 180


def test_keyframes_on_the_clock_of_the_source(tmp_path: Path) -> None:
    write_picture(tmp_path / "late.mkv", 60, gop=30, at_s=7.0)
    found = [time for time, _ in keyframes(tmp_path / "late.mkv", clock_start_s=7.0)]
    assert found == pytest.approx([0, 1], abs=0.002)


def test_an_all_intra_file_does_not_decode_whole(tmp_path: Path) -> None:
    write_picture(tmp_path / "intra.mp4", 60, gop=1)
    log = PictureLog()
    found = [time for time, _ in keyframes(tmp_path / "intra.mp4", min_gap_s=0.5, log=log)]
    assert found == pytest.approx([0, 0.5, 1, 1.5], abs=0.04)
    assert log.decoded == 4


def test_frames_of_a_span(counting: Path) -> None:
    log = PictureLog()
    found = list(frames(counting, start_s=2.5, end_s=3.0, skip="none", log=log))
    assert [time for time, _ in found] == pytest.approx(np.arange(75, 90) / 30)
    bar = int(found[0][1].mean(axis=(0, 2)).argmax())
    assert bar == pytest.approx((75 + 10) / 2, abs=5)
    assert 15 < log.decoded < 45  # from the keyframe at 2.0 s, no further back


def test_frames_of_many_spans_thinned_out(counting: Path) -> None:
    found = [time for time, _ in frames(counting, spans_s=[(0.0, 1.0), (4.0, 5.0)], every_s=0.25)]
    assert len(found) == 8
    assert np.abs(np.array(found) - [0, 0.25, 0.5, 0.75, 4, 4.25, 4.5, 4.75]).max() <= 0.1


def test_a_turned_picture_is_given_upright(counting: Path) -> None:
    _, picture = next(frames(counting, size=(90, 160), rotation_deg=90))
    assert picture.shape == (160, 90, 3)
    assert picture[2].mean() > 200  # the bar at the left edge is at the top after a quarter turn clockwise


def test_damaged_pictures_are_left_out(tmp_path: Path) -> None:
    write_picture(tmp_path / "whole.ts", 180, gop=15)
    damaged = bytearray((tmp_path / "whole.ts").read_bytes())
    middle = len(damaged) // 2 // 188 * 188
    damaged[middle : middle + 188 * 10] = b"\x00" * 188 * 10
    (tmp_path / "broken.ts").write_bytes(damaged)
    found = [time for time, _ in keyframes(tmp_path / "broken.ts")]
    assert len(found) >= 9
    assert found[-1] - found[0] == pytest.approx(5.5, abs=0.1)
