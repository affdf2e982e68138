"""What was found in a recording, to be looked through before anything is muted."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from aiditor.censor.config import CensorConfig, Level
from aiditor.censor.finder import finder
from aiditor.censor.wordlists import Severity
from aiditor.config import digest
from aiditor.errors import BadInput
from aiditor.transcript import Transcript, Word

__all__ = ["Hit", "Review", "carried", "find", "possible", "set_keep"]

_PAUSE_S = 2.0
"""Nobody pauses longer inside a phrase."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A profane word or phrase that was said, in seconds of the source."""

    id: str
    """The same for the same word at the same time of the same source."""
    text: str
    """As it stands in the transcript, punctuation included."""
    entry: str
    """The line of the word list that it comes under, or "(masked)" where the transcript hides the word itself."""
    severity: Severity
    start_s: float
    end_s: float
    confidence: float
    """How surely it was heard, in [0, 1]: that of its least sure word."""
    words: tuple[int, int]
    """Which of the transcript's words these are: [first, after the last)."""
    keep: bool = False
    """Left as it is, because somebody looked at it and said so."""


@dataclass(frozen=True, slots=True)
class Review:
    """All hits of one source, in order of time. Saves to JSON and loads back by `timeline.to_json` and `from_json`."""

    source_id: str
    duration_s: float
    level: Level
    hits: tuple[Hit, ...] = ()
    track: int = 0
    """The sound track that they were heard on."""
    alone: bool = False
    """Whether that track holds the microphone and nothing else."""
    draft: bool = False
    """Whether the transcript was a draft: words may be missing here."""

    def censored(self, hit: Hit) -> bool:
        """Whether `hit` is to go: not when it is kept, but a slur always on the strict level."""
        return not hit.keep or (self.level == "strict" and hit.severity == "slur")


def possible(transcript: Transcript | None, cfg: CensorConfig) -> None:
    """Say at once whether `find` can do what `cfg` asks for.

    Raises BadInput when nothing was listened to, or not well enough for the strict level; BadConfig when there is no
    word list for the language, or the user's words or exceptions cannot be used.
    """
    if cfg.level == "off":
        return
    if transcript is None:
        raise BadInput(
            "nothing can be censored, because what is said has not been listened to",
            remedy="turn speech recognition on (aiditor models fetch brings its model), or turn censoring off",
        )
    if transcript.draft and cfg.level == "strict":
        raise BadInput(
            f"the strict level cannot be promised on a draft transcript ({transcript.engine})",
            remedy="fetch a speech model and listen again, correct the transcript by hand, or choose another level",
        )
    finder(cfg, transcript.language)


def find(transcript: Transcript | None, cfg: CensorConfig) -> Review:
    """Every word and phrase of `transcript` that `cfg` takes, none of them kept.

    Raises what `possible` raises. On the level "off" nothing is found, and no transcript is needed but for its id.
    """
    possible(transcript, cfg)
    if transcript is None:
        return Review("", 0.0, cfg.level)
    hits: list[Hit] = []
    if cfg.level != "off":
        seeker = finder(cfg, transcript.language)
        seen: dict[str, int] = {}
        for first, words in _breaths(tuple(transcript.words)):
            starts = list(accumulate((len(word.text) + 1 for word in words), initial=0))
            for match in seeker.find(" ".join(word.text for word in words)):
                low, high = bisect_right(starts, match.start) - 1, bisect_right(starts, match.stop - 1)
                said = words[low:high]
                start_s = min(min(word.start_s, word.end_s) for word in said)
                name = digest(transcript.source_id, transcript.track, f"{start_s:.3f}", match.entry.name)
                seen[name] = seen.get(name, 0) + 1
                hits.append(
                    Hit(
                        id=name if seen[name] == 1 else f"{name}-{seen[name]}",
                        text=" ".join(word.text for word in said),
                        entry=match.entry.name,
                        severity=match.entry.severity,
                        start_s=start_s,
                        end_s=max(max(word.start_s, word.end_s) for word in said),
                        confidence=min(word.confidence for word in said),
                        words=(first + low, first + high),
                    )
                )
    return Review(
        source_id=transcript.source_id,
        duration_s=transcript.duration_s,
        level=cfg.level,
        hits=tuple(hits),
        track=transcript.track,
        alone=transcript.alone,
        draft=transcript.draft,
    )


def set_keep(review: Review, hit_id: str, keep: bool) -> Review:
    """`review` with the hit of that id kept, or not kept any more.

    Raises BadInput when there is no such hit, and when it is a slur on the strict level: those are never kept.
    """
    found = next((hit for hit in review.hits if hit.id == hit_id), None)
    if found is None:
        raise BadInput(f"there is no hit “{hit_id}” in this review", remedy="load the review again")
    if keep and review.level == "strict" and found.severity == "slur":
        raise BadInput("a slur cannot be kept on the strict level", remedy="choose another level to keep it")
    hits = tuple(replace(hit, keep=keep) if hit is found else hit for hit in review.hits)
    return replace(review, hits=hits)


def carried(review: Review, earlier: Review) -> Review:
    """`review` with what was decided in `earlier`, of the same source: after another level or list was chosen.

    A word heard again at nearly the same time, as a model does that hears another stretch, is the same word.
    """
    kept = [hit for hit in earlier.hits if hit.keep]

    def same(hit: Hit, other: Hit) -> bool:
        there = min(hit.end_s, other.end_s) > max(hit.start_s, other.start_s)
        return hit.id == other.id or (hit.entry == other.entry and there)

    hits = tuple(replace(hit, keep=any(same(hit, other) for other in kept)) for hit in review.hits)
    hits = tuple(replace(hit, keep=not review.censored(hit)) for hit in hits)
    return replace(review, hits=hits)


def _breaths(words: Sequence[Word]) -> Iterator[tuple[int, Sequence[Word]]]:
    """(index of its first, words) of each stretch without a long pause. Raises BadInput where a word has no time."""
    for word in words:
        if not (math.isfinite(word.start_s) and math.isfinite(word.end_s)):
            raise BadInput(f"the transcript says no time for “{word.text}”", remedy="listen again")
    breaks = [n + 1 for n, (a, b) in enumerate(pairwise(words)) if b.start_s - a.end_s > _PAUSE_S]
    for first, stop in pairwise([0, *breaks, len(words)]):
        if stop > first:
            yield first, words[first:stop]
