"""Drum bars: the pattern, the fills of each kit, and the rolls that lead into a drop."""

from __future__ import annotations

import numpy as np

__all__ = ["DRUM_PITCHES", "Stroke", "drum_bar", "fill", "roll", "vary"]

DRUM_PITCHES = {"kick": 36, "perc": 37, "snare": 38, "hat": 42, "open": 46, "crash": 49, "impact": 35, "swell": 55}
"""General MIDI's key of each stroke; the effects sit on keys close to them."""

Stroke = tuple[float, str, float]
"""Sixteenth of the bar, which drum, strength in [0, 1]."""

_STRENGTH = {"X": 1.0, "x": 0.8, "o": 0.4, "r": 0.75}

_FILLS = {
    "trap": ("hhttsSrr", "s.htrtrt", "tthhttSr", "k.s.trrr", "hthtrrSS", "s..srrtt"),
    "break": ("s.sks.ss", "kSs.kSsS", "sskssoSr", "s.ss.sSr", "k.S.krSS", "sos.skSS"),
    "phonk": ("ppP.pPps", "s.ppsppS", "k.k.kpSr", "pp.pP.SS", "krkrs.SS", "P.p.PpSr"),
    "epic": ("p.pPp.PP", "ppPpppPP", "P..pp.PP", "PpppPpPP", "p.ppPPrr", "k.p.k.PP"),
    "lofi": ("..s...o.", "....s.o.", "..k...s.", "o...p.s.", "..p..os.", ".o....s."),
    "soft": ("..p..p.s", "...p..ss", "p..p..p.", "....s..s", "..p.p.p.", "p...p..s"),
    "house": ("s.ss.sSS", "..s.s.ss", "ssssrrrr", "k...s.sS", "p.pps.SS", "s..s..Ss"),
    "bouncy": ("p.pps.S.", "s.pps.p.", "psps.sS.", "k.p.k.sS", "pp.pp.sS", "s.s.ppS."),
    "chip": ("ssss....", "s.s.ssss", "rr..rr..", "k.sk.sSr", "ssppsspp", "rrrrS.S."),
}
"""Half a bar of each kit: `s` snare, `k` kick, `p` perc, `h` hat, capitals accents, `o` a ghost snare, `t` a triplet of
hats, `r` two snares in the time of one step."""
_SIGNS = {"s": ("snare", 0.75), "o": ("snare", 0.35), "k": ("kick", 0.9), "p": ("perc", 0.75), "h": ("hat", 0.8)}


def drum_bar(drum: str, pattern: str) -> list[Stroke]:
    """The strokes of one drum; `r` is three in the time of one step."""
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


def fill(kit: str, rng: np.random.Generator, *, steps: int = 4) -> list[Stroke]:
    """The last `steps` (4 or 8) of a bar of sixteen, as drummers of this kit play them, growing."""
    pattern = str(rng.choice(_FILLS[kit]))[-steps:]
    strokes: list[Stroke] = []
    for step, sign in enumerate(pattern):
        at, grown = 16 - steps + step, 0.8 + 0.2 * step / max(steps - 1, 1)
        if sign == "t":
            strokes += [(at + part / 3, "hat", 0.7 * grown) for part in range(3)]
        elif sign == "r":
            strokes += [(at + part / 2, "snare", 0.75 * grown) for part in range(2)]
        elif sign != ".":
            drum, strength = _SIGNS[sign.lower()]
            strokes.append((at, drum, min((1.3 if sign.isupper() else 1.0) * strength * grown, 1.0)))
    return strokes


def roll(at: int, of: int, *, drum: str = "snare", steps: int = 16, gap: int = 4) -> list[Stroke]:
    """Bar `at` of a build of `of` bars: quarters, eighths, sixteenths, growing, and `gap` steps of silence at the end.

    `steps` are the sixteenths of the bar; only the last bar leaves the gap.
    """
    left = of - at
    every = {1: 1.0, 2: 2.0}.get(left, 4.0)
    end = max(steps - gap, 0) if left == 1 else steps
    strokes: list[Stroke] = []
    step = 0.0
    while step < end:
        if left == 1 and step >= end - 4:
            every = 0.5
        grown = (at + step / steps) / of
        strokes.append((step, drum, 0.25 + 0.6 * grown))
        step += every
    return strokes
