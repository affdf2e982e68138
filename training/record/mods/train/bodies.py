"""Body plans of the training mods' monsters, how they walk, strike, flinch and end."""

from __future__ import annotations

import colorsys
from math import pi, sin

import numpy as np

from training.record.mods.train.solids import Solid, moved, tilted

__all__ = ["ending", "living", "plan_colours"]

Colour = tuple[int, int, int]
Pose = tuple[str, float]
"""walk, strike or pain, and how far through it, 0 to 1."""


def plan_colours(random: np.random.Generator) -> tuple[Colour, Colour, Colour, Colour]:
    """Skin, dress, trim and the glow of eyes or lamps."""
    hue = random.random()
    shades = (
        (0.0, 0.6, 0.75),
        (random.uniform(0.2, 0.8), 0.65, 0.55),
        (random.uniform(0, 1), 0.3, 0.35),
        (0.5, 0.9, 1.0),
    )
    return tuple(
        tuple(int(255 * part) for part in colorsys.hsv_to_rgb((hue + off) % 1, sat * random.uniform(0.4, 1), value))
        for off, sat, value in shades
    )


def living(plan: str, pose: Pose, colours: tuple[Colour, ...], bulk: float) -> list[Solid]:
    """The body of height 1 in that pose; `bulk` widens it."""
    return _PLANS[plan](pose, colours, bulk)


def _man(pose: Pose, colours: tuple[Colour, ...], bulk: float, box: bool = False) -> list[Solid]:
    skin, dress, trim, glow = colours
    kind, along = pose
    swing = 0.11 * sin(2 * pi * along) if kind == "walk" else 0.0
    raised = 0.75 if kind == "strike" else 0.52 + 0.12 * (kind == "pain")
    lean = -0.07 if kind == "pain" else 0.03
    w = bulk
    parts = [
        Solid((swing, 0.09 * w, 0.2), (0.07 * w, 0.065 * w, 0.2), trim, box),
        Solid((-swing, -0.09 * w, 0.2), (0.07 * w, 0.065 * w, 0.2), trim, box),
        Solid((lean, 0, 0.56), (0.12 * w, 0.17 * w, 0.2), dress, box),
        Solid((lean * 2, 0, 0.87), (0.1, 0.09, 0.12), skin, box),
        Solid((lean * 2 + 0.085, 0.035, 0.89), (0.025, 0.02, 0.02), glow, box, True),
        Solid((lean * 2 + 0.085, -0.035, 0.89), (0.025, 0.02, 0.02), glow, box, True),
        Solid((0.12 + swing, 0.21 * w, raised), (0.14, 0.05 * w, 0.055), skin, box),
        Solid((0.12 - swing, -0.21 * w, 0.55), (0.14, 0.05 * w, 0.055), skin, box),
        Solid((0.3, 0.16 * w, raised + 0.01), (0.2, 0.03, 0.035), (45, 45, 50), True),
    ]
    if kind == "strike" and along > 0.3:
        parts.append(Solid((0.55, 0.16 * w, raised), (0.09, 0.09, 0.09), (255, 240, 160), False, True))
    return parts


def _block(pose: Pose, colours: tuple[Colour, ...], bulk: float) -> list[Solid]:
    return _man(pose, colours, bulk * 1.1, box=True)


def _drone(pose: Pose, colours: tuple[Colour, ...], bulk: float) -> list[Solid]:
    skin, dress, trim, glow = colours
    kind, along = pose
    bob = 0.04 * sin(2 * pi * along) if kind == "walk" else 0.0
    up = 0.6 + bob - 0.08 * (kind == "pain")
    parts = [
        Solid((0, 0, up), (0.24 * bulk, 0.24 * bulk, 0.22), dress),
        Solid((0.2 * bulk, 0, up + 0.03), (0.09, 0.11, 0.1), glow, False, True),
        Solid((0, 0, up + 0.3), (0.02, 0.02, 0.12), trim, True),
        *(
            Solid((f * 0.25 * bulk, left * 0.27 * bulk, up + 0.12), (0.13, 0.13, 0.025), skin)
            for f in (1, -1)
            for left in (1, -1)
        ),
        Solid((0.12, 0, up - 0.26), (0.18, 0.04, 0.04), trim, True),
    ]
    if kind == "strike":
        parts.append(Solid((0.36, 0, up - 0.26), (0.1, 0.1, 0.1), glow, False, True))
    return parts


