"""Drawing one word: its letters by font, an outline of even width, a soft shadow, emoji in their own colours."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image, ImageDraw, ImageFilter

from aiditor.captions.config import CaptionConfig
from aiditor.captions.fonts import Fonts, Run, can_shape, load
from aiditor.captions.script import clusters, kind_of

__all__ = ["Art", "Ink", "Pen", "reach"]

K, V = TypeVar("K"), TypeVar("V")

SHADOW_DROP, SHADOW_BLUR = 0.05, 0.04
"""How far the shadow falls and how soft it is, as shares of the type's size."""
BLUR_REACH = 3
"""A blur is spent after so many of its radii."""
BOLDER = 0.02
"""Letters of light fonts are made this much thicker on every side, as a share of the type's size."""
KEPT = 64
"""Drawn words that are kept."""
JOINERS = dict.fromkeys(map(ord, "\ufe0e\ufe0f\u200d"))


@dataclass(frozen=True, slots=True)
class Ink:
    """How far a word reaches from its origin on the baseline, in pixels, without outline and shadow."""

    advance: float
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, eq=False)
class Art:
    """A drawn word: shadow and outline, and the letters that lie on them; both RGBA of one size.

    The pixel (`x`, `y`) is the word's origin: where it starts on the baseline.
    """

    under: Image.Image
    over: Image.Image
    x: int
    y: int


def outline(cfg: CaptionConfig, size: int) -> int:
    """Width of the outline in pixels."""
    return max(1, round(size * cfg.stroke)) if cfg.stroke else 0


def reach(cfg: CaptionConfig, size: int) -> int:
    """Pixels that outline and shadow reach past the letters, on every side."""
    shadow = size * (SHADOW_DROP + SHADOW_BLUR * BLUR_REACH) if cfg.shadow else 0.0
    return max(outline(cfg, size), round(size * BOLDER)) + math.ceil(shadow) + 1


class Pen:
    """Draws words as `cfg` says, and keeps the last few."""

    def __init__(self, cfg: CaptionConfig, fonts: Fonts) -> None:
        self._cfg, self._fonts = cfg, fonts
        self._inks: OrderedDict[tuple[str, int, str], Ink] = OrderedDict()
        self._arts: OrderedDict[tuple[str, int, str, str], Art] = OrderedDict()

    def drawable(self, text: str, language: str) -> tuple[str, tuple[str, ...]]:
        """The part of `text` that a font here can draw, and the letters that none can."""
        runs, missing = self._fonts.runs(text, self._cfg.face, language)
        return "".join(run.text for run in runs), missing

    def ink(self, text: str, size: int, language: str) -> Ink:
        """Where the letters of `text` lie at `size` pixels."""
        key = (text, size, language)
        if key not in self._inks:
            _keep(self._inks, key, self._measured(text, size, language), 16 * KEPT)
        return self._inks[key]

    def art(self, text: str, size: int, language: str, colour: str) -> Art:
        """`text` drawn at `size` pixels in `colour`."""
        key = (text, size, language, colour)
        if key not in self._arts:
            _keep(self._arts, key, self._drawn(text, size, language, colour), KEPT)
        self._arts.move_to_end(key)
        return self._arts[key]

    def _placed(self, text: str, size: int, language: str) -> list[tuple[float, Run, str]]:
        """(x from the origin, run, letters in drawing order), from left to right."""
        runs, _ = self._fonts.runs(text, self._cfg.face, language)
        backwards = kind_of(text) == "rtl"
        x, placed = 0.0, []
        for run in reversed(runs) if backwards else runs:
            letters = run.text if run.face.coloured else run.text.translate(JOINERS)
            if backwards and not can_shape():
                letters = "".join(reversed(clusters(letters)))
            placed.append((x, run, letters))
            font, scale = load(run.face, size)
            x += font.getlength(letters, **_way(backwards)) * scale
        return [*placed, (x, Run("", placed[0][1].face), "")] if placed else []

    def _measured(self, text: str, size: int, language: str) -> Ink:
        left = top = right = bottom = 0
        placed = self._placed(text, size, language)
        way = _way(kind_of(text) == "rtl")
        for x, run, letters in placed[:-1]:
            font, scale = load(run.face, size)
            mode = "RGBA" if run.face.coloured else "L"
            box = font.getbbox(letters, mode, anchor="ls", **way)
            left, top = min(left, math.floor(x + box[0] * scale)), min(top, math.floor(box[1] * scale))
            right, bottom = max(right, math.ceil(x + box[2] * scale)), max(bottom, math.ceil(box[3] * scale))
        return Ink(placed[-1][0] if placed else 0.0, left, top, right, bottom)

    def _drawn(self, text: str, size: int, language: str, colour: str) -> Art:
        cfg, ink, margin = self._cfg, self.ink(text, size, language), reach(self._cfg, size)
        x, y = margin - ink.left, margin - ink.top
        area = (ink.right + x + margin, ink.bottom + y + margin)
        edge, face = Image.new("L", area, 0), Image.new("L", area, 0)
        pictures = Image.new("RGBA", area, (0, 0, 0, 0))
        way = _way(kind_of(text) == "rtl")
        for offset, run, letters in self._placed(text, size, language)[:-1]:
            at = (x + offset, y)
            if run.face.coloured:
                _picture(pictures, at, letters, run, size, way)
                continue
            font, _ = load(run.face, size)
            bolder = round(size * BOLDER) if run.face.light else 0
            for layer, stroke in ((edge, max(bolder, outline(cfg, size))), (face, bolder)):
                ImageDraw.Draw(layer).text(at, letters, 255, font, anchor="ls", stroke_width=stroke, **way)
        under = _tinted(edge, cfg.stroke_colour)
        if cfg.shadow:
            cast = Image.new("L", area, 0)
            drop = round(size * SHADOW_DROP)
            cast.paste(255, (0, drop), edge)
            cast.paste(255, (0, drop), pictures.getchannel("A"))
            soft = cast.filter(ImageFilter.GaussianBlur(size * SHADOW_BLUR)).point(lambda level: level * cfg.shadow)
            under = Image.alpha_composite(_tinted(soft, "#000000"), under)
        return Art(under, Image.alpha_composite(_tinted(face, colour), pictures), x, y)


def _way(backwards: bool) -> dict[str, str]:
    """The direction as Pillow takes it, which it does only where it can shape."""
    return {"direction": "rtl" if backwards else "ltr"} if can_shape() else {}


def _tinted(mask: Image.Image, colour: str) -> Image.Image:
    image = Image.new("RGBA", mask.size, colour)
    image.putalpha(mask)
    return image


def _picture(
    onto: Image.Image, at: tuple[float, float], letters: str, run: Run, size: int, way: dict[str, str]
) -> None:
    """Draw emoji onto `onto`, scaled where their font has one size only."""
    font, scale = load(run.face, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(letters, "RGBA", anchor="ls", **way))
    drawn = Image.new("RGBA", (max(1, right - left), max(1, bottom - top)), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).text((-left, -top), letters, "#ffffff", font, anchor="ls", embedded_color=True, **way)
    if scale != 1.0:
        sides = (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale)))
        drawn = drawn.resize(sides, Image.Resampling.LANCZOS)
    x, y = round(at[0] + left * scale), round(at[1] + top * scale)
    onto.alpha_composite(drawn, (max(0, x), max(0, y)))


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
