"""What the net's peaks and the text on the screen say together.

A printed kill is pinned to where the net's own curve is highest between the last look without the text and the first
look with it. A peak without text counts for less where the game is known to print kills and was read at that time.
The coefficients are of one logistic regression each for what was heard only and what was looked at, fitted on
validation films and kept with the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.detect.net.package import Calibration, Card
from aiditor.detect.net.peaks import Peak, peaks
from aiditor.detect.net.spec import KINDS, STEP_S
from aiditor.timeline import Event, Evidence

__all__ = ["FEATURES", "Candidate", "Text", "candidates", "chance", "claims", "considered", "multi_kills", "settle"]

FEATURES = ("one", "logit", "text", "missing", "other")
_NO_PEAK = -5.0
_NEAR_S = 1.0
"""A peak and a text no further apart are of one event."""
_LATE_S = 0.4
"""A game may print a little after the fact, and clocks are coarse."""
_WITH_KILL_S = 0.75
"""Headshots and clutches are kills too: further than this from one they are none."""
_DOUBLE_S, _TRIPLE_S, _ROW, _ROW_GAP_S = 0.5, 6.0, 4, 6.0
_CONSIDERED = 0.02
_SURE_TEXT = 0.8
"""So sure a text stands by itself: 66 of 68 such kills of validation films were true. What a game looks and sounds like
that the net has never met must not overrule what it prints."""


@dataclass(frozen=True, slots=True)
class Text:
    """One thing that the screen said: not there at `after_s`, there at `seen_s`."""

    kind: str
    after_s: float
    seen_s: float
    confidence: float
    says: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible event with what speaks for and against it."""

    kind: str
    t_s: float
    logit: float
    text: float
    """Confidence of a text that says so, 0 for none."""
    missing: float
    """1 where the game prints such events, was read, and printed nothing."""
    other: float
    """Confidence of a text that says it was somebody else's."""
    looked: bool
    says: tuple[Evidence, ...] = ()

    def features(self) -> np.ndarray:
        """Float64 [5], as FEATURES names them."""
        return np.array([1.0, self.logit, self.text, self.missing, self.other])


def candidates(
    kind: str,
    logits: np.ndarray,
    seen: np.ndarray,
    texts: Sequence[Text],
    *,
    silent: Sequence[tuple[float, float]] = (),
    read: Callable[[float], bool] = lambda _: False,
    own: str = "picture",
) -> list[Candidate]:
    """All that may be an event of `kind`: every peak of its curve, and every text that says so.

    `logits` float32 [T, 8]; `seen` bool [T]; `silent` are spans in which nothing counts (killcam, menu, spectating);
    `read(t)` tells whether the text around `t` was looked at in a game that prints such events.
    """
    column = logits[:, KINDS.index(kind)]
    tops = peaks(logits, kind)
    used: set[int] = set()
    found = []
    for text in sorted((each for each in texts if each.kind == kind), key=lambda each: -each.confidence):
        peak = _best(tops, used, text)
        if peak is not None:
            used.add(peak.step)
            t_s, logit, step = peak.t_s, peak.logit, peak.step
        else:
            t_s = max(text.seen_s - 0.15, (text.after_s + text.seen_s) / 2)
            step = min(max(int(t_s / STEP_S), 0), len(column) - 1)
            logit = float(column[max(step - 1, 0) : step + 2].max())
        says = (Evidence("text", text.says), *_told(logit, bool(seen[step]), own))
        found.append(Candidate(kind, t_s, logit, text.confidence, 0.0, 0.0, bool(seen[step]), says))
    others = [each for each in texts if each.kind == "other_kill"] if kind == "kill" else []
    for peak in tops:
        if peak.step in used or any(low <= peak.t_s < high for low, high in silent):
            continue
        looked = bool(seen[peak.step])
        other = max((each.confidence for each in others if _fits(peak.t_s, each)), default=0.0)
        missing = float(read(peak.t_s))
        found.append(Candidate(kind, peak.t_s, peak.logit, 0.0, missing, other, looked, _told(peak.logit, looked, own)))
    return sorted(found, key=lambda each: each.t_s)


def _best(tops: Sequence[Peak], used: set[int], text: Text) -> Peak | None:
    """The highest peak that the text allows and no other text has taken; none where all is flat."""
    free = [peak for peak in tops if peak.step not in used and _fits(peak.t_s, text)]
    return max(free, key=lambda peak: peak.logit, default=None)


def _fits(t_s: float, text: Text) -> bool:
    return text.after_s - _LATE_S <= t_s <= text.seen_s + 0.25


def _told(logit: float, looked: bool, own: str) -> tuple[Evidence, ...]:
    if logit <= _NO_PEAK:
        return ()
    share = 1 / (1 + np.exp(-logit))
    return (Evidence(own if looked else "audio", f"{'looks and sounds' if looked else 'sounds'} like it: {share:.2f}"),)


