"""Parts that are not play: death screens, killcams, menus, loading screens, and replays of what was seen before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import cv2
import numpy as np

from training.record.skins.draw import blank, over, panel, sprite, write
from training.record.skins.extras import Scoreboard
from training.record.skins.look import Look, Words, compose, pick
from training.record.skins.names import TIPS
from training.record.skins.sounds import Wave

__all__ = ["DeathScreen", "Memory", "loading", "menu", "replay"]

Frame = tuple[np.ndarray, np.ndarray]
"""Picture uint8 [H, W, 3] and sound int16 [N, 2]."""


class Memory:
    """The last seconds of play. Every second picture is kept, and every sound."""

    def __init__(self, seconds: float, rate_hz: int) -> None:
        self._pictures: deque[np.ndarray] = deque(maxlen=round(seconds * rate_hz / 2))
        self._sounds: deque[np.ndarray] = deque(maxlen=round(seconds * rate_hz))
        self._count = 0

    def keep(self, picture: np.ndarray, sound: np.ndarray) -> None:
        if self._count % 2 == 0:
            self._pictures.append(picture.copy())
        self._count += 1
        self._sounds.append(sound)

    def replay(self) -> list[Frame]:
        """All that is kept, oldest first, at the pace it was played."""
        pictures, sounds = list(self._pictures), list(self._sounds)
        count = min(len(pictures) * 2, len(sounds))
        pictures, sounds = pictures[len(pictures) - count // 2 :], sounds[len(sounds) - count :]
        return [(pictures[min(i // 2, len(pictures) - 1)], sounds[i]) for i in range(count // 2 * 2)]


class DeathScreen:
    """What is seen between a death and the next life: the news, then a killcam if this film has them."""

    def __init__(self, look: Look, random: np.random.Generator, rate_hz: int, *, mirrors: bool) -> None:
        """`mirrors`: a killcam may be turned about, as no text is in it."""
        death = look.family.death
        self._look, self._random, self._rate_hz = look, random, rate_hz
        self._line, self._tint = pick(random, death.lines), pick(random, death.tint)
        self._word = pick(random, death.words)
        self.has_killcam = bool(random.random() < death.killcam)
        self._mirrored = bool(random.random() < 0.6) and mirrors
        self._strip = bool(random.random() < 0.6)
        heights = random.permutation([0.3, 0.42, 0.62, 0.75])
        room = (look.size[0] * 0.5, look.px(28))
        areas = [(look.size[0] * 0.25, float(at) * look.size[1] - room[1] / 2, *room) for at in heights]
        self._at = float(heights[look.layout.best(areas)])
        self._news_s = float(random.uniform(0.8, 1.4)) if self.has_killcam else 1.9
        self._shows_shot = bool(random.random() < 0.5)
        self._cam: list[Frame] = []
        self._tic = 0
        self._news = self._cam_sprite = None

    @property
    def tics(self) -> int:
        """How long the player stays dead."""
        return round(self._news_s * self._rate_hz) + len(self._cam) + 4

    @property
    def in_killcam(self) -> bool:
        """Whether the killcam runs in this tic."""
        return 0 <= self._tic - round(self._news_s * self._rate_hz) < len(self._cam)

    @property
    def strikes(self) -> bool:
        """Whether in this tic the killcam shows the shot that killed, with the marker and sound of a kill."""
        at = self._tic - round(self._news_s * self._rate_hz)
        return self._shows_shot and len(self._cam) > 0 and at == len(self._cam) - self._rate_hz // 2

    def begin(self, words: Words, memory: Memory) -> None:
        """The player has just died."""
        look = self._look
        self._tic = 0
        self._cam = memory.replay() if self.has_killcam and self._random.random() < 0.85 else []
        line = self._line
        ink = look.ink(look.px(24), title=True, edge=1)
        self._news = sprite(compose(line, words, look, ink))
        word = write(self._word, look.ink(look.px(20), title=True, edge=1))
        name = write(words.killer, look.ink(look.px(14), look.palette.foe, title=True, edge=1))
        canvas = blank(max(word.shape[1], name.shape[1]), word.shape[0] + name.shape[0])
        over(canvas, word, (canvas.shape[1] - word.shape[1]) // 2, 0)
        over(canvas, name, (canvas.shape[1] - name.shape[1]) // 2, word.shape[0])
        self._cam_sprite = sprite(canvas)

    def under(self, picture: np.ndarray, sound: np.ndarray) -> Frame:
        """What stands in for the play in this tic of the death; call once a tic."""
        self._tic += 1
        at = self._tic - round(self._news_s * self._rate_hz)
        if 0 <= at < len(self._cam):
            picture, sound = self._cam[at]
            picture = np.ascontiguousarray(picture[:, ::-1]) if self._mirrored else picture.copy()
            return self._toned(picture, "cam"), sound
        return self._toned(picture, self._tint), sound

    def _toned(self, picture: np.ndarray, tint: str) -> np.ndarray:
        if tint == "grey":
            grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            return cv2.convertScaleAbs(grey, alpha=0.75)
        if tint == "dark":
            return cv2.convertScaleAbs(picture, alpha=0.45)
        if tint == "red":
            return cv2.multiply(picture, (0.95, 0.4, 0.4, 0.0))
        return cv2.multiply(picture, (0.9, 0.95, 1.0, 0.0)) if self._mirrored else picture

    def draw(self, picture: np.ndarray) -> None:
        """The words over it."""
        across, down = self._look.size
        at = self._tic - round(self._news_s * self._rate_hz)
        if 0 <= at < len(self._cam):
            tall = round(down * 0.13)
            if self._strip:
                picture[:tall] = picture[:tall] // 4
                picture[-tall:] = picture[-tall:] // 4
            self._cam_sprite.lay_centred(picture, across / 2, tall / 2 + self._look.px(4))
        elif self._news is not None and self._tic > 8:
            self._news.lay_centred(picture, across / 2, down * self._at, min(1.0, (self._tic - 8) / 8))


def _ground(last: np.ndarray, look: Look, random: np.random.Generator) -> np.ndarray:
    """What lies behind a menu: the game, blurred and dark, or a plain gradient."""
    if random.random() < 0.55:
        return cv2.convertScaleAbs(cv2.GaussianBlur(last, (0, 0), look.px(6)), alpha=0.4)
    corners = random.integers(8, 90, size=(2, 3, 3)).astype(np.uint8)
    return cv2.resize(corners, look.size, interpolation=cv2.INTER_CUBIC)


_PAGES = ("SETTINGS", "PAUSED", "OPTIONS", "LOADOUT", "LOBBY", "MATCH SUMMARY", "CAREER", "SHOP")
_ENTRIES = (
    *("Resume", "Video", "Audio", "Controls", "Mouse sensitivity", "Field of view", "Leave match", "Crosshair"),
    *("Motion blur", "Language", "Show kill feed", "Hit marker sound", "Elimination effects", "Brightness", "Quit"),
    *("Primary weapon", "Headshots", "Kills 24", "Eliminations", "Deaths 11", "Accuracy", "Play again", "Invite"),
)


def menu(
    last: np.ndarray, look: Look, random: np.random.Generator, silence: np.ndarray, rate_hz: int, click: Wave
) -> Iterator[Frame]:
    """A pause, a settings page or a table of scores, for 2 to 6 s, with a pointer that wanders over it."""
    picture = _ground(last, look, random)
    title = sprite(write(pick(random, _PAGES), look.ink(look.px(26), title=True, edge=1)))
    title.lay(picture, look.px(40), look.px(22))
    if random.random() < 0.35:
        Scoreboard(look, random).picture(int(random.integers(0, 30))).lay_centred(
            picture, look.size[0] / 2, look.size[1] * 0.55
        )
        slots = [(look.px(60), look.px(320))]
    else:
        slots = _entries(picture, look, random)
    frames = round(float(random.uniform(2.0, 6.0)) * rate_hz)
    x, y = look.size[0] * 0.5, look.size[1] * 0.5
    goal = slots[0]
    sound = silence
    for index in range(frames):
        if index % 25 == 0:
            goal = pick(random, slots)
            sound = silence.copy()
            count = min(len(click), len(sound))
            sound[:count] += np.int16(click[:count, None] * 9000)
        x, y = x + (goal[0] - x) * 0.15, y + (goal[1] - y) * 0.15
        shown = picture.copy()
        tip = np.int32([(x, y), (x + look.px(9), y + look.px(9)), (x + look.px(3), y + look.px(12))])
        cv2.fillPoly(shown, [tip], (250, 250, 250), cv2.LINE_AA)
        yield shown, sound
        sound = silence


def _entries(picture: np.ndarray, look: Look, random: np.random.Generator) -> list[tuple[int, int]]:
    chosen = random.permutation(len(_ENTRIES))[: int(random.integers(5, 9))]
    boxed = random.random() < 0.6
    wide, step = look.px(190), look.px(30)
    slots = []
    for index, entry in enumerate(chosen):
        x, y = look.px(40), look.px(66) + index * step
        if boxed:
            sprite(panel(wide, look.px(24), (40, 44, 52), 0.8, "rect", (90, 95, 105))).lay(picture, x, y)
        text = sprite(write(_ENTRIES[entry], look.ink(look.px(14), edge=1)))
        text.lay(picture, x + look.px(10), y + look.px(12) - text.height / 2)
        if random.random() < 0.5:
            left, middle = x + wide + look.px(30), y + look.px(12)
            share = float(random.uniform(0.1, 0.9))
            cv2.line(picture, (left, middle), (left + look.px(120), middle), (90, 95, 100), look.px(2))
            cv2.line(
                picture, (left, middle), (left + round(look.px(120) * share), middle), look.palette.accent, look.px(3)
            )
        slots.append((x + wide // 2, y + look.px(12)))
    return slots


def loading(
    last: np.ndarray, look: Look, random: np.random.Generator, silence: np.ndarray, rate_hz: int
) -> Iterator[Frame]:
    """A loading screen of 1.5 to 4 s: a tip and a bar that fills."""
    picture = _ground(cv2.convertScaleAbs(last, alpha=1.4), look, random)
    word = pick(random, ("LOADING", "Loading...", "CONNECTING TO SERVER", "MATCH FOUND", "NEXT MAP"))
    sprite(write(word, look.ink(look.px(24), title=True, edge=1))).lay(picture, look.px(36), look.size[1] - look.px(92))
    tip = sprite(write(pick(random, TIPS), look.ink(look.px(13), edge=1)))
    tip.lay(picture, look.px(36), look.size[1] - look.px(56))
    frames = round(float(random.uniform(1.5, 4.0)) * rate_hz)
    x0, x1, y = look.px(36), look.size[0] - look.px(36), look.size[1] - look.px(26)
    for index in range(frames):
        shown = picture.copy()
        cv2.line(shown, (x0, y), (x1, y), (60, 62, 66), look.px(4))
        share = min((index / frames) ** 0.8, 1.0)
        cv2.line(shown, (x0, y), (x0 + round((x1 - x0) * share), y), look.palette.accent, look.px(4))
        yield shown, silence


def replay(frames: list[Frame], word: str, look: Look) -> Iterator[Frame]:
    """What was seen before, again, under a title."""
    title = sprite(write(word, look.ink(look.px(24), title=True, edge=1)))
    name = sprite(write(look.player, look.ink(look.px(15), look.palette.me, title=True, edge=1)))
    back = sprite(panel(title.width + look.px(30), title.height + name.height + look.px(8), (10, 10, 14), 0.7, "slant"))
    x, y = look.px(24), look.px(18)
    for picture, sound in frames:
        shown = picture.copy()
        back.lay(shown, x, y)
        title.lay(shown, x + look.px(15), y + look.px(3))
        name.lay(shown, x + look.px(15), y + look.px(3) + title.height)
        yield shown, sound
