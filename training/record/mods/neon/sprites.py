"""Neon's sprites: wire bodies that turn and break into their edges, rails instead of guns, rings and darts of light."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import cos, pi, radians, sin
from zlib import crc32

import numpy as np

from training.record.mods.catalog import EFFECTS, FLASHES, MONSTERS, WEAPONS, Place
from training.record.mods.lumps import Lumps, picture
from training.record.mods.neon.light import CYAN, HUES, WHITE, Colour, glowing

__all__ = ["sprites"]

Point = tuple[float, float, float]
Edge = tuple[Point, Point]
"""In shares of the body's height: forward, left, up."""


def sprites(places: Iterable[Place]) -> Lumps:
    """A PNG for each of the game's sprites, by the same name."""
    groups: dict[str, list[Place]] = {}
    for place in places:
        groups.setdefault(place.name[:4], []).append(place)
    lumps: Lumps = []
    for prefix, group in groups.items():
        if prefix in MONSTERS:
            lumps += _creature(prefix, group)
        else:
            draw = (
                _rail if prefix in WEAPONS else _muzzle if prefix in FLASHES else _ray if prefix in EFFECTS else _prop
            )
            lumps += [(place.name, draw(place)) for place in group]
    return lumps


def _hue(prefix: str) -> Colour:
    return HUES[crc32(prefix.encode("ascii")) % len(HUES)]


def _ring(count: int, radius: float, up: float, start: float = 0.0) -> list[Point]:
    angles = [start + 2 * pi * index / count for index in range(count)]
    return [(radius * cos(a), radius * sin(a), up) for a in angles]


def _lofted(rings: list[list[Point]]) -> list[Edge]:
    """Edges around every ring, and up from each to the next."""
    edges: list[Edge] = []
    for index, ring in enumerate(rings):
        if len(ring) > 1:
            edges += list(zip(ring, [*ring[1:], ring[0]], strict=True))
        if index:
            before = rings[index - 1]
            longest = max(len(ring), len(before))
            edges += [(before[i % len(before)], ring[i % len(ring)]) for i in range(longest)]
    return edges


