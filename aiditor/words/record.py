"""What goes out about words: the list to look through, and what montage.json says of them. Profane words are masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiditor.captions import Captions
from aiditor.censor import Hit, Review, masked
from aiditor.timeline import Blur, Cut, Timeline
from aiditor.transcript import Segment, Transcript, Word
from aiditor.words.listen import shown_spans
from aiditor.words.value import Words

__all__ = ["document", "record", "word_list"]


def word_list(words: Words, timeline: Timeline) -> list[dict[str, Any]]:
    """Every word found that the montage shows, or so near to it that its mute is heard, ready for `json.dumps`.

    Those that were cut out are listed too. In order of clip and time; `at_s` are the montage times at which it would
    be heard.
    """
    covered = {name for mute in timeline.mutes for name in mute.hits}
    cfg = words.censor
    near = shown_spans(timeline, max(cfg.pad_before_s, cfg.pad_after_s) + cfg.least_word_s / 2)
    shown = []
    for review, hit in words.hits():
        at = [_at_s(cut, hit) for cut in timeline.cuts if cut.source_id == review.source_id]
        places = [at_s for at_s in at if at_s is not None]
        beside = any(low < hit.end_s and hit.start_s < high for low, high in near.get(review.source_id, ()))
        if places or beside or hit.id in covered:
            shown.append(_row(review, hit, timeline.source(review.source_id).name, places))
    return shown


def _row(review: Review, hit: Hit, name: str, at_s: Sequence[float]) -> dict[str, Any]:
    return {
        "id": hit.id,
        "word": _masked(hit),
        "severity": hit.severity,
        "clip": name,
        "source_id": review.source_id,
        "start_s": round(hit.start_s, 3),
        "end_s": round(hit.end_s, 3),
        "at_s": [round(t_s, 3) for t_s in at_s],
        "confidence": round(hit.confidence, 3),
        "muted": review.censored(hit),
        "fixed": review.level == "strict" and hit.severity == "slur",
        "draft": review.draft,
    }


def _at_s(cut: Cut, hit: Hit) -> float | None:
    """When a cut lets a word be heard, in montage time; None where it does not."""
    if hit.end_s <= cut.start_s or cut.end_s <= hit.start_s:
        return None
    return cut.montage_s(max(hit.start_s, cut.start_s))


def _masked(hit: Hit) -> str:
    """The word as captions would show it if it goes, whether it does or not."""
    words = tuple(Word(text, 0.0, 0.0) for text in hit.text.split(" "))
    alone = replace(hit, words=(0, len(words)), keep=False)
    review = Review("", 0.0, "strong", (alone,))
    return masked(Transcript("", 0.0, "", "", (Segment(words),)), review).segments[0].text


def record(words: Words, timeline: Timeline, captions: Captions | None, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """The entries "speech", "words", "screen" and "captions" of montage.json."""
    names: Mapping[str, str] = {source.id: source.name for source in timeline.sources}
    return {
        "speech": {
            "engine": words.engine,
            "model": words.model,
            "revision": words.revision,
            "draft": words.draft,
            "clips": [
                {
                    "source_id": one.source_id, "clip": names.get(one.source_id, ""), "language": one.language,
                    "words": sum(1 for _ in one.words), "track": one.track, "microphone_alone": one.alone,
                }
                for one in words.transcripts
            ],
            "unheard": [{"clip": names.get(one.source_id, ""), "why": one.why} for one in words.unheard],
            "notes": list(words.notes),
        },
        "words": word_list(words, timeline),
        "screen": [_blur_row(blur, timeline) for blur in timeline.blurs],
        "captions": None
        if captions is None
        else {"pages": len(captions.pages), "warnings": [*captions.notes, *warnings]},
    }  # fmt: skip


def _blur_row(blur: Blur, timeline: Timeline) -> dict[str, Any]:
    """What was made unreadable and when; not what it says."""
    at = [
        cut.montage_s(max(blur.start_s, cut.start_s))
        for cut in timeline.cuts
        if cut.source_id == blur.source_id and blur.start_s < cut.end_s and cut.start_s <= blur.end_s
    ]
    return {
        "what": blur.what,
        "clip": timeline.source(blur.source_id).name,
        "source_id": blur.source_id,
        "start_s": round(blur.start_s, 3),
        "end_s": round(blur.end_s, 3),
        "at_s": [round(t_s, 3) for t_s in at],
    }


def document(words: Words, timeline: Timeline) -> dict[str, Any]:
    """What was heard, as JSON: the words to look through, masked, and all that was said, which is not."""
    said = record(words, timeline, None)
    names = {source.id: source.name for source in timeline.sources}
    lines = [
        {
            "clip": names.get(one.source_id, ""), "start_s": round(segment.start_s, 3),
            "end_s": round(segment.end_s, 3), "text": segment.text,
        }
        for one in words.transcripts
        for segment in one.segments
    ]  # fmt: skip
    return {"schema": 1, "speech": said["speech"], "words": said["words"], "transcript": lines}
