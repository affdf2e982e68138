"""All sprite lumps of a training mod: monsters and players, weapons in hand, flashes, projectiles, things."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import numpy as np
from PIL import Image, ImageDraw

from training.record.mods.catalog import EFFECTS, FLASHES, GIBBED, MONSTERS, WEAPONS, Place
from training.record.mods.lumps import Lumps, picture
from training.record.mods.train.bodies import ending, living, plan_colours
from training.record.mods.train.recipe import Recipe
from training.record.mods.train.solids import Solid, render

__all__ = ["sprites"]

_FALL_FRAMES = 5
"""Death frames of those that may also burst: the first so many fall, the others burst."""
_CENTRE_X, _BOTTOM_Y = 160, 172
"""Where weapons stand, in the engine's 320 x 200."""


def sprites(made: Recipe, places: Iterable[Place]) -> Lumps:
    """A PNG for each of the game's sprites, by the same name."""
    groups: dict[str, list[Place]] = {}
    for place in places:
        groups.setdefault(place.name[:4], []).append(place)
    lumps: Lumps = []
    for prefix, group in groups.items():
        if prefix in MONSTERS:
            lumps += _monster(made, prefix, group)
        elif prefix in WEAPONS:
            lumps += [(place.name, _weapon(made, place)) for place in group]
        elif prefix in FLASHES:
            lumps += [(place.name, _flash(made, place)) for place in group]
        elif prefix in EFFECTS:
            lumps += [(place.name, _effect(made, place, group)) for place in group]
        else:
            lumps += [(place.name, _thing(made, place)) for place in group]
    return lumps


def _salt(prefix: str) -> int:
    return crc32(prefix.encode("ascii"))


