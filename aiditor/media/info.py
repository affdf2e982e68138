"""What a media file holds, as plain frozen values. No PyAV here, so that every layer may import it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AudioStream", "MediaInfo", "VideoStream"]


@dataclass(frozen=True, slots=True)
class VideoStream:
    """The one picture stream that is used (cover art is never it)."""

    index: int
    """Position among the file's video streams, as PyAV's `container.streams.video[index]`."""
    codec: str
    width: int
    """Width in square pixels as a viewer sees it: after rotation and pixel aspect."""
    height: int
    """Height as a viewer sees it."""
    coded_width: int
    coded_height: int
    pixel_aspect: str
    """Sample aspect ratio as "num/den"; "1/1" for square pixels."""
    rotation_deg: int
    """Clockwise turn a player applies: 0, 90, 180 or 270."""
    rate_hz: float
    """Average frames a second."""
    variable_rate: bool
    """Frames are not evenly spaced (screen recorders)."""
    pixel_format: str
    bit_depth: int
    transfer: str
    """Transfer characteristic by FFmpeg's name: "bt709", "smpte2084" (PQ), "arib-std-b67" (HLG), "unknown"."""
    hdr: bool
    """PQ or HLG: tone-mapped to bt709 on render."""
    interlaced: bool
    start_s: float
    """Presentation time of the first frame, in the file's own clock."""


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One sound track."""

    index: int
    """Position among the file's audio streams, as PyAV's `container.streams.audio[index]`."""
    codec: str
    rate_hz: int
    channels: int
    layout: str
    title: str
    """The track's own name, or ""."""
    role: str
    """"game", "microphone" or "mix" (the only track, or one that holds everything)."""
    start_s: float


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What `probe` found. Times elsewhere in AIditor are seconds from `start_s`, the file's first moment."""

    container: str
    duration_s: float
    """Length that can really be read, not what the header claims where the two were seen to differ."""
    start_s: float
    """The file's own clock at its first frame or sample: subtract it from presentation times."""
    size_bytes: int
    video: VideoStream
    audio: tuple[AudioStream, ...]
    warnings: tuple[str, ...] = ()
    """What was wrong but survivable ("decoding fails at 12.4 s: the 0.8 s around it are left out")."""
