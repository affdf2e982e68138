"""From followed lines to events: whose kill it was, which lines tell of the same one, and when nothing counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aiditor.detect.hud.grammar import SPANS, YOU, Grammar, Said
from aiditor.detect.hud.rules import GameRules
from aiditor.detect.hud.tracks import Look, Track, in_feed, looked_at, stay_s
from aiditor.detect.hud.words import holds_name, same_name

__all__ = ["Evidence", "Span", "TextEvent", "evidence", "merge", "spans"]

EventKind = Literal["kill", "headshot", "multi_kill", "death", "other_kill", "assist"]
SpanKind = Literal["spectate", "killcam", "menu", "scoreboard", "dead"]
Span = tuple[SpanKind, float, float]

_NAMED = 0.75
_TOGETHER_S = 1.0
"""A banner and a feed's row of one kill come within this."""
_KNOCKED_S = 90.0
"""A knocked-out victim who is eliminated within this was the same kill."""
_POINTS, _WEAK = 0.42, 0.55
"""Confidence in points alone, and in words that may also announce something else."""
_AGAIN_S = 2.5
"""Nobody is killed again within this: a banner that names the same is the same."""
_ONE_DEATH_S = 3.0
"""Nobody dies twice within this."""
_SUPPRESSED = ("spectate", "killcam", "menu", "scoreboard")


@dataclass(frozen=True, slots=True)
class TextEvent:
    """Something that on-screen text told of. It happened after `after_s` and at `seen_s` at the latest."""

    kind: EventKind
    after_s: float
    """The last look at which it was not there yet, in seconds; -inf when there was none."""
    seen_s: float
    """The first look at which it was."""
    says: str
    """What was read, and where: "feed: 'you > enemy7'"."""
    confidence: float
    killer: str = ""
    victim: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line's word for an event."""

    kind: EventKind
    form: str
    """feed, banner, points or medal: two of one form are two events."""
    track: Track
    confidence: float
    killer: str
    victim: str

    @property
    def says(self) -> str:
        if self.form == "feed" and self.killer and self.victim:
            return f"feed: '{self.killer} > {self.victim}'"
        return f"{self.form}: '{' '.join(self.track.text.split())}'"


def evidence(tracks: Sequence[Track], rules: GameRules, player: str) -> list[Evidence]:
    """What each line tells of, given the player's name ("" where it is not known). Lines that never go say nothing."""
    found = []
    rows = [track for track in tracks if track.said.kind == "row"]
    for track in tracks:
        said = track.said
        if track.last_s - track.first_s > 3 * stay_s(said, rules):
            continue
        if _headless(said) and sum(in_feed(track, [row]) for row in rows) >= 2:
            continue
        item = _own(track) if said.kind != "row" else _row(track, player)
        if item is not None:
            found.append(item)
    return _believe(found)


def _headless(said: Said) -> bool:
    """Whether a line names no killer: in a feed's column it is a row of which a part was not read."""
    return said.kind in ("kill", "weak_kill", "death") and said.phrase != "icon" and "you" not in said.phrase.split()


def _own(track: Track) -> Evidence | None:
    said, sure = track.said, min(track.confidence, 1.0)
    feed = bool(said.killer == YOU and said.victim and said.phrase == "icon")
    if said.kind == "kill":
        base = 0.9 if said.victim else 0.85
        return Evidence("kill", "feed" if feed else "banner", track, base * sure, YOU, said.victim)
    if said.kind == "weak_kill":
        return Evidence("kill", "medal", track, _WEAK * sure, YOU, said.victim)
    if said.kind == "points":
        return Evidence("kill", "points", track, _POINTS * sure, YOU, "")
    if said.kind in ("headshot", "multi_kill", "assist"):
        return Evidence(said.kind, "medal", track, 0.85 * sure, YOU, said.victim)
    if said.kind == "death":
        return Evidence("death", "feed" if said.phrase == "icon" else "banner", track, 0.9 * sure, said.killer, YOU)
    return None


