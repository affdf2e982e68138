"""Lines of on-screen text: boxes that stand side by side, with the wide gaps that icons leave kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

import cv2
import numpy as np

from aiditor.detect.hud.ocr import Box, Read

__all__ = ["GAP", "Line", "Piece", "backdrop", "group", "join", "likeness", "mark"]

GAP = "\t"
"""Stands in a line's text where more than a space was between two words: an icon, or nothing."""
_WIDE = 1.05
"""A gap wider than this many heights of the line is more than a space."""
_ALIKE_HIGH = 1.45
"""Boxes whose heights differ by more than this are not one line: a banner beside a feed's row."""
_MARK_PX = 400
_FARTHEST = 4.5
"""Boxes farther apart than this many heights are not one line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One box that was read."""

    box: Box
    read: Read


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line as it stands in a picture. `box` is in pixels of the whole picture."""

    box: Box
    text: str
    confidence: float
    backdrop: tuple[float, ...] = ()
    """What the rim around its letters looks like: mean RGB; tells a row that is highlighted."""
    mark: np.ndarray | None = field(default=None, repr=False)
    """Its letters without what is behind them (`mark`), to find it again without reading."""
    at: tuple[float, ...] = field(default=(), repr=False)
    """The middle of each character of `text`, as a share of the line's width."""

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def group(boxes: Sequence[Box]) -> list[list[Box]]:
    """Boxes of one line together, left to right; lines from top to bottom."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda b: b[0]):
        best = None
        for row in rows:
            if _beside(row[-1], box) and (best is None or row[-1][2] > best[-1][2]):
                best = row
        if best is None:
            rows.append([box])
        else:
            best.append(box)
    return sorted(rows, key=lambda row: (row[0][1], row[0][0]))


def join(pieces: Sequence[Piece]) -> tuple[str, float, tuple[float, ...]]:
    """The text of a line, its confidence, and where each character's middle is, as a share of the line's width.

    GAP stands where more than a space was.
    """
    height = float(np.median([piece.box[3] - piece.box[1] for piece in pieces]))
    letters: list[tuple[str, float, int]] = []
    for number, piece in enumerate(pieces):
        left, _, right, _ = piece.box
        places = zip(piece.read.text, piece.read.at, strict=True)
        letters += [(letter, left + at * (right - left), number) for letter, at in places]
    solid = [x for letter, x, _ in letters if not letter.isspace()]
    if not solid:
        return "", 0.0, ()
    usual = float(np.median(np.diff(solid))) if len(solid) > 2 else 0.5 * height
    wide = max(_WIDE * height, 2.6 * usual)
    out: list[tuple[str, float]] = []
    last_x, last_box, spaced = None, 0, False
    for letter, x, box in letters:
        if letter.isspace():
            spaced = True
            continue
        if last_x is not None:
            far = x - last_x > (wide if box == last_box else 1.6 * usual)
            between = GAP if far else " " if spaced or box != last_box else ""
            out += [(between, (x + last_x) / 2)] if between else []
        out += [(plain, x) for plain in normalize("NFKC", letter)]
        last_x, last_box, spaced = x, box, False
    weights = [len(piece.read.text) for piece in pieces]
    confidence = float(np.average([piece.read.confidence for piece in pieces], weights=weights)) if any(weights) else 0
    start, wide = pieces[0].box[0], max(pieces[-1].box[2] - pieces[0].box[0], 1)
    return "".join(letter for letter, _ in out), confidence, tuple((x - start) / wide for _, x in out)


def mark(picture: np.ndarray) -> np.ndarray:
    """Uint8 [h, w]: thin strokes brighter than what is around them above 128, darker ones below; broad things are 128.

    `picture` is uint8 [H, W, 3]; what is higher than 400 pixels is shrunk to that. Text keeps its mark while the
    scene behind it changes. Takes 1 ms.
    """
    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if height > _MARK_PX:
        grey = cv2.resize(grey, (round(width * _MARK_PX / height), _MARK_PX), interpolation=cv2.INTER_AREA)
    kernel = np.ones((7, 7), np.uint8)
    bright, dark = (cv2.morphologyEx(grey, how, kernel) for how in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT))
    return cv2.addWeighted(bright, 0.5, dark, -0.5, 128)


def likeness(letters: np.ndarray, where: np.ndarray) -> tuple[float, int]:
    """How well the mark `letters` [h, w] is found in the mark `where` [H, W], -1 to 1, and its top there.

    The same text over another scene, faded to half, gives 0.65 or more and no text 0.3 or less (measured on Doom with
    9 to 17 pixel letters through JPEG). Each third is compared by itself and the worst one counts, so that a row which
    shares one name, or a frame around it, is not the same.
    """
    if where.shape[0] < letters.shape[0] or where.shape[1] < letters.shape[1] or not letters.size:
        return -1.0, 0
    scores = cv2.matchTemplate(where, letters, cv2.TM_CCOEFF_NORMED)
    _, best, _, (left, top) = cv2.minMaxLoc(scores)
    high, wide = letters.shape
    if not np.isfinite(best) or wide < 2 * high:
        return float(best) if np.isfinite(best) else -1.0, top
    found, third = where[top : top + high, left : left + wide], wide // 3
    parts = (slice(0, third), slice(third, 2 * third), slice(2 * third, wide))
    return min(float(best), *(_alike(letters[:, part], found[:, part]) for part in parts)), top


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two marks of one size."""
    score = float(cv2.matchTemplate(other, one, cv2.TM_CCOEFF_NORMED)[0, 0])
    return score if np.isfinite(score) else -1.0


def backdrop(picture: np.ndarray, box: Box) -> tuple[float, ...]:
    """Mean RGB of the rim inside a box, where its letters are not."""
    left, top, right, bottom = box
    rim = max((bottom - top) // 6, 1)
    crop = picture[top:bottom, left:right]
    edge = np.concatenate([crop[:rim].reshape(-1, 3), crop[-rim:].reshape(-1, 3)])
    return tuple(float(value) for value in np.median(edge, axis=0))


def _beside(left: Box, right: Box) -> bool:
    heights = left[3] - left[1], right[3] - right[1]
    low, high = min(heights), max(heights)
    overlap = min(left[3], right[3]) - max(left[1], right[1])
    gap = right[0] - left[2]
    return overlap > 0.55 * low and high < _ALIKE_HIGH * low and -0.8 * low < gap < _FARTHEST * low
