"""Draws pictures of a game that does not exist: a moving, noisy scene with a HUD on it."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

__all__ = ["SIZE", "banner", "fonts", "panel", "row", "scene", "write"]

SIZE = (640, 360)
WHITE, RED, BLUE, YELLOW = (245, 245, 245), (255, 96, 84), (120, 200, 255), (250, 220, 70)


def fonts() -> tuple[Path, ...]:
    """The package's own faces and some of matplotlib's."""
    own = Path(__file__).resolve().parents[2] / "aiditor" / "render" / "fonts"
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    plot = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return (
        plot / "DejaVuSans-Bold.ttf",
        plot / "DejaVuSans.ttf",
        own / "BebasNeue-Bold.otf",
        plot / "DejaVuSansMono-Bold.ttf",
    )


@lru_cache(maxsize=1)
def _world() -> np.ndarray:
    """A wide picture of blotches and edges, uint8 [H, W, 3]."""
    random = np.random.default_rng(5)
    wide = np.zeros((SIZE[1], SIZE[0] * 4, 3), np.float32)
    for cell, gain in ((90, 70.0), (30, 45.0), (8, 25.0), (2, 12.0)):
        rough = random.normal(0, 1, (SIZE[1] // cell + 2, SIZE[0] * 4 // cell + 2, 3)).astype(np.float32)
        wide += gain * cv2.resize(rough, (SIZE[0] * 4, SIZE[1]), interpolation=cv2.INTER_CUBIC)
    wide += np.array([90, 84, 70], np.float32)
    for x in range(0, SIZE[0] * 4, 170):
        wide[60:300, x : x + 12] *= 0.4
    return np.clip(wide, 0, 255).astype(np.uint8)


def scene(time_s: float) -> np.ndarray:
    """The scene at a time: it turns at 200 pixels a second. uint8 [H, W, 3], yours to draw on."""
    x = int(time_s * 200) % (SIZE[0] * 3)
    return _world()[:, x : x + SIZE[0]].copy()


def write(
    picture: np.ndarray,
    text: str,
    xy: tuple[float, float],
    *,
    size: int = 12,
    colour: tuple[int, int, int] = WHITE,
    font: int = 0,
    opacity: float = 1.0,
) -> int:
    """Text with a shadow, its top left at `xy`; returns its width."""
    face = ImageFont.truetype(str(fonts()[font]), size)
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    draw.text((xy[0] + 1, xy[1] + 1), text, font=face, fill=(0, 0, 0))
    draw.text(xy, text, font=face, fill=colour)
    picture[:] = cv2.addWeighted(np.asarray(image), opacity, picture, 1 - opacity, 0)
    return round(face.getlength(text))


def row(
    picture: np.ndarray,
    killer: str,
    victim: str,
    *,
    slot: float = 0,
    own: bool = False,
    size: int = 12,
    font: int = 0,
    opacity: float = 1.0,
) -> None:
    """A row of a feed at the top right: two names with a gun between, in a box; one's own has a frame."""
    face = ImageFont.truetype(str(fonts()[font]), size)
    gun = round(2.6 * size)
    wide = round(face.getlength(killer) + face.getlength(victim)) + gun + 24
    left, top = SIZE[0] - wide - 8, round(10 + slot * 1.9 * size)
    under = picture[top : top + round(1.6 * size), left : left + wide]
    before = under.copy()
    under[:] = (under * 0.35).astype(np.uint8)
    if own:
        cv2.rectangle(picture, (left, top), (left + wide - 1, top + under.shape[0] - 1), RED, 1)
    x = left + 6 + write(picture, killer, (left + 6, top + 0.15 * size), size=size, colour=BLUE, font=font)
    middle = top + round(0.75 * size)
    points = [
        (x + 6, middle - 2),
        (x + gun, middle - 2),
        (x + gun, middle + 1),
        (x + 14, middle + 2),
        (x + 6, middle + 5),
    ]
    cv2.fillPoly(picture, [np.int32(points)], WHITE)
    write(picture, victim, (x + gun + 6, top + 0.15 * size), size=size, colour=RED, font=font)
    under[:] = cv2.addWeighted(under, opacity, before, 1 - opacity, 0)


def banner(picture: np.ndarray, text: str, *, at: float = 0.68, size: int = 20, font: int = 2) -> None:
    """A line in the middle of the screen, `at` that share of its height."""
    face = ImageFont.truetype(str(fonts()[font]), size)
    write(picture, text, ((SIZE[0] - face.getlength(text)) / 2, at * SIZE[1]), size=size, colour=WHITE, font=font)


def panel(picture: np.ndarray, time_s: float) -> None:
    """What is always there: health, ammunition, a clock, a clan's name."""
    write(picture, "100", (24, 330), size=16)
    write(picture, f"{30 - int(time_s * 3) % 30} / 90", (560, 330), size=16)
    write(picture, f"{int(time_s) // 60}:{int(time_s) % 60:02d}", (305, 8), size=12)
    write(picture, "HOUSE OF WOLVES", (10, 8), size=10, colour=YELLOW)
