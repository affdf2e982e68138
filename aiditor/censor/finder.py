"""Where profane words stand in a text, and where they are said in a transcript.

text ─► pieces ─► their spellings ─► words, phrases, spelled-out words ─► innocent ones left out ─► matches
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aiditor.censor.config import CensorConfig
from aiditor.censor.lexicon import RANK, Lexicon
from aiditor.censor.spelling import Piece, pieces, spellings
from aiditor.censor.wordlists import Entry, Severity, WordList, entry, load
from aiditor.errors import BadConfig

__all__ = ["MASKED", "Finder", "Match", "finder", "listed"]

MASKED = "(masked)"
"""What an entry is called where the word itself was already taken out of the text: "****", "[ __ ]"."""
OWN = "own"
"""In place of a language: the user's words, and no others."""
_TAKEN: dict[str, tuple[Severity, ...]] = {
    "slurs": ("slur",),
    "strong": ("slur", "strong"),
    "strict": ("slur", "strong", "mild"),
}
_NOT_A_WORD = Entry(MASKED, "strong", ())
_GRAWLIX = "@#$%&*!"
_LETTER_WORDS = frozenset("aio")
"""Letters that are words: they may stand beside a spelled-out word without being part of it."""
_SPELLED = (3, 16)
"""Fewest and most letters of a word that is spelled out."""
_CLAUSE_ENDS = re.compile(r"[.,;:!?…]\s")


@dataclass(frozen=True, slots=True)
class Match:
    """Characters [start, stop) of a text that make up a word of the lists."""

    start: int
    stop: int
    entry: Entry


class Finder:
    """Finds in texts what a configuration takes; one for each language listened for."""

    def __init__(self, lexicons: Sequence[Lexicon], taken: Sequence[Severity]) -> None:
        self._lexicons = tuple(lexicons)
        self._taken = frozenset(taken)

    def find(self, text: str) -> list[Match]:
        """All matches in `text`, in order; none overlaps another. Of two, the longer one counts, then the worse."""
        cut = pieces(text)
        found = [match for lexicon in self._lexicons for match in _matches(lexicon, text, cut)]
        found += [Match(piece.start, piece.stop, _NOT_A_WORD) for piece in cut if _is_masked(piece.text)]
        found = [match for match in found if match.entry.severity in self._taken]
        kept: list[Match] = []
        for match in sorted(found, key=lambda m: (m.start - m.stop, -RANK[m.entry.severity], m.start)):
            if all(match.stop <= other.start or other.stop <= match.start for other in kept):
                kept.append(match)
        return sorted(kept, key=lambda m: m.start)


def finder(cfg: CensorConfig, language: str) -> Finder:
    """The finder for `cfg`; `language` is the one spoken, and counts where `cfg` names none.

    Raises BadConfig when there is no list for a language, when one of the user's words is none, and on the strict
    level when an exception holds a slur.
    """
    return _finder(cfg.level, cfg.languages or (language,), cfg.own_words, cfg.exceptions)


@lru_cache(maxsize=16)
def _finder(level: str, languages: tuple[str, ...], own_words: tuple[str, ...], exceptions: tuple[str, ...]) -> Finder:
    if level == "off":
        return Finder((), ())
    if OWN in languages and not own_words:
        raise BadConfig("there are no words of your own to find", remedy="add some, or name a language")
    loaded = [load(language) if language != OWN else (_NO_LIST, ()) for language in dict.fromkeys(languages)]
    if level == "strict":
        _refuse_slurs(Finder([Lexicon(*each) for each in loaded], ("slur",)), exceptions)
    own = _own(own_words)
    return Finder([Lexicon(words, (*own, *entries), exceptions) for words, entries in loaded], (*_TAKEN[level], "own"))


def listed(cfg: CensorConfig, language: str) -> tuple[str, ...]:
    """The words and phrases that `cfg` takes of that language's list and of the user's, in all forms, plainly spelled.

    For an engine that hears only what it is told to listen for. Raises what `finder` raises.
    """
    seeker = finder(cfg, language)
    known = () if cfg.level == "off" or OWN in (cfg.languages or (language,)) else load(language)[1]
    taken = [entry for entry in (*_own(cfg.own_words), *known) if entry.severity in (*_TAKEN.get(cfg.level, ()), "own")]
    said = dict.fromkeys(" ".join(form).lower() for entry in taken for form in entry.forms)
    return tuple(words for words in said if seeker.find(words))


