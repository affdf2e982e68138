"""The shape of a piece: which bars build, which drop, and where the last hit falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiditor.timeline import BeatGrid

__all__ = ["Bar", "Form", "beat_grid", "plan_form"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of 4/4."""

    index: int
    kind: str
    """intro, build, drop or rest (the quiet bars between two drops)."""
    at: int
    """Position in its section, from 0."""
    of: int
    """Bars in its section."""
    drop: int
    """How many drops have begun, this one included."""

    @property
    def first(self) -> bool:
        return self.at == 0

    @property
    def last(self) -> bool:
        return self.at == self.of - 1


@dataclass(frozen=True, slots=True)
class Form:
    """Bars from 0, then the final hit on the downbeat after the last, ringing until `duration_s`."""

    bars: tuple[Bar, ...]
    bar_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        """When the final hit falls."""
        return len(self.bars) * self.bar_s

    @property
    def drops_s(self) -> tuple[float, ...]:
        """When each drop begins."""
        return tuple(bar.index * self.bar_s for bar in self.bars if bar.kind == "drop" and bar.first)


def beat_grid(tempo_bpm: float, up_to_s: float) -> BeatGrid:
    """Beats of 4/4 from 0 up to and including `up_to_s`."""
    beat_s = 60.0 / tempo_bpm
    beats = tuple(k * beat_s for k in range(int(up_to_s / beat_s + 1e-9) + 1))
    return BeatGrid(tempo_bpm=tempo_bpm, beats_s=beats, downbeats_s=beats[::4])


def plan_form(duration_s: float, tempo_bpm: float, hits_s: Sequence[float] = ()) -> Form:
    """Fill `duration_s`: intro, build, drop, then rest and drop again while there is room, and a last hit.

    The first drop falls on the bar of the strongest of the first three `hits_s` that leaves room for a
    build before it and a drop after; else about a quarter in.
    """
    bar_s = 240.0 / tempo_bpm
    ring_s = min(1.4, 0.3 * duration_s)
    count = int((duration_s - ring_s) / bar_s + 1e-9)
    sections: list[tuple[str, int]] = []
    if count <= 2:
        sections.append(("drop", count))
    else:
        lead = _lead_bars(count, bar_s, hits_s)
        build = lead if lead < 3 else (lead + 1) // 2 if lead < 8 else 4
        sections += [("intro", lead - build), ("build", build)]
        left = count - lead
        while left:
            if left < 13:
                drop, rest = left, 0
            else:
                drop, rest = 8, 2 if left < 16 else 4
            sections += [("drop", drop), ("rest", rest // 2), ("build", rest - rest // 2)]
            left -= drop + rest
    bars: list[Bar] = []
    drops = 0
    for kind, of in sections:
        drops += kind == "drop" and of > 0
        start = len(bars)
        bars += [Bar(start + at, kind, at, of, drops) for at in range(of)]
    return Form(tuple(bars), bar_s, duration_s)


def _lead_bars(count: int, bar_s: float, hits_s: Sequence[float]) -> int:
    """Bars before the first drop: montages hook early, so a quarter of the piece and never over 12 s by itself."""
    wanted = max(1, min(round(count * 0.25), round(12.0 / bar_s), 8))
    if wanted > 2:
        wanted -= wanted % 2
    low, high = max(1, wanted // 2), max(wanted, min(round(count * 0.4), round(18.0 / bar_s)))
    for hit_s in tuple(hits_s)[:3]:
        bar = round(hit_s / bar_s)
        if low <= bar <= high and abs(hit_s - bar * bar_s) < 0.26 * bar_s:
            return bar
    return wanted
