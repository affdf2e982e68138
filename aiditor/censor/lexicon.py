"""Words made ready for looking up: every form by its letters, phrases by their first word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from aiditor.censor.spelling import Clitics, agrees, fold, pieces, runs, skeleton, spellings
from aiditor.censor.wordlists import Entry, WordList

__all__ = ["RANK", "Lexicon"]

RANK = {"mild": 0, "strong": 1, "slur": 2, "own": 3}
"""Of two entries for the same word, the one that ranks higher counts: the user's own is taken on every level."""
_LIKELIHOOD = {"mild": 0, "slur": 1, "strong": 2, "own": 3}
"""What a masked word most likely is: "f***" fits slurs too."""


class Lexicon:
    """The entries and the innocent phrases of one language.

    `exceptions` are innocent too; one that names an entry takes all of its forms out.
    """

    def __init__(self, words: WordList, entries: Iterable[Entry], exceptions: Iterable[str] = ()) -> None:
        self.letters = words.letters
        self.clitics = Clitics(frozenset(words.elisions.split()), frozenset(words.contractions.split()))
        self._by_letters: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
        self._by_length: dict[int, list[tuple[str, Entry]]] = defaultdict(list)
        self._by_first: dict[str, list[tuple[tuple[str, ...], Entry]]] = defaultdict(list)
        self._within: list[tuple[re.Pattern[str], Entry]] = []
        self._innocent: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self.one = lru_cache(maxsize=1 << 15)(self._one)
        """The entry that these spellings of one word stand for; None where there is none."""
        exceptions = tuple(exceptions)
        named = {_joined(phrase) for phrase in exceptions}
        for entry in entries:
            if _joined(entry.name) not in named:
                self._add(entry)
        for phrase in (*words.innocent, *exceptions):
            spelled = [spellings(piece.text, self.letters, self.clitics) for piece in pieces(phrase)]
            if spelled and all(spelled):
                self._innocent[spelled[0][0]].append(tuple(each[0] for each in spelled))

    def _one(self, spellings: tuple[str, ...]) -> Entry | None:
        plain, masked = [], []
        for spelling in spellings:
            (masked if "?" in spelling else plain).extend(self._all(spelling))
        if plain:
            return max(plain, key=lambda entry: RANK[entry.severity])
        return max(masked, key=lambda entry: _LIKELIHOOD[entry.severity], default=None)

    def phrases(self, spelled: Sequence[Sequence[str]], start: int) -> Iterator[tuple[int, Entry]]:
        """(words, entry) of each phrase that begins at word `start` of `spelled`, the spellings of each word."""
        for spelling in spelled[start]:
            for phrase, entry in self._by_first.get(skeleton(spelling), ()):
                following = spelled[start : start + len(phrase)]
                if len(following) == len(phrase) and all(
                    any(agrees(spelling, word) for spelling in said)
                    for said, word in zip(following, phrase, strict=True)
                ):
                    yield len(phrase), entry

    def innocent(self, spelled: Sequence[Sequence[str]], start: int) -> int:
        """How many words from `start` on make up an innocent word or phrase; 0 for none."""
        most = 0
        for spelling in spelled[start]:
            for phrase in self._innocent.get(spelling, ()):
                following = spelled[start : start + len(phrase)]
                if len(following) == len(phrase) and all(a in b for a, b in zip(phrase, following, strict=True)):
                    most = max(most, len(phrase))
        return most

    def _all(self, spelling: str) -> Iterator[Entry]:
        if "?" in spelling:
            known = self._by_length.get(len(spelling), ())
        else:
            known = self._by_letters.get(skeleton(spelling), ())
            yield from (entry for pattern, entry in self._within if pattern.search(spelling))
        yield from (entry for form, entry in known if agrees(spelling, form))

    def _add(self, entry: Entry) -> None:
        for letters in (self.letters,) if entry.exact or not self.letters else (self.letters, ""):
            for form in entry.forms:
                words = tuple(fold(word, letters) for word in form)
                joined = "".join(words)
                self._by_letters[skeleton(joined)].append((joined, entry))
                self._by_length[len(joined)].append((joined, entry))
                if len(words) > 1:
                    self._by_first[skeleton(words[0])].append((words, entry))
            if entry.anywhere or entry.begins:
                stretched = "".join(f"{re.escape(char)}{{{count},}}" for char, count in runs(fold(entry.name, letters)))
                self._within.append((re.compile(stretched if entry.anywhere else f"^{stretched}"), entry))


def _joined(phrase: str) -> str:
    return "".join(fold(piece.text) for piece in pieces(phrase))
