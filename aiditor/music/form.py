"""The shape of a piece: which bars build, which drop, and where the last hit falls.

The montage's best moment gets the drop: a section plan is sought among all that let a drop begin on it, by dynamic
programming over bars. Where it falls between two bar lines, the bar that leads into it is made longer or shorter by
whole beats, so that every beat stays where `beat_grid` promised it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.timeline import BeatGrid

__all__ = ["Bar", "Form", "beat_grid", "plan_form", "sections_of"]

_RING_S = 1.4
"""The last hit rings at least this long, where the piece is long enough."""
_SHORTEST_RING_S = 0.6
_HOOK_S = 12.0
"""Montages hook early: the first drop is wanted within this."""
_DROP_S = 14.0
_DROPS = (2, 4, 6, 8, 12, 16)
_BREAKS = ((0, 1), (0, 2), (1, 1), (2, 2), (4, 4))
"""(bars of rest, bars of build) between two drops."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, of four beats but where it leads into the best moment."""

    index: int
    kind: str
    """intro, build, drop or rest (the quiet bars between two drops)."""
    at: int
    """Position in its section, from 0."""
    of: int
    """Bars in its section."""
    drop: int
    """How many drops have begun, this one included."""
    start: int
    """Beats of the piece before it."""
    beats: int = 4
    intensity: float = 0.5
    """How strong the montage is meanwhile, against the rest of it, in [0, 1]."""

    @property
    def first(self) -> bool:
        return self.at == 0

    @property
    def last(self) -> bool:
        return self.at == self.of - 1

    @property
    def steps(self) -> int:
        """Sixteenths in this bar."""
        return 4 * self.beats


@dataclass(frozen=True, slots=True)
class Form:
    """Bars from 0, then the final hit on the downbeat after the last, ringing until `duration_s`."""

    bars: tuple[Bar, ...]
    bar_s: float
    duration_s: float
    best_s: float | None = None
    """When the drop, or the final hit, that stands for the best moment falls; None where no moment is known."""

    @property
    def beat_s(self) -> float:
        return self.bar_s / 4

    @property
    def end_s(self) -> float:
        """When the final hit falls."""
        return (self.bars[-1].start + self.bars[-1].beats) * self.beat_s if self.bars else 0.0

    @property
    def drops_s(self) -> tuple[float, ...]:
        """When each drop begins."""
        return tuple(bar.start * self.beat_s for bar in self.bars if bar.kind == "drop" and bar.first)

    def grid(self) -> BeatGrid:
        """The beats of `beat_grid`, with the bars as they are."""
        plain = beat_grid(60.0 / self.beat_s, self.duration_s)
        starts = [bar.start for bar in self.bars]
        end = self.bars[-1].start + self.bars[-1].beats if self.bars else 0
        starts += list(range(end, len(plain.beats_s), 4))
        downbeats = tuple(plain.beats_s[start] for start in starts if start < len(plain.beats_s))
        return BeatGrid(plain.tempo_bpm, plain.beats_s, downbeats)


def beat_grid(tempo_bpm: float, up_to_s: float) -> BeatGrid:
    """Beats of 4/4 from 0 up to and including `up_to_s`."""
    beat_s = 60.0 / tempo_bpm
    beats = tuple(k * beat_s for k in range(int(up_to_s / beat_s + 1e-9) + 1))
    return BeatGrid(tempo_bpm=tempo_bpm, beats_s=beats, downbeats_s=beats[::4])


def plan_form(
    duration_s: float,
    tempo_bpm: float,
    hits_s: Sequence[float] = (),
    intensity: Sequence[tuple[float, float]] = (),
) -> Form:
    """Fill `duration_s`: intro, build, drop, then rest, build and drop again while there is room, and a last hit.

    A drop begins on the beat nearest to `hits_s[0]`; where less than a bar is left there, the final hit falls on it.
    Later drops prefer the hits after it. `intensity`, (time, from there on in [0, 1]) pairs, draws the drops to the
    strong stretches and the rests to the weak ones.
    """
    beat_s = 60.0 / tempo_bpm
    frame = _frame(duration_s, beat_s, hits_s)
    strong = _intensities(frame.starts, beat_s, intensity)
    plan = _Plan(frame, beat_s, tuple(hits_s)[1:4], strong)
    bars: list[Bar] = []
    drops = 0
    for kind, of in plan.sections():
        drops += kind == "drop" and of > 0
        for at in range(of):
            index = len(bars)
            start, end = frame.starts[index], frame.starts[index + 1]
            bars.append(Bar(index, kind, at, of, drops, start, end - start, float(strong[index])))
    best_s = None if frame.best is None else frame.starts[frame.best] * beat_s
    return Form(tuple(bars), 4 * beat_s, duration_s, best_s)


# --- where bars can begin ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Frame:
    """The bar lines, in beats, the last one being the final hit's; and which of them is the best moment's."""

    starts: tuple[int, ...]
    best: int | None

    @property
    def count(self) -> int:
        return len(self.starts) - 1


def _frame(duration_s: float, beat_s: float, hits_s: Sequence[float]) -> _Frame:
    room = max(int((duration_s - min(_RING_S, 0.3 * duration_s)) / beat_s + 1e-9), 0)
    plain = tuple(range(0, room + 1, 4))
    if not hits_s or not 0 <= hits_s[0] <= duration_s:
        return _Frame(plain, None)
    best = round(hits_s[0] / beat_s)
    if best < 2:
        return _Frame(plain, 0 if len(plain) > 1 else None)
    if best + 4 > room and duration_s - best * beat_s < _SHORTEST_RING_S:
        return _Frame(plain, None)
    before, extra = divmod(best, 4)
    lines = list(range(0, best, 4))
    # Three beats over make a bar of their own; one or two make the bar before longer.
    if extra in (1, 2) and before:
        lines.pop()
    after = range(best, max(room, best) + 1, 4)
    return _Frame((*lines, *after), len(lines))


