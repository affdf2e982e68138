"""Words cut out with their picture: a cut becomes pieces around them, on whole frames of the montage.

cut    |--------word-----peak----|            the footage before the cut makes up for a word before the peak,
pieces |more----|    |-----peak----|          that after it for one after: the peak and all later cuts keep their beat
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aiditor.errors import NothingToKeep
from aiditor.timeline import Cut, Ramp, Timeline
from aiditor.words.value import Span

__all__ = ["excised"]

_SHORTEST_S = 0.2
"""A piece between two words that is shorter goes with them: it would only flicker."""
_NEAR_S = 1e-6


@dataclass(frozen=True, slots=True)
class _Kept:
    """Source times [start_s, end_s) of a cut that stay."""

    start_s: float
    end_s: float


def excised(timeline: Timeline, heard_s: Mapping[str, Sequence[Span]], *, fps: int) -> Timeline:
    """`timeline` without the footage under its mutes of the method "cut".

    What is taken out of a cut is made up for with footage beside it that was listened to (`heard_s`, by source) and
    is shown nowhere else; where there is too little, the rest moves up, and a note says so. The mutes stay, for what
    sounds on under a transition. Raises NothingToKeep when no cut is left.
    """
    cuts: list[Cut] = []
    at_s, taken, short_s = 0.0, 0, 0.0
    for number, cut in enumerate(timeline.cuts):
        gone = sorted(
            (mute.start_s, mute.end_s)
            for mute in timeline.mutes
            if mute.method == "cut" and mute.source_id == cut.source_id
        )
        pieces = _pieces(cut, gone, fps)
        if pieces == [_Kept(cut.start_s, cut.end_s)]:
            cuts.append(replace(cut, at_s=at_s))
            at_s += cut.duration_s
            continue
        taken += sum(low < cut.end_s and cut.start_s < high for low, high in gone)
        room = _room(cut, [*cuts, *timeline.cuts[number + 1 :]], gone, heard_s.get(cut.source_id, ()))
        made = _placed(cut, _made_up(cut, pieces, room), at_s)
        cuts += made
        length_s = sum(piece.duration_s for piece in made)
        short_s += cut.duration_s - length_s
        at_s += length_s
    if not taken:
        return timeline
    if not cuts:
        raise NothingToKeep(
            "every moment lies under a word that is to be cut out", remedy="mute or bleep the words instead"
        )
    return replace(timeline, cuts=tuple(cuts), notes=(*timeline.notes, _note(taken, short_s)))


def _note(taken: int, short_s: float) -> str:
    said = f"{taken} word{'s are' if taken > 1 else ' is'} cut out with the picture"
    if short_s < 0.001:
        return f"{said}; footage beside makes up for it"
    return f"{said}; too little footage lies beside, so the montage is {short_s:.1f} s shorter and leaves its beat"


def _pieces(cut: Cut, gone: Sequence[Span], fps: int) -> list[_Kept]:
    """What stays of a cut between the spans that go, which are widened to whole frames of the montage."""
    end_s = cut.at_s + cut.duration_s
    kept: list[_Kept] = []
    at_s = cut.at_s
    for low, high in gone:
        if high <= cut.start_s or low >= cut.end_s:
            continue
        from_s = max(math.floor(cut.montage_s(max(low, cut.start_s)) * fps + _NEAR_S) / fps, cut.at_s)
        to_s = min(math.ceil(cut.montage_s(min(high, cut.end_s)) * fps - _NEAR_S) / fps, end_s)
        kept += _long_enough(cut, at_s, from_s)
        at_s = max(at_s, to_s)
    if at_s == cut.at_s:
        return [_Kept(cut.start_s, cut.end_s)]
    return [*kept, *_long_enough(cut, at_s, end_s)]


def _long_enough(cut: Cut, low_s: float, high_s: float) -> list[_Kept]:
    if high_s - low_s < _SHORTEST_S:
        return []
    start_s = cut.start_s if low_s <= cut.at_s else cut.source_s(low_s)
    end_s = cut.end_s if high_s >= cut.at_s + cut.duration_s else cut.source_s(high_s)
    return [_Kept(start_s, end_s)]


def _room(cut: Cut, others: Sequence[Cut], gone: Sequence[Span], heard: Sequence[Span]) -> Span:
    """(start, end) in the source up to which the footage about a cut is free, and was listened to."""
    low, high = next(((a, b) for a, b in heard if a <= cut.start_s + _NEAR_S and cut.end_s <= b + _NEAR_S), (0.0, 0.0))
    taken = [*gone, *((other.start_s, other.end_s) for other in others if other.source_id == cut.source_id)]
    low = max([low, *(b for a, b in taken if a < cut.start_s - _NEAR_S)])
    high = min([high, *(a for a, b in taken if b > cut.end_s + _NEAR_S)])
    return min(low, cut.start_s), max(high, cut.end_s)


def _made_up(cut: Cut, kept: list[_Kept], room: Span) -> list[_Kept]:
    """The pieces, the first one beginning earlier and the last one ending later to fill the cut's time again."""
    if not kept:
        return []
    head_s = cut.start_s - room[0] if kept[0].start_s == cut.start_s else 0.0
    tail_s = room[1] - cut.end_s if kept[-1].end_s == cut.end_s else 0.0
    lost_s = cut.duration_s - sum(_length_s(cut, piece) for piece in kept)
    before_s = max(cut.montage_s(cut.peak_s) - cut.at_s, 0.0)
    lost_before_s = before_s - sum(_length_s(cut, _Kept(p.start_s, min(p.end_s, cut.peak_s))) for p in kept)
    earlier_s = min(max(lost_before_s, 0.0), head_s, lost_s)
    later_s = min(lost_s - earlier_s, tail_s)
    earlier_s = min(lost_s - later_s, head_s)
    kept = [replace(kept[0], start_s=kept[0].start_s - earlier_s), *kept[1:]]
    return [*kept[:-1], replace(kept[-1], end_s=kept[-1].end_s + later_s)]


def _length_s(cut: Cut, piece: _Kept) -> float:
    """How long a piece of the cut is in the montage; nothing where it is turned about."""
    return max(cut.montage_s(piece.end_s) - cut.montage_s(piece.start_s), 0.0)


def _placed(cut: Cut, kept: Sequence[_Kept], at_s: float) -> list[Cut]:
    """The pieces as cuts from `at_s` on: the first one enters as the cut did, the one at its peak is called out."""
    made: list[Cut] = []
    for piece in kept:
        inside = piece.start_s <= cut.peak_s < piece.end_s
        made.append(
            replace(
                cut, start_s=piece.start_s, end_s=piece.end_s, at_s=at_s, ramp=_ramp(cut.ramp, piece),
                peak_s=cut.peak_s if inside else min(max(cut.peak_s, piece.start_s), piece.end_s),
                callout=cut.callout if inside else "", transition=None if made else cut.transition,
            )
        )  # fmt: skip
        at_s += made[-1].duration_s
    return made


def _ramp(ramp: Ramp | None, piece: _Kept) -> Ramp | None:
    """What of the slow motion lies in the piece."""
    if ramp is None or ramp.end_s <= piece.start_s or piece.end_s <= ramp.start_s:
        return None
    return replace(ramp, start_s=max(ramp.start_s, piece.start_s), end_s=min(ramp.end_s, piece.end_s))
