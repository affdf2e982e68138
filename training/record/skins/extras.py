"""What streams and games put around the play: face camera, chat, watermark, team list, scoreboard."""

from __future__ import annotations

from math import sin

import cv2
import numpy as np

from training.record.skins.draw import Ink, Sprite, blank, over, panel, sprite, write
from training.record.skins.fonts import Font
from training.record.skins.look import Look, pick
from training.record.skins.names import chat_line, tag

__all__ = ["Chat", "FaceCam", "Scoreboard", "TeamList", "watermark"]

_CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right", "middle_left", "middle_right")


def _shuffled(names: tuple[str, ...], random: np.random.Generator) -> list[str]:
    return [names[int(i)] for i in random.permutation(len(names))]


class FaceCam:
    """A person before a wall: head, eyes that blink, a mouth that talks, all of it ellipses."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        self._wide, self._tall = look.px(random.integers(84, 136)), look.px(random.integers(64, 92))
        margin = (look.px(int(random.integers(0, 12))), look.px(int(random.integers(0, 60))))
        free = look.layout.find((self._wide, self._tall), _shuffled(_CORNERS, random), margin)
        self._hidden = free is None
        self._x, self._y = free or (0, 0)
        wall = random.integers(20, 150, size=(3, 4, 3)).astype(np.uint8)
        self._wall = cv2.resize(wall, (self._wide, self._tall), interpolation=cv2.INTER_CUBIC)
        self._skin = tuple(int(v) for v in np.array([224, 172, 138]) * random.uniform(0.45, 1.1))
        self._hair = tuple(int(v) for v in random.integers(10, 120, 3))
        self._shirt = tuple(int(v) for v in random.integers(20, 200, 3))
        self._pace = float(random.uniform(0.6, 1.6))
        self._edge = pick(random, (None, look.palette.accent, (255, 255, 255)))
        self._still: np.ndarray | None = None
        self._next_s = -1.0

    def draw(self, picture: np.ndarray, now_s: float, excited: float) -> None:
        """Lay it over the frame; `excited` from 0 to 1 moves the head more."""
        if self._hidden:
            return
        if self._still is None or now_s >= self._next_s:
            self._still, self._next_s = self._person(now_s, excited), now_s + 1 / 12
        picture[self._y : self._y + self._tall, self._x : self._x + self._wide] = self._still[
            : picture.shape[0] - self._y, : picture.shape[1] - self._x
        ]

    def _person(self, t: float, excited: float) -> np.ndarray:
        image = self._wall.copy()
        t *= self._pace
        swing = 1 + 2 * excited
        x = self._wide / 2 + self._wide * 0.04 * swing * (sin(t * 1.3) + 0.5 * sin(t * 3.1))
        y = self._tall * 0.48 + self._tall * 0.02 * swing * sin(t * 2.3)
        head = (round(self._tall * 0.2), round(self._tall * 0.26))
        c = (round(x), round(y))
        body = (round(self._wide / 2), round(self._tall * 1.08))
        cv2.ellipse(image, body, (head[0] * 2, round(self._tall * 0.42)), 0, 0, 360, self._shirt, -1, cv2.LINE_AA)
        cv2.ellipse(
            image, (c[0], c[1] - head[1] // 4), (head[0] + 3, head[1] + 2), 0, 0, 360, self._hair, -1, cv2.LINE_AA
        )
        cv2.ellipse(image, c, head, 0, 0, 360, self._skin, -1, cv2.LINE_AA)
        blink = sin(t * 1.9) > 0.96
        for side in (-1, 1):
            eye = (c[0] + side * head[0] // 2, c[1] - head[1] // 6)
            cv2.ellipse(
                image, eye, (max(head[0] // 6, 1), 1 if blink else max(head[1] // 9, 1)), 0, 0, 360, (25, 20, 20), -1
            )
        talk = max(0.0, sin(t * 9) * sin(t * 0.8)) + 0.5 * excited
        cv2.ellipse(
            image,
            (c[0], c[1] + head[1] // 2),
            (head[0] // 3, 1 + round(head[1] * 0.16 * talk)),
            0,
            0,
            360,
            (90, 30, 35),
            -1,
        )
        if self._edge:
            cv2.rectangle(image, (0, 0), (self._wide - 1, self._tall - 1), self._edge, 2)
        return image


class Chat:
    """A column of messages, a stream's or the game's own."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        self._look, self._random = look, random
        self._font = pick(random, (look.font, Font("source"), Font("plex-thin")))
        self._size = look.px(random.integers(10, 13))
        self._rows = int(random.integers(4, 9))
        self._wide = look.px(random.integers(150, 220))
        tall = self._rows * (self._size + look.px(5))
        corners = _shuffled(("bottom_left", "middle_left", "middle_right", "top_left", "bottom_right"), random)
        free = look.layout.find((self._wide, tall), corners, (look.px(6), look.px(int(random.integers(30, 70)))), 0.04)
        self._hidden = free is None
        self._x, self._y = free or (0, 0)
        self._back = sprite(panel(self._wide, tall, (8, 8, 12), 0.55)) if random.random() < 0.4 else None
        self._pace_s = float(random.uniform(0.8, 4.0))
        self._lines: list[Sprite] = []
        self._next_s = 0.0

    def draw(self, picture: np.ndarray, now_s: float) -> None:
        """Lay it over the frame, with a new message when one is due."""
        if self._hidden:
            return
        if now_s >= self._next_s:
            self._next_s = now_s + float(self._random.exponential(self._pace_s)) + 0.2
            self._lines = [*self._lines, self._message()][-self._rows :]
        if self._back is not None:
            self._back.lay(picture, self._x, self._y)
        step = self._size + self._look.px(5)
        y = self._y + (self._rows - len(self._lines)) * step
        for line in self._lines:
            line.lay(picture, self._x + 3, y)
            y += step

    def _message(self) -> Sprite:
        colour = tuple(int(v) for v in self._random.integers(90, 256, 3))
        name = write(f"{tag(self._random)}: ", Ink(self._font, self._size, colour, shadow=True))
        says = write(chat_line(self._random), Ink(self._font, self._size, (235, 235, 235), shadow=True))
        line = blank(min(name.shape[1] + says.shape[1], self._wide), name.shape[0])
        over(line, name, 0, 0)
        over(line, says, name.shape[1], 0)
        return sprite(line)


