"""Sound out of a media file, gapless on the source's clock."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from aiditor.errors import UnreadableMedia
from aiditor.media.demux import SharedFile, only, packets
from aiditor.media.open import open_media

__all__ = ["audio_blocks", "read_audio"]

_PRE_ROLL_S = 0.5
"""Decoded and thrown away before `start_s`: MP3 borrows bits from 0.26 s back, Opus wants 0.08 s, AAC one frame."""
_JUMP_S = 0.08
"""A frame further than this from where the last one ended starts a new stretch at its own time."""
_DRIFT_S = 0.010
"""Frames that are this far off on average (jitter left aside) move back to their own time."""


def audio_blocks(
    path: str | PathLike[str],
    *,
    track: int = 0,
    rate_hz: int,
    channels: int = 1,
    start_s: float = 0.0,
    end_s: float | None = None,
    clock_start_s: float = 0.0,
    block_s: float = 1.0,
    shared: SharedFile | None = None,
) -> Iterator[tuple[float, np.ndarray]]:
    """Sound of one track from `start_s` to `end_s`, as (time of the first sample, float32 [C, N]) blocks.

    Times are of the source: presentation time less `clock_start_s` (`MediaInfo.start_s`). Blocks follow one
    another without a gap; where the file holds no sound (before its first sample, in gaps, at decode errors,
    past its end) they are exactly zero. With `end_s` there are `round((end_s - start_s) * rate_hz)` samples
    in all, without it the sound's own length. `channels` is 1 or 2; surround is mixed down without clipping.
    `shared` is the same file, open for other readers too; it is read from its first packet.

    Raises UnreadableMedia when the file cannot be opened or has no such track.
    """
    total = None if end_s is None else max(round((end_s - start_s) * rate_hz), 0)
    stretches = _stretches(path, track, rate_hz, channels, start_s + clock_start_s, total, shared)
    contiguous = _fill(stretches, channels, total, chunk=rate_hz)
    size = max(round(block_s * rate_hz), 1)
    for number, block in enumerate(_blocks(contiguous, size)):
        yield start_s + number * size / rate_hz, block


def read_audio(
    path: str | PathLike[str],
    *,
    track: int = 0,
    rate_hz: int,
    channels: int = 1,
    start_s: float,
    end_s: float,
    clock_start_s: float = 0.0,
) -> np.ndarray:
    """Sound of one span as float32 [C, round((end_s - start_s) * rate_hz)]; the rules of `audio_blocks`."""
    blocks = audio_blocks(
        path,
        track=track,
        rate_hz=rate_hz,
        channels=channels,
        start_s=start_s,
        end_s=end_s,
        clock_start_s=clock_start_s,
        block_s=10.0,
    )
    found = [block for _, block in blocks]
    return np.concatenate(found, axis=1) if found else np.zeros((channels, 0), np.float32)


# --- from the file: (sample index, samples) stretches -----------------------------------------------


def _stretches(
    path: str | PathLike[str],
    track: int,
    rate_hz: int,
    channels: int,
    start_pts_s: float,
    total: int | None,
    shared: SharedFile | None,
) -> Iterator[tuple[int, np.ndarray]]:
    """(index of the first sample, float32 [C, n]) from just before `start_pts_s`; index 0 is `start_pts_s`."""
    name = Path(fspath(path)).name
    with contextlib.nullcontext(shared.container) if shared is not None else open_media(path) as container:
        if track >= len(container.streams.audio):
            raise UnreadableMedia(f"{name} has no sound track {track + 1}", remedy="choose another track", file=path)
        stream = container.streams.audio[track]
        if shared is None:
            timed = _frames_from(container, only(container, stream), start_pts_s)
        else:
            timed = _decoded(shared.packets(stream))
        converter = _Converter(rate_hz, channels)
        index = 0
        for time_s, frame in timed:
            if total is not None and (time_s - start_pts_s) * rate_hz >= total:
                break
            jump = converter.jump_s(time_s, frame)
            if jump is not None:
                for samples in converter.restart(frame):
                    yield index, samples
                    index += samples.shape[1]
                index = round((jump - start_pts_s) * rate_hz)
            for samples in converter.convert(frame):
                yield index, samples
                index += samples.shape[1]
        for samples in converter.restart(None):
            yield index, samples
            index += samples.shape[1]


def _frames_from(
    container: InputContainer, stream: AudioStream, start_pts_s: float
) -> Iterator[tuple[float, AudioFrame]]:
    """(presentation time, frame) from before `start_pts_s` on, whatever the container's seek lands on."""
    head: deque[tuple[float, AudioFrame]] = deque()
    for back_s in (_PRE_ROLL_S, 5.0, 30.0, None):
        if back_s is None or start_pts_s - back_s <= 0:
            _seek(container, None)
        elif not _seek(container, start_pts_s - back_s):
            continue
        frames = _decoded(packets(container, stream))
        first = next(frames, None)
        head = deque() if first is None else deque([first])
        # Some indexes only know the keyframes of the picture and land late.
        if back_s is None or start_pts_s - back_s <= 0 or (first and first[0] <= start_pts_s - min(back_s, 0.1)):
            break
        stream.codec_context.flush_buffers()
    yield from head
    yield from frames


