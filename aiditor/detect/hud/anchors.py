"""Words that always look the same: the player's name in the feed, "eliminated" in a banner.

Once read, they are found in later pictures by their looks in a millisecond or two, and only the lines that hold them
are read. That is what makes reading fit into a hundredth of the recording's length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from aiditor.detect.hud.lines import likeness
from aiditor.detect.hud.scan import RIM
from aiditor.detect.hud.tracks import Seen
from aiditor.detect.hud.words import skeleton
from aiditor.detect.hud.zones import Rect, covers

__all__ = ["Anchors", "find_line"]

_PRESENT = 0.6
"""Likeness from which a line is there: between 0.65 (faded to half) and 0.3 (no text at all)."""
_HIT, _SHORT_HIT = 0.6, 0.72
"""The same for a word; short ones look like much."""
_SHORT = 5
_MARGIN, _SUREST = 0.03, 0.85
"""What was another word after all must be surpassed by so much from then on, but no more is ever asked than this."""
_EXEMPLARS = 2
_MOST = 8
_ROWS = 4
"""So many lines with the same word are looked for in one picture."""


@dataclass(slots=True, eq=False)
class _Anchor:
    word: str
    letters: np.ndarray
    home: Rect
    tells: bool
    """Whether it is of a line that tells of the player's kill by itself: "you fragged"."""
    least: float
    """Likeness from which it is a hit."""
    right: int = 1
    wrong: int = 0

    @property
    def trusted(self) -> bool:
        return self.wrong < 4 or self.wrong < 2 * self.right


class Anchors:
    """The words known so far, each with what its letters look like."""

    def __init__(self) -> None:
        self._known: list[_Anchor] = []
        self._hit: list[tuple[Rect, _Anchor, float]] = []

    def __bool__(self) -> bool:
        return any(anchor.trusted for anchor in self._known)

    def confirmed(self, zones: Sequence[Rect]) -> bool:
        """Whether in every zone a word is known that has proved right."""
        proved = [anchor.home for anchor in self._known if anchor.trusted and anchor.right >= 2]
        return bool(zones) and all(any(covers(zone, home) for home in proved) for zone in zones)

    def homes(self, zones: Sequence[Rect]) -> tuple[Rect, ...]:
        """The zones in which words are known."""
        return tuple(zone for zone in zones if any(a.trusted and covers(zone, a.home) for a in self._known))

    def learn(self, seen: Seen, span: tuple[int, int], *, tells: bool = False) -> None:
        """Keep the looks of the characters `span` (from, to) of a line's text; `tells` as for an anchor."""
        line = seen.line
        word = skeleton(line.text[span[0] : span[1]])
        if line.mark is None or not line.at or line.confidence < 0.85 or len(word) < 3:
            return
        alike = [anchor for anchor in self._known if anchor.word == word and covers(_around(anchor.home), seen.rect)]
        if len(alike) >= _EXEMPLARS or (not alike and sum(a.trusted for a in self._known) >= _MOST):
            return
        letters = _columns(seen, span)
        if letters is not None:
            self._known.append(_Anchor(word, letters, seen.rect, tells, _SHORT_HIT if len(word) < _SHORT else _HIT))

    def hits(self, marks: np.ndarray, zones: Sequence[Rect]) -> list[Rect]:
        """Where the words stand in a picture's `mark`: shares of the picture, one for each line that holds one.

        Those that tell of the player's kill by themselves come first.
        """
        self._hit = []
        for anchor in sorted(self._known, key=lambda anchor: not anchor.tells):
            zone = next((zone for zone in zones if covers(zone, anchor.home)), None)
            if not anchor.trusted or zone is None:
                continue
            for rect, score in _search(anchor, marks, zone):
                if not any(_level(rect, other) for other, _, _ in self._hit):
                    self._hit.append((rect, anchor, score))
        return [rect for rect, _, _ in self._hit]

    def judge(self, rect: Rect, text: str) -> None:
        """Tell what the line at one of the last hits reads, "" where nothing was said there.

        A name that is alike is another's row, which would be read in vain again: from then on a hit must be better.
        """
        for other, anchor, score in self._hit:
            if other == rect:
                right = anchor.word in skeleton(text)
                anchor.right += right
                anchor.wrong += not right and not text
                if text and not right:
                    anchor.least = max(anchor.least, min(score + _MARGIN, _SUREST))


def find_line(seen: Seen, marks: np.ndarray) -> Rect | None:
    """Where a known line stands now, not far above or below where it stood; None where it is gone."""
    if seen.line.mark is None:
        return None
    height, width = marks.shape
    left, top, right, bottom = seen.rect
    slack = max(6 * (bottom - top), 0.08)
    x0, x1 = max(int(left * width) - 8, 0), int(right * width) + 8
    y0, y1 = max(int((top - slack) * height), 0), int((bottom + slack) * height)
    score, down = likeness(seen.line.mark, marks[y0:y1, x0:x1])
    if score < _PRESENT:
        return None
    moved = (y0 + down - RIM * (bottom - top) * height) / height - top
    return left, top + moved, right, bottom + moved


def _around(rect: Rect) -> Rect:
    return max(rect[0] - 0.3, 0.0), max(rect[1] - 0.2, 0.0), rect[2] + 0.3, rect[3] + 0.2


def _level(one: Rect, other: Rect) -> bool:
    """Whether two words stand in the same line."""
    return abs(one[1] + one[3] - other[1] - other[3]) / 2 < 0.6 * min(one[3] - one[1], other[3] - other[1])


def _columns(seen: Seen, span: tuple[int, int]) -> np.ndarray | None:
    """The part of a line's mark under some of its characters; None where it is too small to be known again."""
    mark, at = seen.line.mark, seen.line.at
    if mark is None or len(at) < span[1]:
        return None
    usual = float(np.median(np.diff(at))) if len(at) > 1 else 0.0
    wide, high = seen.line.box[2] - seen.line.box[0], seen.line.box[3] - seen.line.box[1]
    rim = RIM * high / max(wide, 1)
    inside = max(1.0 - 2 * rim, 0.05)
    low, up = ((place - rim) / inside for place in (at[span[0]] - 0.6 * usual, at[span[1] - 1] + 0.6 * usual))
    columns = mark[:, max(round(low * mark.shape[1]), 0) : max(round(up * mark.shape[1]), 0)]
    return columns.copy() if columns.shape[1] >= 1.5 * columns.shape[0] and columns.shape[0] >= 4 else None


def _search(anchor: _Anchor, marks: np.ndarray, zone: Rect) -> list[tuple[Rect, float]]:
    height, width = marks.shape
    x0, y0 = int(zone[0] * width), int(zone[1] * height)
    where = marks[y0 : int(zone[3] * height + 1), x0 : int(zone[2] * width + 1)]
    high, wide = anchor.letters.shape
    if where.shape[0] < high or where.shape[1] < wide:
        return []
    scores = cv2.matchTemplate(where, anchor.letters, cv2.TM_CCOEFF_NORMED)
    found = []
    for _ in range(_ROWS):
        _, best, _, (left, top) = cv2.minMaxLoc(scores)
        if not best >= anchor.least:
            break
        right, bottom = (x0 + left + wide) / width, (y0 + top + high) / height
        found.append((((x0 + left) / width, (y0 + top) / height, right, bottom), float(best)))
        scores[max(top - high // 2, 0) : top + high // 2 + 1] = -1.0
    return found