def chance(candidate: Candidate, card: Card) -> float:
    """How likely the candidate is true, calibrated on validation films."""
    side = "looked" if candidate.looked else "heard"
    if card.fusion and candidate.kind == "kill":
        weights = np.array([card.fusion.get(f"{side}.{name}", 0.0) for name in FEATURES])
        fused = float(1 / (1 + np.exp(-float(weights @ candidate.features()))))
        return max(fused, candidate.text) if candidate.text >= _SURE_TEXT else fused
    table: Mapping[str, Calibration] = getattr(card, side)
    to = table.get(candidate.kind, Calibration())
    plain = float(1 / (1 + np.exp(-(to.scale * candidate.logit + to.offset))))
    return max(plain, candidate.text) if candidate.text else plain


def considered(everything: Sequence[Candidate], card: Card) -> list[Event]:
    """All candidates with their chances, as events; hopeless ones left out."""
    return [event for event, _ in _with_least(everything, card) if event.confidence >= _CONSIDERED]


def claims(everything: Sequence[Candidate], card: Card) -> list[Event]:
    """The events that the detector claims, all kinds in agreement, in order of time.

    A kill may be sure enough for a row of kills and not for itself, or the other way round: `card.fusion["row"]` is
    the least chance of a kill in a row.
    """
    events = _with_least(everything, card)
    sure = [event for event, least in events if event.confidence >= least]
    row = card.fusion.get("row")
    if row is None:
        return settle(sure)
    return settle(sure, [event for event, _ in events if event.kind == "kill" and event.confidence >= row])


def _with_least(everything: Sequence[Candidate], card: Card) -> list[tuple[Event, float]]:
    """Each candidate as an event, and how sure it must be."""
    found = []
    for each in everything:
        table: Mapping[str, Calibration] = card.looked if each.looked else card.heard
        least = table.get(each.kind, Calibration()).least
        if each.kind == "kill":
            least = card.fusion.get("least", least)
        low_s, high_s = max(each.t_s - 0.25, 0.0), each.t_s + 0.25
        found.append((Event(each.kind, each.t_s, low_s, high_s, chance(each, card), each.says), least))
    return found


def settle(found: Sequence[Event], row: Sequence[Event] | None = None) -> list[Event]:
    """Events of all kinds made to agree: headshots and clutches belong to kills, multi-kills follow from those of `row`
    (all kills unless given)."""
    kills = [event for event in found if event.kind == "kill"]
    multi = multi_kills(kills if row is None else row, [event for event in found if event.kind == "multi_kill"])
    with_kill = [
        event
        for event in found
        if event.kind in ("headshot", "clutch") and any(abs(event.t_s - kill.t_s) <= _WITH_KILL_S for kill in kills)
    ]
    # Of one fall two kinds of killer cannot both be right: the surer stays.
    rest = [
        event
        for event in found
        if event.kind in ("death", "score")
        or (
            event.kind == "other_kill"
            and not any(abs(event.t_s - kill.t_s) <= 0.3 and kill.confidence >= event.confidence for kill in kills)
        )
    ]
    return sorted([*kills, *multi, *with_kill, *rest], key=lambda event: event.t_s)


def multi_kills(kills: Sequence[Event], multi: Sequence[Event]) -> list[Event]:
    """Multi-kills by the rule of the truth from the kills, as sure as the surest kills that make one; and `multi`, the
    net's own, where the rule sees none."""
    found = []
    for group in _groups([kill.t_s for kill in kills]):
        inside = [kills[index] for index in group]
        last = inside[-1]
        near = [event.confidence for event in multi if abs(event.t_s - last.t_s) <= _NEAR_S]
        found.append(
            Event(
                "multi_kill", last.t_s, inside[0].t_s, last.t_s, max([_surest(inside), *near]),
                (Evidence("rule", f"{len(inside)} kills in {last.t_s - inside[0].t_s:.1f} s"),),
            )
        )  # fmt: skip
    found += [event for event in multi if not any(abs(event.t_s - each.t_s) <= _TRIPLE_S / 2 for each in found)]
    return sorted(found, key=lambda event: event.t_s)


def _surest(group: Sequence[Event]) -> float:
    """The chance that the surest of the fewest kills that make a multi-kill are all true."""
    chances = [
        float(np.prod([kill.confidence for kill in part]))
        for size, limit_s in ((2, _DOUBLE_S), (3, _TRIPLE_S), (_ROW, np.inf))
        for part in (group[first : first + size] for first in range(len(group) - size + 1))
        if part[-1].t_s - part[0].t_s <= limit_s
    ]
    return max(chances)


def _groups(times: Sequence[float]) -> list[list[int]]:
    """Indices of kills that make one multi-kill: two within 0.5 s, three within 6 s, or four in a row."""
    spans = []
    for size, limit_s in ((2, _DOUBLE_S), (3, _TRIPLE_S)):
        spans += [
            (first, first + size - 1)
            for first in range(len(times) - size + 1)
            if times[first + size - 1] - times[first] <= limit_s
        ]
    first = 0
    for index in range(1, len(times) + 1):
        if index == len(times) or times[index] - times[index - 1] > _ROW_GAP_S:
            if index - first >= _ROW:
                spans.append((first, index - 1))
            first = index
    merged: list[list[int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][-1]:
            merged[-1] = list(range(merged[-1][0], max(high, merged[-1][-1]) + 1))
        else:
            merged.append(list(range(low, high + 1)))
    return merged
