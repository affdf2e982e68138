"""What was said in a recording, word by word: the value between speech, censoring and captions.

Saves to JSON and loads back by `timeline.to_json` and `from_json`, as the values there do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Segment", "Transcript", "Word"]


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word, in seconds of the source."""

    text: str
    """As it is written, punctuation included, without spaces around it."""
    start_s: float
    end_s: float
    confidence: float = 1.0
    """In [0, 1]."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Words said in one breath."""

    words: tuple[Word, ...]

    @property
    def start_s(self) -> float:
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        return self.words[-1].end_s

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that was said in one source, in order of time; segments are never empty."""

    source_id: str
    duration_s: float
    language: str
    """ISO 639-1: "en"."""
    engine: str
    """What heard it: "faster-whisper", "pocketsphinx", or "given" where a person wrote it."""
    segments: tuple[Segment, ...] = ()
    track: int = 0
    """The sound track that was listened to."""
    alone: bool = False
    """Whether that track holds the microphone and nothing else, so that muting it keeps the game's sound."""
    draft: bool = False
    """Whether only some words were listened for, or none too well: good enough to look at, not to publish by."""

    @property
    def words(self) -> Iterator[Word]:
        """All words, in order of time."""
        return (word for segment in self.segments for word in segment.words)
