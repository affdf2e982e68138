"""A timeline on an editor's frame grid: one segment a cut, three where a speed ramp divides it.

Every edit list has one frame rate. A cut owns the frames from its `at_s` to the next cut's, both
rounded, as in the render, so an editor sees each picture where the finished video has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aiditor.timeline import Cut, Mute, Source, Timeline

__all__ = ["Segment", "audible", "frame_at", "montage_frame", "montage_rate", "segments", "source_rate"]

MIXES = frozenset({"crossfade", "whip"})
"""Transitions during which two pictures are seen; editors know them as dissolves."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Montage frames [at, at + frames) show `source` from `start_s` on, at one speed."""

    number: int
    """The cut it belongs to, from 0."""
    cut: Cut
    source: Source
    at: int
    frames: int
    start_s: float
    speed: float
    mix: int = 0
    """Frames over which the picture before dissolves into this one; 0 for a plain cut."""

    @property
    def end(self) -> int:
        return self.at + self.frames


def montage_rate(timeline: Timeline) -> int:
    """60 frames a second when most of the montage comes from 50 or more, else 30: what the render takes."""
    fast_s = sum(c.duration_s for c in timeline.cuts if timeline.source(c.source_id).info.video.rate_hz >= 49.5)
    return 60 if fast_s * 2 > sum(c.duration_s for c in timeline.cuts) else 30


def montage_frame(t_s: float, fps: int) -> int:
    """The montage frame nearest to `t_s`; halves go up, as in the render."""
    return math.floor(t_s * fps + 0.5)


def source_rate(source: Source, fps: int) -> Fraction:
    """The source's exact rate (30000/1001, not 29.97). One without an even rate is counted at the montage's."""
    video = source.info.video
    if video.variable_rate or not video.rate_hz > 0:
        return Fraction(fps)
    nearest = max(1, round(video.rate_hz))
    for exact in (Fraction(nearest), Fraction(nearest * 1000, 1001)):
        if abs(video.rate_hz - exact) < 0.005:
            return exact
    return Fraction(video.rate_hz).limit_denominator(1001)


def frame_at(t_s: float, rate: Fraction) -> int:
    """Number of the last frame at or before `t_s`, with a thousandth of a frame's grace for floats."""
    return max(0, math.floor(t_s * rate + Fraction(1, 1000)))


def segments(timeline: Timeline, fps: int) -> tuple[Segment, ...]:
    """The montage in order; together they own every frame from 0 to its end, once."""
    starts = [montage_frame(cut.at_s, fps) for cut in timeline.cuts]
    ends = [*starts[1:], montage_frame(timeline.duration_s, fps)]
    found: list[Segment] = []
    for number, (cut, start, end) in enumerate(zip(timeline.cuts, starts, ends, strict=True)):
        mix = _mix(cut, end - start, found, fps)
        for low, high, speed in _pieces(cut, start, end, fps):
            start_s = max(cut.source_s(low / fps), 0.0)
            found.append(Segment(number, cut, timeline.source(cut.source_id), low, high - low, start_s, speed, mix))
            mix = 0
    return tuple(found)


def _mix(cut: Cut, frames: int, before: Sequence[Segment], fps: int) -> int:
    """Frames of the dissolve into this cut. An editor needs footage to run on with where the render holds a frame."""
    if cut.transition is None or cut.transition.kind not in MIXES or not before:
        return 0
    last = before[-1]
    mix = min(montage_frame(cut.transition.duration_s, fps), frames, last.frames)
    return mix if last.source.duration_s - last.cut.end_s >= (mix + 1) / fps else 0


def _pieces(cut: Cut, start: int, end: int, fps: int) -> Iterator[tuple[int, int, float]]:
    """(first frame, end frame, speed) of the parts of one cut."""
    if cut.ramp is None:
        edges, speeds = [start, end], [1.0]
    else:
        slow = [montage_frame(cut.montage_s(t_s), fps) for t_s in (cut.ramp.start_s, cut.ramp.end_s)]
        edges = [start, *(min(max(frame, start), end) for frame in slow), end]
        speeds = [1.0, cut.ramp.speed, 1.0]
    for low, high, speed in zip(edges, edges[1:], speeds, strict=False):
        if high > low:
            yield low, high, speed


def audible(segment: Segment, mutes: Sequence[Mute], fps: int) -> tuple[tuple[int, int, bool], ...]:
    """(first montage frame, end, heard) over the whole segment: a muted span takes every frame it touches."""
    cut = segment.cut
    silent: list[tuple[int, int]] = []
    for mute in mutes:
        if mute.source_id == cut.source_id:
            low = math.floor(cut.montage_s(mute.start_s) * fps + 1e-6)
            high = math.ceil(cut.montage_s(mute.end_s) * fps - 1e-6)
            silent.append((max(low, segment.at), min(high, segment.end)))
    parts: list[tuple[int, int, bool]] = []
    here = segment.at
    for low, high in sorted(span for span in silent if span[1] > span[0]):
        if low > here:
            parts.append((here, low, True))
        if high > here:
            parts.append((max(low, here), high, False))
            here = high
    if here < segment.end:
        parts.append((here, segment.end, True))
    return tuple(parts)
