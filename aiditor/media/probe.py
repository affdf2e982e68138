"""What a media file holds: `probe(path)` reads a little of it and gives a `MediaInfo`, or says why it cannot be used.

The header is a claim; packets and decoded frames are the evidence. See `health` for what is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream as AvAudio
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideo

from aiditor.errors import UnreadableMedia
from aiditor.media.admit import open_clip
from aiditor.media.health import LIE_S, Health, examine
from aiditor.media.info import AudioStream, MediaInfo, VideoStream
from aiditor.media.tracks import audio_roles, clean_title

__all__ = ["is_variable_rate", "probe"]

STILLS = frozenset({"png", "bmp", "gif", "webp", "tiff", "jpegxl"})
"""Codecs that are a cover or a still, not a recording, when another picture stream is there."""

TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 11: "iec61966-2-4",
             13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}  # fmt: skip
"""Transfer characteristics of ITU-T H.273, by FFmpeg's names."""

HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})

SOUND_OUTLIVES_S = 1.0
"""Sound that goes on this long after the last picture is left out: nobody wants a frozen picture."""


def probe(path: str | PathLike[str]) -> MediaInfo:
    """What the file at `path` holds and how much of it can be read. Well under a second, whatever its length.

    Raises UnreadableMedia (not media, no picture, damaged beyond use, encrypted) or BadInput (missing, a folder,
    not readable). What is wrong but survivable is in `MediaInfo.warnings`.
    """
    file = Path(path)
    with open_clip(file) as container:
        candidates = _candidates(container)
        if not candidates:
            raise UnreadableMedia(
                f"{file.name} holds sound with a cover picture, but no video",
                remedy="give it as music, or export the clip again with video",
                file=file,
            )
        audio = [stream for stream in container.streams.audio if stream.codec_context is not None]
        video = candidates[0]
        if video.codec_context is None:
            raise UnreadableMedia(
                f"{file.name}: its picture is in a format that cannot be decoded here",
                remedy="export it again as H.264 mp4",
                file=file,
            )
        health = examine(container, video, audio)
        frame = next((frame for window in health.windows for frame in window.frames), None)
        # The decoder makes pictures of encrypted data too, now and then.
        if frame is None or any(window.encrypted for window in health.windows):
            raise _undecodable(file, video, health)
        return _describe(file, container, video, audio, health, frame)


