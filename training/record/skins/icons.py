"""Drawn signs: weapons, skulls, medals, hit markers and crosshairs, as coverage masks made from outlines."""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin

import cv2
import numpy as np

__all__ = ["GUNS", "MARKERS", "MEDALS", "SIGNS", "marker", "medal", "sign"]

_FINE = 8
"""Outlines are filled this many times larger, then averaged."""
Outline = list[tuple[float, float]]


def _box(x0: float, y0: float, x1: float, y1: float) -> Outline:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _disc(x: float, y: float, r: float, points: int = 24) -> Outline:
    return [(x + r * cos(2 * pi * i / points), y + r * sin(2 * pi * i / points)) for i in range(points)]


def _star(x: float, y: float, r: float, inner: float, points: int) -> Outline:
    radii = (r, inner)
    return [
        (x + radii[i % 2] * sin(pi * i / points), y - radii[i % 2] * cos(pi * i / points)) for i in range(2 * points)
    ]


_GRIP: Outline = [(11, 8), (14, 8), (12.5, 14), (9.5, 14)]
_MAGAZINE: Outline = [(17, 9), (21.5, 9), (21, 15), (16.5, 15)]
_STOCK: Outline = [(0, 5.5), (9, 5), (9, 8.5), (5, 9), (0, 12)]
# name: (width, height, outlines that fill, outlines that cut holes), in units of its own.
_SHAPES: dict[str, tuple[float, float, list[Outline], list[Outline]]] = {
    "rifle": (
        *(40, 16),
        [_STOCK, _GRIP, _box(8, 4, 27, 9), _box(26, 5, 39, 7), _box(13, 2, 20, 4.5), _MAGAZINE],
        [],
    ),
    "sniper": (
        *(48, 16),
        [
            *(_STOCK, _GRIP, _box(8, 5.5, 27, 9.5), _box(26, 6.2, 47, 7.8), _box(12, 1, 26, 3.6)),
            *(_box(15, 3, 17, 6), _box(22, 3, 24, 6), _box(45, 5, 48, 9)),
        ],
        [],
    ),
    "shotgun": (
        *(40, 14),
        [[(0, 6), (11, 4.5), (11, 8), (0, 12)], _box(10, 3.5, 39, 6), _box(10, 6, 36, 8), _box(21, 6, 31, 10)],
        [],
    ),
    "smg": (
        *(30, 16),
        [
            *(_box(0, 4, 7, 5.5), _box(0, 4, 1.5, 9), _box(6, 3, 23, 8), _box(22, 4.5, 29, 6.5)),
            *([(9, 8), (13, 8), (12, 14), (8, 14)], _box(16, 8, 19, 16)),
        ],
        [],
    ),
    "pistol": (
        *(22, 16),
        [_box(1, 2.5, 21, 7), [(2, 7), (8.5, 7), (7, 15), (1.5, 15)], _box(8, 7, 13, 10.5)],
        [_box(9.2, 7.6, 11.6, 9.4)],
    ),
    "minigun": (
        *(42, 16),
        [_box(0, 3, 12, 13), _box(12, 4, 40, 5.8), _box(12, 7.2, 40, 8.8), _box(12, 10.2, 40, 12), _box(34, 3, 37, 13)],
        [],
    ),
    "rocket": (
        *(44, 14),
        [_box(0, 3.5, 6, 10.5), _box(5, 4.5, 34, 9.5), [(33, 3), (38, 3), (43, 7), (38, 11), (33, 11)], _GRIP],
        [],
    ),
    "plasma": (
        *(38, 16),
        [_STOCK, _box(8, 3, 30, 10), [(29, 2), (37, 5), (37, 8), (29, 11)], [(16, 10), (22, 10), (20, 15), (15, 15)]],
        [_disc(19, 6.5, 2.3)],
    ),
    "knife": (36, 10, [[(0, 4), (11, 3.2), (11, 7), (0, 8)], [(12, 2), (14, 2), (14, 8.5), (12, 8.5)],
                       [(14, 3.5), (30, 3.2), (36, 6.5), (14, 6.8)]], []),
    "skull": (
        *(20, 22),
        [_disc(10, 9, 9), _box(5, 14, 15, 21)],
        [
            *(_disc(6.3, 9.5, 2.5), _disc(13.7, 9.5, 2.5), [(10, 12.2), (11.6, 15.4), (8.4, 15.4)]),
            *(_box(7.3, 17.5, 8.1, 21), _box(11.9, 17.5, 12.7, 21)),
        ],
    ),
    "headshot": (
        *(24, 22),
        [_disc(9, 8, 7.5), [(1, 22), (3, 15.5), (15, 15.5), (17, 22)], [(13, 8), (24, 4.6), (24, 6.6)],
         [(13, 8), (24, 9.4), (24, 11.4)]],
        [_disc(11.5, 8, 2.4)],
    ),
    "target": (
        *(22, 22),
        [_disc(11, 11, 10.5), ],
        [_disc(11, 11, 7.8), ],
    ),
    "star": (22, 22, [_star(11, 11.5, 11, 4.6, 5)], []),
    "burst": (22, 22, [_star(11, 11, 11, 6.5, 9)], []),
    "crown": (24, 18, [[(1, 3), (6.5, 9), (12, 1), (17.5, 9), (23, 3), (21, 17), (3, 17)]], []),
    "cross": (20, 20, [[(2, 0), (10, 7), (18, 0), (20, 2), (13, 10), (20, 18), (18, 20), (10, 13), (2, 20), (0, 18),
                       (7, 10), (0, 2)]], []),
    "chevron": (20, 20, [[(0, 2), (7, 2), (14, 10), (7, 18), (0, 18), (7, 10)],
                         [(8, 2), (13, 2), (20, 10), (13, 18), (8, 18), (15, 10)]], []),
    "arrow": (24, 14, [[(0, 5), (14, 5), (14, 0), (24, 7), (14, 14), (14, 9), (0, 9)]], []),
    "shield": (20, 22, [[(0, 2), (10, 0), (20, 2), (19, 13), (10, 22), (1, 13)]], []),
    "bolt": (16, 22, [[(10, 0), (1, 12), (7, 12), (4, 22), (15, 8), (9, 8)]], []),
    "hex": (22, 22, [[(11, 0), (21, 5.5), (21, 16.5), (11, 22), (1, 16.5), (1, 5.5)]], []),
    "pentagon": (22, 22, [[(11, 0), (22, 8), (18, 22), (4, 22), (0, 8)]], []),
    "diamond": (22, 22, [[(11, 0), (22, 11), (11, 22), (0, 11)]], []),
    "disc": (22, 22, [_disc(11, 11, 11)], []),
    "heart": (22, 20, [_disc(6, 6.3, 5.8), _disc(16, 6.3, 5.8), [(0.9, 9), (21.1, 9), (11, 20)]], []),
    "plus": (18, 18, [_box(6, 0, 12, 18), _box(0, 6, 18, 12)], []),
    "person": (18, 22, [_disc(9, 6, 5.5), [(0, 22), (2, 14), (16, 14), (18, 22)]], []),
}  # fmt: skip
GUNS = ("rifle", "sniper", "shotgun", "smg", "pistol", "minigun", "rocket", "plasma", "knife")
SIGNS = tuple(_SHAPES)
MEDALS = ("pentagon", "hex", "shield", "disc", "diamond", "star", "burst")
MARKERS = ("x", "plus", "dots", "ring", "diamond", "triangle", "brackets", "skull", "thin_x")