def _row(track: Track, player: str) -> Evidence:
    said, sure = track.said, min(track.confidence, 1.0)
    killer, victim = (holds_name(name, player) if player else 0.0 for name in (said.killer, said.victim))
    names = (said.killer, said.victim)
    if killer >= _NAMED and killer >= victim:
        return Evidence("kill", "feed", track, 0.9 * sure * killer, *names)
    if victim >= _NAMED:
        return Evidence("death", "feed", track, 0.9 * sure * victim, *names)
    if player and said.helped and same_name(said.helped, player) >= _NAMED:
        return Evidence("assist", "feed", track, 0.85 * sure, *names)
    return Evidence("other_kill", "feed", track, (0.8 if player else 0.5) * sure, *names)


def _believe(found: list[Evidence]) -> list[Evidence]:
    """Weak words are believed more where they keep coming with kills that were told of otherwise, less where not."""
    told = [item for item in found if item.kind in ("kill", "multi_kill", "headshot") and item.form != "points"]
    sure = [item for item in told if item.confidence >= 0.7]
    weak = [item for item in told if item.kind == "kill" and item.confidence < 0.7]
    points = [item for item in found if item.form == "points"]
    gains = {id(item): gain for item, gain in (*_gains(points, told), *_gains(weak, [*sure, *points]))}
    return [
        replace(item, confidence=min(item.confidence * gains[id(item)], 0.85)) if id(item) in gains else item
        for item in found
    ]


def _gains(part: Sequence[Evidence], by: Sequence[Evidence]) -> list[tuple[Evidence, float]]:
    """By how much to believe each of `part` more, given how many of them came together with one of `by`."""
    together = sum(any(_when_apart(item.track, one.track) <= _TOGETHER_S for one in by) for item in part)
    if together >= 2 and together >= 0.6 * len(part):
        return [(item, 1.5) for item in part]
    doubted = len(by) >= 4 and len(part) >= 4 and together < 0.25 * len(part)
    return [(item, 0.5 if doubted else 1.0) for item in part]


def merge(found: Sequence[Evidence], silent: Sequence[Span], grammar: Grammar) -> tuple[TextEvent, ...]:
    """One event for all lines that tell of it, in order of time; none of the player's own while `silent`."""
    kept = [item for item in found if item.kind == "other_kill" or not _in_spans(item, silent)]
    kills: list[list[Evidence]] = []
    others: list[list[Evidence]] = []
    order = {"feed": 0, "banner": 1, "medal": 2, "points": 3}
    for item in sorted(kept, key=lambda item: (order[item.form], item.track.first_s)):
        heap = kills if item.kind == "kill" else others
        group = _partner(heap, item)
        if group is None:
            heap.append([item])
        else:
            group.append(item)
    events = [_event(group) for group in _without_finishing(kills, grammar)] + [_event(group) for group in others]
    events += _implied(kept, kills) + _headshots(kills, others)
    return tuple(sorted(events, key=lambda event: (event.seen_s, event.kind)))


def _partner(heap: list[list[Evidence]], item: Evidence) -> list[Evidence] | None:
    """The event that this line tells of, among those known."""
    best, best_score = None, 0.0
    for group in heap:
        if group[0].kind != item.kind:
            continue
        apart = min(_when_apart(one.track, item.track) for one in group)
        named = [same_name(a, b) for a, b in ((_other(one), _other(item)) for one in group) if a and b]
        if any(one.form == item.form for one in group) and not _repeated(group, item, max(named, default=0.0)):
            continue
        again = named and max(named) >= _NAMED and any(one.form == item.form for one in group)
        if apart > (_AGAIN_S if again else _TOGETHER_S) or (named and max(named) < 0.6):
            continue
        score = 1.0 + (max(named) if named else 0.0) - 0.5 * apart
        if score > best_score:
            best, best_score = group, score
    return best


def _repeated(group: Sequence[Evidence], item: Evidence, named: float) -> bool:
    """Two lines of one form are two events, but for a banner that names the same in the same moment."""
    near = min(abs(one.track.first_s - item.track.first_s) for one in group)
    if item.kind == "death":
        return near <= _ONE_DEATH_S
    return item.form != "feed" and named >= _NAMED and near <= _AGAIN_S


def _other(item: Evidence) -> str:
    """Who it was that the player met: the victim, or the killer of the player."""
    return item.killer if item.kind == "death" else item.victim