def _monster(made: Recipe, prefix: str, group: list[Place]) -> Lumps:
    random = made.random(10, _salt("PLAY" if prefix == "PLYC" else prefix))
    plans = ("man", "block", "drone", "spider", "slime")
    plan = made.bodies if random.random() < 0.6 or prefix.startswith("PL") else str(random.choice(plans))
    colours, bulk = plan_colours(random), float(random.uniform(0.85, 1.3))
    seed = int(random.integers(2**31))
    alive = sorted({place.name[4] for place in group if place.name[5] != "0"})
    dead = sorted({place.name[4] for place in group if place.name[5] == "0"})
    first = group[0]
    tall = max(place.height for place in group if place.name[4] in alive[:4] or not alive)
    sink = first.height - first.top
    standing = living(plan, ("walk", 0.0), colours, bulk)
    lumps = []
    for place in group:
        frame, turn = place.name[4], place.name[5]
        if turn == "0" and alive:
            how, along = _end(made, prefix, dead.index(frame), len(dead))
            body = ending(how, standing, along, np.random.default_rng(seed))
        else:
            body = living(plan, _pose(alive.index(frame) if alive else 0, len(alive)), colours, bulk)
        side = int(tall * (2.4 if turn == "0" and alive else 1.7))
        up = int(tall * (1.5 if turn == "0" and alive else 1.15))
        down = max(sink, 0) + 3
        pixels = render(
            body, (int(turn) - 1) * 45.0 if turn in "12345678" else 0.0, (side, up + down), (side / 2, up), tall
        )
        lumps.append((place.name, _cropped(pixels, side // 2, up + min(sink, 0))))
    return lumps


def _pose(index: int, count: int) -> tuple[str, float]:
    """Living frames come as four of walking, some of attacking, one of pain."""
    if index < min(4, count - 1) or count <= 2:
        return "walk", index / 4
    if index == count - 1:
        return "pain", 0.0
    return "strike", (index - 3) / max(count - 5, 1)


def _end(made: Recipe, prefix: str, index: int, count: int) -> tuple[str, float]:
    falls = _FALL_FRAMES if prefix in GIBBED and count > _FALL_FRAMES + 3 else count
    if index < falls:
        return made.ends, (index + 1) / falls
    return "burst", (index - falls + 1) / (count - falls)


def _cropped(pixels: np.ndarray, left: int, top: int) -> bytes:
    """The picture without its empty border, its offset moved along."""
    rows, columns = np.flatnonzero(pixels[..., 3].any(1)), np.flatnonzero(pixels[..., 3].any(0))
    if not len(rows):
        return picture(np.zeros((1, 1, 4), np.uint8))
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return picture(pixels[y0:y1, x0:x1], (int(left - x0), int(top - y0)))


def _hand_colours(made: Recipe) -> tuple[tuple[int, int, int], ...]:
    return plan_colours(made.random(11))


def _weapon(made: Recipe, place: Place) -> bytes:
    """A gun from behind, in hands; later frames tilt and drop it."""
    skin, metal, trim, glow = _hand_colours(made)
    prefix, step = place.name[:4], ord(place.name[4]) - ord("A")
    random = made.random(12, _salt(prefix))
    wide, long = float(random.uniform(13, 27)), float(random.uniform(44, 66))
    aside = float(random.uniform(-6, 34))
    if prefix in ("PUNG", "SAWG"):
        wide, long = 12.0, 30.0 + 14 * (step in (1, 2, 3))
    kick = (0, 6, 10, 7, 4, 3, 2, 2)[step % 8]
    size, scale = (170, 110), 2
    image = Image.new("RGBA", (size[0] * scale, size[1] * scale))
    draw = ImageDraw.Draw(image)

    def polygon(points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        lean = kick * 0.012
        moved = [((85 + x + lean * (110 - y)) * scale, (y + kick) * scale) for x, y in points]
        draw.polygon(moved, fill=(*colour, 255))

    top = 110 - 20 - long
    dark = tuple(part // 2 for part in metal)
    sleeve = [(aside + 8, 75), (aside + 26, 80), (aside + 46, 112), (aside + 8, 112)]
    polygon(sleeve, trim)
    polygon([(-x + 6, y) for x, y in sleeve], trim)
    if prefix not in ("PUNG",):
        polygon([(-wide, 112), (-wide * 0.45, top), (wide * 0.45, top), (wide, 112)], metal)
        polygon([(wide * 0.1, 112), (wide * 0.2, top), (wide * 0.45, top), (wide, 112)], dark)
        polygon([(-wide * 0.3, top), (-wide * 0.3, top - 4), (wide * 0.3, top - 4), (wide * 0.3, top)], (25, 25, 28))
        polygon([(-wide * 1.3, 92), (-wide * 1.1, 84), (wide * 1.1, 84), (wide * 1.3, 92)], trim)
        polygon([(-2, 88), (-2, 80), (2, 80), (2, 88)], glow)
    hand = 108 - long * 0.55
    polygon([(-wide - 9, hand), (-wide + 3, hand - 8), (-wide + 5, hand + 10), (-wide - 7, hand + 13)], skin)
    polygon([(wide + 10, 100), (wide - 3, 86), (wide - 5, 108), (wide + 12, 112)], skin)
    pixels = np.asarray(image.resize(size, Image.Resampling.BOX)).copy()
    pixels[..., 3] = np.where(pixels[..., 3] > 110, 255, 0)
    x, y = _CENTRE_X - 85, _BOTTOM_Y - 106
    return _cropped(pixels, -x, -y)


def _flash(made: Recipe, place: Place) -> bytes:
    """Light at the muzzle: a star, a ball or hardly anything."""
    random = made.random(13, _salt(place.name))
    radius = max(int((6 + 22 * made.muzzle) * random.uniform(0.8, 1.2)), 2)
    glow = (255, 214, 120) if made.guns in ("rifle", "smg", "cannon", "suppressed") else _hand_colours(made)[3]
    pixels = _star(radius, glow, random, spikes=made.guns in ("rifle", "smg", "cannon", "cartoon"))
    return picture(pixels, (radius - _CENTRE_X, radius - (_BOTTOM_Y - 70)))


def _star(radius: int, colour: tuple[int, int, int], random: np.random.Generator, *, spikes: bool) -> np.ndarray:
    """uint8 [2 r, 2 r, 4]: bright in the middle."""
    y, x = (np.mgrid[: 2 * radius, : 2 * radius] + 0.5 - radius) / radius
    far, angle = np.hypot(x, y), np.arctan2(y, x)
    edge = 0.55 + 0.45 * np.cos(angle * int(random.integers(4, 8)) + random.uniform(0, 6)) if spikes else 0.95
    inside = far < edge
    heat = np.clip(1.3 - far / np.maximum(edge, 0.1), 0, 1)[..., None]
    pixels = np.zeros((2 * radius, 2 * radius, 4), np.uint8)
    pixels[..., :3] = np.array(colour) * (1 - heat) + 255 * heat
    pixels[..., 3] = np.where(inside, 255, 0)
    return pixels


def _effect(made: Recipe, place: Place, group: list[Place]) -> bytes:
    """Projectiles, puffs, blood, flames: balls, stars and clouds of the mod's colours, by prefix and frame."""
    prefix = place.name[:4]
    random = made.random(14, _salt(prefix))
    hues = plan_colours(random)
    frames = sorted({other.name[4] for other in group})
    along = frames.index(place.name[4]) / max(len(frames) - 1, 1)
    radius = max(int(max(place.width, place.height) / 2), 2)
    if prefix in ("PUFF", "BLUD"):
        radius = max(int(random.uniform(3, 9) * (0.5 + along)), 2)
        colour = hues[1] if prefix == "BLUD" else (230, 230, 210) if made.guns in ("rifle", "smg") else hues[3]
        pixels = _cloud(radius, colour, along, random)
    elif prefix in ("FIRE", "TFOG", "IFOG", "BEXP", "PLSE", "APBX", "BFE1", "BFE2", "FBXP"):
        pixels = _cloud(radius, hues[3], along, random)
    else:
        pixels = _star(radius, hues[3], random, spikes=bool(random.random() < 0.3))
    feet = prefix in ("FIRE", "TFOG", "IFOG")
    return picture(pixels, (radius, place.top if feet else radius))


def _cloud(radius: int, colour: tuple[int, int, int], along: float, random: np.random.Generator) -> np.ndarray:
    """uint8 [2 r, 2 r, 4]: fragments that thin out."""
    y, x = (np.mgrid[: 2 * radius, : 2 * radius] + 0.5 - radius) / radius
    far = np.hypot(x, y)
    grain = random.random((2 * radius, 2 * radius))
    pixels = np.zeros((2 * radius, 2 * radius, 4), np.uint8)
    heat = np.clip(1 - far - 0.5 * along, 0, 1)[..., None]
    pixels[..., :3] = np.array(colour) * (1 - heat) + 255 * heat
    pixels[..., 3] = np.where((far < 1) & (grain > 0.15 + 0.6 * along * far), 255, 0)
    return pixels


def _thing(made: Recipe, place: Place) -> bytes:
    """Pickups and decorations: a few solids in the size of the game's own picture."""
    random = made.random(15, _salt(place.name[:4]))
    hues = plan_colours(random)
    slim = min(place.width / max(place.height, 1), 0.6 if place.height > 50 else 1.5)
    tall = max(place.height, 3)
    box = bool(random.random() < 0.5)
    parts = [
        Solid((0, 0, 0.3), (0.45 * slim, 0.45 * slim, 0.3), hues[1], box),
        Solid((0, 0, 0.72), (0.3 * slim, 0.3 * slim, 0.26), hues[0], not box),
        Solid((0.46 * slim, 0, 0.35), (0.06 * slim, 0.16 * slim, 0.1), hues[3], box, True),
    ]
    side = max(int(place.width * 1.5), 3)
    pixels = render(parts, 25.0, (side, tall + 2), (side / 2, tall), tall)
    return _cropped(pixels, side // 2, tall - (place.height - place.top))
