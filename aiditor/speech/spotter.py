"""The offline engine: pocketsphinx listens for a list of words, and for nothing else.

Its acoustic model (US English, BSD) ships in its wheel, so it works on any machine. It hears English only, misses
words and hears some that nobody said: what it writes is a draft, for a person to look through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import NamedTemporaryFile

import numpy as np

from aiditor.errors import BadConfig, MissingPart
from aiditor.progress import Progress, silent
from aiditor.speech.config import SpeechConfig
from aiditor.speech.engine import RATE_HZ, Engine
from aiditor.transcript import Word

__all__ = ["Spotter", "open_spotter", "threshold"]

_FRAME_S = 0.01
_BLOCK = RATE_HZ // 10
_THRESHOLDS = ((2, 1e-2), (3, 1e-6), (4, 1e-10), (5, 1e-15), (7, 1e-22), (9, 1e-30))
"""By how many sounds a word has at most: how likely it must be against anything else. Long words may be unlikely."""
_LONGEST = 1e-40
_SURE = 0.5
"""A keyword spotter gives no chance that can be compared from word to word."""


def threshold(sounds: int) -> float:
    """Pocketsphinx's `kws_threshold` for a word of so many phones: the fewer, the surer it must be."""
    return next((value for most, value in _THRESHOLDS if sounds <= most), _LONGEST)


@contextmanager
def open_spotter(cfg: SpeechConfig) -> Iterator[Engine]:
    """A spotter for `cfg.words`. Raises MissingPart where pocketsphinx is not installed, BadConfig without words."""
    yield Spotter(cfg.words)


class Spotter:
    """An `Engine`. Words that its dictionary lacks are not listened for: `unknown` names them."""

    name = "pocketsphinx"
    draft = True

    def __init__(self, words: Sequence[str]) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise MissingPart(
                "the offline speech engine is not installed", remedy="pip install pocketsphinx"
            ) from error
        self.language = "en"
        self._decoder = Decoder(lm=None, loglevel="FATAL")
        wanted = sorted({word.casefold().strip() for word in words} - {""})
        known = {word: sounds for word in wanted if (sounds := self._sounds(word))}
        self.unknown = tuple(word for word in wanted if word not in known)
        if not known:
            raise BadConfig(
                "there is no word for the offline speech engine to listen for",
                remedy="name some, or fetch Whisper, which hears everything (aiditor models fetch whisper-small)",
            )
        with NamedTemporaryFile("w", suffix=".kws", encoding="utf-8") as listed:
            listed.writelines(f"{word} /{threshold(sounds)}/\n" for word, sounds in known.items())
            listed.flush()
            self._decoder.add_kws("words", listed.name)
        self._decoder.activate_search("words")

    def _sounds(self, phrase: str) -> int:
        """How many phones a phrase has; 0 where one of its words is not in the dictionary."""
        spoken = [self._decoder.lookup_word(word) for word in phrase.split()]
        return sum(len(each.split()) for each in spoken) if all(spoken) else 0

    def hear(self, sound: np.ndarray, *, progress: Progress = silent) -> tuple[tuple[Word, ...], ...]:
        samples = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
        self._decoder.start_utt()
        try:
            for low in range(0, len(samples), _BLOCK):
                if low % (_BLOCK * 20) == 0:
                    progress(low / len(samples), "listening for words")
                self._decoder.process_raw(samples[low : low + _BLOCK].tobytes(), False, False)
        finally:
            self._decoder.end_utt()
        return tuple((word,) for word in _apart(self._words()))

    def _words(self) -> list[Word]:
        """All that was heard since `start_utt`; listening anew after each word would lose the ones behind it."""
        if self._decoder.hyp() is None:
            return []
        return [
            Word(part.word.strip(), part.start_frame * _FRAME_S, (part.end_frame + 1) * _FRAME_S, _SURE)
            for part in self._decoder.seg()
        ]


def _apart(words: Sequence[Word]) -> list[Word]:
    """In order of time; of two that overlap the longer stays: it was harder to hear by chance."""
    kept: list[Word] = []
    for word in sorted(words, key=lambda one: (one.start_s, -one.end_s)):
        if kept and word.start_s < kept[-1].end_s:
            if word.end_s - word.start_s > kept[-1].end_s - kept[-1].start_s:
                kept[-1] = word
            continue
        kept.append(word)
    return kept
