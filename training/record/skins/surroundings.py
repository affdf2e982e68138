"""Everything of a HUD that does not announce kills: gauges, map, crosshair, face camera, chat, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.record.skins.board import Banners
from training.record.skins.draw import Sprite, blank, over, panel, sprite, write
from training.record.skins.extras import Chat, FaceCam, Scoreboard, TeamList, watermark
from training.record.skins.grammar import Banner
from training.record.skins.look import Look, Words, pick
from training.record.skins.vitals import Compass, Crosshair, Gauges, Minimap, Pain

if TYPE_CHECKING:
    from training.record.skins.layer import Now

__all__ = ["Surroundings"]


class Surroundings:
    """Draws itself around the play; what a film has of it is drawn by seed."""

    def __init__(self, look: Look, random: np.random.Generator, gauges: Gauges, *, spectates: bool) -> None:
        extras = look.family.extras
        self._look, self._random = look, random
        self.pain = Pain(look, random)
        self._gauges, self._crosshair = gauges, Crosshair(look, random)
        self._caption = self._captioned(random) if spectates else None
        self._map = Minimap(look, random) if random.random() < extras.minimap else None
        self._compass = Compass(look, random) if random.random() < extras.compass else None
        self._cam = FaceCam(look, random) if random.random() < extras.facecam else None
        self._chat = Chat(look, random) if random.random() < extras.chat else None
        self._mark = watermark(look, random) if random.random() < extras.watermark else None
        self._team = TeamList(look, random) if random.random() < extras.team else None
        self._scores = Scoreboard(look, random)
        self._table: Sprite | None = None
        self._table_until_s, self._next_table_s = -1.0, float(random.uniform(15, 80))
        where = pick(random, (((0.5, 0.16),), ((0.5, 0.24),), ((0.5, 0.82),), ((0.24, 0.3),)))
        self._notes = Banners(
            Banner(at=where, size=(13, 20), anim=("fade", "slide", "pop"), back=("", "fade_left", "slant"), edge=1),
            look,
            random,
        )
        self._same_place = bool(random.random() < 0.5)

    def _captioned(self, random: np.random.Generator) -> tuple[Sprite, tuple[int, int]]:
        look = self._look
        word = pick(random, ("SPECTATING", "Spectating", "WATCHING", "NOW SPECTATING"))
        one_line = random.random() < 0.5
        first = write(f"{word} " if one_line else word, look.ink(look.px(15), title=True, edge=1))
        name = write(look.player, look.ink(look.px(17), look.palette.me, title=True, edge=1))
        wide = first.shape[1] + name.shape[1] if one_line else max(first.shape[1], name.shape[1])
        tall = max(first.shape[0], name.shape[0]) if one_line else first.shape[0] + name.shape[0]
        pad = look.px(14)
        image = panel(wide + 2 * pad, tall + look.px(4), (8, 10, 14), 0.6, pick(random, ("rect", "round", "slant")))
        text = blank(wide, tall)
        over(text, first, 0 if one_line else (wide - first.shape[1]) // 2, 0)
        over(text, name, first.shape[1] if one_line else (wide - name.shape[1]) // 2, tall - name.shape[0])
        over(image, text, pad, look.px(2))
        made = sprite(image)
        margin = (0, look.px(int(random.integers(8, 44))))
        free = look.layout.find((made.width, made.height), pick(random, (("bottom_centre",), ("top_centre",))), margin)
        return made, free or ((look.size[0] - made.width) // 2, look.px(4))

    def caption(self, picture: np.ndarray) -> None:
        """Whose play is watched, if it is watched."""
        if self._caption is not None:
            made, at = self._caption
            made.lay(picture, *at)

    def notice(self, text: str, words: Words, now_s: float, banners: Banners | None) -> None:
        """A banner that is not about a kill: in the kills' own place and letters in half of the films."""
        (banners if banners is not None and self._same_place else self._notes).notice(text, words, now_s)

    def play(self, picture: np.ndarray, now: Now, aim: tuple[float, float], *, shows_gauges: bool) -> None:
        """What is there only while one lives."""
        self.pain.draw(picture, now.health, now.time_s)
        self._crosshair.draw(picture, aim)
        if shows_gauges:
            self._gauges.draw(picture, now.health, now.ammo, now.weapon)
        if self._map is not None:
            self._map.draw(picture, now.at, now.heading_deg, now.enemies)
        if self._compass is not None:
            self._compass.draw(picture, now.heading_deg)
        if self._team is not None:
            self._team.draw(picture)
        self._notes.draw(picture, now.time_s)

    def table(self, picture: np.ndarray, now_s: float, kills: int, *, calm: bool) -> None:
        """The table of scores, now and then."""
        if calm and now_s >= self._next_table_s:
            self._next_table_s = now_s + float(self._random.uniform(25, 120))
            self._table_until_s = now_s + float(self._random.uniform(0.8, 2.5))
            self._table = self._scores.picture(kills)
        if self._table is not None and now_s < self._table_until_s:
            self._table.lay_centred(picture, self._look.size[0] / 2, self._look.size[1] * 0.48)

    def stream(self, picture: np.ndarray, now_s: float, excited: float) -> None:
        """What a stream lays over the game, whatever the game shows."""
        if self._chat is not None:
            self._chat.draw(picture, now_s)
        if self._cam is not None:
            self._cam.draw(picture, now_s, excited)
        if self._mark is not None:
            made, x, y = self._mark
            made.lay(picture, x, y, 0.6)