def watermark(look: Look, random: np.random.Generator) -> tuple[Sprite, int, int] | None:
    """A channel's or clan's name, or the build's number, and where it is laid; None where there is no room."""
    name = tag(random)
    build, speed, ping = (int(random.integers(*span)) for span in ((100, 9999), (60, 240), (9, 70)))
    texts = (
        *(f"@{name}", f"live.tv/{name.lower()}", f"{name} HIGHLIGHTS", "CLOSED BETA  NOT FINAL"),
        *(f"v0.{build // 10}.{build}", f"FPS {speed}  PING {ping} ms"),
    )
    text = pick(random, texts)
    made = sprite(write(text, Ink(look.font, look.px(random.integers(10, 14)), (255, 255, 255), shadow=True)))
    corners = _shuffled((*_CORNERS, "bottom_centre", "top_centre"), random)
    free = look.layout.find((made.width, made.height), corners, (look.px(8), look.px(int(random.integers(2, 30)))))
    return (made, *free) if free else None


class TeamList:
    """Team mates with their health, at one side."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        rows = []
        for name in look.mates[: int(random.integers(2, 4))]:
            line = blank(look.px(96), look.px(24))
            text = write(name, look.ink(look.px(12), look.palette.ally, edge=1))
            over(line, text, 0, 0)
            wide = round(line.shape[1] * random.uniform(0.2, 1))
            line[-look.px(5) : -look.px(1), :] = (20, 20, 20, 150)
            line[-look.px(5) : -look.px(1), :wide] = (*look.palette.ally, 230)
            rows.append(line)
        canvas = blank(look.px(96), sum(row.shape[0] for row in rows))
        for index, line in enumerate(rows):
            over(canvas, line, 0, index * line.shape[0])
        self._sprite = sprite(canvas)
        size = (self._sprite.width, self._sprite.height)
        self._at = look.layout.find(size, ("bottom_left", "middle_left", "top_left"), (look.px(12), look.px(50)))

    def draw(self, picture: np.ndarray) -> None:
        if self._at is not None:
            self._sprite.lay(picture, *self._at, 0.9)


class Scoreboard:
    """A table of everyone, shown while a key is held."""

    def __init__(self, look: Look, random: np.random.Generator) -> None:
        self._look, self._random = look, random
        self._columns = pick(random, (("K", "D", "A"), ("SCORE", "KILLS", "DEATHS"), ("ELIMS", "DMG", "PING")))

    def picture(self, own_kills: int) -> Sprite:
        """The table, with the player's own row standing out."""
        look, random = self._look, self._random
        size = look.px(12)
        people = [look.player, *look.mates[:4], *look.foes[:5]]
        kills = [own_kills, *(int(v) for v in random.integers(0, max(own_kills, 4) + 8, len(people) - 1))]
        order = sorted(range(len(people)), key=lambda i: -kills[i])
        wide, step = look.px(330), size + look.px(7)
        canvas = panel(wide, step * (len(people) + 2), (20, 22, 26) if look.light else look.palette.panel, 0.85)
        head = look.ink(size, look.palette.accent, title=True, edge=1)
        for index, word in enumerate(self._columns):
            over(canvas, write(word, head), look.px(170 + 54 * index), look.px(2))
        for place_, i in enumerate(order):
            y = step * (place_ + 1) + look.px(4)
            colour = look.palette.me if i == 0 else (look.palette.ally if i < 5 else look.palette.foe)
            ink = look.ink(size, colour, edge=1)
            over(canvas, write(people[i], ink), look.px(14), y)
            for index, value in enumerate((kills[i], int(random.integers(0, 20)), int(random.integers(0, 60)))):
                over(canvas, write(str(value), ink), look.px(176 + 54 * index), y)
        return sprite(canvas)
