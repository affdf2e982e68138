"""The sound track of a new mp4: any sound file as AAC packets of an exact length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.audio.resampler import AudioResampler

from aiditor.errors import Cancelled, RenderFailed
from aiditor.media.open import open_media

__all__ = ["AUDIO_BIT_RATE", "AUDIO_RATE_HZ", "AudioTrack", "encode_audio"]

AUDIO_RATE_HZ = 48_000
AUDIO_BIT_RATE = 192_000


@dataclass(frozen=True, slots=True, eq=False)
class AudioTrack:
    """An encoded sound track: AAC packets as (bytes, pts, duration), in 1/48000 s."""

    packets: tuple[tuple[bytes, int, int], ...]


def encode_audio(path: Path, duration_s: float, *, stopped: Callable[[], bool] = lambda: False) -> AudioTrack:
    """The sound file at `path` as 48 kHz stereo AAC of exactly `duration_s`: cut, or padded with silence.

    Raises UnreadableMedia when it does not open, RenderFailed when it does not decode, Cancelled once `stopped()`.
    """
    context = av.CodecContext.create("aac", "w")
    context.sample_rate, context.layout, context.format = AUDIO_RATE_HZ, "stereo", "fltp"
    context.bit_rate, context.time_base = AUDIO_BIT_RATE, Fraction(1, AUDIO_RATE_HZ)
    context.open()
    kept: list[tuple[bytes, int, int]] = []

    def keep(encoded: Sequence[av.Packet]) -> None:
        kept.extend((bytes(packet), packet.pts or 0, packet.duration or 0) for packet in encoded)

    try:
        for frame in _audio_frames(path, round(duration_s * AUDIO_RATE_HZ), context.frame_size):
            if stopped():
                raise Cancelled("the render was stopped")
            keep(context.encode(frame))
        keep(context.encode(None))
    except av.error.FFmpegError as error:
        raise RenderFailed(f"the sound {path.name} could not be encoded ({error})", remedy="mix it again") from error
    return AudioTrack(tuple(kept))


def _audio_frames(path: Path, samples: int, frame_size: int) -> Iterator[av.AudioFrame]:
    """`samples` samples of `path` as fltp stereo frames, then silence up to there."""
    at = 0
    with open_media(path) as container:
        resampler = AudioResampler(format="fltp", layout="stereo", rate=AUDIO_RATE_HZ, frame_size=frame_size)
        stream = container.streams.audio[0]

        def pieces() -> Iterator[av.AudioFrame]:
            for frame in container.decode(stream):
                frame.pts = None
                yield from resampler.resample(frame)
            yield from resampler.resample(None)

        for piece in pieces():
            if at + piece.samples > samples:
                if at < samples:
                    yield _audio_frame(piece.to_ndarray()[:, : samples - at], at)
                at = samples
                break
            piece.pts, piece.time_base = at, Fraction(1, AUDIO_RATE_HZ)
            at += piece.samples
            yield piece
    yield from _silence(at, samples, frame_size)


def _silence(at: int, samples: int, frame_size: int) -> Iterator[av.AudioFrame]:
    while at < samples:
        count = min(frame_size, samples - at)
        yield _audio_frame(np.zeros((2, count), np.float32), at)
        at += count


def _audio_frame(planar: np.ndarray, at: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planar), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE_HZ, at, Fraction(1, AUDIO_RATE_HZ)
    return frame
