"""How a word may be written, undone: case, look-alike letters, leetspeak, masks and stretched letters.

    "F#ck" ─► pieces ─► fold ─► spellings: "f?ck" ─► agrees("f?ck", "fuck")

A spelling is plain lower-case letters, and "?" where a mask hides one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

__all__ = ["Clitics", "Piece", "agrees", "fold", "pieces", "runs", "skeleton", "spellings"]

_BETWEEN = r"\s\-‐‑‒–—―/\\_.,;:…·•~\"“”„«»\[\]{}()<>="
_PIECE = re.compile(rf"(?<!\S)_{{2,}}(?!\S)|[^{_BETWEEN}]+")
_APOSTROPHES = "'’ʼ`´‘"
_EDGE_SIGNS = "@$+*|€£¢"
"""Signs that stand for a letter even where a word begins or ends; others there are punctuation."""
_MASKS = "*#%&?@!$" + _APOSTROPHES
_LEET = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "il", "|": "il", "+": "t", "€": "e", "£": "l", "¢": "c", "¡": "i",
}  # fmt: skip
_LOOK_ALIKES = {
    ord(strange): plain
    for script, latin in (
        ("авекмнорстухіјѕԁһӏԛԝѵ", "abekmhopctyxijsdhlqwv"),  # Cyrillic
        ("αεικνορτυχμϲ", "aeikvoptuxuc"),  # Greek
        ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),  # small capitals
        ("øłđıŧƒħɑɡ", "olditfhag"),  # Latin letters that Unicode does not take apart
    )
    for strange, plain in zip(script, latin, strict=True)
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text without spaces, hyphens or full stops: characters [start, stop)."""

    text: str
    start: int
    stop: int
    glued: bool
    """Whether nothing but hyphens or underscores stands between it and the piece before."""


@dataclass(frozen=True, slots=True)
class Clitics:
    """What hangs on to a word by an apostrophe: "qu'" before it, "'ll" after it."""

    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()


def pieces(text: str) -> list[Piece]:
    """The pieces of `text`, in order."""
    found: list[Piece] = []
    for match in _PIECE.finditer(text):
        between = text[found[-1].stop : match.start()] if found else " "
        glued = bool(between) and not between.strip("-‐‑_·")
        found.append(Piece(match.group(), match.start(), match.end(), glued))
    return found


def fold(text: str, letters: str = "") -> str:
    """`text` in lower case, without accents or what cannot be seen, look-alikes as the letters they look like.

    `letters` are those with accents that are letters of their own ("ñ") and stay.
    """
    plain = []
    for char in unicodedata.normalize("NFKC", text).casefold():
        if char in letters:
            plain.append(char)
            continue
        for part in unicodedata.normalize("NFD", char):
            if unicodedata.category(part) not in ("Mn", "Me", "Cf", "Zs"):
                plain.append(part)
    return "".join(plain).translate(_LOOK_ALIKES)


@lru_cache(maxsize=1 << 15)
def spellings(text: str, letters: str, clitics: Clitics) -> tuple[str, ...]:
    """Every spelling that the piece `text` may stand for; none for what is no word."""
    folded = fold(text, letters)
    cores = {_stripped(folded, ""), _stripped(folded, _EDGE_SIGNS)}
    found: dict[str, None] = {}
    for core in sorted(cores, key=len):
        for part in _parts(core, clitics):
            found.update(dict.fromkeys(_plain(part)))
            found.update(dict.fromkeys(_masked(part, core, clitics)))
    return tuple(found)


def _stripped(text: str, kept: str) -> str:
    start, stop = 0, len(text)
    while start < stop and not (text[start].isalnum() or text[start] in kept):
        start += 1
    while stop > start and not (text[stop - 1].isalnum() or text[stop - 1] in kept):
        stop -= 1
    return text[start:stop]


def _parts(core: str, clitics: Clitics) -> Iterator[str]:
    """The word itself, and what is left of it without clitics, digits about it, or a needless apostrophe."""
    yield core
    yield core.strip("0123456789")
    for place in (n for n, char in enumerate(core) if char in _APOSTROPHES):
        before, after = core[:place], core[place + 1 :]
        if after in clitics.after:
            yield before
        elif before in clitics.before:
            yield after
        else:
            yield before + after


def _plain(part: str) -> Iterator[str]:
    if part.isalpha():
        yield part
    elif part and 2 * sum(char.isdecimal() for char in part) <= len(part):
        choices = [_LEET.get(char, char if char.isalpha() else "") for char in part]
        if all(choices):
            yield from islice(map("".join, product(*choices)), 64)


def _masked(part: str, core: str, clitics: Clitics) -> Iterator[str]:
    """The spelling with "?" for each sign: "f***", "f#@k"; the first letter is shown, and another but for stars."""
    signs = [char for char in part if not char.isalpha()]
    if not signs or not part[0].isalpha() or any(char not in _MASKS for char in signs):
        return
    after = re.split(f"[{_APOSTROPHES}]", core)[1:]
    if any(end in clitics.after for end in after):
        return
    starred = "*" in signs
    if len(part) >= (3 if starred else 4) and len(part) - len(signs) >= (1 if starred else 2):
        yield "".join(char if char.isalpha() else "?" for char in part)


def runs(word: str) -> list[tuple[str, int]]:
    """The letters of `word` with how often each follows itself: "hell" is h 1, e 1, l 2."""
    return [(match.group(1), len(match.group())) for match in re.finditer(r"(.)\1*", word)]


def skeleton(word: str) -> str:
    """`word` with every letter that follows itself only once: the same for all stretched spellings."""
    return re.sub(r"(.)\1+", r"\1", word)


def agrees(spelling: str, form: str) -> bool:
    """Whether `spelling` is `form`, hidden by "?" or stretched: "fuuuck" for "fuck".

    Two letters in a row where there is one make it stretched only if they are a vowel, in words from four letters
    ("shiit", but not "assess" for "asses"); three always do. None is ever shortened.
    """
    if spelling == form:
        return True
    if "?" in spelling:
        return len(spelling) == len(form) and all(a in ("?", b) for a, b in zip(spelling, form, strict=True))
    said, meant = runs(spelling), runs(form)
    if [letter for letter, _ in said] != [letter for letter, _ in meant]:
        return False
    longer = [(letter, a) for (letter, a), (_, b) in zip(said, meant, strict=True) if a != b]
    if any(a < b for (_, a), (_, b) in zip(said, meant, strict=True)):
        return False
    drawn_out = max(count for _, count in longer) >= 3
    return drawn_out or (len(form) >= 4 and all(letter in "aeiou" for letter, _ in longer))
