"""Lines in parts of a picture; what was read a moment ago is recognised by its looks and not read again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from aiditor.detect.hud.lines import Line, Piece, backdrop, group, join, likeness
from aiditor.detect.hud.ocr import Box, Ocr

__all__ = ["RIM", "Scanner", "inner"]

RIM = 0.22
"""Share of a box's height that is left off all around for its letters' mark."""
_SAME = 0.8
"""Likeness from which it is the same text."""
_BORING = 3
"""A place whose text was read so often and never mattered is passed by, but for every fourth time."""


_APART = 1.6
"""Letters farther apart than this many heights of their line end it, where it is followed without being found."""
_DRAWN = 14
"""How far a mark is from its middle where a letter's stroke is."""


@dataclass(slots=True)
class _Column:
    """Lines that begin one below the other, where somebody talked."""

    left: int
    top: int
    bottom: int
    talks: int = 0
    matters: int = 0

    @property
    def chat(self) -> bool:
        return self.talks >= 4 and self.talks > 3 * self.matters

    def holds(self, box: Box) -> bool:
        high = box[3] - box[1]
        return abs(self.left - box[0]) < 0.4 * high and self.top - 1.6 * high < box[1] < self.bottom + 0.6 * high


class Scanner:
    """Finds and reads lines. `reads` and `finds` count what was paid for."""

    def __init__(self, ocr: Ocr) -> None:
        self._ocr = ocr
        self._recent: deque[Line] = deque(maxlen=160)
        self._boring: dict[tuple[int, int], int] = {}
        self._columns: list[_Column] = []
        self.reads = self.finds = 0

    def lines(self, picture: np.ndarray, marks: np.ndarray, areas: Iterable[Box], scale: float) -> list[Line]:
        """The lines in `areas` (boxes in pixels of `picture`, uint8 [H, W, 3] RGB), searched at `scale`.

        `marks` is the picture's `mark`.
        """
        found: list[Line] = []
        for left, top, right, bottom in areas:
            part = picture[top:bottom, left:right]
            boxes = self._ocr.find(part, scale)
            self.finds += 1
            for row in group(boxes):
                placed = [(x0 + left, y0 + top, x1 + left, y1 + top) for x0, y0, x1, y1 in row]
                if _broken(placed):
                    placed = [_reach(marks, marks.shape[0] / picture.shape[0], _around(placed), (left, right))]
                if any(_inside(placed, line.box) for line in found):
                    continue
                line = self._line(picture, marks, placed)
                if line is not None:
                    found.append(line)
        self._recent.extend(found)
        return found

    def line(self, picture: np.ndarray, marks: np.ndarray, box: Box, sides: tuple[int, int]) -> Line | None:
        """The line of which `box` holds a part, as far as it goes between two `sides`: read without searching for it.

        For a line whose place is known: the finder misses letters that stand wide apart or over a wild scene.
        """
        shrunk = marks.shape[0] / picture.shape[0]
        box = _reach(marks, shrunk, box, sides)
        known = self._known(marks, shrunk, box)
        if known is not None:
            return Line(box, known.text, known.confidence, backdrop(picture, box), known.mark, known.at)
        crop = picture[box[1] : box[3], box[0] : box[2]]
        if crop.shape[0] < 7 or crop.shape[1] < crop.shape[0]:
            return None
        self.reads += 1
        read = self._ocr.read(crop)
        if not read.at or read.confidence < 0.4:
            return None
        # Without what it was read with on both sides.
        wide, high = box[2] - box[0], box[3] - box[1]
        first, last = (box[0] + at * wide for at in (read.at[0], read.at[-1]))
        low, up = max(round(first - 0.6 * high), box[0]), min(round(last + 0.6 * high), box[2])
        at = tuple((box[0] + share * wide - low) / max(up - low, 1) for share in read.at)
        box = (low, box[1], up, box[3])
        text, confidence, places = join([Piece(box, replace(read, at=at))])
        if not text:
            return None
        line = Line(box, text, confidence, backdrop(picture, box), inner(marks, shrunk, box), places)
        self._recent.append(line)
        return line

    def note(self, line: Line, *, matters: bool, chat: bool) -> bool:
        """Tell what a line was worth, so that places which never are worth it can be passed by.

        Returns whether the line stands in a column where people talk, so that it counts for nothing.
        """
        place = _place(line.box)
        self._boring[place] = -20 if matters else self._boring.get(place, 0) + 1
        column = next((column for column in self._columns if column.holds(line.box)), None)
        if column is None and chat:
            column = _Column(line.box[0], line.box[1], line.box[3])
            self._columns.append(column)
        if column is not None:
            column.talks += chat
            column.matters += matters
            if chat:
                column.top, column.bottom = min(column.top, line.box[1]), max(column.bottom, line.box[3])
        return column is not None and column.chat

    def _line(self, picture: np.ndarray, marks: np.ndarray, row: list[Box]) -> Line | None:
        box = (row[0][0], min(b[1] for b in row), row[-1][2], max(b[3] for b in row))
        wide, high = box[2] - box[0], box[3] - box[1]
        if wide < 1.3 * high or high < 7:
            return None
        if any(column.chat and column.holds(box) for column in self._columns):
            return None
        shrunk = marks.shape[0] / picture.shape[0]
        known = self._known(marks, shrunk, box)
        if known is not None:
            return Line(box, known.text, known.confidence, backdrop(picture, box), known.mark, known.at)
        times = self._boring.get(_place(box), 0)
        if times >= _BORING and times % 4:
            self._boring[_place(box)] = times + 1
            return None
        pieces = [Piece(b, self._ocr.read(picture[b[1] : b[3], b[0] : b[2]])) for b in row]
        self.reads += len(pieces)
        text, confidence, at = join(pieces)
        if not text or confidence < 0.4:
            self._boring[_place(box)] = times + 1
            return None
        return Line(box, text, confidence, backdrop(picture, box), inner(marks, shrunk, box), at)

    def _known(self, marks: np.ndarray, shrunk: float, box: Box) -> Line | None:
        high = box[3] - box[1]
        for line in reversed(self._recent):
            if line.mark is None or abs(line.box[0] - box[0]) > 0.7 * high or abs(line.box[2] - box[2]) > 0.7 * high:
                continue
            if not 0.75 < line.height / high < 1.33:
                continue
            where = _cut(marks, shrunk, (box[0] - 12, box[1] - 6, box[2] + 12, box[3] + 6))
            if likeness(line.mark, where)[0] >= _SAME:
                return line
        return None