@lru_cache(maxsize=512)
def sign(name: str, height: int) -> np.ndarray:
    """Coverage uint8 [height, W] of a sign; do not change it."""
    wide, tall, fills, holes = _SHAPES[name]
    scale = height * _FINE / tall
    mask = np.zeros((height * _FINE, max(round(wide * scale), 1)), np.uint8)
    for outlines, value in ((fills, 255), (holes, 0)):
        for outline in outlines:
            cv2.fillPoly(mask, [np.int32(np.round(np.array(outline) * scale))], value)
    size = (max(round(wide * scale / _FINE), 1), height)
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=128)
def marker(shape: str, size_px: int, thick_px: float, gap: float = 0.35) -> np.ndarray:
    """Coverage uint8 [size, size] of a hit marker or crosshair; `gap` is the share left open in its middle."""
    if shape == "skull":
        return sign("skull", size_px)
    side = size_px * _FINE
    mask = np.zeros((side, side), np.uint8)
    c, r = side / 2, side / 2 - _FINE
    thick = max(round(thick_px * _FINE), 1)

    def line(a: float, near: float, far: float) -> None:
        ends = [(round(c + cos(a) * d), round(c + sin(a) * d)) for d in (near, far)]
        cv2.line(mask, ends[0], ends[1], 255, thick)

    if shape in ("x", "thin_x", "plus"):
        turn = 0.0 if shape == "plus" else pi / 4
        for i in range(4):
            line(turn + i * pi / 2, r * gap * 1.4, r * (1.0 if shape == "plus" else 1.25))
    elif shape == "dots":
        for i in range(4):
            x, y = c + cos(pi / 4 + i * pi / 2) * r * 0.8, c + sin(pi / 4 + i * pi / 2) * r * 0.8
            cv2.circle(mask, (round(x), round(y)), thick, 255, -1)
    elif shape == "ring":
        cv2.circle(mask, (round(c), round(c)), round(r - thick / 2), 255, thick)
    elif shape in ("diamond", "triangle"):
        sides, turn = (4, 0.0) if shape == "diamond" else (3, -pi / 2)
        corners = [(c + cos(turn + 2 * pi * i / sides) * r * 0.95, c + sin(turn + 2 * pi * i / sides) * r * 0.95)
                   for i in range(sides)]  # fmt: skip
        cv2.polylines(mask, [np.int32(np.round(corners))], True, 255, thick)
    elif shape == "brackets":
        for sx in (-1, 1):
            x, inward = c + sx * r * 0.9, c + sx * r * 0.5
            points = [(inward, c - r * 0.9), (x, c - r * 0.9), (x, c + r * 0.9), (inward, c + r * 0.9)]
            cv2.polylines(mask, [np.int32(np.round(points))], False, 255, thick)
    return cv2.resize(mask, (size_px, size_px), interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=256)