def _seek(container: InputContainer, to_s: float | None) -> bool:
    if to_s is None and container.format.name in ("aac", "ac3", "eac3", "mp3", "amr"):
        return True
    try:
        if to_s is None:
            first = container.start_time
            container.seek(min(first, 0) if first is not None else 0)
        else:
            container.seek(int(to_s * 1_000_000))
    except av.error.FFmpegError:
        return False
    return True


def _decoded(found: Iterator[Packet]) -> Iterator[tuple[float, AudioFrame]]:
    next_s: float | None = None
    for packet in found:
        try:
            frames = cast("list[AudioFrame]", packet.decode())
        except (av.error.FFmpegError, ValueError):
            continue  # the damage is heard as silence: the next good frame lands at its own time
        for frame in frames:
            time_s = frame.time if frame.time is not None else next_s
            if time_s is None or not frame.samples:
                continue
            next_s = time_s + frame.samples / frame.sample_rate
            yield time_s, frame


class _Converter:
    """Frames of any format to float32 [C, n] at one rate, and the clock that says when one is out of place."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._channels = channels
        self._graph: av.filter.Graph | None = None
        self._format: tuple[str, str, int] | None = None
        self._expected_s = 0.0
        self._off_s = 0.0

    def jump_s(self, time_s: float, frame: AudioFrame) -> float | None:
        """Where a new stretch starts with this frame, or None while it carries on the last one."""
        length_s = frame.samples / frame.sample_rate
        off_s = time_s - self._expected_s
        self._off_s += 0.05 * (off_s - self._off_s)
        changed = self._format != _format_of(frame)
        if self._format is None or changed or abs(off_s) > _JUMP_S:
            self._expected_s = time_s
        elif abs(self._off_s) > _DRIFT_S:
            self._expected_s += self._off_s
        else:
            self._expected_s += length_s
            return None
        start_s = self._expected_s
        self._off_s = 0.0
        self._expected_s += length_s
        return start_s

    def restart(self, frame: AudioFrame | None) -> Iterator[np.ndarray]:
        """What is left of the last stretch; then ready for one of this frame's format."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._pull()
        self._graph = None if frame is None else _graph(frame, self._rate_hz, self._channels)
        self._format = None if frame is None else _format_of(frame)

    def convert(self, frame: AudioFrame) -> Iterator[np.ndarray]:
        frame.pts = None
        assert self._graph is not None
        self._graph.push(frame)
        yield from self._pull()

    def _pull(self) -> Iterator[np.ndarray]:
        assert self._graph is not None
        while True:
            try:
                yield self._graph.pull().to_ndarray()
            except (av.error.BlockingIOError, av.error.EOFError):
                return


def _format_of(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _graph(frame: AudioFrame, rate_hz: int, channels: int) -> av.filter.Graph:
    """Resample and mix down. A float mix is not normalised unless asked: rematrix_maxval keeps it in [-1, 1]."""
    layout = "mono" if channels == 1 else "stereo"
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
    )
    convert = graph.add("aresample", f"{rate_hz}:rematrix_maxval=1.0")
    shape = graph.add("aformat", f"sample_fmts=fltp:sample_rates={rate_hz}:channel_layouts={layout}")
    sink = graph.add("abuffersink")
    source.link_to(convert)
    convert.link_to(shape)
    shape.link_to(sink)
    graph.configure()
    return graph


# --- to blocks --------------------------------------------------------------------------------------


def _fill(
    stretches: Iterator[tuple[int, np.ndarray]], channels: int, total: int | None, *, chunk: int
) -> Iterator[np.ndarray]:
    """Contiguous samples from index 0: zeros in the gaps, what comes twice or too early dropped."""
    at = 0
    for index, samples in stretches:
        if index < at:
            samples = samples[:, at - index :]
        if total is not None:
            samples = samples[:, : max(total - max(index, at), 0)]
        if not samples.shape[1]:
            continue
        while at < index:
            gap = min(index - at, chunk)
            yield np.zeros((channels, gap), np.float32)
            at += gap
        yield samples
        at += samples.shape[1]
    while total is not None and at < total:
        gap = min(total - at, chunk)
        yield np.zeros((channels, gap), np.float32)
        at += gap


def _blocks(pieces: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same samples in blocks of `size`; the last may be shorter."""
    held: list[np.ndarray] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += piece.shape[1]
        if count < size:
            continue
        joined = np.concatenate(held, axis=1)
        whole = count - count % size
        for low in range(0, whole, size):
            yield joined[:, low : low + size]
        held = [joined[:, whole:]]
        count -= whole
    if count:
        yield np.concatenate(held, axis=1)
