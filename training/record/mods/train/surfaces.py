"""Walls, floors and skies of a training mod, and its palette."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from zlib import crc32

import numpy as np

from training.record.mods.catalog import BORDERS, Stock
from training.record.mods.lumps import Lumps, between, picture
from training.record.mods.train.recipe import Recipe

__all__ = ["palette", "surfaces"]

_KINDS = ("concrete", "panel", "planks", "tiles", "brick", "blocks", "stone")
_SIDE = 64


def palette(made: Recipe, own: np.ndarray) -> np.ndarray:
    """uint8 [256, 3]: the game's palette, its bands of hues turned each by its own angle, and other contrast."""
    random = made.random(20)
    turns = random.uniform(0, 1, 6) if made.walls else np.repeat(random.uniform(0, 1), 6) + random.normal(0, 0.08, 6)
    strong, gamma = float(random.uniform(0.5, 1.6)), float(random.uniform(0.75, 1.3))
    tint = np.array(colorsys.hsv_to_rgb(random.random(), 0.3, 1.0))
    grey_tint = np.array(colorsys.hsv_to_rgb(random.random(), float(random.uniform(0, 0.45)), 1.0))
    colours = []
    for red, green, blue in own.astype(float) / 255:
        hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
        turned = np.array(
            colorsys.hsv_to_rgb((hue + turns[int(hue * 6) % 6]) % 1, min(saturation * strong, 1), value**gamma)
        )
        colours.append(turned * (grey_tint if saturation < 0.12 else 0.6 + 0.4 * tint))
    colours = np.array(colours)
    colours /= max(colours.max(), 1e-9)
    return (colours * 255).round().astype(np.uint8)


def surfaces(made: Recipe, game: Stock, shown: set[str], pierced: set[str]) -> Lumps:
    """The textures named in `shown`, in the mod's materials, `pierced` ones with holes, and a sky.

    Nothing when the mod keeps the game's own.
    """
    if not made.walls:
        return []
    lumps: Lumps = []
    for name in sorted(shown):
        if name in game.walls or name in game.flats:
            pixels = _surface(made, name, floor=name in game.flats)
            lumps.append((name, picture(_holed(made, pixels) if name in pierced else pixels)))
    lumps += [(name, picture(_sky(made))) for name in sorted(game.walls) if name.startswith("SKY")]
    return [*between("TX", lumps), *between("F", [lump for lump in lumps if lump[0] in BORDERS])]


def _surface(made: Recipe, name: str, *, floor: bool) -> np.ndarray:
    random = made.random(21, crc32(name.encode("ascii")) % 12, int(floor))
    kind = made.walls if random.random() < 0.7 else str(random.choice(_KINDS))
    hue = (made.random(22).random() + random.normal(0, 0.07)) % 1
    base = np.array(colorsys.hsv_to_rgb(hue, random.uniform(0.1, 0.55), random.uniform(0.35, 0.75)))
    relief = _PATTERNS[kind](random)
    relief = relief * (0.85 + 0.15 * random.random((_SIDE, _SIDE)))
    if name.startswith(("DOOR", "BIGDOOR", "EXITDOOR", "SW1", "SW2")):
        frame = np.zeros((_SIDE, _SIDE), bool)
        frame[:4] = frame[-4:] = frame[:, :4] = frame[:, -4:] = True
        relief[frame] *= 1.5
    return np.clip(base * relief[..., None] * 255, 0, 255).astype(np.uint8)


def _holed(made: Recipe, pixels: np.ndarray) -> np.ndarray:
    """uint8 [64, 64, 4]: bars, a net or leaves with air between."""
    y, x = np.mgrid[:_SIDE, :_SIDE]
    kind = made.seed % 3
    if kind == 0:
        there = (x % 16 < 3) | (y % 32 < 2)
    elif kind == 1:
        there = ((x + y) % 12 < 2) | ((x - y) % 12 < 2)
    else:
        there = _blur(made.random(24).random((_SIDE, _SIDE)), 5) > 0.62
    return np.dstack([pixels, np.where(there, 255, 0).astype(np.uint8)])


def _blur(grain: np.ndarray, times: int) -> np.ndarray:
    """Smoothed so that it tiles, spread to 0 … 1."""
    for _ in range(times):
        grain = sum(np.roll(grain, step, axis) for step in (-1, 1) for axis in (0, 1)) / 4
    return (grain - grain.min()) / np.ptp(grain)


def _concrete(random: np.random.Generator) -> np.ndarray:
    return 0.7 + 0.4 * _blur(random.random((_SIDE, _SIDE)), 6)


def _stone(random: np.random.Generator) -> np.ndarray:
    return 0.4 + 0.4 * _blur(random.random((_SIDE, _SIDE)), 20) + 0.4 * _blur(random.random((_SIDE, _SIDE)), 2)


def _rows(random: np.random.Generator, high: int, wide: int, shift: int) -> np.ndarray:
    """Bricks: each with its own shade, dark joints."""
    y, x = np.mgrid[:_SIDE, :_SIDE]
    row = y // high
    column = (x + row * shift) % _SIDE // wide
    shade = random.uniform(0.75, 1.15, (_SIDE // high + 1, _SIDE // wide + 1))[row, column]
    joint = (y % high == 0) | ((x + row * shift) % wide == 0)
    return np.where(joint, 0.4, shade)


def _brick(random: np.random.Generator) -> np.ndarray:
    return _rows(random, 8, 16, 8)


def _blocks(random: np.random.Generator) -> np.ndarray:
    return _rows(random, 32, 32, 0)


def _tiles(random: np.random.Generator) -> np.ndarray:
    return _rows(random, 16, 16, 0)


def _planks(random: np.random.Generator) -> np.ndarray:
    grain = _blur(np.repeat(random.random((_SIDE, 1)), _SIDE, 1) + 0.3 * random.random((_SIDE, _SIDE)), 1)
    return _rows(random, 16, 64, 0) * (0.75 + 0.4 * grain)


def _panel(random: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:_SIDE, :_SIDE] % 32
    relief = 0.9 + 0.0 * x
    relief[(x < 2) | (y < 2)] = 1.3
    relief[(x > 29) | (y > 29)] = 0.45
    relief[((x - 6) ** 2 + (y - 6) ** 2 < 5) | ((x - 25) ** 2 + (y - 25) ** 2 < 5)] = 0.5
    return relief * random.uniform(0.85, 1.1)


_PATTERNS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "concrete": _concrete,
    "panel": _panel,
    "planks": _planks,
    "tiles": _tiles,
    "brick": _brick,
    "blocks": _blocks,
    "stone": _stone,
}


def _sky(made: Recipe) -> np.ndarray:
    """uint8 [128, 256, 3]: a gradient with clouds or stars."""
    random = made.random(23)
    top = np.array(colorsys.hsv_to_rgb(random.random(), 0.6, random.uniform(0.1, 0.8)))
    low = np.array(colorsys.hsv_to_rgb(random.random(), 0.4, random.uniform(0.4, 1.0)))
    down = np.linspace(0, 1, 128)[:, None, None]
    sky = top * (1 - down) + low * down + np.zeros((128, 256, 3))
    if random.random() < 0.5:
        sky[random.random((128, 256)) < 0.006] = 1.0
    else:
        sky += 0.25 * _blur(random.random((128, 256)), 24)[..., None]
    return (np.clip(sky, 0, 1) * 255).astype(np.uint8)
