"""Where a game prints: learned from the lines that said something, as a few rectangles of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiditor.detect.hud.ocr import Box
from aiditor.detect.hud.rules import Zone

__all__ = ["Places", "covers", "pixels"]

_MOST = 5
_MOST_AREA, _MOST_EACH = 0.5, 0.3
"""Shares of the picture: of all rectangles together, and of each. Larger ones save nothing."""
Rect = tuple[float, float, float, float]
"""Left, top, right, bottom in shares of the picture."""


@dataclass(slots=True)
class _Known:
    rect: Rect
    hits: int
    line: float
    """Height of the lowest line seen there, as a share of the picture's height."""


class Places:
    """Rectangles to look at. They grow as lines are found at their rims, and are merged where they meet."""

    def __init__(self, given: Sequence[Zone] = ()) -> None:
        self._known = [_Known((z.left, z.top, z.right, z.bottom), 1, 0.04) for z in given]

    def __bool__(self) -> bool:
        return bool(self._known)

    @property
    def rects(self) -> tuple[Rect, ...]:
        """Those worth looking at, the most fruitful first."""
        kept: list[Rect] = []
        for known in sorted(self._known, key=lambda k: -k.hits)[:_MOST]:
            if not kept or sum(_area(rect) for rect in kept) + _area(known.rect) <= _MOST_AREA:
                kept.append(known.rect)
        return tuple(kept)

    @property
    def line(self) -> float:
        """Height of the lowest line that says something, as a share of the picture's height."""
        return min((known.line for known in self._known), default=0.045)

    def add(self, rect: Rect, rows: bool) -> bool:
        """A line that said something stood there; above and below it others of a feed (`rows`) may come.

        Returns whether the line ran out of the rectangle that was looked at, so that it is worth looking again.
        """
        left, top, right, bottom = rect
        high, wide = bottom - top, right - left
        for known in self._known:
            if covers(known.rect, rect):
                known.hits += 1
                known.line = min(known.line, high)
                spare = 1.5 * high if rows else 0.5 * high
                edge = 0.15 * high
                cut_left = known.rect[0] > 0.0 and left - known.rect[0] < edge
                cut_right = known.rect[2] < 1.0 and known.rect[2] - right < edge
                grown = self._grow(
                    known,
                    (
                        *(left - 0.4 * wide if cut_left else left, top - spare),
                        *(right + 0.4 * wide if cut_right else right, bottom + spare),
                    ),
                )
                return grown and (cut_left or cut_right)
        up = min(3.0 if rows else 1.0, 0.12 / high)
        side = min(max((0.5 if rows else 0.3) * wide, 0.05), 0.15)
        near_left, near_right = left < 0.2, right > 0.8
        fresh = _Known(
            (
                max(0.0, 0.0 if near_left else left - side),
                max(0.0, top - up * high),
                min(1.0, 1.0 if near_right else right + side),
                min(1.0, bottom + up * high),
            ),
            1,
            high,
        )
        self._known.append(fresh)
        self._merge()
        return False

    def _grow(self, known: _Known, rect: Rect) -> bool:
        a = known.rect
        grown = (
            *(max(0.0, min(a[0], rect[0])), max(0.0, min(a[1], rect[1]))),
            *(min(1.0, max(a[2], rect[2])), min(1.0, max(a[3], rect[3]))),
        )
        if grown == a or _area(grown) > _MOST_EACH:
            return False
        known.rect = grown
        self._merge()
        return True

    def _merge(self) -> None:
        merged = True
        while merged:
            merged = False
            for i, one in enumerate(self._known):
                for other in self._known[i + 1 :]:
                    union = _union(one.rect, other.rect)
                    both = _area(one.rect) + _area(other.rect) - _area(_meet(one.rect, other.rect))
                    if _area(union) <= 0.03 or (_area(union) <= 1.2 * both and _area(union) <= _MOST_EACH):
                        one.rect, one.hits = union, one.hits + other.hits
                        one.line = min(one.line, other.line)
                        self._known.remove(other)
                        merged = True
                        break
                if merged:
                    break


def covers(area: Rect, rect: Rect) -> bool:
    """Whether the middle of `rect` and most of it lie in `area`."""
    wide = min(area[2], rect[2]) - max(area[0], rect[0])
    high = min(area[3], rect[3]) - max(area[1], rect[1])
    return wide > 0.9 * (rect[2] - rect[0]) and high > 0.7 * (rect[3] - rect[1])


def pixels(rect: Rect, width: int, height: int) -> Box:
    """The rectangle in pixels of a picture."""
    return (
        *(int(rect[0] * width), int(rect[1] * height)),
        *(min(int(rect[2] * width + 0.999), width), min(int(rect[3] * height + 0.999), height)),
    )


def _area(rect: Rect) -> float:
    return max(rect[2] - rect[0], 0.0) * max(rect[3] - rect[1], 0.0)


def _meet(a: Rect, b: Rect) -> Rect:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _union(a: Rect, b: Rect) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
