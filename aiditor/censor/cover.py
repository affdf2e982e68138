"""From words to the stretches of sound that must not be heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiditor.censor.config import CensorConfig
from aiditor.censor.review import Review
from aiditor.timeline import Mute

__all__ = ["Span", "mutes", "spans"]


@dataclass(frozen=True, slots=True)
class Span:
    """Source times [start_s, end_s) in which nothing of the recording is heard."""

    start_s: float
    end_s: float
    hits: tuple[str, ...] = ()
    """Ids of the hits that lie inside."""
    speech_db: float | None = None
    """RMS of the speech in and around it, in dBFS, once it was measured: how loud a bleep should be."""
    floor_db: float | None = None
    """RMS of the quietest moments around it, in dBFS, once it was measured: how loud soft noise should be."""


def spans(review: Review, cfg: CensorConfig) -> tuple[Span, ...]:
    """What to cover for all hits that are not kept: in order, apart from each other, within the recording.

    Each hit is covered from `pad_before_s` before to `pad_after_s` after it; one shorter than `least_word_s` is first
    widened to that about its middle. Stretches up to `merge_gap_s` apart become one. With the method "cut" these are
    the stretches to take out.
    """
    found: list[Span] = []
    for hit in sorted((hit for hit in review.hits if review.censored(hit)), key=lambda hit: hit.start_s):
        extra_s = max(cfg.least_word_s - (hit.end_s - hit.start_s), 0.0) / 2
        start_s = max(hit.start_s - extra_s - cfg.pad_before_s, 0.0)
        end_s = min(hit.end_s + extra_s + cfg.pad_after_s, review.duration_s)
        if end_s > start_s:
            found.append(Span(start_s, end_s, (hit.id,)))
    return _merged(sorted(found, key=lambda span: span.start_s), cfg.merge_gap_s)


def mutes(review: Review, cfg: CensorConfig, found: Sequence[Span] | None = None) -> tuple[Mute, ...]:
    """The same stretches as the timeline knows them; `why` gives the severities, never the words.

    `found` are the review's spans, measured; without it they are looked up, unmeasured. Words heard on a microphone's
    own track are muted there alone.
    """
    severity = {hit.id: hit.severity for hit in review.hits}
    return tuple(
        Mute(
            source_id=review.source_id,
            start_s=span.start_s,
            end_s=span.end_s,
            why=", ".join(sorted({severity[name] for name in span.hits})),
            track=review.track if review.alone else None,
            method=cfg.method,
            speech_db=span.speech_db,
            floor_db=span.floor_db,
            hits=span.hits,
        )
        for span in (spans(review, cfg) if found is None else found)
    )


def _merged(found: Sequence[Span], gap_s: float) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in found:
        before = merged[-1] if merged else None
        if before is not None and span.start_s - before.end_s <= gap_s:
            merged[-1] = replace(before, end_s=max(before.end_s, span.end_s), hits=before.hits + span.hits)
        else:
            merged.append(span)
    return tuple(merged)
