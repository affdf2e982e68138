"""Words on the picture, drawn once with Pillow and laid over the frames: callouts that pop, and the watermark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from aiditor.render.framing import SAFE_SIDE, SAFE_TOP, Canvas

__all__ = ["CALLOUT_S", "Lettering", "callout_size", "draw_callout", "draw_watermark", "pop"]

DISPLAY_FONT, FALLBACK_FONT = "BebasNeue-Bold.otf", "DejaVuSans-Bold.ttf"
CALLOUT_S = 1.15
POP_S, SETTLE_S, FADE_S = 0.10, 0.20, 0.22
"""Up to POP_S the callout grows past its size, up to SETTLE_S it falls back to it; it fades for the last FADE_S."""
OVERSHOOT = 1.16
STEPS = 24
"""Sizes and opacities are taken in this many steps, so that few pictures are drawn."""
SLANT = 0.16
"""Horizontal shear of callouts."""


@dataclass(frozen=True, slots=True, eq=False)
class Lettering:
    """A small picture: uint8 [H, W, 4] RGBA, straight alpha, and where its left top corner lies on the canvas."""

    pixels: np.ndarray
    left: int
    top: int


def pop(t_s: float) -> tuple[float, float]:
    """Scale and opacity of a callout `t_s` seconds after it appears; opacity 0 when it is over."""
    if not 0 <= t_s < CALLOUT_S:
        return 1.0, 0.0
    if t_s < POP_S:
        along = 1 - (1 - t_s / POP_S) ** 3
        scale = 0.45 + (OVERSHOOT - 0.45) * along
    elif t_s < SETTLE_S:
        scale = OVERSHOOT + (1 - OVERSHOOT) * (t_s - POP_S) / (SETTLE_S - POP_S)
    else:
        scale = 1.0
    opacity = min(1.0, 0.35 + t_s / POP_S, (CALLOUT_S - t_s) / FADE_S)
    return round(scale * STEPS) / STEPS, round(opacity * STEPS) / STEPS


def callout_size(canvas: Canvas) -> int:
    """Height of callout type in pixels, before it is fitted to the width."""
    return round(canvas.height * (0.14 if canvas.shape > 1 else 0.095))


@lru_cache(maxsize=64)
def draw_callout(text: str, canvas: Canvas, scale: float, opacity: float) -> Lettering:
    """`text` in big slanted white type with a heavy outline and a shadow, at `scale` and `opacity`."""
    full = _callout_art(text.upper(), canvas)
    box_w, box_h = (round(side * OVERSHOOT / 2 + 2) * 2 for side in full.size)
    sized = full.resize(
        (max(2, round(full.width * scale)), max(2, round(full.height * scale))), Image.Resampling.BICUBIC
    )
    box = Image.new("RGBA", (box_w, box_h), (0, 0, 0, 0))
    box.paste(sized, ((box_w - sized.width) // 2, (box_h - sized.height) // 2))
    pixels = np.array(box)
    pixels[..., 3] = (pixels[..., 3] * opacity).astype(np.uint8)
    centre_y = canvas.height * (0.25 if canvas.shape > 1 else 0.29)
    return Lettering(pixels, round((canvas.width - box_w) / 4) * 2, max(0, round((centre_y - box_h / 2) / 2) * 2))


@lru_cache(maxsize=8)
def _callout_art(text: str, canvas: Canvas) -> Image.Image:
    room = canvas.width * (0.62 if canvas.shape > 1 else 1 - 2 * SAFE_SIDE) / OVERSHOOT
    size = callout_size(canvas)
    art = _outlined(text, size)
    if art.width > room:
        art = _outlined(text, max(12, int(size * room / art.width)))
    return art


def _outlined(text: str, size: int) -> Image.Image:
    outline = max(2, round(size * 0.085))
    margin = outline * 3
    width = round(_width(text, size))
    image = Image.new("RGBA", (width + 2 * margin, round(size * 1.15) + 2 * margin), (0, 0, 0, 0))
    shadow = Image.new("L", image.size, 0)
    _write(ImageDraw.Draw(shadow), (margin, margin), text, size, 255, outline)
    shadow = shadow.filter(ImageFilter.GaussianBlur(outline * 0.9))
    image.paste((0, 0, 0, 200), (round(outline * 0.5), outline), shadow.point(lambda level: level * 0.8))
    _write(ImageDraw.Draw(image), (margin, margin), text, size, (12, 12, 16, 255), outline)
    face = Image.new("L", image.size, 0)
    _write(ImageDraw.Draw(face), (margin, margin), text, size, 255, 0)
    image.paste(_gradient(image.size), (0, 0), face)
    lean = round(image.height * SLANT)
    wide = Image.new("RGBA", (image.width + lean, image.height), (0, 0, 0, 0))
    wide.paste(image, (lean // 2, 0))
    # Shear about the middle: the top leans right.
    shear = (1, SLANT, -SLANT * image.height / 2, 0, 1, 0)
    return wide.transform(wide.size, Image.Transform.AFFINE, shear, Image.Resampling.BICUBIC)


def _gradient(size: tuple[int, int]) -> Image.Image:
    """White falling to a warm yellow: type that reads on any game."""
    top, bottom = np.array([255, 255, 255]), np.array([255, 214, 64])
    share = np.clip((np.linspace(0, 1, size[1]) - 0.35) / 0.4, 0, 1)[:, None]
    rows = (top * (1 - share) + bottom * share).astype(np.uint8)
    return Image.fromarray(np.repeat(rows[:, None, :], size[0], axis=1), "RGB")


def draw_watermark(text: str, canvas: Canvas) -> Lettering:
    """`text` small and half see-through: bottom right in landscape, top left inside the safe area in portrait."""
    short = min(canvas.width, canvas.height)
    size = max(12, round(short * (0.042 if canvas.shape > 1 else 0.046)))
    margin = max(2, size // 5)
    image = Image.new("RGBA", (round(_width(text, size)) + 2 * margin, round(size * 1.2) + 2 * margin), (0, 0, 0, 0))
    shadow = Image.new("L", image.size, 0)
    _write(ImageDraw.Draw(shadow), (margin, margin), text, size, 255, max(1, size // 14))
    image.paste(
        (0, 0, 0, 150), (1, 2), shadow.filter(ImageFilter.GaussianBlur(max(1, size / 14))).point(lambda v: v * 0.6)
    )
    face = Image.new("L", image.size, 0)
    _write(ImageDraw.Draw(face), (margin, margin), text, size, 255, 0)
    image.paste((255, 255, 255, 255), (0, 0), face)
    pixels = np.array(_even_sized(image))
    pixels[..., 3] = (pixels[..., 3] * 0.72).astype(np.uint8)
    height, width = pixels.shape[:2]
    if canvas.shape > 1:
        edge = round(short * 0.03)
        left, top = canvas.width - width - edge, canvas.height - height - edge
    else:
        left, top = round(canvas.width * SAFE_SIDE), round(canvas.height * SAFE_TOP)
    return Lettering(pixels, max(0, left // 2 * 2), max(0, top // 2 * 2))


def _even_sized(image: Image.Image) -> Image.Image:
    whole = Image.new("RGBA", (image.width + image.width % 2, image.height + image.height % 2), (0, 0, 0, 0))
    whole.paste(image, (0, 0))
    return whole


@lru_cache(maxsize=16)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    with files("aiditor.render").joinpath("fonts", name).open("rb") as handle:
        return ImageFont.truetype(handle, size)


@lru_cache(maxsize=512)
def _drawn_by(letter: str) -> str:
    """The font that has `letter`: the display face, else the fallback."""
    missing = _font(DISPLAY_FONT, 40).getmask("\uffff")
    mask = _font(DISPLAY_FONT, 40).getmask(letter)
    same = mask.size == missing.size and bytes(mask) == bytes(missing)
    return FALLBACK_FONT if same and not letter.isspace() else DISPLAY_FONT


def _runs(text: str, size: int) -> list[tuple[str, ImageFont.FreeTypeFont, float]]:
    """Letters with their font and width; the fallback is taken a little smaller, to match in height."""
    runs = []
    for letter in text:
        name = _drawn_by(letter)
        font = _font(name, size if name == DISPLAY_FONT else round(size * 0.82))
        runs.append((letter, font, font.getlength(letter)))
    return runs


def _width(text: str, size: int) -> float:
    return sum(width for _, _, width in _runs(text, size))


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    size: int,
    fill: int | tuple[int, int, int, int],
    outline: int,
) -> None:
    x, baseline = float(at[0]), at[1] + round(size * 0.86)
    for letter, font, width in _runs(text, size):
        draw.text((x, baseline), letter, font=font, fill=fill, anchor="ls", stroke_width=outline)
        x += width