_NO_LIST = WordList(language="own", licence="the user's", words={})


def _own(own_words: Sequence[str]) -> tuple[Entry, ...]:
    made = []
    for notation in own_words:
        own = entry(notation, "own")
        if own is None or not all(pieces(word) for word in own.forms[0]):
            raise BadConfig(f"“{notation}” is no word to look for", remedy="write letters, with * at its end at most")
        made.append(own)
    return tuple(made)


def _refuse_slurs(slurs: Finder, exceptions: Sequence[str]) -> None:
    for exception in exceptions:
        if slurs.find(exception):
            raise BadConfig(
                f"“{exception}” cannot be an exception on the strict level, which takes every slur",
                remedy="take it out of the exceptions, or choose another level",
            )


def _matches(lexicon: Lexicon, text: str, cut: Sequence[Piece]) -> Iterator[Match]:
    spelled = [spellings(piece.text, lexicon.letters, lexicon.clitics) for piece in cut]
    innocent = [False] * len(cut)
    for start in range(len(cut)):
        for index in range(start, start + lexicon.innocent(spelled, start)):
            innocent[index] = True
    for start, stop, found in _found(lexicon, text, cut, spelled):
        if found.severity == "own" or not all(innocent[start:stop]):
            yield Match(cut[start].start, cut[stop - 1].stop, found)


def _found(
    lexicon: Lexicon, text: str, cut: Sequence[Piece], spelled: Sequence[tuple[str, ...]]
) -> Iterator[tuple[int, int, Entry]]:
    """(first piece, piece after the last, entry) of all that is found, one upon the other."""
    for start in range(len(cut)):
        word = lexicon.one(spelled[start])
        if word is not None:
            yield start, start + 1, word
        for length, phrase in lexicon.phrases(spelled, start):
            if not _CLAUSE_ENDS.search(text, cut[start].start, cut[start + length - 1].start):
                yield start, start + length, phrase
        for stop, said in (*_glued(text, cut, start), *_letters(cut, spelled, start)):
            word = lexicon.one(spellings(said, lexicon.letters, lexicon.clitics))
            if word is not None:
                yield start, stop, word


def _glued(text: str, cut: Sequence[Piece], start: int) -> Iterator[tuple[int, str]]:
    """(piece after the last, spelling) of a run of hyphens that begins here: "sh-it" whole, "f-ck" with a mask."""
    if cut[start].glued:
        return
    stop = start + 1
    while stop < len(cut) and cut[stop].glued:
        stop += 1
    if stop > start + 1:
        yield stop, "".join(piece.text for piece in cut[start:stop])
        yield stop, re.sub("[-‐‑_·]", "#", text[cut[start].start : cut[stop - 1].stop])


def _letters(cut: Sequence[Piece], spelled: Sequence[Sequence[str]], start: int) -> Iterator[tuple[int, str]]:
    """(piece after the last, spelling) of words spelled out from here: "s h i t", or with one pair, "f u ck".

    Letters on either side would make it part of something longer, but for those that are words themselves.
    """
    if not _is_letter(cut, start) or (_is_letter(cut, start - 1) and not _is_word(cut, start - 1)):
        return
    pairs = 0
    for stop in range(start + 1, min(start + _SPELLED[1], len(cut)) + 1):
        if not _is_letter(cut, stop - 1):
            pairs += 1
            if pairs > 1 or len(cut[stop - 1].text) != 2 or not spelled[stop - 1]:
                return
        said = "".join(piece.text for piece in cut[start:stop])
        letters = [index for index in range(start, stop) if _is_letter(cut, index)]
        whole = not _is_letter(cut, stop) or _is_word(cut, stop)
        meant = len(letters) >= 2 and not all(_is_word(cut, index) for index in letters)
        if whole and meant and len(said) >= _SPELLED[0]:
            yield stop, said


def _is_letter(cut: Sequence[Piece], index: int) -> bool:
    return 0 <= index < len(cut) and len(cut[index].text) == 1


def _is_word(cut: Sequence[Piece], index: int) -> bool:
    return cut[index].text.lower() in _LETTER_WORDS


def _is_masked(text: str) -> bool:
    core = text.strip("'’?")
    stars = len(core) >= 3 and set(core) == {"*"}
    blank = len(core) >= 2 and set(core) == {"_"}
    return stars or blank or (len(set(core)) >= 3 and set(core) <= set(_GRAWLIX))
