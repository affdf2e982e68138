"""How much of a file can really be read: where it ends, where decoding fails, how evenly its frames come.

Headers lie (a copy that stopped half-way, a recorder that crashed), so nothing here trusts one. A short clip is
decoded whole; of a long one a window at the start, two inside and the end are looked at, which bounds the work
whatever the file's length. Times are in the file's own clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.frame import Frame
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from aiditor.media.demux import packets

__all__ = ["Health", "Window", "examine"]

HEAD_S = 4.0
"""Seconds of packets read at the start: enough frames to tell an even rate from an uneven one."""

WHOLE_PIXELS = 150e6
"""A clip of at most so many pixels in all (72 frames of 1080p) is decoded whole: about 0.3 s on one core."""

WINDOW_PIXELS = 25e6
"""Pixels decoded in each window of a longer clip (12 frames of 1080p)."""

WINDOW_FRAMES = 30
"""... and at most so many frames."""

INNER_WINDOWS = (0.35, 0.7)
"""Where inside a longer clip the other windows lie, as shares of its length."""

LIE_S = 0.5
"""A header's length may be off by this much (the last frame, sound padding) before it is called wrong."""


BISECTIONS = 14
"""Halvings that find where a cut-off file ends: to a second in four hours."""


@dataclass(slots=True)
class Window:
    """What was read from one place of the file."""

    times_s: list[float] = field(default_factory=list)
    """Presentation times of the video packets read."""
    ends_s: dict[int, float] = field(default_factory=dict)
    """When the last packet read of each stream ends, by stream index."""
    starts_s: dict[int, float] = field(default_factory=dict)
    """When each stream's first decoded frame (else packet) starts, by stream index."""
    frames: list[VideoFrame] = field(default_factory=list)
    """The first decoded frame, if one was."""
    decoded: int = 0
    damaged_s: list[float] = field(default_factory=list)
    """Times of frames that failed to decode or came out damaged."""
    undecodable: set[int] = field(default_factory=set)
    """Sound streams whose packets fail to decode."""
    audio_heard: set[int] = field(default_factory=set)
    """Sound streams of which a frame was decoded."""
    encrypted: bool = False
    resized: bool = False
    """The picture changed its size."""
    to_end: bool = False
    """Reading reached the end of the file."""
    video_packets: int = 0


@dataclass(slots=True)
class Health:
    """The windows looked at, first to last, and where the readable part ends (file clock)."""

    windows: list[Window]
    end_s: dict[int, float]
    """By stream index."""
    header_end_s: float | None
    whole: bool
    """Every frame was decoded."""


def examine(container: InputContainer, video: VideoStream, audio: list[AudioStream]) -> Health:
    """Look at `video` and `audio` of a freshly opened file. Raises nothing for damage: it is in the result."""
    rate = float(video.average_rate or video.base_rate or 30)
    pixels = max(video.codec_context.width * video.codec_context.height, 1)
    header_s = None if container.duration is None else container.duration / av.time_base
    begin_s = (container.start_time or 0) / av.time_base
    small = header_s is not None and header_s * rate * pixels <= WHOLE_PIXELS
    some = min(max(int(WINDOW_PIXELS / pixels), 3), WINDOW_FRAMES)
    limit = int(WHOLE_PIXELS / pixels) + 1 if small else some
    video.codec_context.thread_count = 1

    head = _look(container, video, audio, frames=limit, seconds=None if small or header_s is None else HEAD_S)
    # Matroska writes the time of its end, the others their length.
    matroska = "matroska" in container.format.name
    header_end_s = header_s if header_s is None or matroska else begin_s + header_s
    if head.to_end:
        return Health([head], dict(head.ends_s), header_end_s, whole=head.decoded <= limit)

    assert header_end_s is not None
    tail = _tail(container, video, audio, some, begin_s, header_end_s)
    ends = {index: max(head.ends_s.get(index, -1e9), end) for index, end in tail.ends_s.items()}
    ends = head.ends_s | ends
    windows = [head]
    if ends and head.frames:
        first_s = head.starts_s.get(video.index, begin_s)
        span_s = ends.get(video.index, first_s) - first_s
        for share in INNER_WINDOWS:
            inner = _at(container, video, first_s + share * span_s)
            if inner and first_s + share * span_s > first_s + HEAD_S:
                windows.append(_look(container, video, [], frames=some, seconds=1.0))
    windows.append(tail)
    return Health(windows, ends, header_end_s, whole=False)


def _tail(
    container: InputContainer, video: VideoStream, audio: list[AudioStream], some: int, begin_s: float, end_s: float
) -> Window:
    """Read from just before the end to the end, or, where the file ends early, to where it does."""
    tail = Window()
    if _at(container, video, end_s - 1.0):
        tail = _look(container, video, audio, frames=some, seconds=None)
        if tail.ends_s and max(tail.ends_s.values()) >= end_s - LIE_S:
            return tail
    low_s, high_s = begin_s, end_s
    if tail.times_s:
        low_s = max(low_s, max(tail.times_s))
    for _ in range(BISECTIONS):
        if high_s - low_s < 1.0:
            break
        middle_s = (low_s + high_s) / 2
        if _readable(container, video, middle_s):
            low_s = middle_s
        else:
            high_s = middle_s
    if _at(container, video, low_s):
        return _look(container, video, audio, frames=some, seconds=None)
    return tail