def inner(marks: np.ndarray, shrunk: float, box: Box) -> np.ndarray:
    """A copy of the mark of the letters in a box, without its rim, where the frame of a row may run.

    The box is in pixels of the picture, of which `marks` are `shrunk` times the size.
    """
    rim = max(round(RIM * (box[3] - box[1])), 1)
    return _cut(marks, shrunk, (box[0] + rim, box[1] + rim, box[2] - rim, box[3] - rim)).copy()


def _around(row: list[Box]) -> Box:
    return row[0][0], min(box[1] for box in row), row[-1][2], max(box[3] for box in row)


def _broken(row: list[Box]) -> bool:
    """Whether the finder broke a line into its letters, as it does with letters that stand wide apart."""
    if len(row) < 2:
        return False
    single = sum(right - left < 1.5 * (bottom - top) for left, top, right, bottom in row)
    high = _around(row)[3] - _around(row)[1]
    close = all(after[0] - box[2] < _APART * high for box, after in pairwise(row))
    return close and 2 * single >= len(row)


def _reach(marks: np.ndarray, shrunk: float, box: Box, sides: tuple[int, int]) -> Box:
    """The box with all that stands to its left and right in line with it, up to a gap or the `sides`."""
    high = box[3] - box[1]
    low, up = max(sides[0], 0), max(sides[1], box[2])
    strip = _cut(marks, shrunk, (low, box[1] + high // 4, up, box[3] - high // 4))
    if not strip.size:
        return box
    drawn = np.flatnonzero(np.abs(strip.astype(np.int16) - 128).max(axis=0) > _DRAWN) / shrunk + low
    left, right = float(box[0]), float(box[2])
    for x in drawn[drawn < left][::-1]:
        if left - x > _APART * high:
            break
        left = x
    for x in drawn[drawn > right]:
        if x - right > _APART * high:
            break
        right = x
    rim = 0.3 * high
    return max(round(left - rim), low), box[1], min(round(right + rim), up), box[3]


def _cut(marks: np.ndarray, shrunk: float, box: Box) -> np.ndarray:
    left, top, right, bottom = (max(round(edge * shrunk), 0) for edge in box)
    return marks[top:bottom, left:right]


def _inside(row: list[Box], box: Box) -> bool:
    """Whether a row lies in a line that was found in an area before, for the most part."""
    across = min(row[-1][2], box[2]) - max(row[0][0], box[0])
    down = min(row[0][3], box[3]) - max(row[0][1], box[1])
    return across > 0.7 * (row[-1][2] - row[0][0]) and down > 0.6 * (row[0][3] - row[0][1])


def _place(box: Box) -> tuple[int, int]:
    return box[0] // 16, box[1] // 10
