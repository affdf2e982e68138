"""Neon's status bar: bars of light instead of numbers and a face, by an SBARINFO of its own, and its message font."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.record.mods.catalog import Place
from training.record.mods.lumps import Lumps, picture
from training.record.mods.neon.light import CYAN, LIME, MAGENTA, ORANGE, Colour, glowing

__all__ = ["bar"]

_LAYOUT = """base Doom;
height 32;
statusbar normal
{
  drawimage "NEPLATE", 0, 168;
  drawbar "NEHPFULL", "NEHPNONE", health, horizontal, 12, 184;
  drawbar "NEARFULL", "NEARNONE", armor, horizontal, 12, 193;
  drawnumber 3, HUDFONT_DOOM, untranslated, health, 146, 172;
  drawbar "NEAMFULL", "NEAMNONE", ammo1, horizontal, reverse, 192, 184;
  drawnumber 3, HUDFONT_DOOM, untranslated, ammo1, 214, 172;
}
"""


def bar(places: Iterable[Place]) -> Lumps:
    """SBARINFO, its pictures, and a PNG for each of the game's digits and letters."""
    lumps: Lumps = [("SBARINFO", _LAYOUT.encode("ascii")), ("NEPLATE", picture(_plate()))]
    for stem, hue, size in (("NEHP", MAGENTA, (104, 7)), ("NEAR", CYAN, (104, 4)), ("NEAM", LIME, (116, 10))):
        lumps.append((f"{stem}FULL", picture(_cells(size, hue))))
        lumps.append((f"{stem}NONE", picture(_cells(size, (26, 22, 48)))))
    for place in places:
        text = _text(place.name)
        if text:
            hue = ORANGE if place.name.startswith("STCFN") else CYAN
            lumps.append(
                (place.name, picture(_letter(text, (place.width, place.height), hue), (place.left, place.top)))
            )
    return lumps


def _text(name: str) -> str:
    if name.startswith("STCFN"):
        return chr(int(name[5:]))
    if name.startswith(("STTNUM", "STGNUM", "STYSNUM")):
        return name[-1]
    return {"STTMINUS": "-", "STTPRCNT": "%"}.get(name, "")


def _plate() -> np.ndarray:
    """uint8 [32, 320, 3]: glass with a line of light along its top."""
    lines = [((0.0, 1.0, 130.0, 1.0), MAGENTA), ((130.0, 1.0, 140.0, 12.0), MAGENTA), ((180.0, 12.0, 190.0, 1.0), CYAN)]
    lines += [((140.0, 12.0, 180.0, 12.0), CYAN), ((190.0, 1.0, 320.0, 1.0), CYAN)]
    glow = glowing((320, 32), lines, width=1.3, halo=2.0)[..., :3]
    return np.clip(glow.astype(int) + np.array([10, 6, 22]), 0, 255).astype(np.uint8)


def _cells(size: tuple[int, int], hue: Colour) -> np.ndarray:
    """uint8 [H, W, 3]: slanted cells, lit."""
    y, x = np.mgrid[: size[1], : size[0]]
    lit = (x + y) % 8 > 1
    return (lit[..., None] * np.array(hue)).astype(np.uint8)


def _letter(text: str, size: tuple[int, int], hue: Colour) -> np.ndarray:
    """uint8 [H, W, 4]: by Pillow's bitmap font, stretched to the place."""
    font = ImageFont.load_default_imagefont()
    mask = Image.new("L", (12, 14))
    ImageDraw.Draw(mask).text((2, 1), text if ord(text) < 127 else "?", font=font, fill=255)
    box = mask.getbbox()
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    if box is None:
        return pixels
    small = mask.crop((box[0], min(box[1], 3), box[2], max(box[3], 10))).resize(size, Image.Resampling.NEAREST)
    pixels[..., :3] = hue
    pixels[..., 3] = np.asarray(small)
    return pixels
