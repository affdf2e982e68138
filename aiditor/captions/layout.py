"""Where the words of a page lie: lines alike in length, in the order they are read, as large as they fit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiditor.captions.areas import Box
from aiditor.captions.balance import balanced
from aiditor.captions.config import CaptionConfig
from aiditor.captions.lettering import Ink, Pen, reach
from aiditor.captions.script import breakable, direction, spaced, visual_order

__all__ = ["Layout", "Piece", "lay_out"]

STEP = 0.94
"""Type shrinks by this factor until it fits."""
CJK_BELOW, ANY_BELOW = 0.8, 0.62
"""Words that do not fit at this share of the size are broken between letters instead: of CJK, and of any script."""
SMALLEST_PX = 6
SPACE, UNSPACED, ASCENT, DESCENT, LEADING = 0.3, 0.05, 0.74, 0.2, 0.12
"""Shares of the type's size: between words, between those of scripts without spaces, kept above and below the
baseline, between lines."""
TORN = 0.5
"""What a line break within a word costs, where one between words costs nothing."""
SLACK_PX = 2
"""Letters drawn larger do not grow to the pixel."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or the part of a broken one that is on this line. Its origin is at `x` on `baseline`."""

    word: int
    text: str
    x: int
    baseline: int
    ink: Ink


@dataclass(frozen=True, slots=True)
class Layout:
    """A page on the picture. Nothing of it, moving, outlined and shadowed, lies outside `box`."""

    size: int
    """Of the type, in pixels."""
    pieces: tuple[Piece, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class _Unit:
    """The least that stays on one line: a word, or a letter of one that may be broken."""

    word: int
    text: str


def lay_out(
    words: Sequence[str], cfg: CaptionConfig, area: Box, pen: Pen, language: str, *, size: int, growth: float
) -> Layout | None:
    """`words` in `area` with type of `size` pixels at most, or None where they fit at no size.

    Every word may be drawn up to `growth` times as large, about its middle. Empty words have no piece.
    """
    tried = size
    while tried >= SMALLEST_PX:
        tearing = (tried <= size * CJK_BELOW) + (tried <= size * ANY_BELOW)
        found = _at_size(words, cfg, area, pen, language, tried, growth, tearing)
        if found is not None:
            return found
        tried = min(tried - 1, int(tried * STEP))
    return None


def _at_size(
    words: Sequence[str],
    cfg: CaptionConfig,
    area: Box,
    pen: Pen,
    language: str,
    size: int,
    growth: float,
    tearing: int,
) -> Layout | None:
    """`tearing` is 0 where words stay whole, 1 where those of CJK may be broken, 2 where any may."""
    units = [
        _Unit(index, part)
        for index, word in enumerate(words)
        if word
        for part in (breakable(word, anywhere=tearing > 1) if tearing else [word])
    ]
    margin = math.ceil(reach(cfg, size) * growth) + SLACK_PX
    room = area.width - 2 * margin
    lines = _lines(units, pen, language, size, room)
    if lines is None or not lines or (tearing < 2 and len(lines) > cfg.lines):
        return None
    base = direction(words)
    set_lines = [_set(line, pen, language, size, base) for line in lines]
    rises = [max([round(size * ASCENT), *(-piece.ink.top for piece in line)]) for line in set_lines]
    falls = [max([round(size * DESCENT), *(piece.ink.bottom for piece in line)]) for line in set_lines]
    height = sum(rises) + sum(falls) + round(size * LEADING) * (len(lines) - 1)
    extra = margin + math.ceil((growth - 1) * max(rises[0] + falls[0], rises[-1] + falls[-1]) / 2)
    if height + 2 * extra > area.height:
        return None
    top = area.bottom - height - extra if cfg.position == "bottom" else area.top + (area.height - height) // 2
    pieces = []
    for line, rise, fall in zip(set_lines, rises, falls, strict=True):
        left, right = min(p.x + p.ink.left for p in line), max(p.x + p.ink.right for p in line)
        shift = area.left + (area.width - (right - left)) // 2 - left
        pieces.extend(Piece(p.word, p.text, p.x + shift, top + rise, p.ink) for p in line)
        top += rise + fall + round(size * LEADING)
    box = _around(pieces, margin, growth)
    return Layout(size, tuple(pieces), box) if area.holds(box) else None


def _lines(units: Sequence[_Unit], pen: Pen, language: str, size: int, room: int) -> list[Sequence[_Unit]] | None:
    """Units line by line, the fewest lines of at most `room` pixels, alike in length."""
    ends = [0.0]
    for at, unit in enumerate(units):
        gap = _gap(units[at - 1], unit, size) if at else 0.0
        ends.append(ends[-1] + gap + pen.ink(unit.text, size, language).advance)

    def cost(start: int, end: int) -> float | None:
        first = pen.ink(units[start].text, size, language).advance
        length = ends[end] - ends[start + 1] + first
        torn = end < len(units) and units[end - 1].word == units[end].word
        return None if length > room else (length / room) ** 2 + TORN * torn

    if room <= 0:
        return None
    cuts = balanced(len(units), cost)
    return None if cuts is None else [units[cut.start : cut.stop] for cut in cuts]


def _gap(left: _Unit, right: _Unit, size: int) -> float:
    """Pixels between two units that follow one another."""
    if left.word == right.word:
        return 0.0
    return size * (SPACE if spaced(left.text, right.text) else UNSPACED)


def _set(line: Sequence[_Unit], pen: Pen, language: str, size: int, base: str) -> list[Piece]:
    """A line's pieces from left to right, the first at 0."""
    merged: list[_Unit] = []
    for unit in line:
        if merged and merged[-1].word == unit.word:
            merged[-1] = _Unit(unit.word, merged[-1].text + unit.text)
        else:
            merged.append(unit)
    order = visual_order([unit.text for unit in merged], base)
    x, pieces = 0.0, []
    for place, index in enumerate(order):
        if place:
            low, high = sorted((order[place - 1], index))
            x += _gap(merged[low], merged[high], size)
        ink = pen.ink(merged[index].text, size, language)
        pieces.append(Piece(merged[index].word, merged[index].text, round(x), 0, ink))
        x += ink.advance
    return pieces


def _around(pieces: Sequence[Piece], margin: int, growth: float) -> Box:
    """Everything that the pieces may cover, even on all sides."""

    def edges() -> Iterator[tuple[float, float, float, float]]:
        for piece in pieces:
            wider = (growth - 1) * (piece.ink.right - piece.ink.left) / 2 + margin
            higher = (growth - 1) * (piece.ink.bottom - piece.ink.top) / 2 + margin
            yield (
                piece.x + piece.ink.left - wider,
                piece.baseline + piece.ink.top - higher,
                piece.x + piece.ink.right + wider,
                piece.baseline + piece.ink.bottom + higher,
            )

    lefts, tops, rights, bottoms = zip(*edges(), strict=True)
    return Box(
        math.floor(min(lefts) / 2) * 2,
        math.floor(min(tops) / 2) * 2,
        math.ceil(max(rights) / 2) * 2,
        math.ceil(max(bottoms) / 2) * 2,
    )
