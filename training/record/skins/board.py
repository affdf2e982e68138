"""What is announced: banners, points, medals and hit markers, each a sprite with a short life of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.record.skins.draw import Sprite, blank, over, panel, row, sprite, tinted, write
from training.record.skins.grammar import Banner, Marker, Medal, Points
from training.record.skins.icons import marker, medal, sign
from training.record.skins.look import Look, Words, compose, pick

__all__ = ["Banners", "HitMarker", "Medals", "Score"]


@dataclass(slots=True)
class _Shown:
    sprite: Sprite
    x: float
    y: float
    born_s: float
    until_s: float
    anim: str = "pop"

    def draw(self, picture: np.ndarray, now_s: float, unit: float) -> None:
        age, left = now_s - self.born_s, self.until_s - now_s
        opacity = min(1.0, left / 0.25)
        x, y, shape = self.x, self.y, self.sprite
        if self.anim == "pop" and age < 0.12:
            shape = shape.scaled(1.45 - 3.7 * age)
        elif self.anim == "slide":
            x -= 60 * unit * max(0.0, 1 - age / 0.15)
        elif self.anim == "rise":
            y -= 14 * unit * age
        if self.anim in ("fade", "slide", "rise"):
            opacity = min(opacity, 0.15 + age / 0.15)
        shape.lay_centred(picture, x, y, opacity)


def _free(
    places: Sequence[tuple[float, float]], size: tuple[float, float], look: Look, random: np.random.Generator
) -> tuple[float, float]:
    """The one of the places (shares of the picture) where a thing of that size covers least."""
    order = [places[int(i)] for i in random.permutation(len(places))]
    across, down = look.size
    areas = [(x * across - size[0] / 2, y * down - size[1] / 2, *size) for x, y in order]
    return order[look.layout.best(areas)]


class _Board:
    """Sprites that live a while at one place."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._shown: list[_Shown] = []

    def clear(self) -> None:
        self._shown = []

    def show(self, made: Sprite, at: tuple[float, float], now_s: float, hold_s: float) -> None:
        """Let it rise from there."""
        self._shown = [*self._shown[-5:], _Shown(made, *at, now_s, now_s + hold_s, "rise")]

    def draw(self, picture: np.ndarray, now_s: float) -> None:
        """Lay what is alive over the frame."""
        self._shown = [shown for shown in self._shown if now_s < shown.until_s]
        for shown in self._shown:
            shown.draw(picture, now_s, self._look.size[1] / 360)


