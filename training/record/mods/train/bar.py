"""Status bars of the training mods: other plates, digits, faces and message fonts in the places of the game's own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.record.mods.catalog import Place
from training.record.mods.lumps import Lumps, picture
from training.record.mods.train.bodies import plan_colours
from training.record.mods.train.recipe import Recipe

__all__ = ["bar"]

Colour = tuple[int, int, int]
_SEGMENTS = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcdfg",
    "-": "g",
}


def bar(made: Recipe, places: Iterable[Place]) -> Lumps:
    """A PNG for each of the game's status bar pictures; nothing when the mod keeps them."""
    if not made.bar:
        return []
    hues = plan_colours(made.random(30))
    lumps: Lumps = []
    for place in places:
        pixels = _one(made, place, hues)
        if pixels is not None:
            lumps.append((place.name, picture(pixels, (place.left, place.top))))
    return lumps


def _one(made: Recipe, place: Place, hues: tuple[Colour, ...]) -> np.ndarray | None:
    name, size = place.name, (place.width, place.height)
    if name == "STBAR":
        return _plate(made, size, hues)
    if name.startswith(("STTNUM", "STGNUM", "STYSNUM")) or name in ("STTMINUS", "STTPRCNT"):
        text = {"STTMINUS": "-", "STTPRCNT": "%"}.get(name, name[-1])
        colour = hues[2] if name.startswith("STGNUM") else hues[3]
        segments = made.bar == "digits" and text != "%"
        return _segments(text, size, colour) if segments else _glyph(text, size, colour)
    if name.startswith("STCFN"):
        return _glyph(chr(int(name[5:])), size, hues[3])
    if name.startswith("STF") and not name.startswith("STFB"):
        return _face(made, name, size, hues)
    if name == "STARMS" or name.startswith(("STFB", "STPB")):
        return np.concatenate([_plate(made, size, hues), np.full((size[1], size[0], 1), 255, np.uint8)], axis=2)
    return None


def _plate(made: Recipe, size: tuple[int, int], hues: tuple[Colour, ...]) -> np.ndarray:
    """uint8 [H, W, 3]: metal, glass or cloth."""
    random = made.random(31)
    down = np.linspace(1.1, 0.6, size[1])[:, None, None]
    if made.bar == "digits":
        down = 0.35 * down
    grain = 1 + random.normal(0, 0.06, (size[1], size[0], 1))
    pixels = np.array(hues[1]) * down * grain
    pixels[0] = pixels[-1] = np.array(hues[2])
    for x in random.choice(size[0], min(6, size[0]), replace=False):
        pixels[:, x] = np.array(hues[2]) * 0.7
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _glyph(text: str, size: tuple[int, int], colour: Colour) -> np.ndarray:
    """uint8 [H, W, 4]: the character as large as fits, by Pillow's own font."""
    mask = Image.new("L", (64, 64))
    ImageDraw.Draw(mask).text((12, 4), text, font=ImageFont.load_default(44), fill=255)
    box = mask.getbbox()
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    if box is None:
        return pixels
    letter = mask.crop((box[0], min(box[1], 16), box[2], max(box[3], 50)))
    small = np.asarray(letter.resize(size, Image.Resampling.BOX))
    pixels[..., :3] = colour
    pixels[..., 3] = np.where(small > 90, 255, 0)
    return pixels


def _segments(text: str, size: tuple[int, int], colour: Colour) -> np.ndarray:
    """uint8 [H, W, 4]: a digit of seven segments."""
    width, height = size
    thick = max(round(width * 0.22), 1)
    middle = height // 2
    bars = {
        "a": (0, 0, width - 1, thick),
        "b": (width - 1 - thick, 0, width - 1, middle),
        "c": (width - 1 - thick, middle, width - 1, height),
        "d": (0, height - thick, width - 1, height),
        "e": (0, middle, thick, height),
        "f": (0, 0, thick, middle),
        "g": (0, middle - thick // 2, width - 1, middle - thick // 2 + thick),
    }
    pixels = np.zeros((height, width, 4), np.uint8)
    for segment in _SEGMENTS[text]:
        x0, y0, x1, y1 = bars[segment]
        pixels[y0:y1, x0:x1] = (*colour, 255)
    return pixels


def _face(made: Recipe, name: str, size: tuple[int, int], hues: tuple[Colour, ...]) -> np.ndarray:
    """uint8 [H, W, 4]: a face or a helmet, redder the worse it goes."""
    hurt = 5 if name.startswith("STFDEAD") else int(name[4]) if name[4:5].isdigit() else 0
    hurt = int(name[5]) if name[3:5] in ("ST", "TL", "TR") and name[5:6].isdigit() else hurt
    image = Image.new("RGBA", size)
    draw = ImageDraw.Draw(image)
    width, height = size
    skin = tuple(int(part * (1 - 0.12 * hurt)) for part in hues[0])
    draw.ellipse((2, 1, width - 3, height - 1), fill=(*skin, 255))
    if made.bar == "digits":
        draw.rectangle((4, height * 0.35, width - 5, height * 0.55), fill=(*hues[3], 255))
    else:
        look = -3 if "TL" in name else 3 if "TR" in name else 0
        for x in (width * 0.35, width * 0.65):
            draw.ellipse((x - 2 + look, height * 0.4, x + 2 + look, height * 0.55), fill=(*hues[2], 255))
        draw.line((width * 0.35, height * 0.78, width * 0.65, height * 0.78), fill=(*hues[2], 255), width=2)
    for index in range(hurt):
        draw.line((4 + 4 * index, 4, 7 + 4 * index, height - 6), fill=(190, 20, 20, 255), width=2)
    return np.asarray(image).copy()
