"""How many windows, and how long each: the montage's length kept, boundaries on the beat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.select.config import SelectConfig
from aiditor.select.windows import SHORTEST_S, Window
from aiditor.timeline import BeatGrid

__all__ = [
    "TOLERANCE",
    "Bounds",
    "Slots",
    "beat_slots",
    "bounds_of",
    "fine_slots",
    "lay_out",
    "lengths",
    "pick",
    "widest_gap",
]

TOLERANCE = 0.05
"""How far from the length asked for a montage may be, as a share of it."""
FINE_S = 1 / 60


@dataclass(frozen=True, slots=True)
class Slots:
    """Montage times where a cut may begin or end: float64 [N], rising from 0; and which are downbeats."""

    edges_s: np.ndarray
    downbeat: np.ndarray
    musical: bool

    def inside(self, low_s: float, high_s: float) -> np.ndarray:
        """Indices of the edges in [low_s, high_s]."""
        first, last = np.searchsorted(self.edges_s, (low_s - 1e-9, high_s + 1e-9))
        return np.arange(first, last)


def beat_slots(grid: BeatGrid) -> Slots:
    """An edge at 0 and at every beat of the grid."""
    beats = np.asarray(grid.beats_s, dtype=np.float64)
    gap = 60.0 / grid.tempo_bpm
    edges = np.concatenate([[0.0], beats[beats > gap / 4]])
    downs = np.asarray(grid.downbeats_s, dtype=np.float64)
    near = np.abs(edges[:, None] - downs[None, :]).min(axis=1) < gap / 8 if len(downs) else np.zeros(len(edges), bool)
    return Slots(edges, near, True)


def fine_slots(target_s: float) -> Slots:
    """An edge every sixtieth of a second: no music to follow."""
    edges = np.arange(int(target_s * (1 + TOLERANCE) / FINE_S) + 2) * FINE_S
    return Slots(edges, np.zeros(len(edges), bool), False)


def widest_gap(slots: Slots) -> float:
    """Seconds between the two edges that lie furthest apart."""
    return float(np.diff(slots.edges_s).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Montage seconds a window may fill: shortest, best and longest. float64 [N] each."""

    low: np.ndarray
    best: np.ndarray
    high: np.ndarray


def bounds_of(windows: Sequence[Window], extra_s: Sequence[float], cfg: SelectConfig, *, relaxed: bool) -> Bounds:
    """What each window may fill; `extra_s` is what slow motion adds, `relaxed` lifts the usual lengths."""
    rows = []
    for window, extra in zip(windows, extra_s, strict=True):
        room = window.room_s + extra
        must = window.must[1] - window.must[0] + extra
        longest = room if relaxed else min(room, max(cfg.longest_cut_s, must))
        usual = min(SHORTEST_S, cfg.shortest_cut_s) if relaxed else cfg.shortest_cut_s
        shortest = min(longest, max(usual, must), cfg.target_s)
        best = float(np.clip(window.want[1] - window.want[0] + extra, shortest, longest))
        rows.append((shortest, best, longest))
    low, best, high = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return Bounds(low, best, high)


def pick(windows: Sequence[Window], cfg: SelectConfig, *, share: float) -> list[Window]:
    """The strongest windows whose best lengths fill the target, at most `share` of it from one source."""
    chosen: list[Window] = []
    used: dict[str, float] = defaultdict(float)
    total = 0.0
    for window in sorted(windows, key=lambda w: (not w.forced, -w.score)):
        length = float(np.clip(window.want[1] - window.want[0], cfg.shortest_cut_s, cfg.longest_cut_s))
        if total >= cfg.target_s * (1 - TOLERANCE / 2) and not window.forced:
            break
        if share < 1 and used[window.source_id] + length > share * cfg.target_s and not window.forced:
            continue
        chosen.append(window)
        used[window.source_id] += length
        total += length
    return chosen


def lengths(bounds: Bounds, target_s: float) -> np.ndarray:
    """Seconds for each window, float64 [N]: all moved by one factor from best towards low or high.

    The sum is `target_s` whenever it lies between the sums of the bounds.
    """
    total = bounds.best.sum()
    towards = bounds.low if total > target_s else bounds.high
    room = abs(towards.sum() - total)
    factor = 0.0 if room == 0 else min(1.0, abs(target_s - total) / room)
    result: np.ndarray = bounds.best + factor * (towards - bounds.best)
    return result


def lay_out(wanted_s: np.ndarray, bounds: Bounds, slots: Slots) -> list[tuple[float, float]]:
    """Montage (start, end) of each window in montage order, on slot edges; empty when one cannot be placed.

    Each end is the allowed edge nearest to where the running total of `wanted_s` would put it, so
    rounding to beats never adds up.
    """
    spans: list[tuple[float, float]] = []
    at, ideal = 0.0, 0.0
    for index, want in enumerate(wanted_s):
        ideal += want
        floor = bounds.low[index] if bounds.low[index] < bounds.high[index] else 0.0
        allowed = slots.inside(at + max(floor, FINE_S), at + bounds.high[index])
        if not len(allowed):
            allowed = slots.inside(at + FINE_S, at + bounds.high[index])
        if not len(allowed):
            return []
        edges = slots.edges_s[allowed]
        end = float(edges[np.abs(edges - ideal).argmin()])
        spans.append((at, end))
        at = end
    return spans
