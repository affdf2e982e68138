"""Listening to what a montage shows: each clip's spans, kept by what listened to them, and what is found there."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from aiditor.censor import CensorConfig, Review, find
from aiditor.config import digest
from aiditor.errors import AIditorError, Cancelled
from aiditor.progress import Progress, part, silent
from aiditor.settings import Settings
from aiditor.speech import SpeechConfig, spoken_track, transcribe
from aiditor.store.cache import Cache
from aiditor.timeline import Scores, Source, Timeline
from aiditor.transcript import Transcript
from aiditor.words.preflight import Hearing
from aiditor.words.value import Span, Unheard, Words

__all__ = ["VERSION", "listen", "reviewed", "shown_spans"]

log = logging.getLogger(__name__)

VERSION = 1
"""Of what is kept: goes up when the same sound would be heard otherwise."""
_STEP_S = 0.1
"""Spans are widened to this, so that a cut that moves by a frame is not listened to again."""
_NEAR = 1e-6
_JOIN_S = 1.0
"""Spans no further apart than this are one."""


def listen(
    timeline: Timeline,
    hearing: Hearing,
    settings: Settings,
    *,
    scores: Iterable[Scores] = (),
    progress: Progress = silent,
) -> Words:
    """Everything said in the footage that `timeline` shows, and what of it `hearing` censors.

    `scores` tell where somebody speaks: the offline engine, which hears words in gunfire, listens only there.
    What was heard before in the same span of the same bytes, by the same model and config, comes from the cache. A
    clip that cannot be listened to is noted, and the rest goes on. Raises the first clip's error when none could be
    and somebody insisted; Cancelled from `progress`.
    """
    if hearing.speech is None:
        return Words(notes=hearing.notes)
    wanted = shown_spans(timeline, _margin_s(hearing))
    total_s = sum(high - low for spans in wanted.values() for low, high in spans) or 1.0
    cache = Cache(settings.cache_dir)
    voices = {one.source_id: one for one in scores} if hearing.speech.engine == "pocketsphinx" else {}
    transcripts: list[Transcript] = []
    failed: dict[str, AIditorError] = {}
    done_s = 0.0
    for source_id, spans in wanted.items():
        source = timeline.source(source_id)
        length_s = sum(high - low for low, high in spans)
        share = part(progress, done_s / total_s, (done_s + length_s) / total_s, f"{source.name}: ")
        try:
            ear = _Ear(source, hearing, voices.get(source_id))
            transcripts.append(_transcript(ear, spans, cache, share))
        except Cancelled:
            raise
        except AIditorError as error:
            log.warning("%s could not be listened to: %s", source.name, error)
            failed[source_id] = error
        done_s += length_s
    progress(1.0, f"{sum(len(list(t.words)) for t in transcripts)} words heard")
    heard = Words(
        transcripts=tuple(transcripts), model=hearing.model, revision=hearing.revision, notes=hearing.notes,
        heard_s=tuple((source_id, tuple(spans)) for source_id, spans in wanted.items() if source_id not in failed),
    )  # fmt: skip
    return _looked_through(heard, hearing.censor, timeline, failed, insist=bool(hearing.insist))


def reviewed(words: Words, censor: CensorConfig, timeline: Timeline) -> Words:
    """`words` looked through for what `censor` takes; what was decided about words before stays decided.

    Raises BadInput for the strict level on a draft, BadConfig for words that cannot be looked for.
    """
    if words.censor == censor:
        return words
    plain = replace(words, reviews=(), censor=CensorConfig(), unheard=words.unheard)
    return _looked_through(plain, censor, timeline, {}, insist=True).carried(words)


def shown_spans(timeline: Timeline, margin_s: float) -> dict[str, list[Span]]:
    """The spans of each source that the montage shows or lets be heard, widened by `margin_s`, apart and in order."""
    found: dict[str, list[Span]] = {}
    followers = [*timeline.cuts[1:], None]
    for cut, after in zip(timeline.cuts, followers, strict=True):
        runs_on_s = after.transition.duration_s if after is not None and after.transition is not None else 0.0
        length_s = timeline.source(cut.source_id).duration_s
        low, high = cut.start_s - margin_s, min(cut.end_s + runs_on_s + margin_s, length_s)
        low = max(math.floor(low / _STEP_S + _NEAR) * _STEP_S, 0.0)
        high = math.ceil(high / _STEP_S - _NEAR) * _STEP_S
        found.setdefault(cut.source_id, []).append((round(low, 3), round(high, 3)))
    return {source_id: _apart(spans) for source_id, spans in found.items()}


def _apart(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for low, high in sorted(spans):
        if joined and low - joined[-1][1] <= _JOIN_S:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined


def _margin_s(hearing: Hearing) -> float:
    assert hearing.speech is not None
    return max(hearing.speech.margin_s, hearing.censor.pad_before_s + 0.5, hearing.censor.pad_after_s + 0.5)


class _Ear:
    """What listens to one source, and the name under which what it hears is kept."""

    def __init__(self, source: Source, hearing: Hearing, scores: Scores | None) -> None:
        assert hearing.speech is not None
        self.source, self.cfg = source, hearing.speech
        self.voice = None if scores is None else np.asarray(scores.voice, np.float32)
        self.step_s = 0.25 if scores is None else scores.step_s
        track = spoken_track(source)
        where = "" if self.voice is None else hashlib.blake2b(self.voice.tobytes(), digest_size=8).hexdigest()
        plain = self.cfg.model_copy(update={"model": ""})
        number = -1 if track is None else track.index
        self.name = digest(plain, hearing.model, hearing.revision, VERSION, source.id, number, where)

    def hear(self, spans: Sequence[Span], cfg: SpeechConfig, progress: Progress) -> Transcript:
        return transcribe(
            self.source, cfg, spans_s=spans, voice=self.voice, voice_step_s=self.step_s, progress=progress
        )


def _transcript(ear: _Ear, spans: Sequence[Span], cache: Cache, progress: Progress) -> Transcript:
    keys = {span: digest(ear.name, repr(span)) for span in spans}
    missing = [span for span, key in keys.items() if not cache.path("words", key, "json").exists()]
    known = [
        cache.value(Transcript, "words", key, lambda span=span: ear.hear([span], ear.cfg, progress))
        for span, key in keys.items()
        if span not in missing
    ]
    if missing:
        heard = ear.hear(missing, _in_language_of(known, ear.cfg), progress)
        for low, high in missing:
            segments = tuple(s for s in heard.segments if low <= s.start_s < high)
            own = replace(heard, segments=segments)
            known.append(cache.value(Transcript, "words", keys[low, high], lambda own=own: own))
    together = sorted((segment for one in known for segment in one.segments), key=lambda segment: segment.start_s)
    return replace(max(known, key=lambda one: len(one.segments)), segments=tuple(together))


def _in_language_of(known: Sequence[Transcript], cfg: SpeechConfig) -> SpeechConfig:
    """`cfg` with the language that was heard elsewhere in the clip, where it names none."""
    if cfg.language or not any(one.segments for one in known):
        return cfg
    language = max(known, key=lambda one: len(one.segments)).language
    return cfg.model_copy(update={"language": language})


def _looked_through(
    words: Words, censor: CensorConfig, timeline: Timeline, failed: dict[str, AIditorError], *, insist: bool
) -> Words:
    """`words` with a review of each transcript, and with those that could not be listened to or looked through."""
    reviews: list[Review] = []
    wrong = dict(failed)
    if censor.level != "off":
        for transcript in words.transcripts:
            try:
                reviews.append(find(transcript, censor))
            except AIditorError as error:
                wrong[transcript.source_id] = error
    worked = bool(reviews) if censor.level != "off" else bool(words.transcripts)
    if wrong and not worked and insist:
        raise next(iter(wrong.values()))
    unheard = (*words.unheard, *(Unheard(source_id, str(error)) for source_id, error in wrong.items()))
    notes = [_note(timeline.source(one.source_id).name, one.why, censor, worked=worked) for one in unheard]
    return replace(
        words, reviews=tuple(reviews), unheard=unheard, censor=censor,
        notes=tuple(dict.fromkeys((*words.notes, *notes))),
    )  # fmt: skip


def _note(name: str, why: str, censor: CensorConfig, *, worked: bool) -> str:
    if censor.level == "off":
        return f"{name} could not be listened to, so it has no captions ({why})"
    if worked:
        return f"{name} could not be looked through for words, so all of its voice is muted ({why})"
    return f"NOTHING IS CENSORED: {name} could not be looked through for words ({why})"