def _at(container: InputContainer, video: VideoStream, t_s: float) -> bool:
    """Stand at the keyframe at or before `t_s`; False where the file cannot go there."""
    assert video.time_base is not None
    try:
        container.seek(int(t_s / video.time_base), stream=video)
    except av.error.FFmpegError:
        return False
    return True


def _readable(container: InputContainer, video: VideoStream, t_s: float) -> bool:
    if not _at(container, video, t_s):
        return False
    return next((True for packet in _packets(container, video, []) if packet.stream_index == video.index), False)


def _packets(container: InputContainer, video: VideoStream, audio: list[AudioStream]) -> Iterator[Packet]:
    """Packets that hold something, from here to the end, past errors on the way."""
    return (packet for packet in packets(container, video, *audio) if packet.size > 0)


def _look(
    container: InputContainer, video: VideoStream, audio: list[AudioStream], *, frames: int, seconds: float | None
) -> Window:
    """Read on from here for `seconds` (None: to the end), decoding the first `frames` frames and a little sound."""
    window = Window()
    keyframe_s: float | None = None
    draining = False
    for packet in _packets(container, video, audio):
        start_s, end_s = _span(packet)
        if start_s is None or packet.is_discard:
            start_s = None
        else:
            index = packet.stream_index
            window.starts_s.setdefault(index, start_s)
            window.ends_s[index] = max(window.ends_s.get(index, start_s), end_s)
        if packet.stream_index != video.index:
            _listen(window, packet)
            continue
        window.video_packets += 1
        window.encrypted |= bool(packet.has_sidedata("encryption_info"))
        if start_s is not None:
            window.times_s.append(start_s)
            keyframe_s = start_s if keyframe_s is None else keyframe_s
        if window.decoded < frames:
            _watch(window, packet, keyframe_s)
        if seconds is not None and window.times_s and _seen_enough(window, audio, seconds, frames):
            draining = True
            break
    window.to_end = not draining
    if window.decoded < frames and window.to_end:
        _watch(window, None, keyframe_s, video)
    return window


def _seen_enough(window: Window, audio: list[AudioStream], seconds: float, frames: int) -> bool:
    span_s = window.times_s[-1] - window.times_s[0]
    if span_s < seconds or (window.decoded < frames and span_s < 3 * seconds):
        return False
    # A sound track that has not begun yet gets as long again.
    waiting = any(stream.index not in window.starts_s for stream in audio)
    return not waiting or span_s >= 2 * seconds


def _span(packet: Packet) -> tuple[float | None, float]:
    moment = packet.dts if packet.pts is None else packet.pts
    if moment is None or packet.time_base is None:
        return None, 0.0
    start_s = float(moment * packet.time_base)
    length = packet.duration or 0
    stream = packet.stream
    if not length and isinstance(stream, VideoStream):
        rate = stream.average_rate or stream.base_rate
        return start_s, start_s + (1 / float(rate) if rate else 0.0)
    return start_s, start_s + float(length * packet.time_base)


def _watch(window: Window, packet: Packet | None, keyframe_s: float | None, video: VideoStream | None = None) -> None:
    """Decode one video packet (None: what the decoder still holds) and note what came of it."""
    try:
        frames = packet.decode() if packet is not None else video.codec_context.decode(None)  # type: ignore[union-attr]
    except av.error.EOFError:
        return
    except av.error.FFmpegError:
        start_s = None if packet is None else _span(packet)[0]
        # Pictures shown before the keyframe we came in at lean on ones we never read: no fault of the file.
        if start_s is not None and keyframe_s is not None and start_s >= keyframe_s:
            window.damaged_s.append(start_s)
        return
    for frame in frames:
        if not isinstance(frame, VideoFrame):
            continue
        window.decoded += 1
        t_s = _time_s(frame)
        early = t_s is not None and keyframe_s is not None and t_s < keyframe_s
        if frame.is_corrupt and not early and t_s is not None:
            window.damaged_s.append(t_s)
        if not window.frames:
            window.frames.append(frame)
            if t_s is not None:
                window.starts_s[-1] = t_s
        elif (frame.width, frame.height) != (window.frames[0].width, window.frames[0].height):
            window.resized = True


def _listen(window: Window, packet: Packet) -> None:
    """Decode sound until one frame came, to know that it can be and when it starts (after its priming)."""
    index = packet.stream_index
    if index in window.audio_heard:
        return
    try:
        frames = packet.decode()
    except av.error.FFmpegError:
        window.undecodable.add(index)
        return
    for frame in frames:
        window.audio_heard.add(index)
        window.undecodable.discard(index)
        t_s = _time_s(frame)
        if t_s is not None:
            window.starts_s[index] = t_s
        return


def _time_s(frame: Frame) -> float | None:
    """`frame.time` is NaN, not None, for a frame without a time."""
    return None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
