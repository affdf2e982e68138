"""What was heard in the footage of one montage, and what of it is to go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from aiditor.censor import CensorConfig, Hit, Review, carried, set_keep
from aiditor.errors import BadInput
from aiditor.transcript import Transcript

__all__ = ["Span", "Unheard", "Words", "kept"]

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Unheard:
    """A clip that could not be listened to, or not looked through, and why."""

    source_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Words:
    """What is said where a montage looks. Saves to JSON and loads back by `timeline.to_json` and `from_json`."""

    transcripts: tuple[Transcript, ...] = ()
    """One for each clip that was listened to, of what is shown of it and a little around that."""
    reviews: tuple[Review, ...] = ()
    """What was found in each of them, where words are censored."""
    unheard: tuple[Unheard, ...] = ()
    censor: CensorConfig = field(default_factory=CensorConfig)
    """What was looked for."""
    model: str = ""
    """The model that listened, as the catalogue or its folder calls it; "" where none did."""
    revision: str = ""
    """Its commit on the hub, where that is known."""
    heard_s: tuple[tuple[str, tuple[Span, ...]], ...] = ()
    """Of each clip, by its id, the spans that were listened to, in seconds of the clip."""
    notes: tuple[str, ...] = ()
    """What the maker should know."""

    @property
    def draft(self) -> bool:
        """Whether words may be missing, or made up: somebody should look them through."""
        return any(transcript.draft for transcript in self.transcripts)

    @property
    def engine(self) -> str:
        return next((transcript.engine for transcript in self.transcripts), "")

    def hits(self) -> Iterator[tuple[Review, Hit]]:
        """Every word found, clip by clip, in order of time."""
        return ((review, hit) for review in self.reviews for hit in review.hits)

    def with_keep(self, hit_id: str, keep: bool) -> Words:
        """The same with that word left as it is, or not any more.

        Raises BadInput when there is no such word, and for a slur on the strict level.
        """
        for number, review in enumerate(self.reviews):
            if any(hit.id == hit_id for hit in review.hits):
                changed = set_keep(review, hit_id, keep)
                return replace(self, reviews=(*self.reviews[:number], changed, *self.reviews[number + 1 :]))
        raise BadInput(f"there is no word “{hit_id}” in this montage", remedy="list the words again to see which are")

    def carried(self, earlier: Words | None) -> Words:
        """The same with what was decided in `earlier`."""
        if earlier is None:
            return self
        before = {review.source_id: review for review in earlier.reviews}
        reviews = (carried(r, before[r.source_id]) if r.source_id in before else r for r in self.reviews)
        return replace(self, reviews=tuple(reviews))


def kept(words: Words, hit_ids: tuple[str, ...]) -> Words:
    """`words` with all of these left as they are; one that is not in this montage is noted, and changes nothing."""
    known = {hit.id for _, hit in words.hits()}
    for hit_id in hit_ids:
        if hit_id in known:
            words = words.with_keep(hit_id, True)
        else:
            note = f"the word {hit_id} was to be kept, and is not in this montage"
            words = replace(words, notes=tuple(dict.fromkeys((*words.notes, note))))
    return words