def _intensities(starts: Sequence[int], beat_s: float, intensity: Sequence[tuple[float, float]]) -> np.ndarray:
    """The montage's strength in each bar against its own range, float64 [bars]; 0.5 where it never changes."""
    count = len(starts) - 1
    if not intensity or count < 1:
        return np.full(max(count, 0), 0.5)
    times_s, values = np.array(intensity, float).T
    edges_s = np.asarray(starts) * beat_s
    points_s = edges_s[:-1, None] + np.diff(edges_s)[:, None] * (np.arange(8) + 0.5) / 8
    at = np.clip(np.searchsorted(times_s, points_s, "right") - 1, 0, len(values) - 1)
    level = values[at].mean(axis=1)
    spread = float(level.max() - level.min())
    return np.asarray((level - level.min()) / spread if spread > 0.05 else np.full(count, 0.5))


# --- which sections they make -----------------------------------------------------------------------


class _Plan:
    """The section plan of least cost. Costs are about 1 for what a listener would notice."""

    def __init__(self, frame: _Frame, beat_s: float, hits_s: Sequence[float], strong: np.ndarray) -> None:
        self._frame, self._beat_s, self._hits_s = frame, beat_s, hits_s
        # Quiet sections cost what the montage is above its middle, drops what it is below it.
        self._above = np.concatenate([[0.0], np.cumsum(strong - 0.5)])

    def sections(self) -> list[tuple[str, int]]:
        count, best = self._frame.count, self._frame.best
        if count < 1:
            return []
        if count <= 2 and best is None:
            return [("drop", count)]
        costs: dict[int, float] = {}
        before: dict[int, tuple[int, tuple[int, int, int]]] = {}
        for drop in range(count + 1):
            # A drop may begin anywhere but after an unused best moment; only the best one may be the end itself.
            if drop == count and best != count:
                continue
            self._reach(drop, costs, before)
        ends = {drop: cost + self._tail(drop) for drop, cost in costs.items() if best is None or drop >= best}
        return self._traced(min(ends, key=lambda drop: (ends[drop], drop)), before)

    def _reach(self, drop: int, costs: dict[int, float], before: dict[int, tuple[int, tuple[int, int, int]]]) -> None:
        """The cheapest way to begin a drop at this bar."""
        best = self._frame.best
        found = self._lead(drop) if best is None or drop <= best else np.inf
        for of, (rest, build) in ((of, gap) for of in _DROPS for gap in _BREAKS):
            start = drop - of - rest - build
            if start not in costs or (best is not None and start < best < drop):
                continue
            cost = costs[start] + self._cycle(start, of, rest, build)
            if cost < found:
                found = cost
                before[drop] = (start, (of, rest, build))
        if np.isfinite(found):
            costs[drop] = found - self._on_a_hit(drop)

    def _traced(self, drop: int, before: dict[int, tuple[int, tuple[int, int, int]]]) -> list[tuple[str, int]]:
        sections = [("drop", self._frame.count - drop)]
        while drop in before:
            drop, (of, rest, build) = before[drop]
            sections[:0] = [("drop", of), ("rest", rest), ("build", build)]
        build = drop if drop < 3 else (drop + 1) // 2 if drop < 8 else 4
        return [("intro", drop - build), ("build", build), *sections]

    def _lead(self, bars: int) -> float:
        """What an intro and build of so many bars cost: a quarter of the piece is liked, and no more than 12 s."""
        if bars == 0:
            return 0.0 if self._frame.best == 0 else 6.0
        bar_s = 4 * self._beat_s
        wanted_s = min(0.25 * self._frame.count * bar_s, _HOOK_S)
        late = (bars * bar_s - wanted_s) / 5.0
        odd = 0.3 * (bars % 2) if bars > 2 else 0.0
        return late**2 + odd + 0.15 * self._over(0, bars)

    def _cycle(self, start: int, of: int, rest: int, build: int) -> float:
        """What a drop with its break after it costs."""
        quiet = rest + build
        cost = ((of * 4 * self._beat_s - _DROP_S) / 8.0) ** 2 + (0.5 if of % 4 else 0.0)
        cost += ((quiet - of / 2.5) / 3.0) ** 2 + (0.4 if rest == 0 else 0.0)
        return cost + 0.15 * (self._over(start + of, quiet) - self._over(start, of))

    def _tail(self, drop: int) -> float:
        """What the last drop costs."""
        bars = self._frame.count - drop
        cost = max((bars * 4 * self._beat_s - _DROP_S) / 8.0, 0.0) ** 2
        short = 1.5 if bars == 1 else 0.6 if bars in (2, 3) else 0.0
        return cost + (0.0 if drop == self._frame.best else short) - 0.15 * self._over(drop, bars)

    def _over(self, start: int, count: int) -> float:
        return float(self._above[start + count] - self._above[start])

    def _on_a_hit(self, drop: int) -> float:
        at_s = self._frame.starts[drop] * self._beat_s
        worths = (0.8 / (rank + 1) for rank, hit_s in enumerate(self._hits_s) if abs(hit_s - at_s) < self._beat_s / 2)
        return max(worths, default=0.0)


def sections_of(form: Form) -> Iterator[tuple[Bar, Bar]]:
    """The first and the last bar of each section, in order."""
    first: Bar | None = None
    for bar in form.bars:
        first = bar if bar.first else first
        if bar.last and first is not None:
            yield first, bar
