"""Neon's walls, floors and sky: conduits and grids of light, a striped sun."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi, sin
from zlib import crc32

import numpy as np

from training.record.mods.catalog import BORDERS, Stock
from training.record.mods.lumps import Lumps, between, picture
from training.record.mods.neon.light import CYAN, HUES, MAGENTA, ORANGE, VIOLET, Colour, glowing

__all__ = ["surfaces"]

_SIDE = 128
_NIGHT = np.array([16, 12, 34])


def surfaces(game: Stock, shown: set[str], pierced: set[str]) -> Lumps:
    """All textures of the map, and the skies. Those in `pierced` can be seen through."""
    lumps: Lumps = []
    for name in sorted(shown):
        if name in game.flats:
            lumps.append((name, picture(_floor(name))))
        elif name in game.walls and not name.startswith("SKY"):
            lumps.append((name, picture(_fence(name) if name in pierced else _wall(name))))
    lumps += [(name, picture(_sky())) for name in sorted(game.walls) if name.startswith("SKY")]
    return [*between("TX", lumps), *between("F", [lump for lump in lumps if lump[0] in BORDERS])]


def _dark(colour: Colour, share: float) -> Colour:
    return (int(colour[0] * share), int(colour[1] * share), int(colour[2] * share))


def _on_night(light: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.clip(base + light[..., :3].astype(int), 0, 255).astype(np.uint8)


def _wall(name: str) -> np.ndarray:
    """uint8 [128, 128, 3]: conduits that run straight, turn and end in a pad; doors bear a chevron."""
    code = crc32(name.encode("ascii")) % 16
    random = np.random.default_rng((80, code))
    hue = _dark((CYAN, VIOLET, MAGENTA, HUES[6])[code % 4], 0.55)
    lines: list[tuple[tuple[float, float, float, float], Colour]] = []
    for _ in range(7):
        x, y = (float(part) * 8 for part in random.integers(0, 16, 2))
        for _ in range(4):
            dx, dy = [(1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, 0.7)][int(random.integers(6))]
            far = float(random.integers(8, 34))
            lines.append(((x, y, x + dx * far, y + dy * far), hue))
            x, y = x + dx * far, y + dy * far
        lines.append(((x - 2, y, x + 2, y), HUES[code % len(HUES)]))
    lines += [((0.0, edge, 128.0, edge), _dark(hue, 0.8)) for edge in (1.0, 126.0)]
    if name.startswith(("DOOR", "BIGDOOR", "EXITDOOR", "SW")):
        lines = [((x, y, 64.0, y + 30), ORANGE) for x in (20.0, 108.0) for y in (10.0, 35.0, 60.0)]
    slabs = 1 + 0.35 * (random.random((4, 4)).repeat(32, 0).repeat(32, 1))[..., None]
    return _on_night(glowing((_SIDE, _SIDE), lines, width=1.3, halo=3), _NIGHT * slabs)


def _fence(name: str) -> np.ndarray:
    """uint8 [128, 128, 4]: a lattice with air between."""
    hue = _dark(HUES[crc32(name.encode("ascii")) % len(HUES)], 0.45)
    lines = [((float(x), 0.0, float(x) + side * 128, 128.0), hue) for x in range(-128, 257, 32) for side in (-1, 1)]
    return glowing((_SIDE, _SIDE), lines, width=1.5, halo=1.2)


def _floor(name: str) -> np.ndarray:
    """uint8 [64, 64, 3]: a grid, hexagons or bare slabs."""
    code = crc32(name.encode("ascii")) % 9
    hue = _dark((MAGENTA, CYAN, VIOLET)[code % 3], 0.5)
    lines: list[tuple[tuple[float, float, float, float], Colour]]
    if code // 3 == 0:
        lines = [((0.0, 0.0, 64.0, 0.0), hue), ((0.0, 0.0, 0.0, 64.0), hue)]
    elif code // 3 == 1:
        ring = [(32 + 22 * cos(a), 32 + 22 * sin(a)) for a in np.linspace(0, 2 * pi, 7)]
        lines = [((*a, *b), hue) for a, b in pairwise(ring)]
    else:
        lines = [((8.0, 32.0, 56.0, 32.0), _dark(hue, 0.6))]
    return _on_night(glowing((64, 64), lines, width=1.4, halo=2), np.full((64, 64, 3), 1.0) * _NIGHT * 0.8)


def _sky() -> np.ndarray:
    """uint8 [128, 256, 3]: dusk, stars, and a sun with stripes cut out."""
    y, x = np.mgrid[:128, :256]
    sky = np.stack([10 + 0.7 * y, 0.06 * y, 40 + 0.45 * y], axis=-1).astype(float)
    sky[(np.random.default_rng(81).random((128, 256)) < 0.008) & (y < 70)] = 230
    sun = (np.hypot(x - 128, y - 84) < 34) & ((y % 9 > 2) | (y < 70))
    sky[sun] = np.stack([np.full(128, 255), 60 + 1.4 * np.arange(128)[::-1], 90 + 0 * np.arange(128)], 1)[y[sun]]
    return np.clip(sky, 0, 255).astype(np.uint8)
