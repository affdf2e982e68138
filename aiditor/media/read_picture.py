"""Small pictures out of a media file: keyframes of everything, or every frame of chosen spans."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from aiditor.errors import UnreadableMedia
from aiditor.media.demux import SharedFile, only, packets
from aiditor.media.open import open_media

__all__ = ["PictureLog", "Shrink", "frames", "keyframes"]

Skip = Literal["none", "nonref"]
Shrink = Callable[[tuple[int, int]], np.ndarray]
"""Gives the picture at hand no larger than this width and height, uint8 [H, W, 3], its shape kept."""


@dataclass(slots=True)
class PictureLog:
    """What reading cost and passed by on the way; filled in while the iterator runs."""

    decoded: int = 0
    """Frames that came out of the decoder, also those thrown away."""
    packets: int = 0
    """Frames in the part of the file that was read past, decoded or not."""
    times_s: array[float] = field(default_factory=lambda: array("d"))
    """Of each packet read by `keyframes`: its time of the source, in file order."""
    sizes: array[int] = field(default_factory=lambda: array("i"))
    """Of each packet read by `keyframes`: its bytes."""
    keyframes_s: array[float] = field(default_factory=lambda: array("d"))
    """Times of all keyframes, decoded or not."""
    check: Callable[[float], None] | None = None
    """Called by `keyframes` every few hundred packets with the time of the source; may raise to stop."""


def keyframes(
    path: str | PathLike[str],
    *,
    stream: int = 0,
    size: tuple[int, int] = (160, 90),
    rotation_deg: int = 0,
    clock_start_s: float = 0.0,
    min_gap_s: float = 0.0,
    log: PictureLog | None = None,
    shared: SharedFile | None = None,
    only_s: np.ndarray | None = None,
    watch: Callable[[float, Shrink], None] | None = None,
) -> Iterator[tuple[float, np.ndarray]]:
    """(time of the source, uint8 [H, W, 3]) of each keyframe, shrunk to `size` (W, H) as a viewer sees it.

    Keyframes closer than `min_gap_s` to the last one given are not decoded (an all-intra file has nothing
    else). Damaged ones are left out. Of `only_s`, times in rising order, no others are decoded. `watch` is called
    for each with its time and a way to have it larger, before it is given. `shared` is the same file, open for
    other readers too. Raises UnreadableMedia when the file cannot be opened or has no such stream.
    """
    log = PictureLog() if log is None else log
    with contextlib.nullcontext(shared.container) if shared is not None else open_media(path) as container:
        video = _video(container, stream, path)
        if shared is None:
            only(container, video)
        video.codec_context.skip_frame = "NONKEY"
        last_s = -np.inf
        for packet in packets(container, video) if shared is None else shared.packets(video):
            if packet.size:
                time_s = _time_s(packet) - clock_start_s
                log.packets += 1
                if log.check is not None and log.packets % 256 == 0:
                    log.check(time_s)
                log.times_s.append(time_s)
                log.sizes.append(packet.size)
                if not packet.is_keyframe:
                    continue
                log.keyframes_s.append(time_s)
                if time_s < last_s + min_gap_s:
                    continue
                if only_s is not None and not _among(time_s, only_s):
                    continue
                last_s = time_s
            for frame in _decode(packet):
                log.decoded += 1
                if frame.pts is not None:
                    shown_s = _shown_s(frame) - clock_start_s
                    if watch is not None:
                        watch(shown_s, partial(_fitted, frame, rotation_deg))
                    yield shown_s, _shrink(frame, size, rotation_deg)


def frames(
    path: str | PathLike[str],
    *,
    start_s: float = 0.0,
    end_s: float = np.inf,
    spans_s: Sequence[tuple[float, float]] | None = None,
    every_s: float = 0.0,
    stream: int = 0,
    size: tuple[int, int] = (160, 90),
    rotation_deg: int = 0,
    clock_start_s: float = 0.0,
    skip: Skip = "nonref",
    log: PictureLog | None = None,
    watch: Callable[[float, Shrink], None] | None = None,
) -> Iterator[tuple[float, np.ndarray]]:
    """(time of the source, uint8 [H, W, 3]) of the frames with start_s <= time < end_s, about every `every_s`.

    `spans_s` reads several such spans, in order of time, from one open file. `skip="nonref"` leaves out frames
    that no other frame needs (most of a file with B-frames), at close to half the price. Each span is
    decoded from the keyframe before it; what comes before `start_s` counts as decoded and is not given.
    `watch` as in `keyframes`. Raises UnreadableMedia when the file cannot be opened or has no such stream.
    """
    log = PictureLog() if log is None else log
    with open_media(path) as container:
        video = only(container, _video(container, stream, path))
        if skip == "nonref":
            video.codec_context.skip_frame = "NONREF"
        for low_s, high_s in [(start_s, end_s)] if spans_s is None else spans_s:
            next_s = low_s
            for time_s, frame in _span(container, video, low_s + clock_start_s, high_s + clock_start_s, log):
                time_s -= clock_start_s
                if time_s < next_s - 1e-3:
                    continue
                next_s = max(next_s + every_s, time_s + every_s / 2)
                if watch is not None:
                    watch(time_s, partial(_fitted, frame, rotation_deg))
                yield time_s, _shrink(frame, size, rotation_deg)


def _span(
    container: InputContainer, video: VideoStream, low_s: float, high_s: float, log: PictureLog
) -> Iterator[tuple[float, VideoFrame]]:
    """(presentation time, frame) with low_s <= time < high_s."""
    assert video.time_base is not None
    try:
        # Half a millisecond late, so that a span which starts on a keyframe is not read from the one before it.
        container.seek(int((low_s + 5e-4) / video.time_base), stream=video)
    except av.error.FFmpegError:
        container.seek(0)
    video.codec_context.flush_buffers()
    for packet in packets(container, video):
        log.packets += bool(packet.size)
        for frame in _decode(packet):
            log.decoded += 1
            if frame.pts is None:
                continue
            time_s = _shown_s(frame)
            if time_s >= high_s:
                return
            if time_s >= low_s - 1e-3:
                yield time_s, frame


def _video(container: InputContainer, stream: int, path: str | PathLike[str]) -> VideoStream:
    if stream >= len(container.streams.video):
        raise UnreadableMedia(
            f"{Path(fspath(path)).name} has no picture", remedy="use a file with video in it", file=path
        )
    video = container.streams.video[stream]
    video.thread_type = "AUTO"
    # The deblocking filter is a fifth of the work and cannot be seen at this size.
    video.codec_context.options = {"skip_loop_filter": "all"}
    return video


def _decode(packet: Packet) -> list[VideoFrame]:
    try:
        return packet.decode()  # type: ignore[return-value]
    except (av.error.FFmpegError, ValueError):
        return []  # damaged: there is no picture to give


def _time_s(packet: Packet) -> float:
    stamp = packet.pts if packet.pts is not None else packet.dts
    return float(stamp * packet.time_base) if stamp is not None and packet.time_base else 0.0


def _shown_s(frame: VideoFrame) -> float:
    assert frame.pts is not None
    assert frame.time_base is not None
    return float(frame.pts * frame.time_base)


def _among(time_s: float, times_s: np.ndarray) -> bool:
    at = int(np.searchsorted(times_s, time_s - 1e-3))
    return at < len(times_s) and bool(times_s[at] <= time_s + 1e-3)


def _fitted(frame: VideoFrame, rotation_deg: int, most: tuple[int, int]) -> np.ndarray:
    """uint8 [H, W, 3], turned as a player would, inside `most` (W, H), never enlarged."""
    wide, high = (frame.width, frame.height) if rotation_deg % 180 == 0 else (frame.height, frame.width)
    scale = min(most[0] / wide, most[1] / high, 1.0)
    return _shrink(frame, (max(round(wide * scale), 2), max(round(high * scale), 2)), rotation_deg, "AREA")


def _shrink(frame: VideoFrame, size: tuple[int, int], rotation_deg: int, how: str = "FAST_BILINEAR") -> np.ndarray:
    """uint8 [H, W, 3], turned as a player would."""
    width, height = size if rotation_deg % 180 == 0 else (size[1], size[0])
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation=how).to_ndarray()
    return np.rot90(small, -rotation_deg // 90) if rotation_deg else small
