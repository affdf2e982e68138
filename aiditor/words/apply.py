"""From what was heard to what is not: the timeline's mutes, words cut out with their picture, and captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aiditor.captions import Captions, caption_pages
from aiditor.censor import CensorConfig, Review, masked, measured, mutes, spans
from aiditor.censor.cover import Span as Covered
from aiditor.media.read import audio_blocks
from aiditor.progress import Progress, silent
from aiditor.styles import Style
from aiditor.timeline import Mute, Source, Timeline
from aiditor.words.excise import excised
from aiditor.words.listen import shown_spans
from aiditor.words.value import Words

__all__ = ["Applied", "applied"]

_MEASURE_HZ = 16_000
_AROUND_S = 1.0


@dataclass(frozen=True, slots=True)
class Applied:
    """A timeline with its mutes, and the captions on its clock."""

    timeline: Timeline
    captions: Captions | None = None


def applied(timeline: Timeline, words: Words, style: Style, *, fps: int, progress: Progress = silent) -> Applied:
    """`timeline` with what `words` says is to go, and the captions that `style` asks for; `fps` is the render's.

    Mutes that came of no word stay as they are; those that did are made anew, where anything was listened to. With the
    method "cut" cuts are split around the words. Words may have been found anywhere: those that are not shown change
    nothing. Raises NothingToKeep when cutting words out leaves nothing, UnreadableMedia.
    """
    timeline = replace(timeline, notes=tuple(dict.fromkeys((*timeline.notes, *words.notes))))
    if words.reviews:
        found = [*_muted(timeline, words, style.censor, progress), *_silenced(timeline, words)]
        own = [mute for mute in timeline.mutes if not mute.hits]
        timeline = replace(timeline, mutes=(*own, *found))
        if style.censor.method == "cut":
            timeline = excised(timeline, dict(words.heard_s), fps=fps)
    captions = None
    if style.captions is not None and words.transcripts:
        reviews = {review.source_id: review for review in words.reviews}
        mute = {one.source_id for one in words.unheard}
        said = [
            masked(transcript, reviews[transcript.source_id]) if transcript.source_id in reviews else transcript
            for transcript in words.transcripts
            if transcript.source_id not in mute
        ]
        # Words that went are masked by name; what their padding covers of the words beside them is still said.
        others = replace(timeline, mutes=tuple(mute for mute in timeline.mutes if not mute.hits))
        captions = caption_pages(said, others, style.captions)
        notes = (
            captions.notes if captions.pages or captions.notes else ("nothing that is shown is spoken: no captions",)
        )
        timeline = replace(timeline, notes=tuple(dict.fromkeys((*timeline.notes, *notes))))
    return Applied(timeline, captions)


def _muted(timeline: Timeline, words: Words, cfg: CensorConfig, progress: Progress) -> Iterator[Mute]:
    shown = shown_spans(timeline, 0.0)
    for number, review in enumerate(words.reviews):
        progress(number / len(words.reviews), "covering words")
        visible = shown.get(review.source_id, [])
        found = [s for s in spans(review, cfg) if any(s.start_s < high and low < s.end_s for low, high in visible)]
        if cfg.method in ("bleep", "duck") and found:
            found = list(_measured(timeline.source(review.source_id), review, found))
        yield from mutes(review, cfg, found)


def _measured(source: Source, review: Review, found: Sequence[Covered]) -> tuple[Covered, ...]:
    """With how loud it is around them on the track that the words were heard on."""
    return tuple(one for span in found for one in measured([span], _around(source, review, span), rate_hz=_MEASURE_HZ))


def _around(source: Source, review: Review, span: Covered) -> Iterator[tuple[float, np.ndarray]]:
    low_s = max(span.start_s - _AROUND_S, 0.0)
    return audio_blocks(
        source.path, track=review.track, rate_hz=_MEASURE_HZ, start_s=low_s, end_s=span.end_s + _AROUND_S,
        clock_start_s=source.info.start_s,
    )  # fmt: skip


def _silenced(timeline: Timeline, words: Words) -> Iterator[Mute]:
    """All that may be voice of clips that could not be looked through: nobody knows what is said there."""
    for one in words.unheard:
        source = timeline.source(one.source_id)
        alone = [track.index for track in source.info.audio if track.role == "microphone"]
        track = alone[0] if alone else None
        yield Mute(source.id, 0.0, source.duration_s, "not looked through", track, hits=("",))
