"""Words as they were read: what the reader confuses is folded together, and words that ran together come apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from unicodedata import combining, normalize

__all__ = ["Vocabulary", "fold", "holds_name", "same_name", "skeleton"]

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("1|!lijt", "i"),
        **dict.fromkeys("0oqdceag96", "o"),
        **dict.fromkeys("5s$z2", "s"),
        **dict.fromkeys("b8", "b"),
        **dict.fromkeys("uvy", "u"),
        "π": "n",
        "4": "o",
        "@": "o",
        "3": "o",
    }
)
"""Characters that small print does not tell apart."""


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Letters and digits only, lower case, without accents."""
    plain = "".join(c for c in normalize("NFKD", text) if not combining(c))
    return "".join(c for c in plain.casefold() if c.isalnum())


@lru_cache(maxsize=16384)
def skeleton(text: str) -> str:
    """What stays of a word when characters that look alike are one."""
    kept = "".join(c for c in normalize("NFKD", text).casefold() if not combining(c) and (c.isalnum() or c in "|!$@"))
    return kept.translate(_ALIKE)


@lru_cache(maxsize=65536)
def same_name(one: str, other: str) -> float:
    """0 to 1: how far two readings are of the same name. 0.75 and more is the same."""
    a, b = skeleton(one), skeleton(other)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    # A name cut short at the edge of a box, or run together with an icon, is still itself.
    low, high = sorted((a, b), key=len)
    if len(low) >= 4 and len(high) - len(low) <= 2 and (high.startswith(low) or high.endswith(low)):
        return 0.9
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def holds_name(text: str, name: str) -> float:
    """As `same_name`, where what was read before or after the name may have stuck to it."""
    known, read = skeleton(name), skeleton(text)
    if len(known) >= 5 and known != read and (read.startswith(known) or read.endswith(known)):
        return max(0.85, same_name(text, name))
    return same_name(text, name)


class Vocabulary:
    """The words that rules are made of; `spell` turns what was read into them."""

    def __init__(self, words: Iterable[str], splitters: Iterable[str]) -> None:
        self._exact = {fold(word): word for word in words}
        self._alike: dict[str, str] = {}
        for word in sorted(self._exact.values(), key=len, reverse=True):
            if len(word) >= 4:
                self._alike[skeleton(word)] = word
        long = sorted({word for word in splitters if len(word) >= 6}, key=len, reverse=True)
        self._glued = re.compile(f"^(.*?)({'|'.join(map(re.escape, long))})(.*)$") if long else None

    def spell(self, token: str) -> list[str]:
        """The words that `token` stands for: one of the vocabulary, itself, or several that ran together."""
        known = self._known(token)
        if known is not None:
            return [known]
        if self._glued is None or len(token) < 8:
            return [token]
        found = self._glued.match(token.casefold())
        if found is None or any(len(part) == 1 for part in (found[1], found[3])):
            return [token]
        before, after = token[: found.start(2)], token[found.end(2) :]
        parts = [before, found[2], after]
        return [self._known(part) or part for part in parts if part]

    def _known(self, token: str) -> str | None:
        plain = fold(token)
        if plain in self._exact:
            return self._exact[plain]
        if len(plain) < 4 or plain.isdigit():
            return None
        bones = skeleton(token)
        alike = self._alike.get(bones)
        if alike is not None and _resembles(plain, fold(alike)):
            return alike
        if len(bones) < 6:
            return None
        # One letter lost or doubled; a letter exchanged for another is another word (killer, killed).
        for other, word in self._alike.items():
            if abs(len(other) - len(bones)) == 1 and len(other) >= 6 and _one_more(bones, other):
                return word
        return None


def _resembles(read: str, word: str) -> bool:
    """Whether a word of the same skeleton may be `word` read badly: of a short one a letter at most is another."""
    other = sum(a != b for a, b in zip(read, word, strict=False)) + abs(len(read) - len(word))
    return other <= max(1, len(word) // 2 - 1)


def _one_more(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    if long == short + "s":
        return False  # headshots is a column's title, headshot an event
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
