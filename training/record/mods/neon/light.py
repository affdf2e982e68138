"""Neon's way to draw: lines of light on darkness, with their glow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

__all__ = ["CYAN", "HUES", "LIME", "MAGENTA", "ORANGE", "VIOLET", "WHITE", "glowing", "palette"]

Colour = tuple[int, int, int]
Line = tuple[float, float, float, float]

CYAN: Colour = (40, 240, 255)
MAGENTA: Colour = (255, 40, 200)
LIME: Colour = (160, 255, 40)
ORANGE: Colour = (255, 150, 30)
VIOLET: Colour = (140, 80, 255)
WHITE: Colour = (255, 255, 255)
HUES = (CYAN, MAGENTA, LIME, ORANGE, VIOLET, (255, 60, 60), (60, 120, 255), (255, 230, 60))
_NIGHT = np.array([14, 8, 30])


def palette() -> np.ndarray:
    """uint8 [256, 3]: black, greys of the night, and each hue from dark to burning white."""
    rows = [np.linspace(0, 1, 24)[:, None] * np.array([90, 80, 140])]
    for hue in HUES:
        up = np.linspace(0.06, 1, 21)[:, None] * np.array(hue)
        hot = np.array(hue) + np.linspace(0.125, 1, 8)[:, None] * (255 - np.array(hue))
        rows += [up, hot]
    return np.concatenate(rows).round().astype(np.uint8)


def glowing(
    size: tuple[int, int],
    lines: Sequence[tuple[Line, Colour]],
    *,
    solid: Sequence[Sequence[tuple[float, float]]] = (),
    width: float = 1.6,
    halo: float = 2.5,
) -> np.ndarray:
    """uint8 [H, W, 4]: the lines (x0, y0, x1, y1 in pixels) with their halo, over dark `solid` polygons."""
    fine = 2
    light = Image.new("RGB", (size[0] * fine, size[1] * fine))
    body = Image.new("L", light.size)
    pen, fill = ImageDraw.Draw(light), ImageDraw.Draw(body)
    for polygon in solid:
        fill.polygon([(x * fine, y * fine) for x, y in polygon], fill=255)
    for line, colour in lines:
        pen.line([part * fine for part in line], fill=colour, width=max(round(width * fine), 1))
    far = np.asarray(light.filter(ImageFilter.GaussianBlur(halo * fine)).resize(size, Image.Resampling.BOX), float)
    near = np.asarray(light.resize(size, Image.Resampling.BOX), float)
    inside = np.asarray(body.resize(size, Image.Resampling.BOX)) > 120
    shine = np.clip(near + 1.5 * far, 0, 255)
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[..., :3] = np.clip(shine + _NIGHT * inside[..., None], 0, 255)
    pixels[..., 3] = np.where(inside | (shine.max(axis=2) > 60), 255, 0)
    return pixels
