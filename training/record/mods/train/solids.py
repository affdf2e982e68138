"""Draws bodies made of balls and boxes, seen from any of the engine's eight directions, with light and depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np

__all__ = ["Solid", "moved", "render", "tilted"]

_LIGHT = np.array([-0.65, 0.35, 0.68])
"""Where it comes from: away from the viewer (negative is near), left, up."""


@dataclass(frozen=True, slots=True)
class Solid:
    """A ball (an ellipsoid) or a box. Lengths in shares of the body's height: forward, left, up."""

    at: tuple[float, float, float]
    size: tuple[float, float, float]
    """Half of each extent."""
    colour: tuple[int, int, int]
    box: bool = False
    glows: bool = False


def moved(solid: Solid, by: tuple[float, float, float], scale: float = 1.0) -> Solid:
    """It, elsewhere and of another size."""
    at = tuple(a + b for a, b in zip(solid.at, by, strict=True))
    return replace(solid, at=at, size=tuple(max(extent * scale, 1e-3) for extent in solid.size))


def tilted(solid: Solid, angle_deg: float) -> Solid:
    """It, with the whole body fallen backward around its feet by this angle."""
    c, s = cos(radians(angle_deg)), sin(radians(angle_deg))
    (f, left, up), (rf, rl, ru) = solid.at, solid.size
    return replace(
        solid,
        at=(f * c - up * s, left, f * s + up * c),
        size=(abs(rf * c) + abs(ru * s), rl, abs(rf * s) + abs(ru * c)),
    )


def render(
    solids: Sequence[Solid], turn_deg: float, size: tuple[int, int], origin: tuple[float, float], scale_px: float
) -> np.ndarray:
    """uint8 [H, W, 4]. `turn_deg` 0 faces the viewer, 90 the viewer's left; `origin` is the point between the feet."""
    width, height = size
    pixels = np.zeros((height, width, 4), np.uint8)
    near = np.full((height, width), np.inf)
    theta = radians(180 - turn_deg)
    for solid in solids:
        _draw(solid, cos(theta), sin(theta), origin, scale_px, pixels, near)
    return pixels


def _draw(
    solid: Solid,
    c: float,
    s: float,
    origin: tuple[float, float],
    scale_px: float,
    pixels: np.ndarray,
    near: np.ndarray,
) -> None:
    """Paint one solid where it is nearer than what is there. Depth grows away from the viewer."""
    (f, left, up), (rf, rl, ru) = solid.at, solid.size
    depth0, aside0 = f * c - left * s, f * s + left * c
    reach = abs(rf * s) + abs(rl * c)
    height, width = near.shape
    x0 = max(int(origin[0] - (aside0 + reach) * scale_px) - 1, 0)
    x1 = min(int(origin[0] - (aside0 - reach) * scale_px) + 2, width)
    y0 = max(int(origin[1] - (up + ru) * scale_px) - 1, 0)
    y1 = min(int(origin[1] - (up - ru) * scale_px) + 2, height)
    if x0 >= x1 or y0 >= y1:
        return
    aside = ((origin[0] - (np.arange(x0, x1) + 0.5)) / scale_px - aside0)[None, :]
    rise = ((origin[1] - (np.arange(y0, y1) + 0.5)) / scale_px - up)[:, None]
    cast = _hit_box if solid.box else _hit_ball
    hit, depth, normal = cast(aside, rise, c, s, solid.size)
    window = (slice(y0, y1), slice(x0, x1))
    seen = hit & (depth + depth0 < near[window])
    shade = np.ones_like(depth) if solid.glows else 0.42 + 0.68 * np.clip(normal @ _LIGHT, 0, 1)
    shade = np.round(shade * 8) / 8
    near[window][seen] = (depth + depth0)[seen]
    pixels[window][seen, :3] = np.clip(shade[seen, None] * np.array(solid.colour), 0, 255).astype(np.uint8)
    pixels[window][seen, 3] = 255


Hit = tuple[np.ndarray, np.ndarray, np.ndarray]


def _hit_ball(aside: np.ndarray, rise: np.ndarray, c: float, s: float, size: tuple[float, float, float]) -> Hit:
    """Where the view's ray enters the ellipsoid: whether [h, w], depth [h, w], normal [h, w, 3]."""
    rf, rl, ru = size
    a = c * c / rf**2 + s * s / rl**2
    b = 2 * aside * c * s * (1 / rf**2 - 1 / rl**2)
    rest = aside**2 * (s * s / rf**2 + c * c / rl**2) + rise**2 / ru**2 - 1
    under = b * b - 4 * a * rest
    depth = (-b - np.sqrt(np.maximum(under, 0))) / (2 * a)
    f, left = depth * c + aside * s, -depth * s + aside * c
    nf, nl, nu = f / rf**2, left / rl**2, np.broadcast_to(rise / ru**2, depth.shape)
    normal = np.stack([nf * c - nl * s, nf * s + nl * c, nu], axis=-1)
    return under >= 0, depth, normal / np.linalg.norm(normal, axis=-1, keepdims=True).clip(1e-9)


def _hit_box(aside: np.ndarray, rise: np.ndarray, c: float, s: float, size: tuple[float, float, float]) -> Hit:
    """The same for a box (slab method, Kay and Kajiya 1986)."""
    rf, rl, ru = size
    enter = np.full(np.broadcast_shapes(aside.shape, rise.shape), -np.inf)
    leave = np.full_like(enter, np.inf)
    normal = np.zeros((*enter.shape, 3))
    for slope, start, half, axis in ((c, aside * s, rf, (c, s)), (-s, aside * c, rl, (-s, c))):
        slope = slope if abs(slope) > 1e-6 else 1e-6
        one, two = (-half - start) / slope, (half - start) / slope
        first = np.broadcast_to(np.minimum(one, two), enter.shape)
        side = -np.sign(slope)
        newer = first > enter
        normal[newer] = (axis[0] * side, axis[1] * side, 0.25)
        enter = np.maximum(enter, first)
        leave = np.minimum(leave, np.maximum(one, two))
    return (enter < leave) & (np.abs(rise) <= ru), enter, normal
