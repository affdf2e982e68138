"""Drum bars: the pattern, its fills, and the rolls that lead into a drop."""

from __future__ import annotations

import numpy as np

__all__ = ["DRUM_PITCHES", "Stroke", "drum_bar", "fill", "roll", "vary"]

DRUM_PITCHES = {"kick": 36, "perc": 37, "snare": 38, "hat": 42, "open": 46, "crash": 49, "impact": 35, "swell": 55}
"""General MIDI's key of each stroke; the effects sit on keys close to them."""

Stroke = tuple[float, str, float]
"""Sixteenth of the bar, which drum, strength in [0, 1]."""

_STRENGTH = {"X": 1.0, "x": 0.8, "o": 0.4, "r": 0.75}


def drum_bar(drum: str, pattern: str) -> list[Stroke]:
    """The strokes of one drum; `r` is four in the time of one step."""
    strokes: list[Stroke] = []
    for step, sign in enumerate(pattern):
        if sign == "r":
            strokes += [(step + part / 3, drum, 0.6 + 0.1 * part) for part in range(3)]
        elif sign != ".":
            strokes.append((step, drum, _STRENGTH[sign]))
    return strokes


def vary(pattern: str, rng: np.random.Generator, *, chance: float = 0.25) -> str:
    """The pattern with one weak step added or dropped, now and then; strong beats stay."""
    if rng.random() > chance:
        return pattern
    step = int(rng.choice((3, 6, 7, 10, 11, 14, 15)))
    sign = "." if pattern[step] != "." else "o"
    return pattern[:step] + sign + pattern[step + 1 :]


def fill(rng: np.random.Generator, *, steps: int = 4) -> list[Stroke]:
    """The last `steps` of a bar, on snare and perc, growing."""
    choices = ("x.xx", "xxxx", "x.x.", "xx.x", "..xx", "xrxr")
    pattern = "".join(str(rng.choice(choices)) for _ in range(steps // 4))
    strokes: list[Stroke] = []
    for step, sign in enumerate(pattern):
        if sign == ".":
            continue
        drum = "snare" if rng.random() < 0.65 else "perc"
        strength = 0.6 + 0.4 * step / max(len(pattern) - 1, 1)
        at = 16 - steps + step
        strokes += [(at, drum, strength)] if sign == "x" else [(at, drum, strength), (at + 0.5, drum, strength)]
    return strokes


def roll(at: int, of: int) -> list[Stroke]:
    """Bar `at` of a build of `of` bars: quarters, eighths, sixteenths, growing, and a gap before the drop."""
    left = of - at
    every = {1: 1.0, 2: 2.0}.get(left, 4.0)
    strokes: list[Stroke] = []
    step = 0.0
    while step < (12 if left == 1 else 16):
        if left == 1 and step >= 8:
            every = 0.5
        grown = (at + step / 16) / of
        strokes.append((step, "snare", 0.25 + 0.6 * grown))
        step += every
    return strokes