def medal(shape: str, inside: str, size_px: int, base: tuple[int, int, int], light: tuple[int, int, int]) -> np.ndarray:
    """RGBA uint8 [size, size, 4]: a shaped badge with a rim, a shine from the top, and a sign in it."""
    outer = sign(shape, size_px)
    image = np.zeros((size_px, size_px, 4), np.uint8)
    left = (size_px - outer.shape[1]) // 2

    def lay(mask: np.ndarray, x: int, y: int, colour: tuple[int, int, int], shine: float) -> None:
        h, w = mask.shape
        spot = image[y : y + h, x : x + w]
        share = mask[..., None] / 255
        ramp = np.linspace(1 + shine, 1 - shine, h)[:, None, None]
        tint = np.clip(np.array(colour) * ramp, 0, 255)
        spot[..., :3] = spot[..., :3] * (1 - share) + tint * share
        spot[..., 3] = np.maximum(spot[..., 3], mask)

    outer = outer[:, :size_px]
    lay(outer, max(left, 0), 0, light, 0.15)
    rim = max(size_px // 12, 1)
    inner = sign(shape, size_px - 2 * rim)[:, : size_px - 2 * rim]
    lay(inner, max((size_px - inner.shape[1]) // 2, 0), rim, base, 0.35)
    mark = sign(inside, max(size_px * 45 // 100, 5))
    lay(mark, (size_px - mark.shape[1]) // 2, (size_px - mark.shape[0]) // 2, light, 0.1)
    return image
