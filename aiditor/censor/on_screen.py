"""Where in lines of on-screen text the words and names stand that are to go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.censor.finder import Finder

__all__ = ["Line", "Look", "Spot", "spots"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture that was looked at."""
_BESIDE, _ABOVE = 0.22, 0.03
"""Margins around a word, in heights of its line: what the reader says of places is true to a seventh of one."""
_TOKEN = re.compile(r"[^\s\[\](){}<>:：,;|]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read. `at` is the middle of each character of `text`, as a share of the box's width."""

    box: Box
    text: str
    confidence: float
    at: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """All lines of the frame at `t_s` of the source."""

    t_s: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A word or name that is to go, where it stood at `t_s`."""

    t_s: float
    box: Box
    """With its margins."""
    line: Box
    """The line that it stands in."""
    what: str
    """"word" or "name"."""
    text: str


def spots(
    look: Look, finder: Finder | None, names: Sequence[str] = (), same: Callable[[str, str], bool] = str.__eq__
) -> Iterator[Spot]:
    """What `finder` finds in the lines of a look, and each of `names`, compared with what was read by `same`."""
    for line in look.lines:
        # Where more than a space was, the finder must not see one phrase.
        places = [("word", match.start, match.stop) for match in (finder.find(line.text) if finder else ())]
        places += [("name", start, stop) for start, stop in _named(line.text, names, same)]
        for what, start, stop in places:
            yield Spot(look.t_s, _word_box(line, start, stop), line.box, what, line.text[start:stop])


def _named(text: str, names: Sequence[str], same: Callable[[str, str], bool]) -> Iterator[tuple[int, int]]:
    tokens = list(_TOKEN.finditer(text))
    for name in names:
        many = max(len(name.split()), 1)
        for first in range(len(tokens) - many + 1):
            start, stop = tokens[first].start(), tokens[first + many - 1].end()
            if same(text[start:stop], name):
                yield start, stop


def _word_box(line: Line, start: int, stop: int) -> Box:
    """Characters [start, stop) of a line with their margins, which end before the letters on either side."""
    left, top, right, bottom = line.box
    wide, high = right - left, bottom - top
    x = [left + at * wide for at in line.at]
    half = float(np.median(np.diff(x))) / 2 if len(x) > 1 else wide / 2
    low = max(x[start] - half, left) - _BESIDE * high
    high_x = min(x[stop - 1] + half, right) + _BESIDE * high
    if start > 0 and line.text[start - 1].isspace():
        low = max(low, x[start - 1])
    if stop < len(x) and line.text[stop].isspace():
        high_x = min(high_x, x[stop])
    return low, top - _ABOVE * high, high_x, bottom + _ABOVE * high