def _spider(pose: Pose, colours: tuple[Colour, ...], bulk: float) -> list[Solid]:
    skin, dress, trim, glow = colours
    kind, along = pose
    parts = [
        Solid((-0.2, 0, 0.42), (0.3, 0.24 * bulk, 0.26), dress),
        Solid((0.22, 0, 0.46 + 0.1 * (kind == "strike")), (0.16, 0.17 * bulk, 0.15), skin),
        *(Solid((0.36, left * 0.06, 0.52), (0.03, 0.03, 0.03), glow, False, True) for left in (-1, 1)),
    ]
    for index, f in enumerate((-0.3, -0.08, 0.1, 0.28)):
        for left in (-1, 1):
            lift = 0.06 * max(0.0, sin(2 * pi * (along + 0.25 * index + 0.5 * (left > 0)))) * (kind == "walk")
            parts.append(Solid((f, left * 0.34 * bulk, 0.36 + lift), (0.035, 0.15 * bulk, 0.03), trim))
            parts.append(Solid((f, left * 0.48 * bulk, 0.18 + lift), (0.03, 0.03, 0.18), trim))
    if kind == "strike":
        parts.append(Solid((0.45, 0, 0.5), (0.08, 0.08, 0.08), glow, False, True))
    return parts


def _slime(pose: Pose, colours: tuple[Colour, ...], bulk: float) -> list[Solid]:
    skin, dress, trim, glow = colours
    kind, along = pose
    squash = 1 + 0.14 * sin(2 * pi * along) if kind == "walk" else (1.25 if kind == "strike" else 0.75)
    wide = bulk / squash**0.5
    parts = [
        Solid((0, 0, 0.36 * squash), (0.34 * wide, 0.34 * wide, 0.36 * squash), skin),
        Solid((0.02, 0, 0.62 * squash), (0.2 * wide, 0.2 * wide, 0.28 * squash), dress),
        *(Solid((0.2 * wide, left * 0.1, 0.66 * squash), (0.06, 0.06, 0.07), (240, 240, 240)) for left in (-1, 1)),
        *(Solid((0.255 * wide, left * 0.1, 0.66 * squash), (0.025, 0.03, 0.03), trim) for left in (-1, 1)),
    ]
    if kind == "strike":
        parts.append(Solid((0.36, 0, 0.42), (0.1, 0.12, 0.12), glow, False, True))
    return parts


_PLANS = {"man": _man, "block": _block, "drone": _drone, "spider": _spider, "slime": _slime}


def ending(how: str, body: list[Solid], along: float, random: np.random.Generator) -> list[Solid]:
    """The body at that share of its end, 1 is what stays; `random` must be the same for every share."""
    if how == "fall":
        return [tilted(part, 86 * min(along * 1.15, 1.0)) for part in body]
    if how == "melt":
        low, wide = max(1 - 0.93 * along, 0.06), 1 + 0.8 * along
        return [
            Solid(
                (part.at[0] * wide, part.at[1] * wide, part.at[2] * low),
                (part.size[0] * wide, part.size[1] * wide, max(part.size[2] * low, 0.01)),
                part.colour,
                part.box,
            )
            for part in body
        ]
    if how == "pop":
        if along < 0.4:
            return [moved(part, (0.0, 0.0, 0.1 * along), 1 + 1.2 * along) for part in body]
        ring = [(np.cos(a) * along * 0.6, np.sin(a) * along * 0.6) for a in np.linspace(0, 2 * pi, 9)[:-1]]
        size = max(0.13 * (1.15 - along), 0.03)
        return [Solid((f, left, 0.06 + 0.5 * (1 - along)), (size,) * 3, body[0].colour) for f, left in ring]
    flown = []
    for part in body:  # burst, dissolve: thrown apart, or sinking apart
        aside = random.normal(0, 0.5 if how == "burst" else 0.15, 2) * along
        arc = along * (1 - along) * (2.4 if how == "burst" else 0.2)
        up = part.at[2] * (1 - along) + arc + 0.04
        size = 1 - 0.5 * along if how == "burst" else 1 - 0.8 * along
        at = (part.at[0] + aside[0], part.at[1] + aside[1], up)
        flown.append(Solid(at, tuple(max(e * size, 0.012) for e in part.size), part.colour, part.box, part.glows))
    return flown