def _wires(prefix: str) -> list[Edge]:
    """The creature's body: crystals, spindles, crowns; the players' a slender figure."""
    if prefix.startswith("PL"):
        figure = _lofted([_ring(4, 0.1, 0.05), _ring(4, 0.2, 0.6, 0.4), _ring(4, 0.07, 0.75)])
        head = _lofted([_ring(5, 0.09, 0.82), _ring(5, 0.09, 0.95), [(0.0, 0.0, 1.0)]])
        return [*figure, *head, ((0.0, 0.2, 0.6), (0.42, 0.1, 0.55)), ((0.0, -0.2, 0.6), (0.42, -0.1, 0.55))]
    code = crc32(prefix.encode("ascii"))
    count, wide = 3 + code % 4, 0.24 + 0.03 * (code // 7 % 5)
    shape = code // 50 % 4
    if shape == 0:  # a crystal
        return _lofted([[(0.0, 0.0, 0.02)], _ring(count, wide, 0.45), [(0.0, 0.0, 1.0)]])
    if shape == 1:  # a tower with a crown
        return _lofted(
            [_ring(count, wide * 1.1, 0.04), _ring(count, wide * 0.5, 0.6), _ring(count, wide * 1.2, 0.98, 0.5)]
        )
    if shape == 2:  # a spindle around a core
        core = _lofted([_ring(count, wide * 0.4, 0.35), _ring(count, wide * 0.4, 0.65)])
        return (
            core
            + _lofted([_ring(count, wide * 1.3, 0.5, 0.3), [(0.0, 0.0, 0.98)]])
            + _lofted([_ring(count, wide * 1.3, 0.5, 0.3), [(0.0, 0.0, 0.04)]])
        )
    low = _lofted([_ring(count, wide * 1.2, 0.08), _ring(count, wide * 0.9, 0.4, 0.5)])
    return low + _lofted([_ring(count, wide * 0.6, 0.55), _ring(count, wide * 0.6, 0.85), [(0.0, 0.0, 1.0)]])


def _creature(prefix: str, group: list[Place]) -> Lumps:
    alive = sorted({place.name[4] for place in group if place.name[5] != "0"})
    dead = sorted({place.name[4] for place in group if place.name[5] == "0"})
    wires, hue = _wires(prefix), _hue(prefix)
    tall = max(place.height for place in group if place.name[4] in alive[:4] or not alive)
    lumps = []
    for place in group:
        frame, turn = place.name[4], place.name[5]
        angle = (int(turn) - 1) * 45.0
        if turn == "0" and alive:
            along = (dead.index(frame) + 1) / len(dead)
            lumps.append((place.name, _broken(wires, hue, tall, along, crc32(prefix.encode("ascii")))))
        else:
            index = alive.index(frame) if alive else 0
            lumps.append((place.name, _standing(wires, hue, tall, angle, index, len(alive), prefix)))
    return lumps


def _seen(point: Point, angle_deg: float, tall: int, origin: tuple[float, float]) -> tuple[float, float]:
    theta = radians(180 - angle_deg)
    aside = point[0] * sin(theta) + point[1] * cos(theta)
    depth = point[0] * cos(theta) - point[1] * sin(theta)
    return origin[0] - aside * tall, origin[1] - (point[2] + 0.12 * depth) * tall


def _standing(wires: list[Edge], hue: Colour, tall: int, angle: float, index: int, count: int, prefix: str) -> bytes:
    """Walking turns and breathes; attacking reaches out, white; pain shrinks."""
    walks = index < min(4, count - 1) or count <= 2
    hurt = not walks and index == count - 1
    colour = WHITE if not walks else hue
    swell = 0.8 if hurt else 1.0 if walks else 1.12
    spin = 0.0 if prefix.startswith("PL") else index * 17.0
    size, origin = (int(tall * 1.5), int(tall * 1.25)), (tall * 0.75, tall * 1.12)
    lines, spots = [], []
    for edge in wires:
        (x0, y0), (x1, y1) = (_seen((p[0] * swell, p[1] * swell, p[2]), angle + spin, tall, origin) for p in edge)
        lines.append(((x0, y0, x1, y1), colour))
        spots += [(x0, y0), (x1, y1)]
    eye = [_seen((0.2, left, 0.72), angle, tall, origin) for left in (-0.07, 0.07)]
    if abs((angle + 180) % 360 - 180) < 100:  # eyes are in front
        lines += [((x - 1.5, y, x + 1.5, y), WHITE if walks else hue) for x, y in eye]
    if not walks and not hurt:
        tip = _seen((0.6, 0.0, 0.6), angle, tall, origin)
        lines += [
            ((*tip, *_seen((0.2, left, up), angle, tall, origin)), hue)
            for left, up in ((0.15, 0.75), (-0.15, 0.75), (0.0, 0.4))
        ]
    pixels = glowing(size, lines, solid=[_hull(spots)], width=1.5)
    return picture(pixels, (int(origin[0]), int(origin[1]) - 3))


def _hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The convex hull (Andrew 1979)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return [(0.0, 0.0), (0.1, 0.0), (0.0, 0.1)]

    def half(walk: list[tuple[float, float]]) -> list[tuple[float, float]]:
        chain: list[tuple[float, float]] = []
        for x, y in walk:
            while len(chain) > 1:
                (x0, y0), (x1, y1) = chain[-2:]
                if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        return chain[:-1]

    return half(ordered) + half(ordered[::-1])


def _broken(wires: list[Edge], hue: Colour, tall: int, along: float, seed: int) -> bytes:
    """Every edge flies off on its own, shortens and sinks; at last a few lie on the floor."""
    random = np.random.default_rng(seed)
    size, origin = (int(tall * 2.6), int(tall * 1.5)), (tall * 1.3, tall * 1.38)
    fade = 1 - 0.6 * along
    colour = WHITE if along < 0.25 else tuple(int(part * fade) for part in hue)
    lines = []
    for start, end in wires:
        middle = [(a + b) / 2 for a, b in zip(start, end, strict=True)]
        flight, spin = random.normal(0, 0.75, 2) * along, random.uniform(-4, 4) * along
        up = middle[2] * (1 - along) + 1.6 * along * (1 - along)
        half = 0.5 * np.hypot(end[1] - start[1], end[2] - start[2]) * (1 - 0.75 * along)
        x, y = origin[0] - (middle[1] + flight[0]) * tall, origin[1] - (up + 0.02) * tall
        dx, dy = half * tall * cos(spin), half * tall * sin(spin) * (1 - along)
        lines.append(((x - dx, y - dy, x + dx, y + dy), colour))
    return picture(glowing(size, lines, width=1.4, halo=2.0), (int(origin[0]), int(origin[1]) - 3))


def _rail(place: Place) -> bytes:
    """Two rails from the lower right towards the crosshair; every frame after the first is a kick back."""
    prefix, step = place.name[:4], ord(place.name[4]) - ord("A")
    code, hue = crc32(prefix.encode("ascii")), _hue(prefix)
    kick = (0, 9, 14, 8, 5, 4, 3, 2, 2, 2)[step % 10]
    gap, long = 9 + code % 9, 52 + code // 9 % 22
    size, x0, y0 = (170, 100), 130, 72
    tip = (62.0 + kick, 96.0 - long + kick)
    lines, solid = [], []
    for side in (-1, 1):
        base = (118.0 + side * gap * 1.7, 99.0)
        lines.append(((*base, tip[0] + side * gap * 0.45, tip[1]), hue))
        solid.append([base, (tip[0] + side * gap * 0.45, tip[1]), (tip[0], tip[1] + 6), (118.0, 99.0)])
    for rung in range(1, 6):
        share = rung / 6
        x, y = 118 + (tip[0] - 118) * share, 99 + (tip[1] - 99) * share
        half = gap * (1.7 - 1.25 * share)
        lines.append(((x - half, y, x + half, y + 2), CYAN if rung % 2 else WHITE))
    return picture(glowing(size, lines, solid=solid, width=1.8), (-x0, -y0))


def _muzzle(place: Place) -> bytes:
    """A hexagon that opens where the rails end."""
    hue, radius = _hue(place.name[:4]), 9 + 5 * (ord(place.name[4]) - ord("A"))
    corners = [(32 + radius * cos(a), 32 + radius * sin(a)) for a in np.linspace(0, 2 * pi, 7)]
    lines = [((*a, *b), WHITE) for a, b in pairwise(corners)]
    lines += [((32.0, 32.0, 32 + 1.7 * (x - 32), 32 + 1.7 * (y - 32)), hue) for x, y in corners[:-1]]
    return picture(glowing((64, 64), lines, width=2.2, halo=3.5), (32 - 196, 32 - 106))


def _ray(place: Place) -> bytes:
    """Darts while they fly, opening rings when they end, sparks where something is hit."""
    prefix, step = place.name[:4], ord(place.name[4]) - ord("A")
    hue, half = _hue(prefix), max(place.width, place.height, 10) / 2
    size = int(half * 2 + 8)
    c = size / 2
    if prefix in ("PUFF", "BLUD"):
        random = np.random.default_rng(crc32(place.name.encode("ascii")))
        lines = []
        for angle in random.uniform(0, 2 * pi, 7):
            near, far = 1.5 * step, 3 + 2.5 * step
            x, y = cos(angle), sin(angle)
            lines.append(((c + x * near, c + y * near, c + x * far, c + y * far), WHITE if prefix == "PUFF" else hue))
    elif prefix in ("TFOG", "IFOG", "FIRE", "BEXP", "PLSE", "APBX", "BFE1", "BFE2", "FBXP") or (
        prefix == "MISL" and step > 0
    ):
        radius = min(4 + half * 0.35 * (step + 1), half)
        ring = [(c + radius * cos(a), c + radius * sin(a)) for a in np.linspace(0, 2 * pi, 9)]
        lines = [((*a, *b), hue) for a, b in pairwise(ring)]
    else:
        lines = [((c - half * 0.8, c, c + half * 0.8, c), WHITE), ((c, c - half * 0.8, c, c + half * 0.8), hue)]
    standing = prefix in ("TFOG", "IFOG", "FIRE")
    return picture(glowing((size, size), lines, width=1.8), (int(c), size - 4 if standing else int(c)))


def _prop(place: Place) -> bytes:
    """Things: a wire prism as large as the game's own picture."""
    code, hue = crc32(place.name[:4].encode("ascii")), _hue(place.name[:4])
    width, height = max(min(place.width, place.height), 5), max(place.height, 5)
    ring = 3 + code % 3
    low = [
        (width / 2 + 2 + 0.45 * width * cos(a), height - 1 + 0.1 * width * sin(a))
        for a in np.linspace(0.4, 2 * pi + 0.4, ring + 1)
    ]
    high = [(x * 0.6 + (width / 2 + 2) * 0.4, y - height * 0.8) for x, y in low]
    lines = [((*a, *b), hue) for a, b in zip(low, high, strict=True)]
    for chain in (low, high):
        lines += [((*a, *b), hue) for a, b in pairwise(chain)]
    pixels = glowing((width + 4, height + 4), lines, solid=[_hull(low + high)], width=1.2, halo=1.5)
    return picture(pixels, (width // 2 + 2, height - (place.height - place.top)))
