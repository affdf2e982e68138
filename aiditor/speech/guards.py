"""What a speech model says when nobody speaks: loops, filler and words without length, and how they are told.

The three tests of a whole segment are those of Whisper's own decoder (Radford et al. 2022, section 4.5); loops of a
few words are sought besides, since batched decoding does not try again at another temperature.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiditor.speech.config import SpeechConfig
from aiditor.transcript import Word

__all__ = ["Heard", "believed"]

_LONGEST_WORD_S = 2.5
"""A drawn-out "nooo" fits; what is longer swallowed a pause."""
_SHORTEST_WORD_S = 0.02
_NGRAM = 6


@dataclass(frozen=True, slots=True)
class Heard:
    """One segment as the model gave it."""

    words: tuple[Word, ...]
    no_speech: float = 0.0
    """Chance that nobody speaks."""
    log_probability: float = 0.0
    """Mean over the tokens."""

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def believed(heard: Heard, cfg: SpeechConfig) -> tuple[Word, ...]:
    """The words to keep, in order, none overlapping the next; none where the segment is made up."""
    if not heard.words or (heard.no_speech > cfg.no_speech_most and heard.log_probability < cfg.sure_least):
        return ()
    if _compression(heard.text) > cfg.compression_most:
        return ()
    return _timed(_unlooped(heard.words, cfg.repeats_most))


def _compression(text: str) -> float:
    """How many times smaller zlib makes the text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw))


def _unlooped(words: Sequence[Word], most: int) -> tuple[Word, ...]:
    """Without what is said again and again: a run of the same few words is kept once when it is longer than `most`."""
    keys = [word.text.casefold().strip(".,!?…\"'") for word in words]
    kept: list[Word] = []
    at = 0
    while at < len(words):
        for size in range(1, _NGRAM + 1):
            runs = 1
            while keys[at + runs * size : at + (runs + 1) * size] == keys[at : at + size] != []:
                runs += 1
            if runs > most:
                kept += words[at : at + size]
                at += runs * size
                break
        else:
            kept.append(words[at])
            at += 1
    return tuple(kept)


def _timed(words: Sequence[Word]) -> tuple[Word, ...]:
    """With times that rise: no word without length, none longer than one can be, none over the next."""
    kept: list[Word] = []
    for index, word in enumerate(words):
        start_s = max(word.start_s, kept[-1].end_s if kept else 0.0)
        end_s = min(word.end_s, start_s + _LONGEST_WORD_S)
        if index + 1 < len(words):
            end_s = min(end_s, max(words[index + 1].start_s, start_s))
        if word.text.strip() and end_s - start_s >= _SHORTEST_WORD_S:
            kept.append(replace(word, text=word.text.strip(), start_s=start_s, end_s=end_s))
    return tuple(kept)
