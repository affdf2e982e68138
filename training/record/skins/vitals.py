"""Health, ammunition, crosshair, minimap, and what pain does to the picture's edges."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

import cv2
import numpy as np

from training.record.skins.draw import Colour, Sprite, blank, over, panel, sprite, tinted, write
from training.record.skins.icons import marker, sign
from training.record.skins.look import Look, pick

__all__ = ["Compass", "Crosshair", "Gauges", "Minimap", "Pain"]


class Gauges:
    """Health and ammunition where the family has them."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        self._look = look
        self._style = pick(random, look.family.vitals.style)
        self._tall = look.px(random.integers(5, 9))
        self._wide = look.px(random.integers(90, 150))
        self._size = look.px(random.integers(17, 25))
        self._left = bool(random.random() < 0.75)
        self._spare = int(random.integers(20, 200))
        self._gun = look.weapons["Shotgun"]
        self._full: Colour = pick(random, ((255, 255, 255), (90, 220, 120), look.palette.accent))
        self._cache: dict[tuple[object, ...], Sprite] = {}
        self._armor = self._most = float(random.choice((100.0, 50.0, 75.0)))
        self._was = 100.0
        width, height = look.px(130), look.px(34)
        if look.bar != "stretch":
            look.layout.take((0, look.view_height, look.size[0], look.size[1] - look.view_height))
        elif self._style != "none":
            look.layout.take((look.size[0] - look.px(100), look.size[1] - look.px(50), look.px(100), look.px(50)))
        if look.bar == "keep":
            return
        if self._style == "twin" or (self._style in ("bar", "chunks") and not self._left):
            look.layout.take((look.size[0] / 2 - width, look.size[1] - height, 2 * width, height))
        elif self._style != "none":
            corner = look.px(78 if self._style == "ring" else 40)
            look.layout.take((0, look.size[1] - corner, look.px(160 if self._style != "ring" else 78), corner))

    def _text(self, text: str, size: int, colour: Colour | None = None) -> Sprite:
        key = (text, size, colour)
        if key not in self._cache:
            if len(self._cache) > 300:
                self._cache.clear()
            self._cache[key] = sprite(write(text, self._look.ink(size, colour, title=True, edge=1)))
        return self._cache[key]

    def draw(self, picture: np.ndarray, health: float, ammo: float, weapon: str) -> None:
        """Lay them over the frame. The armour is the HUD's own: it wears down with the health and grows again."""
        armor = self._armor = float(np.clip(self._armor + 0.03 - max(self._was - health, 0), 0, self._most))
        self._was = health
        if self._style == "none":
            return
        look = self._look
        across, down = look.size
        health = float(np.clip(health, 0, 100))
        colour = look.palette.foe if health < 30 else self._full
        m = look.px(12)
        y = down - m - self._tall
        if self._style == "twin":
            x = (across - self._wide * 2) // 2
            self._bar(picture, x, y, self._wide * 2, health / 100, (90, 220, 90) if health >= 30 else colour)
            self._bar(picture, x, y - self._tall - look.px(3), self._wide * 2, armor / 100, (80, 170, 255))
            self._text(f"{health:.0f}", look.px(13)).lay(picture, x - look.px(26), y - look.px(8))
        elif self._style == "ring":
            centre = (look.px(44), down - look.px(44))
            cv2.ellipse(picture, centre, (look.px(28),) * 2, 135, 0, 270, (30, 30, 34), look.px(5), cv2.LINE_AA)
            cv2.ellipse(picture, centre, (look.px(28),) * 2, 135, 0, 2.7 * health, colour, look.px(4), cv2.LINE_AA)
            self._text(f"{health:.0f}", look.px(18), colour).lay_centred(picture, *centre)
        else:
            self._line(picture, y, health, armor, colour)
        self._ammo(picture, ammo, weapon)

    def _line(self, picture: np.ndarray, y: int, health: float, armor: float, colour: Colour) -> None:
        look = self._look
        x = look.px(14) if self._left else (look.size[0] - self._wide) // 2
        number = self._text(f"{health:.0f}", self._size if self._style == "digits" else look.px(15), colour)
        if self._style == "digits":
            y = look.size[1] - look.px(8) - number.height
            heart = self._icon("plus", round(self._size * 0.6), colour)
            heart.lay(picture, x, y + (number.height - heart.height) // 2)
            number.lay(picture, x + heart.width + look.px(4), y)
            guard = self._icon("shield", round(self._size * 0.6), look.palette.ally)
            guard.lay(picture, x + look.px(64), y + (number.height - guard.height) // 2)
            self._text(f"{armor:.0f}", self._size, look.palette.text).lay(picture, x + look.px(82), y)
            return
        number.lay(picture, x, y - number.height - look.px(1))
        if self._style == "chunks":
            count = 10
            wide = self._wide // count
            for index in range(count):
                share = np.clip(health / 10 - index, 0, 1)
                self._bar(picture, x + index * wide, y, wide - look.px(2), float(share), colour)
        else:
            self._bar(picture, x, y, self._wide, health / 100, colour)

    def _icon(self, name: str, tall: int, colour: Colour) -> Sprite:
        key = (name, tall, colour, "icon")
        if key not in self._cache:
            self._cache[key] = sprite(tinted(sign(name, tall), colour))
        return self._cache[key]

    def _bar(self, picture: np.ndarray, x: int, y: int, wide: int, share: float, colour: Colour) -> None:
        spot = picture[y : y + self._tall, x : x + wide]
        spot[:] = spot // 3
        spot[:, : round(wide * min(max(share, 0), 1))] = colour

    def _ammo(self, picture: np.ndarray, ammo: float, weapon: str) -> None:
        look = self._look
        word, drawn = look.weapons.get(weapon, self._gun)
        big = self._text(f"{max(ammo, 0):.0f}", self._size)
        small = self._text(f"/ {self._spare}", round(self._size * 0.6))
        right, bottom = look.size[0] - look.px(14), look.size[1] - look.px(8)
        small.lay(picture, right - small.width, bottom - small.height - look.px(2))
        big.lay(picture, right - small.width - big.width - look.px(3), bottom - big.height)
        if look.family.vitals.icons:
            gun = self._icon(drawn, look.px(11), look.palette.text)
            gun.lay(picture, right - gun.width, bottom - big.height - gun.height - look.px(2), 0.85)
        else:
            name = self._text(word, look.px(12))
            name.lay(picture, right - name.width, bottom - big.height - name.height)


class Crosshair:
    """Where one aims."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        shape = pick(random, look.family.extras.crosshair)
        colour = pick(random, ((255, 255, 255), (90, 255, 120), (80, 255, 255), (255, 240, 90)))
        size = look.px(random.integers(8, 16))
        self._sprite = (
            sprite(tinted(marker(shape, size, 1.4 * look.size[1] / 360, 0.3), colour, 0.9)) if shape else None
        )

    def draw(self, picture: np.ndarray, aim: tuple[float, float]) -> None:
        if self._sprite is not None:
            self._sprite.lay_centred(picture, *aim)


class Compass:
    """A strip at the top that turns with the player."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        self._look = look
        self._wide, tall = look.px(random.integers(150, 260)), look.px(16)
        self._per_deg = self._wide / float(random.uniform(100, 160))
        self._at = look.layout.find((self._wide, tall), ("top_centre", "bottom_centre"), (0, look.px(4)))
        marks = blank(round(self._per_deg * 720), tall)
        ink = look.ink(look.px(11), edge=1)
        for step in range(48):
            degrees = step * 15
            word = {0: "N", 90: "E", 180: "S", 270: "W"}.get(
                degrees % 360, str(degrees % 360) if step % 3 == 0 else "|"
            )
            text = write(word, ink)
            over(marks, text, round(degrees * self._per_deg) - text.shape[1] // 2, (tall - text.shape[0]) // 2)
        self._marks = sprite(marks)
        self._back = sprite(panel(self._wide, tall, (10, 12, 14), 0.45))

    def draw(self, picture: np.ndarray, heading_deg: float) -> None:
        """Heading is counter-clockwise from east."""
        if self._at is None:
            return
        x, y = self._at
        self._back.lay(picture, x, y)
        middle = round((((90 - heading_deg) % 360) + (360 if (90 - heading_deg) % 360 < 180 else 0)) * self._per_deg)
        start = max(middle - self._wide // 2, 0)
        part = slice(start, start + self._wide)
        Sprite(self._marks.colour[:, part], self._marks.cover[:, part]).lay(picture, x, y)


class Minimap:
    """A radar: the player's own way as its map, and the enemies near."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        self._look = look
        self._round = bool(random.random() < 0.5)
        self._turns = bool(random.random() < 0.6)
        self._side = look.px(random.integers(56, 84))
        self._range = float(random.uniform(900, 2000))
        anchor = pick(random, look.family.extras.minimap_at)
        room = (self._side, self._side)
        free = look.layout.find(room, (anchor, *look.family.extras.minimap_at), (look.px(10), look.px(10)))
        self._hidden = free is None
        self._x, self._y = free or (0, 0)
        ground = (30, 34, 40) if look.light else look.palette.panel
        shape = "pill" if self._round else "rect"
        made = panel(self._side, self._side, ground, float(random.uniform(0.45, 0.8)), shape, (120, 125, 130))
        self._ground = sprite(made)
        self._me = sprite(tinted(sign("arrow", look.px(7)), look.palette.me))
        self._seen = bool(random.random() < 0.6)
        self._trail: list[tuple[float, float]] = []

    def draw(
        self, picture: np.ndarray, at: tuple[float, float], heading_deg: float, enemies: Sequence[tuple[float, float]]
    ) -> None:
        """`at` is the player's place and `enemies` are other places, all in map units; heading is from east."""
        if self._hidden:
            return
        self._ground.lay(picture, self._x, self._y)
        if not self._trail or abs(self._trail[-1][0] - at[0]) + abs(self._trail[-1][1] - at[1]) > 80:
            self._trail = [*self._trail[-160:], at]
        turn = radians(90 - heading_deg) if self._turns else 0.0
        spot = picture[self._y : self._y + self._side, self._x : self._x + self._side]
        margin = 0.15 * self._side if self._round else 2
        points = np.clip(self._project(np.array([*self._trail, at]), at, turn), margin, self._side - margin)
        cv2.polylines(spot, [np.int32(points)], False, (150, 155, 160), self._look.px(5), cv2.LINE_AA)
        if self._seen and enemies:
            limit = self._side / 2 - 3
            for x, y in self._project(np.array(enemies), at, turn):
                away = np.hypot if self._round else np.maximum
                if away(abs(x - self._side / 2), abs(y - self._side / 2)) < limit:
                    cv2.circle(spot, (int(x), int(y)), self._look.px(2), self._look.palette.foe, -1, cv2.LINE_AA)
        middle = self._side // 2
        angle = radians(90 if self._turns else heading_deg)
        tip = (middle + round(cos(angle) * self._look.px(6)), middle - round(sin(angle) * self._look.px(6)))
        cv2.line(spot, (middle, middle), tip, self._look.palette.me, self._look.px(2), cv2.LINE_AA)
        cv2.circle(spot, (middle, middle), self._look.px(3), self._look.palette.me, -1, cv2.LINE_AA)

    def _project(self, points: np.ndarray, at: tuple[float, float], turn: float) -> np.ndarray:
        dx, dy = points[:, 0] - at[0], points[:, 1] - at[1]
        scale = self._side / 2 / self._range
        x = (dx * cos(turn) - dy * sin(turn)) * scale + self._side / 2
        y = self._side / 2 - (dx * sin(turn) + dy * cos(turn)) * scale
        return np.stack([x, y], axis=1)


class Pain:
    """Red edges after damage and at low health."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        self._strength = float(random.uniform(0.3, 0.8)) if random.random() < 0.8 else 0.0
        self._colour: Colour = pick(random, ((190, 0, 0), (255, 40, 20), (120, 0, 0)))
        self._low = bool(random.random() < 0.6)
        across, down = look.size
        x, y = np.meshgrid(np.linspace(-1, 1, across), np.linspace(-1, 1, down))
        self._edge = np.clip((np.maximum(x**2, y**2) * 0.7 + (x * y) ** 2 * 0.8 - 0.35) * 1.3, 0, 1)
        self._levels: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._pain = 0.0

    def hurt(self, amount: float) -> None:
        self._pain = min(self._pain + 0.25 + amount / 60, 1.0)

    def draw(self, picture: np.ndarray, health: float, now_s: float) -> None:
        """Darken and redden the edges in place."""
        self._pain = max(self._pain - 0.03, 0)
        low = 0.45 + 0.2 * sin(now_s * 6) if self._low and 0 < health < 30 else 0.0
        level = round(max(self._pain, low) * self._strength * 8)
        if level <= 0:
            return
        if level not in self._levels:
            cover = self._edge[..., None] * (level / 8)
            keep = np.repeat(np.round(255 * (1 - cover)), 3, axis=2).astype(np.uint8)
            self._levels[level] = keep, np.round(cover * np.array(self._colour)).astype(np.uint8)
        keep, add = self._levels[level]
        cv2.multiply(picture, keep, dst=picture, scale=1 / 255)
        cv2.add(picture, add, dst=picture)
