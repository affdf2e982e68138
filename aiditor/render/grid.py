"""The frame grid: how many frames the montage has, and which of them each cut owns.

Frame i is shown at i / fps. A cut owns the frames from `at_s` to the next cut's, both rounded to the
grid, so rounding never adds up; the sound is cut to the same length.
"""

from __future__ import annotations

import math

from aiditor.errors import BadConfig
from aiditor.render.config import RenderConfig
from aiditor.timeline import Timeline

__all__ = ["frame_rate", "length_s", "size_of", "spans"]


def frame_rate(timeline: Timeline, cfg: RenderConfig) -> int:
    """Output frames a second: `cfg.fps`, or for "auto" 60 when most of the montage comes from 50 or more."""
    if cfg.fps != "auto":
        return cfg.fps
    rates_hz = {source.id: source.info.video.rate_hz for source in timeline.sources}
    total_s = sum(cut.duration_s for cut in timeline.cuts)
    fast_s = sum(cut.duration_s for cut in timeline.cuts if rates_hz[cut.source_id] >= 49.5)
    return 60 if fast_s * 2 > total_s else 30


def spans(timeline: Timeline, fps: int) -> tuple[range, ...]:
    """The output frames each cut owns, cut by cut: together every frame from 0, once."""
    starts = [_frame(cut.at_s, fps) for cut in timeline.cuts]
    ends = [*starts[1:], _frame(timeline.duration_s, fps)]
    return tuple(range(start, end) for start, end in zip(starts, ends, strict=True))


def length_s(timeline: Timeline, cfg: RenderConfig) -> float:
    """The montage's exact length on the frame grid, which the sound must have too."""
    fps = frame_rate(timeline, cfg)
    return _frame(timeline.duration_s, fps) / fps


def size_of(aspect: str, timeline: Timeline, cfg: RenderConfig) -> tuple[int, int]:
    """Width and height in pixels of the file for `aspect`, "landscape" or "portrait".

    Raises BadConfig for any other aspect.
    """
    if aspect == "portrait":
        return cfg.portrait
    if aspect != "landscape":
        raise BadConfig(f"there is no aspect named {aspect}", remedy="ask for landscape or portrait")
    if cfg.landscape != "source":
        return cfg.landscape
    used = {cut.source_id for cut in timeline.cuts}
    wide = [
        (source.info.video.width, source.info.video.height)
        for source in timeline.sources
        if source.id in used and source.info.video.width >= source.info.video.height
    ]
    width, height = max(wide, key=math.prod, default=(1920, 1080))
    return max(64, width - width % 2), max(64, height - height % 2)


def _frame(t_s: float, fps: int) -> int:
    return math.floor(t_s * fps + 0.5)
