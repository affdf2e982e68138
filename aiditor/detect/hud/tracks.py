"""Follows lines from look to look: a row that stays, scrolls or fades is one; the same words later are another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aiditor.detect.hud.grammar import SPANS, Said
from aiditor.detect.hud.lines import Line
from aiditor.detect.hud.rules import GameRules
from aiditor.detect.hud.words import same_name, skeleton
from aiditor.detect.hud.zones import Rect, covers

__all__ = ["Check", "Look", "Seen", "Track", "alike", "follow", "in_feed", "looked_at", "stay_s"]

_SAME = 0.72
_SAME_NAME = 0.7
"""Two readings of one name are alike at least so far: rows of one killer differ in nothing else."""
_GONE = 2
_BLINK_S = 1.0
"""A line missed for less than this was not gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A line that says something, as it stood at a look. `rect` is in shares of the picture."""

    said: Said
    rect: Rect
    line: Line


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What was read at a time, and where was looked."""

    time_s: float
    areas: tuple[Rect, ...]
    seen: tuple[Seen, ...]
    own: bool = False
    """Only what concerns the player was looked for."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a line known by its looks was there at a time that was not read."""

    time_s: float
    said: Said
    there: bool


@dataclass(slots=True, eq=False)
class Track:
    """One line over the looks at which it was there."""

    seens: list[Seen]
    before_s: float
    """The last look at its place before it was there; -inf where there was none."""
    first_s: float
    last_s: float
    gone_s: float = float("inf")
    """The first look without it afterwards."""
    counts: Counter[Said] = field(default_factory=Counter)

    @property
    def said(self) -> Said:
        """The reading that most looks agree on, by how sure they were."""
        return max(self.counts, key=lambda said: self.counts[said])

    @property
    def confidence(self) -> float:
        return max(seen.line.confidence for seen in self.seens)

    @property
    def rect(self) -> Rect:
        return self.seens[-1].rect

    @property
    def text(self) -> str:
        best = [seen for seen in self.seens if seen.said == self.said] or self.seens
        return max(best, key=lambda seen: seen.line.confidence).line.text

    def add(self, seen: Seen, time_s: float) -> None:
        self.seens.append(seen)
        if len(self.seens) > 12:
            del self.seens[6]
        self.counts[seen.said] += seen.line.confidence
        self.last_s, self.gone_s = time_s, float("inf")


def alike(one: Said, other: Said) -> float:
    """0 to 1: how far two lines say the same; 0 where they are of different kinds."""
    if one.kind != other.kind:
        return 0.0
    if not (one.killer or one.victim or other.killer or other.victim):
        return 1.0 if one.phrase == other.phrase else 0.0
    scores = [
        same_name(a, b) if a and b else 0.4
        for a, b in ((one.killer, other.killer), (one.victim, other.victim))
        if a or b
    ]
    if same_name(one.killer, other.killer) > 0.8 and _begins(one.victim, other.victim):
        return 0.8
    worst = min(scores)
    return sum(scores) / len(scores) if worst >= _SAME_NAME else 0.0


def _begins(one: str, other: str) -> bool:
    """Whether one name is a part of the other: a banner that comes in letter by letter, or a row that was cut."""
    low, high = sorted((skeleton(one), skeleton(other)), key=len)
    return len(low) >= 3 and (high.startswith(low) or high.endswith(low))


def follow(looks: Iterable[Look], checks: Sequence[Check], rules: GameRules) -> list[Track]:
    """The lines there were, in order of time. `looks` and `checks` in any order."""
    live: list[Track] = []
    done: list[Track] = []
    past: list[Look] = []
    for look in sorted(looks, key=lambda look: look.time_s):
        seens = [seen for seen in look.seen if seen.said.kind not in SPANS]
        taken: set[int] = set()
        for _, _, index, track in _pairs(live, seens):
            if index in taken or track.last_s == look.time_s:
                continue
            taken.add(index)
            track.add(seens[index], look.time_s)
        for track in live:
            if track.last_s < look.time_s and looked_at(look, track.rect, track.said):
                track.gone_s = min(track.gone_s, look.time_s)
        for index, seen in enumerate(seens):
            if index not in taken:
                before_s = next((p.time_s for p in reversed(past) if looked_at(p, seen.rect, seen.said)), float("-inf"))
                fresh = Track([seen], before_s, look.time_s, look.time_s)
                fresh.counts[seen.said] += seen.line.confidence
                live.append(fresh)
        over = [track for track in live if _over(track, look.time_s, rules)]
        done += over
        live = [track for track in live if track not in over]
        past.append(look)
        if len(past) > 64:
            del past[0]
    tracks = sorted([*done, *live], key=lambda track: (track.first_s, track.rect[1]))
    for track in tracks:
        _refine(track, checks)
    return tracks


def stay_s(said: Said, rules: GameRules) -> float:
    """Longest that such a line stays."""
    return rules.row_stay_s if said.kind in ("row", "kill", "death") else rules.banner_stay_s


def in_feed(track: Track, rows: Sequence[Track]) -> bool:
    """Whether a line stands in the column of a feed's rows, not in the middle of the screen."""
    left, _, right, _ = track.rect
    centred = abs(left + right - 1.0) < 0.1
    return not centred and any(min(abs(left - row.rect[0]), abs(right - row.rect[2])) < 0.015 for row in rows)


def _pairs(live: Sequence[Track], seens: Sequence[Seen]) -> list[tuple[float, float, int, Track]]:
    """Which line may be which track, the likeliest first."""
    pairs = []
    for track in live:
        for index, seen in enumerate(seens):
            score = max(alike(track.seens[-1].said, seen.said), alike(track.said, seen.said))
            if score >= _SAME and _near(track.rect, seen.rect):
                pairs.append((-round(score, 2), abs(track.rect[1] - seen.rect[1]), index, track))
    return sorted(pairs, key=lambda pair: pair[:3])


def _near(one: Rect, other: Rect) -> bool:
    """Whether a line may have moved from here to there: a feed scrolls up and down."""
    high = max(one[3] - one[1], other[3] - other[1])
    sideways = min(abs(one[0] - other[0]), abs(one[2] - other[2]), abs(one[0] + one[2] - other[0] - other[2]) / 2)
    return sideways < 0.06 and abs(one[1] - other[1]) < max(7 * high, 0.08)


def _over(track: Track, now_s: float, rules: GameRules) -> bool:
    if track.gone_s <= now_s:
        return now_s - track.last_s > _BLINK_S
    return now_s - track.last_s > stay_s(track.said, rules)


def looked_at(look: Look, rect: Rect, said: Said) -> bool:
    """Whether a look would have found such a line in that place."""
    return not (look.own and said.kind == "row") and any(covers(area, rect) for area in look.areas)


def _refine(track: Track, checks: Sequence[Check]) -> None:
    """Narrow when it came by the looks that were not read."""
    about = [
        check
        for check in checks
        if track.before_s < check.time_s < track.first_s and alike(check.said, track.said) >= _SAME
    ]
    misses = 0
    for check in sorted(about, key=lambda check: -check.time_s):
        if check.there:
            track.first_s, misses = check.time_s, 0
            continue
        # One alone may be a flash over it; before two the line was not there, whatever looks like it earlier.
        misses += 1
        if misses == _GONE:
            break
    track.before_s = max([track.before_s, *(c.time_s for c in about if not c.there and c.time_s < track.first_s)])
