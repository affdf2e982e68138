"""Whose name is the player's: the one whose kills the game announces to the player, or that sound like own kills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.detect.hud.grammar import YOU
from aiditor.detect.hud.tracks import Track, in_feed
from aiditor.detect.hud.words import same_name

__all__ = ["Likelihood", "guess_player"]

Likelihood = Callable[[float, float], float]
"""How likely an own kill is between two times, 0 to 1."""
_SAME = 0.78
_TOGETHER_S = 1.2
_ENOUGH = 0.18
"""How far ahead of all others' the best name's score must be."""


@dataclass(slots=True)
class _Name:
    name: str
    kills: list[Track]
    deaths: list[Track]


def guess_player(tracks: Sequence[Track], likelihood: Likelihood | None = None) -> str:
    """The player's name by the feed's rows, or "" where they do not tell.

    Three hints are added up: what the game tells the player ("eliminated Zed", "killed by Zed") beside a row of the
    same kill; `likelihood` over the name's rows as killer against everybody's; and rows that are highlighted.
    """
    rows = [track for track in tracks if track.said.kind == "row"]
    if _addressed(tracks, rows):
        return YOU.title()
    names = _names(rows)
    if not names:
        return ""
    told = [track for track in tracks if track.said.kind in ("kill", "weak_kill", "multi_kill", "headshot", "points")]
    died = [track for track in tracks if track.said.kind == "death"]
    base = 0.0
    if likelihood is not None and rows:
        base = float(np.mean([_likely(track, likelihood) for track in rows]))
    scores = {}
    for one in names:
        score = _told(one, told, died)
        if likelihood is not None and one.kills:
            # Two rows' worth of doubt keep a name that was seen once from winning by luck.
            score += sum(_likely(track, likelihood) - base for track in one.kills) / (len(one.kills) + 2)
        score += 0.12 * min(_stands_out(one, rows), 1.0)
        scores[one.name] = score
    best, *rest = sorted(scores.items(), key=lambda item: -item[1])
    ahead = best[1] - max((score for _, score in rest), default=0.0)
    return best[0] if best[1] >= _ENOUGH and ahead >= _ENOUGH / 2 else ""


def _addressed(tracks: Sequence[Track], rows: Sequence[Track]) -> bool:
    """Whether the feed itself says "You": where others' rows stand, in line with them."""
    own = [track for track in tracks if track.said.kind == "kill" and track.said.killer == YOU and track.said.victim]
    return sum(in_feed(track, rows) for track in own) >= 2


def _names(rows: Sequence[Track]) -> list[_Name]:
    found: list[_Name] = []

    def of(name: str) -> _Name:
        best = max(found, key=lambda one: same_name(one.name, name), default=None)
        if best is None or same_name(best.name, name) < _SAME:
            best = _Name(name, [], [])
            found.append(best)
        return best

    for track in rows:
        if track.said.killer:
            of(track.said.killer).kills.append(track)
        if track.said.victim:
            of(track.said.victim).deaths.append(track)
    return found


def _told(one: _Name, told: Sequence[Track], died: Sequence[Track]) -> float:
    """Hints by what the game told the player at the time of the name's rows, per row, minus rows without a word."""
    if not told and not died:
        return 0.0
    score = sum(_told_kill(track, told) for track in one.kills) / (len(one.kills) + 1.0)
    score += sum(_told_death(track, died) for track in one.deaths) / (len(one.deaths) + 1.0)
    return score


def _told_kill(row: Track, told: Sequence[Track]) -> float:
    best = 0.0
    for track in told:
        if not _together(row, track):
            continue
        victim = track.said.victim
        if victim and row.said.victim:
            best = max(best, 1.0 if same_name(victim, row.said.victim) >= _SAME else 0.0)
        else:
            best = max(best, 0.5 if track.said.kind != "points" else 0.3)
    return best


def _told_death(row: Track, died: Sequence[Track]) -> float:
    best = 0.0
    for track in died:
        if not _together(row, track):
            continue
        killer = track.said.killer
        if killer and killer != YOU:
            best = max(best, 1.0 if same_name(killer, row.said.killer) >= _SAME else 0.0)
        else:
            best = max(best, 0.4)
    return best


def _together(one: Track, other: Track) -> bool:
    low = max(max(one.before_s, one.first_s - 3.0), max(other.before_s, other.first_s - 3.0))
    return low - min(one.first_s, other.first_s) <= _TOGETHER_S


def _likely(track: Track, likelihood: Likelihood) -> float:
    return float(likelihood(max(track.before_s, track.first_s - 4.0), track.first_s))


def _stands_out(one: _Name, rows: Sequence[Track]) -> float:
    """How far behind the name's rows the colour differs from behind all others', in their spreads."""
    own = [track for track in rows if track in one.kills or track in one.deaths]
    other = [track for track in rows if track not in own]
    if len(own) < 2 or len(other) < 2:
        return 0.0
    a, b = (np.array([np.median([s.line.backdrop for s in t.seens], axis=0) for t in part]) for part in (own, other))
    spread = float(a.std(axis=0).mean() + b.std(axis=0).mean()) / 2 + 10.0
    return float(np.abs(a.mean(axis=0) - b.mean(axis=0)).max()) / spread / 2
