"""What scripts need: letters that stay whole, direction, where spaces and line breaks go, what is an emoji.

A small part of Unicode's annexes 9 (direction), 11 (width), 14 (line breaks) and 29 (letters), enough for a few words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

__all__ = [
    "breakable",
    "clusters",
    "direction",
    "is_emoji",
    "joined",
    "kind_of",
    "needs_shaping",
    "spaced",
    "unspaced",
    "visual_order",
    "width",
]

ZWJ = "\u200d"
UNSPACED = (
    (0x2E80, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF),
    (0x20000, 0x3FFFF),
)  # fmt: skip
"""Han, kana and their punctuation: written without spaces, and broken between any two letters."""
SHAPED = ((0x0600, 0x08FF), (0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x18AF))
"""Scripts that are not legible letter by letter: Arabic and its kin, those of India, Tibetan, Burmese, Khmer."""
EMOJI = (
    (0x231A, 0x231B), (0x23E9, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615), (0x2648, 0x2653), (0x267F, 0x267F),
    (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE), (0x26C4, 0x26C5), (0x26CE, 0x26CE),
    (0x26D4, 0x26D4), (0x26EA, 0x26EA), (0x26F2, 0x26F5), (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705),
    (0x270A, 0x270B), (0x2728, 0x2728), (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2757), (0x2795, 0x2797),
    (0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x1F004, 0x1F004),
    (0x1F0CF, 0x1F0CF), (0x1F18E, 0x1F19A), (0x1F1E6, 0x1F1FF), (0x1F201, 0x1F265), (0x1F300, 0x1FAFF),
)  # fmt: skip
"""Drawn in colour without being asked to (Emoji_Presentation of Unicode's emoji data, in coarse spans)."""
CLOSERS = frozenset("、。，．・：；？！」』）】〉》〕］｝ーぁぃぅぇぉっゃゅょァィゥェォッャュョ…‥,.!?:;)]}”’")
OPENERS = frozenset("「『（【〈《〔［｛([{“‘")


def _within(letter: str, spans: Sequence[tuple[int, int]]) -> bool:
    code = ord(letter)
    return any(low <= code <= high for low, high in spans)


def _extends(letter: str) -> bool:
    """Whether `letter` belongs to the one before it: accents, vowel signs, variation, skin tone, tags."""
    code = ord(letter)
    return (
        unicodedata.category(letter) in ("Mn", "Me", "Mc")
        or letter == ZWJ
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
    )


def clusters(text: str) -> list[str]:
    """`text` in what a reader takes for single letters: accents and joined emoji stay whole."""
    found: list[str] = []
    for letter in text:
        flag = 0x1F1E6 <= ord(letter) <= 0x1F1FF
        last = found[-1] if found else ""
        half_flag = flag and len(last) == 1 and 0x1F1E6 <= ord(last) <= 0x1F1FF
        after_joiner = last.endswith(ZWJ) and _within(letter, (*EMOJI, (0x2600, 0x27BF)))
        if last and (_extends(letter) or half_flag or after_joiner):
            found[-1] += letter
        else:
            found.append(letter)
    return found


@lru_cache(maxsize=2048)
def is_emoji(cluster: str) -> bool:
    return "\ufe0f" in cluster or "\u20e3" in cluster or _within(cluster[0], EMOJI)


def unspaced(text: str) -> bool:
    """Whether `text` has a letter of a script that is written without spaces."""
    return any(_within(letter, UNSPACED) for letter in text)


def needs_shaping(text: str) -> bool:
    return any(_within(letter, SHAPED) for letter in text)


def spaced(left: str, right: str) -> bool:
    """Whether a space stands between these two words."""
    return not (left and right and _within(left[-1], UNSPACED) and _within(right[0], UNSPACED))


def joined(words: Sequence[str]) -> str:
    """Words as one line, in the order they are said."""
    line = ""
    for word in words:
        line += (" " if line and spaced(line, word) else "") + word
    return line


def width(text: str) -> int:
    """Letters across, where those of CJK and emoji count two."""
    return sum(2 if is_emoji(letter) or _within(letter[0], UNSPACED) else 1 for letter in clusters(text))


def breakable(text: str, *, anywhere: bool = False) -> list[str]:
    """The parts of one word between which a line may break: whole, unless it is CJK or may break `anywhere`.

    A line never starts with a closing mark nor ends with an opening one.
    """
    if not anywhere and not unspaced(text):
        return [text]
    parts: list[str] = []
    for letter in clusters(text):
        sticks = parts and (letter[0] in CLOSERS or parts[-1][-1] in OPENERS)
        runs_on = parts and not anywhere and not unspaced(letter) and not unspaced(parts[-1])
        if sticks or runs_on:
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def kind_of(text: str) -> str:
    """ "rtl", "ltr", "number" or "" (neither: marks, emoji), by the first letter that decides."""
    kind = ""
    for letter in text:
        way = unicodedata.bidirectional(letter)
        if way in ("R", "AL"):
            return "rtl"
        if way == "L":
            return "ltr"
        if way in ("EN", "AN"):
            kind = "number"
    return kind


def direction(words: Sequence[str]) -> str:
    """ "rtl" or "ltr": which way a line of these words runs, by the first that decides."""
    return next((kind for kind in map(kind_of, words) if kind in ("rtl", "ltr")), "ltr")


def visual_order(words: Sequence[str], base: str) -> list[int]:
    """Indices of `words` from left to right, as Unicode's bidirectional algorithm orders them on one line.

    Rules W7, N1, N2, I1, I2 and L2 of annex 9, with a space between every two words.
    """
    kinds = [kind for word in words for kind in (kind_of(word), "")][:-1]
    strong = base
    for at, kind in enumerate(kinds):
        if kind in ("rtl", "ltr"):
            strong = kind
        elif kind == "number" and strong == "ltr":
            kinds[at] = "ltr"
    levels = []
    for at, kind in enumerate(kinds):
        if kind == "":
            before = next((k for k in reversed(kinds[:at]) if k), base)
            after = next((k for k in kinds[at + 1 :] if k), base)
            sides = {"ltr" if k == "ltr" else "rtl" for k in (before, after)}
            kind = sides.pop() if len(sides) == 1 else base
        if base == "rtl":
            levels.append(1 if kind == "rtl" else 2)
        else:
            levels.append({"ltr": 0, "rtl": 1, "number": 2}[kind])
    order = list(range(len(kinds)))
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[at:end] = order[at:end][::-1]
            at = max(end, at + 1)
    return [at // 2 for at in order if at % 2 == 0]