def _when_apart(one: Track, other: Track) -> float:
    """Least time between two lines' coming, given that each came between two looks."""
    low = max(max(one.before_s, one.first_s - 6.0), max(other.before_s, other.first_s - 6.0))
    return max(low - min(one.first_s, other.first_s), 0.0)


def _event(group: Sequence[Evidence]) -> TextEvent:
    first = group[0]
    seen_s = min(item.track.first_s for item in group if item.form != "points" or len(group) == 1)
    after_s = max((item.track.before_s for item in group if item.track.before_s < seen_s), default=float("-inf"))
    doubt = 1.0
    for item in group:
        doubt *= 1.0 - min(item.confidence, 0.98)
    named = next((item for item in group if item.victim), first)
    killer = next((item.killer for item in group if item.killer), "")
    says = "; ".join(dict.fromkeys(item.says for item in group))
    return TextEvent(first.kind, after_s, seen_s, says, round(1.0 - doubt, 3), killer, named.victim)


def _without_finishing(kills: list[list[Evidence]], grammar: Grammar) -> list[list[Evidence]]:
    """Without the elimination of somebody who had been knocked out a while before: that was the kill."""
    downs = [(g[0].victim, g[0].track.first_s) for g in kills if any(grammar.is_down(i.track.said.phrase) for i in g)]
    kept = []
    for group in kills:
        victim, at = group[0].victim, group[0].track.first_s
        down = any(grammar.is_down(item.track.said.phrase) for item in group)
        finished = victim and any(
            same_name(victim, other) >= _NAMED and 0 < at - when < _KNOCKED_S for other, when in downs
        )
        if down or not finished:
            kept.append(group)
    return kept


def _implied(kept: Sequence[Evidence], kills: Sequence[Sequence[Evidence]]) -> list[TextEvent]:
    """Kills that only a medal tells of: who announces a double kill or a headshot has just seen one."""
    found: list[TextEvent] = []
    for item in kept:
        if item.kind not in ("multi_kill", "headshot"):
            continue
        told = any(_when_apart(item.track, one.track) <= _TOGETHER_S for group in kills for one in group)
        again = any(abs(event.seen_s - item.track.first_s) <= _TOGETHER_S for event in found)
        if not told and not again:
            sure = (0.8 if item.track.said.points else 0.55) * item.confidence
            found.append(
                TextEvent("kill", item.track.before_s, item.track.first_s, item.says, round(sure, 3), YOU, item.victim)
            )
    return found


def _headshots(kills: Sequence[Sequence[Evidence]], others: Sequence[Sequence[Evidence]]) -> list[TextEvent]:
    """Headshots that a row of the feed tells of and no medal does."""
    medals = [group for group in others if group[0].kind == "headshot"]
    found = []
    for group in kills:
        row = next((item for item in group if item.track.said.headshot), None)
        if row is not None and not any(_when_apart(one.track, row.track) <= _TOGETHER_S for g in medals for one in g):
            found.append(replace(_event([row]), kind="headshot"))
    return found


def spans(looks: Sequence[Look]) -> tuple[Span, ...]:
    """When a spectator's view, a killcam, a menu, a score board or the wait for a respawn was shown."""
    found: list[Span] = []
    ordered = sorted(looks, key=lambda look: look.time_s)
    for kind in SPANS:
        start, last, known, before_s = None, 0.0, None, float("-inf")
        for look in ordered:
            shown = next((seen for seen in look.seen if seen.said.kind == kind), None)
            if shown is not None:
                if start is None:
                    start = max((before_s + look.time_s) / 2, look.time_s - 1.0)
                last, known = look.time_s, shown
            elif known is None or looked_at(look, known.rect, known.said):
                if start is not None:
                    found.append((kind, start, min((last + look.time_s) / 2, last + 1.0)))  # type: ignore[arg-type]
                start, before_s = None, look.time_s
        if start is not None:
            found.append((kind, start, last))  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda span: span[1:]))


def _in_spans(item: Evidence, silent: Sequence[Span]) -> bool:
    track = item.track
    before_s = max(track.before_s, track.first_s - 2.0)
    # A killcam follows the own death, and is often what tells of it.
    kinds = [kind for kind in _SUPPRESSED if item.kind != "death" or kind != "killcam"]
    return any(kind in kinds and start <= before_s and track.first_s <= end for kind, start, end in silent)
