"""A film of a game that does not exist: its chat scrolls, its feed fades, and where each word stands is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from media_factory import make_clip
from PIL import Image, ImageDraw, ImageFont

__all__ = ["CHAT", "FEED", "FPS", "SECONDS", "SIZE", "Standing", "make_film", "picture", "standing"]

SIZE, FPS, SECONDS = (1280, 720), 30, 6.0
CHAT = (
    (-9.0, "Quill: nice class mate"),
    (-8.0, "Tarn: off to Scunthorpe"),
    (0.5, "Brisk: what the fuck was that"),
    (1.2, "Quill: a cocktail for you"),
    (1.9, "Tarn: holy shit that shot"),
    (2.6, "Quill: first class again"),
    (3.3, "Brisk: passing the assets"),
    (3.9, "Tarn: this is bullshit lads"),
    (4.6, "Quill: see you in Penistone"),
)
"""When each line comes, and what it says. Four are shown; those above move up in 0.15 s, and out at the top at once."""
FEED = ((0.8, "Zorvex killed Mirelda"), (2.2, "Mirelda killed Okonda"), (3.6, "Okonda killed Zorvex"))
PROFANE = {"fuck", "shit", "bullshit"}
NAMES = {"zorvex", "mirelda", "okonda", "quill", "tarn", "brisk"}
_SHOWN, _PITCH, _LEFT, _BOTTOM, _MOVE_S = 4, 30, 40, 640, 0.15
_FADE_IN_S, _STAY_S, _FADE_OUT_S = 0.2, 1.6, 0.4
_FONT = Path(__file__).resolve().parents[2] / "aiditor" / "render" / "fonts" / "DejaVuSans-Bold.ttf"


@dataclass(frozen=True)
class Standing:
    """A word in one frame: its ink's box in pixels, and how opaque it is."""

    word: str
    box: tuple[float, float, float, float]
    alpha: float
    profane: bool
    name: bool


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), 20)


@lru_cache(maxsize=1)
def _world() -> np.ndarray:
    random = np.random.default_rng(7)
    wide = np.zeros((SIZE[1], SIZE[0] * 2, 3), np.float32)
    for cell, gain in ((160, 45.0), (50, 30.0), (14, 16.0), (4, 6.0)):
        rough = random.normal(0, 1, (SIZE[1] // cell + 2, SIZE[0] * 2 // cell + 2, 3)).astype(np.float32)
        wide += gain * cv2.resize(rough, (SIZE[0] * 2, SIZE[1]), interpolation=cv2.INTER_CUBIC)
    return np.clip(wide + np.array([84, 78, 66], np.float32), 0, 215).astype(np.uint8)


def _lines(t_s: float) -> list[tuple[str, float, float, float]]:
    """(text, left, top, opacity) of every line that is shown."""
    come = [(at_s, text) for at_s, text in CHAT if at_s <= t_s]
    moving = min((t_s - come[-1][0]) / _MOVE_S, 1.0)
    shown = []
    for below, (_, text) in enumerate(reversed(come[-_SHOWN:])):
        top = _BOTTOM - _PITCH * (below + 1) + (_PITCH * (1 - moving) if below else 0)
        shown.append((text, float(_LEFT), float(top), 1.0 if below else moving))
    for row, (at_s, text) in enumerate(FEED):
        age = t_s - at_s
        alpha = min(age / _FADE_IN_S, 1.0, (_FADE_IN_S + _STAY_S + _FADE_OUT_S - age) / _FADE_OUT_S)
        if alpha > 0:
            shown.append((text, SIZE[0] - 40 - _font().getlength(text), 60.0 + 34 * row, alpha))
    return shown


def standing(t_s: float) -> list[Standing]:
    """Every word on the screen at a time."""
    found = []
    for text, left, top, alpha in _lines(t_s):
        at = 0
        for token in text.split(" "):
            word = token.strip(":").casefold()
            start = left + _font().getlength(text[:at])
            ink = _font().getbbox(token.strip(":"))
            box = (start + ink[0], top + ink[1], start + ink[2], top + ink[3])
            found.append(Standing(word, box, alpha, word in PROFANE, word in NAMES))
            at += len(token) + 1
    return found


def picture(_number: int, t_s: float) -> np.ndarray:
    """The frame at a time, uint8 [H, W, 3]: the scene turns at 150 pixels a second."""
    x = int(t_s * 150) % SIZE[0]
    frame = Image.fromarray(_world()[:, x : x + SIZE[0]])
    layer = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for text, left, top, alpha in _lines(t_s):
        ink = (245, 245, 240, round(255 * alpha))
        draw.text((left, top), text, font=_font(), fill=ink, stroke_width=1, stroke_fill=(0, 0, 0, ink[3]))
    frame.paste(layer, (0, 0), layer)
    return np.asarray(frame)


def make_film(path: Path) -> Path:
    """Writes the film."""
    return make_clip(path, seconds=SECONDS, fps=FPS, size=SIZE, picture=picture)
