"""From moments to windows: stretches of one source that may become a cut."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from aiditor.select.config import SelectConfig
from aiditor.timeline import Moment, Reason, Scores, Source

__all__ = [
    "SHORTEST_S",
    "Span",
    "Window",
    "dropped_spans",
    "fill_windows",
    "free_spans",
    "moment_windows",
    "with_territories",
]

Span = tuple[float, float]
SHORTEST_S = 0.4
"""Footage shorter than this is never a cut, whatever is asked."""
MARGIN_S = 0.05
"""Never cut on a source's very last frame: containers often promise a little more than they hold."""


@dataclass(frozen=True, slots=True)
class Window:
    """A candidate cut: what must be seen (`must`), what would be nice (`want`), what is free (`limit`)."""

    order: int
    """Position of the source in the batch."""
    source_id: str
    peak_s: float
    must: Span
    want: Span
    limit: Span
    score: float
    kind: str = "burst"
    reasons: tuple[Reason, ...] = ()
    forced: bool = False
    """The user asked for it."""

    @property
    def room_s(self) -> float:
        return self.limit[1] - self.limit[0]


def free_spans(source: Source, dropped: Sequence[Span] = ()) -> list[Span]:
    """The parts of a source that no other source of the batch covers and the user did not drop, in order."""
    spans: list[Span] = []
    at = 0.0
    end = max(0.0, source.duration_s - MARGIN_S)
    for low, high in sorted([*source.skip_s, *dropped]):
        if low > at:
            spans.append((at, min(low, end)))
        at = max(at, high)
    if at < end:
        spans.append((at, end))
    return [(low, high) for low, high in spans if high > low]


def dropped_spans(source: Source, scores: Scores, drop: Collection[tuple[str, float]]) -> list[Span]:
    """The footage of the moments the user dropped."""
    return [(m.start_s, m.end_s) for m in scores.moments if (source.id, m.t_s) in drop]


def moment_windows(
    order: int,
    source: Source,
    scores: Scores,
    cfg: SelectConfig,
    drop: Collection[tuple[str, float]],
    keep: Collection[tuple[str, float]],
) -> list[Window]:
    """One window a moment; moments closer than `merge_gap_s` share one, up to `longest_cut_s`."""
    wanted = [m for m in scores.moments if (source.id, m.t_s) not in drop]
    windows: list[Window] = []
    for low, high in free_spans(source, dropped_spans(source, scores, drop)):
        inside = sorted((m for m in wanted if low <= m.t_s <= high), key=lambda m: m.t_s)
        for group in _groups(inside, cfg):
            best = max(group, key=lambda m: m.score)
            must = _clamp(_around_events(group, scores), low, high)
            first = min(m.t_s for m in group)
            want = _clamp((min(must[0], first - cfg.pre_roll_s), must[1] + cfg.post_roll_s), low, high)
            forced = any((source.id, m.t_s) in keep for m in group)
            if best.score >= cfg.floor or forced:
                windows.append(
                    Window(
                        order, source.id, best.t_s, must, want, (low, high), best.score, best.kind, best.reasons, forced
                    )
                )
    return windows


def _groups(moments: Sequence[Moment], cfg: SelectConfig) -> list[list[Moment]]:
    groups: list[list[Moment]] = []
    for moment in moments:
        last = groups[-1] if groups else None
        if (
            last is not None
            and moment.start_s - last[-1].end_s <= cfg.merge_gap_s
            and moment.end_s - last[0].start_s <= cfg.longest_cut_s - cfg.pre_roll_s
        ):
            last.append(moment)
        else:
            groups.append([moment])
    return groups


def _around_events(group: Sequence[Moment], scores: Scores) -> Span:
    """The span of a group of moments, stretched over every event that begins or ends inside it.

    A burst is no event of its own: it is what untrained detection saw of the moment itself.
    """
    low, high = min(m.start_s for m in group), max(m.end_s for m in group)
    for event in scores.events:
        if event.kind != "burst" and event.start_s < high and event.end_s > low:
            low, high = min(low, event.start_s), max(high, event.end_s)
    return low, high


def _clamp(span: Span, low: float, high: float) -> Span:
    return max(span[0], low), min(span[1], high)


def fill_windows(
    order: int,
    source: Source,
    scores: Scores,
    cfg: SelectConfig,
    taken: Sequence[Window],
    drop: Collection[tuple[str, float]],
) -> list[Window]:
    """Windows over the rest of a source, best first, for when its moments do not fill the montage.

    Free footage is tiled with stretches of about the usual cut length; each is scored by the mean of
    the curve under it, so the best of what there is comes first.
    """
    length = min(cfg.longest_cut_s, max(cfg.shortest_cut_s, cfg.pre_roll_s + cfg.post_roll_s + 1.0))
    busy = sorted(w.want for w in taken if w.source_id == source.id)
    windows: list[Window] = []
    for low, high in free_spans(source, dropped_spans(source, scores, drop)):
        for gap in _gaps(low, high, busy):
            pieces = max(1, round((gap[1] - gap[0]) / length))
            edges = np.linspace(gap[0], gap[1], pieces + 1)
            for start, end in pairwise(edges.tolist()):
                if end - start >= min(cfg.shortest_cut_s, SHORTEST_S):
                    windows.append(_filler(order, source, scores, (start, end), gap))
    return sorted(windows, key=lambda w: -w.score)


def _gaps(low: float, high: float, busy: Sequence[Span]) -> list[Span]:
    gaps: list[Span] = []
    at = low
    for start, end in busy:
        if start > at:
            gaps.append((at, min(start, high)))
        at = max(at, end)
    if at < high:
        gaps.append((at, high))
    return gaps


def _filler(order: int, source: Source, scores: Scores, span: Span, limit: Span) -> Window:
    first, last = int(span[0] / scores.step_s), int(np.ceil(span[1] / scores.step_s))
    curve = scores.values[first:last]
    level = float(curve.mean()) if len(curve) else 0.0
    peak = span[0] + (int(curve.argmax()) + 0.5) * scores.step_s if len(curve) else sum(span) / 2
    reason = Reason("fills the length asked for", round(level, 2))
    peak = float(np.clip(peak, *span))
    return Window(order, source.id, peak, (peak, peak), span, limit, level, "fill", (reason,))


def with_territories(windows: Sequence[Window]) -> list[Window]:
    """The same windows in source order, each `limit` cut back so that no two can ever overlap.

    Between neighbours of one source the border lies in the middle of what neither must show.
    """
    placed = sorted(windows, key=lambda w: (w.order, w.peak_s))
    result: list[Window] = []
    for index, window in enumerate(placed):
        low, high = window.limit
        if index and placed[index - 1].source_id == window.source_id:
            low = max(low, _border(placed[index - 1], window))
        if index + 1 < len(placed) and placed[index + 1].source_id == window.source_id:
            high = min(high, _border(window, placed[index + 1]))
        must = _clamp(window.must, low, high)
        result.append(replace(window, limit=(low, high), must=must, want=_clamp(window.want, low, high)))
    return result


def _border(before: Window, after: Window) -> float:
    for left, right in ((before.want[1], after.want[0]), (before.must[1], after.must[0])):
        if left <= right:
            return (left + right) / 2
    return (before.peak_s + after.peak_s) / 2
