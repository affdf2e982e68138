"""The kill feed: rows that come, stay a while, and fade."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.record.skins.draw import Sprite, blank, over, panel, place, sprite
from training.record.skins.grammar import Feed
from training.record.skins.look import Look, Words, compose, pick

__all__ = ["KillFeed"]

_FADE_S = 0.3


@dataclass(slots=True)
class _Row:
    sprite: Sprite
    born_s: float
    until_s: float
    y: float


class KillFeed:
    """Rows in a corner."""

    def __init__(self, feed: Feed, look: Look, random: np.random.Generator, *, own_stands_out: bool = True) -> None:
        self._look, self._feed = look, feed
        self._line = pick(random, feed.lines)
        self._newest_on_top = pick(random, feed.newest) == "top"
        self._back = pick(random, feed.back)
        self._own = pick(random, feed.own) if own_stands_out else "none"
        self._size = look.px(random.integers(feed.size[0], feed.size[1] + 1))
        self._hold_s = float(random.uniform(*feed.hold_s))
        self._alpha = float(random.uniform(0.5, 0.85))
        self._margin = (look.px(feed.margin[0]), look.px(feed.margin[1] + int(random.integers(0, 14))))
        self._slides = random.random() < 0.5
        self._edge = feed.edge
        self._rows: list[_Row] = []
        self._gap = look.px(int(random.integers(1, 4)))
        self._screen = (look.size[0], look.view_height)
        step = round(self._size * 1.3) + self._gap
        room = (look.px(250 if "{w}" not in self._line else 310), step * feed.rows)
        corners = [feed.corners[int(i)] for i in random.permutation(len(feed.corners))]
        areas = [(*place(corner, room, self._screen, self._margin), *room) for corner in corners]
        self._corner = corners[look.layout.best(areas)]

    def add(self, words: Words, now_s: float) -> None:
        """Somebody killed somebody."""
        own = "me" in (words.killer_side, words.victim_side)
        if self._feed.only_own and words.killer_side != "me":
            return
        made = sprite(self._made(replace(words, hs_word=self._feed.hs_word), own))
        self._rows.append(_Row(made, now_s, now_s + self._hold_s, -1.0))
        self._rows = self._rows[-self._feed.rows :]

    def _made(self, words: Words, own: bool) -> np.ndarray:
        look, palette = self._look, self._look.palette
        dark = not (look.light and self._back)
        colour = palette.text if dark or (own and self._own == "fill") else (24, 24, 28)
        if own and self._own == "colour":
            colour = palette.me
        text = compose(self._line, words, look, look.ink(self._size, colour, edge=self._edge, flat=not dark))
        if not self._back:
            return text
        pad = look.px(7)
        height = text.shape[0] + look.px(1)
        under = palette.mine if own and self._own == "fill" else palette.panel
        edge = (palette.foe if words.killer_side != "me" else palette.me) if own and self._own == "border" else None
        image = panel(text.shape[1] + 2 * pad, height, under, self._alpha, self._back, edge)
        if own and self._own == "bar":
            bar = blank(look.px(3), height)
            bar[:] = (*palette.me, 255)
            over(image, bar, 0, 0)
        over(image, text, pad, (height - text.shape[0]) // 2)
        return image

    def draw(self, picture: np.ndarray, now_s: float) -> None:
        """Lay the rows that are alive over the frame."""
        self._rows = [row for row in self._rows if now_s < row.until_s]
        rows = self._rows[::-1] if self._newest_on_top else self._rows
        total = sum(row.sprite.height + self._gap for row in rows)
        y = float(place(self._corner, (0, total), self._screen, self._margin)[1])
        for row in rows:
            row.y = y if row.y < 0 or not self._slides else row.y + (y - row.y) * 0.35
            x, _ = place(self._corner, (row.sprite.width, 0), self._screen, self._margin)
            opacity = min((row.until_s - now_s) / _FADE_S, (now_s - row.born_s) / 0.06 + 0.4)
            row.sprite.lay(picture, x, row.y, opacity)
            y += row.sprite.height + self._gap