class Banners(_Board):
    """Words in the middle of the picture."""

    def __init__(self, banner: Banner, look: Look, random: np.random.Generator) -> None:
        super().__init__(look)
        self._banner = banner
        self._line, self._under = pick(random, banner.lines), pick(random, banner.under)
        self._headshot, self._assist = pick(random, banner.headshot), pick(random, banner.assist)
        self._size = look.px(random.integers(banner.size[0], banner.size[1] + 1))
        self._at = _free(banner.at, (self._size * 13, self._size * 2.4), look, random)
        self._hold_s = float(random.uniform(*banner.hold_s))
        self._anim, self._back, self._sign = (
            pick(random, banner.anim),
            pick(random, banner.back),
            pick(random, banner.sign),
        )
        self._streaks = random.random() < 0.8

    def kill(self, words: Words, now_s: float) -> None:
        """Announce an own kill."""
        streak = self._banner.streak.get(words.count, "") if self._streaks else ""
        under = self._headshot if words.headshot and self._headshot else self._under
        lines = [self._line, under]
        if streak:
            lines = [streak, self._line]
        self._put([line for line in lines if line], words, now_s, self._sign)

    def assist(self, words: Words, now_s: float) -> None:
        """Announce an assist, if this skin does."""
        if self._assist:
            self._put([self._assist], words, now_s, "", 0.8)

    def notice(self, text: str, words: Words, now_s: float) -> None:
        """Anything else, in the same letters."""
        self._put([text], words, now_s, "")

    def _put(self, lines: list[str], words: Words, now_s: float, drawn: str, share: float = 1.0) -> None:
        look, size = self._look, round(self._size * share)
        light = not (look.light and self._back)
        made = []
        for index, line in enumerate(lines):
            colour = (look.palette.text if light else (24, 24, 28)) if index == 0 else look.palette.accent
            ink = look.ink(
                size if index == 0 else round(size * 0.72), colour, title=True, edge=self._banner.edge, flat=not light
            )
            image = compose(line, words, look, ink)
            if index == 0 and drawn:
                image = row([tinted(sign(drawn, round(size * 0.9)), look.palette.foe), image], look.px(4))
            made.append(image)
        width = max(image.shape[1] for image in made)
        pad = look.px(12) if self._back else 0
        height = sum(image.shape[0] for image in made)
        canvas = blank(width, height)
        if self._back:
            canvas = panel(width + 2 * pad, height + look.px(4), look.palette.panel, 0.72, self._back)
        y = look.px(2) if self._back else 0
        for image in made:
            over(canvas, image, pad + (width - image.shape[1]) // 2, y)
            y += image.shape[0]
        across, down = look.size
        half = canvas.shape[1] / 2 + look.px(6)
        x = min(max(self._at[0] * across, half), across - half) if canvas.shape[1] < across else across / 2
        if self._banner.stack:
            self._shown = self._shown[-2:]
            for shown in self._shown:
                shown.y -= canvas.shape[0]
        else:
            self._shown = []
        self._shown.append(_Shown(sprite(canvas), x, self._at[1] * down, now_s, now_s + self._hold_s, self._anim))


class Score(_Board):
    """ "+100", rising or piling up."""

    def __init__(self, points: Points, look: Look, random: np.random.Generator) -> None:
        super().__init__(look)
        self._points = points
        self._line = pick(random, points.lines)
        self.worth = int(pick(random, points.worth))
        self._size = look.px(random.integers(points.size[0], points.size[1] + 1))
        self._at = _free(points.at, (self._size * 6, self._size * 2.4), look, random)
        self._hold_s = float(random.uniform(1.0, 1.8))
        self._colour = pick(random, (look.palette.text, look.palette.accent, look.palette.me))

    def kill(self, words: Words, now_s: float) -> None:
        """Points for a kill, and for what was special about it."""
        words = replace(words, points=self.worth)
        self._put(self._line, words, now_s, 1.0)
        if words.headshot and "headshot" in self._points.extra:
            self._put(self._points.extra["headshot"], words, now_s, 0.75)
        if words.streak and "streak" in self._points.extra:
            self._put(self._points.extra["streak"], words, now_s, 0.75)

    def assist(self, words: Words, now_s: float) -> None:
        if "assist" in self._points.extra:
            self._put(self._points.extra["assist"], words, now_s, 0.75)

    def other(self, text: str, words: Words, now_s: float) -> None:
        """Points for anything but a kill."""
        self._put(text, words, now_s, 0.8)

    def _put(self, line: str, words: Words, now_s: float, share: float) -> None:
        look = self._look
        image = compose(line, words, look, look.ink(round(self._size * share), self._colour, title=True, edge=1))
        for shown in self._shown:
            shown.y -= image.shape[0] if self._points.rise else -image.shape[0]
        x, y = self._at[0] * look.size[0], self._at[1] * look.size[1]
        centred = abs(self._at[0] - 0.5) < 0.01
        x += 0 if centred else (image.shape[1] / 2 if self._at[0] > 0.5 else -image.shape[1] / 2)
        anim = "rise" if self._points.rise else "pop"
        self._shown = [*self._shown[-3:], _Shown(sprite(image), x, y, now_s, now_s + self._hold_s, anim)]


class Medals(_Board):
    """Drawn badges."""

    def __init__(self, medals: Medal, look: Look, random: np.random.Generator) -> None:
        super().__init__(look)
        self._medal = medals
        self._shape, self._sign = pick(random, medals.shapes), pick(random, medals.signs)
        self._size = look.px(random.integers(medals.size[0], medals.size[1] + 1))
        self._at = _free(medals.at, (self._size * 1.4, self._size * 1.3), look, random)
        self._hold_s = float(random.uniform(1.2, 2.2))

    def kill(self, words: Words, now_s: float) -> None:
        """A badge, with a tick for every kill in a row."""
        if words.count < 2 and not (self._medal.every or words.headshot):
            return
        palette, look = self._look.palette, self._look
        drawn = "headshot" if words.headshot else self._sign
        badge = medal(self._shape, drawn, self._size, palette.mine, palette.accent)
        ticks = min(words.count, 5) if words.count > 1 else 0
        canvas = blank(max(badge.shape[1], ticks * look.px(8)), badge.shape[0] + look.px(8))
        over(canvas, badge, (canvas.shape[1] - badge.shape[1]) // 2, 0)
        for index in range(ticks):
            x = canvas.shape[1] // 2 - ticks * look.px(4) + index * look.px(8)
            over(canvas, tinted(sign("diamond", look.px(7)), palette.accent), x, badge.shape[0])
        self._shown = [
            _Shown(
                sprite(canvas),
                self._at[0] * look.size[0],
                self._at[1] * look.size[1],
                now_s,
                now_s + self._hold_s,
                "pop",
            )
        ]


class HitMarker:
    """A sign at the crosshair for a hit, another for a kill; in some films the damage in figures."""

    def __init__(self, mark: Marker, look: Look, random: np.random.Generator) -> None:
        size = look.px(random.integers(mark.size[0], mark.size[1] + 1))
        self._hit = self._made(pick(random, mark.hit), size, mark.thick, pick(random, mark.hit_colour), look)
        kill_size = round(size * mark.grow)
        self._kill = self._made(
            pick(random, mark.kill), kill_size, mark.thick * 1.2, pick(random, mark.kill_colour), look
        )
        self._kill_s = mark.kill_s
        self._numbers = _Board(look) if random.random() < mark.numbers else None
        self._random, self._look, self._size = random, look, look.px(random.integers(12, 17))
        self._colour = pick(random, ((255, 255, 255), (255, 220, 90), (120, 210, 255)))
        self._each = int(random.integers(6, 40))
        self._hit_until = self._kill_until = -1.0

    @staticmethod
    def _made(shape: str, size: int, thick: float, colour: tuple[int, int, int], look: Look) -> Sprite:
        mask = marker(shape, size, thick * look.size[1] / 360)
        image = blank(size + 2, size + 2)
        over(image, tinted(mask, (0, 0, 0), 0.6), 2, 2)
        over(image, tinted(mask, colour), 1, 1)
        return sprite(image)

    def clear(self) -> None:
        self._hit_until = self._kill_until = -1.0
        if self._numbers is not None:
            self._numbers.clear()

    def hit(self, now_s: float, count: int, aim: tuple[float, float]) -> None:
        """`count` shots or pellets landed."""
        self._hit_until = now_s + 0.16
        if self._numbers is not None:
            ink = self._look.ink(self._size, self._colour, title=True, edge=1)
            aside = self._random.uniform(-1, 1, 2) * self._look.px(16)
            self._numbers.show(
                sprite(write(str(count * self._each), ink)),
                (aim[0] + self._look.px(24) + aside[0], aim[1] - self._look.px(14) + aside[1]),
                now_s,
                0.7,
            )

    def kill(self, now_s: float) -> None:
        self._kill_until = now_s + self._kill_s

    def draw(self, picture: np.ndarray, now_s: float, aim: tuple[float, float]) -> None:
        if self._numbers is not None:
            self._numbers.draw(picture, now_s)
        if now_s < self._kill_until:
            left = self._kill_until - now_s
            shape = self._kill if left < self._kill_s - 0.06 else self._kill.scaled(1.3)
            shape.lay_centred(picture, *aim, min(1.0, left / 0.15))
        elif now_s < self._hit_until:
            self._hit.lay_centred(picture, *aim, min(1.0, (self._hit_until - now_s) / 0.08))
