"""Files are whole or absent, tagged, quick to start, and encoded by what really opens."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import media_factory
import numpy as np
import pytest

from aiditor.errors import Cancelled, RenderFailed
from aiditor.media import write
from aiditor.media.write import Mp4Writer, PictureCodec, usable_encoder
from aiditor.media.write_sound import encode_audio

CODEC = PictureCodec("libx264", 160, 90, 30, crf=20, preset="ultrafast")


def nothing() -> None:
    """Wait on."""


def grey(level: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((90, 160, 3), level, np.uint8)).reformat(format="yuv420p")


def written(path: Path, frames: int = 90, codec: PictureCodec = CODEC) -> Path:
    with Mp4Writer(path, codec) as writer:
        for index in range(frames):
            writer.put(grey(index % 200), index, 1, waiting=nothing)
        writer.finish(waiting=nothing)
        writer.keep()
    return path


def test_the_index_comes_first_so_that_playing_starts_at_once(tmp_path: Path) -> None:
    data = written(tmp_path / "a.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_tags_shape_and_keyframes(tmp_path: Path) -> None:
    with av.open(str(written(tmp_path / "a.mp4", frames=150))) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert stream.sample_aspect_ratio == 1
        assert stream.average_rate == 30
        keys = [packet.pts * stream.time_base for packet in container.demux(stream) if packet.is_keyframe]
        assert keys == [0, 2, 4], "one every two seconds"


def test_a_repeated_frame_fills_its_whole_time(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "a.mp4", CODEC) as writer:
        writer.put(grey(40), 0, 10, waiting=nothing)
        writer.put(grey(200), 10, 5, waiting=nothing)
        writer.finish(waiting=nothing)
        writer.keep()
    with av.open(str(tmp_path / "a.mp4")) as container:
        bright = [frame.to_ndarray(format="gray").mean() > 120 for frame in container.decode(video=0)]
    assert bright == [False] * 10 + [True] * 5


def test_a_frame_handed_over_stays_the_callers_to_use(tmp_path: Path) -> None:
    frame = grey(90)
    with Mp4Writer(tmp_path / "a.mp4", CODEC) as writer:
        for index in range(60):
            writer.put(frame, index, 1, waiting=nothing)
            frame.pts, frame.time_base = 7, Fraction(1, 5)
        writer.finish(waiting=nothing)
        writer.keep()
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert [round(frame.pts * stream.time_base * 30) for frame in container.decode(stream)] == list(range(60))


def test_a_file_that_is_not_kept_is_removed(tmp_path: Path) -> None:
    with Mp4Writer(tmp_path / "a.mp4", CODEC) as writer:
        writer.put(grey(40), 0, 30, waiting=nothing)
        time.sleep(0.2)
    assert list(tmp_path.iterdir()) == []


def test_waiting_may_raise_and_stops_within_two_seconds(tmp_path: Path) -> None:
    slow = PictureCodec("libx264", 1280, 720, 30, crf=20, preset="slow")
    frame = av.VideoFrame.from_ndarray(np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)).reformat(
        format="yuv420p"
    )
    stopped_at: list[float] = []

    def stop() -> None:
        stopped_at.append(time.monotonic())
        raise Cancelled("stopped")

    def encode() -> None:
        with Mp4Writer(tmp_path / "a.mp4", slow) as writer:
            for index in range(1000):
                writer.put(frame, index, 1, waiting=stop)

    with pytest.raises(Cancelled):
        encode()
    assert time.monotonic() - stopped_at[0] < 2.0
    assert list(tmp_path.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encode")]


def test_nvenc_falls_back_where_it_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "_opens", lambda encoder: False)
    assert usable_encoder("auto") == "libx264"
    assert usable_encoder("h264_nvenc") == "libx264"
    monkeypatch.setattr(write, "_opens", lambda encoder: True)
    assert usable_encoder("auto") == "h264_nvenc"
    assert usable_encoder("libx264") == "libx264"


def test_opening_is_really_tried() -> None:
    assert write._opens("libx264")
    assert not write._opens("an encoder that nobody wrote")


def test_an_encoder_that_refuses_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    odd = PictureCodec("libx264", 161, 91, 30, crf=20, preset="ultrafast")
    with pytest.raises(RenderFailed, match=r"a\.mp4 could not be encoded"):
        written(tmp_path / "a.mp4", 1, odd)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on file size stands in for the disk: writing past it fails as a full disk does."""
    script = f"""
        import resource, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        import av, numpy as np
        from pathlib import Path
        from aiditor.errors import DiskFull
        from aiditor.media.write import Mp4Writer, PictureCodec
        random = np.random.default_rng(0)
        codec = PictureCodec("libx264", 320, 180, 30, crf=10, preset="ultrafast")
        try:
            with Mp4Writer(Path({str(tmp_path)!r}) / "a.mp4", codec) as writer:
                for index in range(300):
                    pixels = random.integers(0, 255, (180, 320, 3), np.uint8)
                    frame = av.VideoFrame.from_ndarray(pixels).reformat(format="yuv420p")
                    writer.put(frame, index, 1, waiting=lambda: None)
                writer.finish(waiting=lambda: None)
                writer.keep()
        except DiskFull as error:
            print("full:", error)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.startswith("full: there is no room left for a.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("have_s", [1.0, 2.0, 3.0])
def test_sound_is_cut_or_padded_to_the_length_asked(have_s: float, tmp_path: Path) -> None:
    mix = media_factory.make_sound(tmp_path / "mix.wav", seconds=have_s)
    track = encode_audio(mix, 2.0)
    assert sum(duration for _, _, duration in track.packets) == pytest.approx(2.0 * 48000, abs=1024)
    assert track.packets[0][1] == -1024, "the encoder's delay lies before zero"
    assert track.packets[-1][1] + track.packets[-1][2] == 2 * 48000


def test_encoding_sound_can_be_stopped(tmp_path: Path) -> None:
    mix = media_factory.make_sound(tmp_path / "mix.wav", seconds=1)
    with pytest.raises(Cancelled):
        encode_audio(mix, 1.0, stopped=lambda: True)


def test_queue_is_bounded(tmp_path: Path) -> None:
    waits: list[int] = []
    slow = PictureCodec("libx264", 1280, 720, 30, crf=20, preset="veryslow")
    frame = av.VideoFrame.from_ndarray(np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)).reformat(
        format="yuv420p"
    )
    frame.time_base = Fraction(1, 30)
    with Mp4Writer(tmp_path / "a.mp4", slow) as writer:
        for index in range(30):
            writer.put(frame, index, 4, waiting=lambda: waits.append(1))
            assert writer._queue.qsize() <= write.QUEUE_FRAMES
            if waits:
                break
    assert waits