def _candidates(container: InputContainer) -> list[AvVideo]:
    """Picture streams that may be the recording, best first: moving, decodable, then the largest."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    streams = [s for s in container.streams.video if not s.disposition & covers]
    moving = [s for s in streams if s.codec_context is None or s.codec_context.name not in STILLS]

    def merit(stream: AvVideo) -> tuple[bool, int, int]:
        context = stream.codec_context
        pixels = 0 if context is None else context.width * context.height
        return (context is not None, pixels, -stream.index)

    return sorted(moving or streams, key=merit, reverse=True)


def _undecodable(file: Path, video: AvVideo, health: Health) -> UnreadableMedia:
    if any(window.encrypted for window in health.windows):
        return UnreadableMedia(
            f"{file.name} is copy-protected (encrypted)", remedy="use a recording without protection", file=file
        )
    if not any(window.video_packets for window in health.windows):
        return UnreadableMedia(
            f"{file.name} has a picture track without a single frame", remedy="record it again", file=file
        )
    return UnreadableMedia(
        f"{file.name}: not one frame of its {video.codec_context.name} picture can be decoded",
        remedy="copy it again from where it came; if it stays so, export it again as H.264 mp4",
        file=file,
    )


def _describe(
    file: Path, container: InputContainer, video: AvVideo, audio: list[AvAudio], health: Health, frame: VideoFrame
) -> MediaInfo:
    warnings: list[str] = []
    starts = _starts(health, video)
    sound = _sound(audio, health, starts, warnings)
    shown = [video.index, *(audio[i].index for i in range(len(audio)) if any(a.index == i for a in sound))]
    start_s = min(starts[index] for index in shown if index in starts)
    picture_end_s = health.end_s.get(video.index, starts[video.index])
    end_s = max(health.end_s.get(index, picture_end_s) for index in shown)
    if end_s > picture_end_s + SOUND_OUTLIVES_S:
        warnings.append(
            f"the picture ends at {picture_end_s - start_s:.1f} s: "
            f"the {end_s - picture_end_s:.1f} s of sound after it are left out"
        )
        end_s = picture_end_s
    duration_s = max(end_s - start_s, 0.0)
    if health.header_end_s is not None and health.header_end_s - max(health.end_s.values()) > LIE_S:
        claimed_s = health.header_end_s - start_s
        warnings.append(f"the file says it is {claimed_s:.1f} s long, but only {duration_s:.1f} s can be read")
    warnings.extend(_damage(health, start_s))
    return MediaInfo(
        container=_container_name(container, file),
        duration_s=duration_s,
        start_s=start_s,
        size_bytes=file.stat().st_size,
        video=_picture(container, video, health, frame, starts[video.index], duration_s),
        audio=sound,
        warnings=tuple(warnings),
    )


def _starts(health: Health, video: AvVideo) -> dict[int, float]:
    """When each stream really starts, by stream index: its first decoded frame where one was decoded."""
    starts: dict[int, float] = {}
    for window in health.windows:
        for index, start_s in window.starts_s.items():
            starts.setdefault(index, start_s)
    decoded_s = starts.pop(-1, None)
    if decoded_s is not None:
        starts[video.index] = decoded_s
    starts.setdefault(video.index, 0.0)
    return starts


def _sound(
    audio: list[AvAudio], health: Health, starts: dict[int, float], warnings: list[str]
) -> tuple[AudioStream, ...]:
    heard: set[int] = set().union(*(window.audio_heard for window in health.windows))
    broken: set[int] = set().union(*(window.undecodable for window in health.windows))
    kept: list[tuple[int, AvAudio]] = []
    for position, stream in enumerate(audio):
        if stream.index in heard:
            kept.append((position, stream))
        elif stream.index in broken:
            warnings.append(
                f"sound track {position + 1} ({stream.codec_context.name}) cannot be decoded: it is left out"
            )
        else:
            warnings.append(f"sound track {position + 1} is empty: it is left out")
    titles = [clean_title(s.metadata.get("title") or s.metadata.get("handler_name") or "") for _, s in kept]
    roles = audio_roles(titles)
    return tuple(
        AudioStream(
            index=position,
            codec=stream.codec_context.codec.canonical_name,
            rate_hz=stream.codec_context.sample_rate,
            channels=stream.codec_context.channels,
            layout=stream.codec_context.layout.name,
            title=title,
            role=role,
            start_s=starts.get(stream.index, 0.0),
        )
        for (position, stream), title, role in zip(kept, titles, roles, strict=True)
    )


def _damage(health: Health, start_s: float) -> list[str]:
    warnings = []
    damaged_s = sorted(t_s - start_s for window in health.windows for t_s in window.damaged_s)
    if damaged_s:
        more = f" and at {len(damaged_s) - 1} more frames" if len(damaged_s) > 1 else ""
        warnings.append(f"decoding fails at {damaged_s[0]:.1f} s{more}: damaged frames are left out")
    deaf = [w for w in health.windows if w.video_packets and not w.frames]
    if deaf:
        at_s = min(min(w.times_s, default=0.0) for w in deaf) - start_s
        warnings.append(f"nothing can be decoded around {at_s:.1f} s: those frames are left out")
    if any(window.resized for window in health.windows):
        warnings.append("the picture changes its size on the way: it is scaled to its first size")
    return warnings


def _picture(
    container: InputContainer, video: AvVideo, health: Health, frame: VideoFrame, start_s: float, duration_s: float
) -> VideoStream:
    aspect = _pixel_aspect(video)
    rotation_deg = round(-frame.rotation / 90) * 90 % 360
    width, height = round(frame.width * aspect), frame.height
    if rotation_deg in (90, 270):
        width, height = height, width
    transfer = TRANSFERS.get(int(frame.color_trc), TRANSFERS.get(int(video.codec_context.color_trc), "unknown"))
    variable = is_variable_rate([w.times_s for w in health.windows], _tick_s(video))
    rate_hz = _rate_hz(video, health, duration_s, variable)
    return VideoStream(
        index=list(container.streams.video).index(video),
        codec=video.codec_context.codec.canonical_name,
        width=max(width, 1),
        height=max(height, 1),
        coded_width=frame.width,
        coded_height=frame.height,
        pixel_aspect=f"{aspect.numerator}/{aspect.denominator}",
        rotation_deg=rotation_deg,
        rate_hz=rate_hz,
        variable_rate=variable,
        pixel_format=frame.format.name,
        bit_depth=max((component.bits for component in frame.format.components), default=8),
        transfer=transfer,
        hdr=transfer in HDR_TRANSFERS,
        interlaced=bool(frame.interlaced_frame) or int(video.codec_context.field_order) > 1,
        start_s=start_s,
    )


def _pixel_aspect(video: AvVideo) -> Fraction:
    """Width of a pixel over its height; nonsense (outside 1:4 to 4:1) counts as square, as players have it."""
    aspect = video.sample_aspect_ratio or video.codec_context.sample_aspect_ratio
    return Fraction(aspect) if aspect and Fraction(1, 4) <= aspect <= 4 else Fraction(1)


def _tick_s(video: AvVideo) -> float:
    return float(video.time_base or 0)


def is_variable_rate(windows_s: Sequence[Sequence[float]], tick_s: float) -> bool:
    """Whether frames at these times (windows of presentation times, seconds, any order) come unevenly.

    A step counts as uneven when it differs from the median step by over a tenth and by more than the clock's
    own rounding (`tick_s`). One or two such steps in a hundred are a hiccup, not a variable rate.
    """
    steps = [np.diff(np.unique(times)) for times in windows_s if len(times) > 2]
    if not steps:
        return False
    together = np.concatenate(steps)
    median = float(np.median(together))
    uneven = np.abs(together - median) > max(0.1 * median, 1.5 * tick_s)
    return int(np.count_nonzero(uneven)) > max(1, 0.02 * len(together))


def _rate_hz(video: AvVideo, health: Health, duration_s: float, variable: bool) -> float:
    claimed = float(video.average_rate or 0)
    if video.frames > 1 and claimed:  # the container counted its frames: this is the average
        return claimed
    spans: list[list[float]] = []  # of sparse frames windows overlap: each is counted once
    for times_s in sorted(sorted(w.times_s) for w in health.windows if len(w.times_s) > 1):
        if spans and times_s[0] <= spans[-1][-1]:
            spans[-1] = sorted({*spans[-1], *times_s})
        else:
            spans.append(times_s)
    frames, seconds = sum(len(span) - 1 for span in spans), sum(span[-1] - span[0] for span in spans)
    measured = frames / seconds if seconds > 0 else 0.0
    if claimed and (not variable or not measured):
        base = float(video.base_rate or 0)
        return base if abs(base - claimed) < 0.05 * claimed else claimed
    return measured or float(video.base_rate or 0) or (1 / duration_s if duration_s > 0 else 30.0)


def _container_name(container: InputContainer, file: Path) -> str:
    names = container.format.name.split(",")
    suffix = file.suffix.lower().lstrip(".")
    return suffix if suffix in names else {"mov": "mp4"}.get(names[0], names[0])
