"""Sprites: small pictures with transparency, made once and laid over frames with integer arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from training.record.skins.fonts import Font, letters

__all__ = ["Colour", "Ink", "Sprite", "blank", "over", "panel", "place", "row", "sprite", "tinted", "write"]

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Ink:
    """How text is set: face, size in pixels, colour, an edge around the letters and a shadow under them."""

    font: Font
    size_px: int
    colour: Colour = (255, 255, 255)
    edge_px: int = 0
    edge_colour: Colour = (0, 0, 0)
    shadow: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """Ready to be laid over: `colour` uint16 [H, W, 3], `cover` uint16 [H, W, 1] from 0 to 256."""

    colour: np.ndarray
    cover: np.ndarray

    @property
    def width(self) -> int:
        return self.cover.shape[1]

    @property
    def height(self) -> int:
        return self.cover.shape[0]

    def lay(self, picture: np.ndarray, x: float, y: float, opacity: float = 1.0) -> None:
        """Blend onto `picture` (uint8 [H, W, 3], changed in place) with the top left corner at x, y; may stick out."""
        left, top = round(x), round(y)
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + self.width, picture.shape[1]), min(top + self.height, picture.shape[0])
        share = int(np.clip(opacity, 0, 1) * 256)
        if x0 >= x1 or y0 >= y1 or share == 0:
            return
        inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        cover = self.cover[inside]
        if share < 256:
            cover = (cover * share) >> 8
        under = picture[y0:y1, x0:x1]
        under[:] = (under * (256 - cover) + self.colour[inside] * cover) >> 8

    def lay_centred(self, picture: np.ndarray, x: float, y: float, opacity: float = 1.0) -> None:
        self.lay(picture, x - self.width / 2, y - self.height / 2, opacity)

    def scaled(self, factor: float) -> Sprite:
        """The same, larger or smaller."""
        size = (max(round(self.width * factor), 1), max(round(self.height * factor), 1))
        colour = cv2.resize(self.colour, size, interpolation=cv2.INTER_LINEAR)
        return Sprite(colour, cv2.resize(self.cover, size, interpolation=cv2.INTER_LINEAR)[..., None])


def sprite(image: np.ndarray) -> Sprite:
    """From an RGBA picture, uint8 [H, W, 4]."""
    alpha = image[..., 3:].astype(np.uint16)
    return Sprite(image[..., :3].astype(np.uint16), alpha + (alpha >> 7))


def blank(width: int, height: int) -> np.ndarray:
    """A transparent RGBA picture."""
    return np.zeros((max(height, 1), max(width, 1), 4), np.uint8)


def over(canvas: np.ndarray, image: np.ndarray, x: int, y: int) -> None:
    """Compose the RGBA `image` onto the RGBA `canvas` in place, clipped to it (Porter and Duff's "over")."""
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + image.shape[1], canvas.shape[1]), min(y + image.shape[0], canvas.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    top = image[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32) / 255
    under = canvas[y0:y1, x0:x1].astype(np.float32) / 255
    alpha = top[..., 3:] + under[..., 3:] * (1 - top[..., 3:])
    mixed = top[..., :3] * top[..., 3:] + under[..., :3] * under[..., 3:] * (1 - top[..., 3:])
    result = np.concatenate([mixed / np.maximum(alpha, 1e-6), alpha], axis=2)
    canvas[y0:y1, x0:x1] = np.round(result * 255).astype(np.uint8)


def tinted(mask: np.ndarray, colour: Colour, alpha: float = 1.0) -> np.ndarray:
    """An RGBA picture of one colour under the coverage uint8 [H, W]."""
    image = np.empty((*mask.shape, 4), np.uint8)
    image[..., :3] = colour
    image[..., 3] = mask if alpha == 1.0 else np.round(mask * alpha)
    return image


@lru_cache(maxsize=1024)
def write(text: str, ink: Ink) -> np.ndarray:
    """RGBA of one line of text; do not change it. Its edge and shadow add to its size on all sides."""
    mask = letters(text, ink.font, ink.size_px)
    pad = ink.edge_px + (2 if ink.shadow else 0)
    mask = np.pad(mask, ((0, 0), (pad, pad)))
    canvas = blank(mask.shape[1], mask.shape[0])
    if ink.shadow:
        soft = cv2.GaussianBlur(np.roll(mask, (1, 1), axis=(0, 1)), (3, 3), 0)
        over(canvas, tinted(soft, (0, 0, 0), 0.85), 0, 0)
    if ink.edge_px:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * ink.edge_px + 1, 2 * ink.edge_px + 1))
        over(canvas, tinted(cv2.dilate(mask, kernel), ink.edge_colour), 0, 0)
    over(canvas, tinted(mask, ink.colour), 0, 0)
    return canvas


def row(parts: list[np.ndarray], gap: int = 0) -> np.ndarray:
    """RGBA pictures side by side, middles on one line."""
    height = max((part.shape[0] for part in parts), default=1)
    canvas = blank(sum(part.shape[1] for part in parts) + gap * max(len(parts) - 1, 0), height)
    x = 0
    for part in parts:
        over(canvas, part, x, (height - part.shape[0]) // 2)
        x += part.shape[1] + gap
    return canvas


def panel(
    width: int, height: int, colour: Colour, alpha: float, shape: str = "rect", edge: Colour | None = None
) -> np.ndarray:
    """RGBA of a filled shape: rect, pill, round, slant, tag (cut corner), fade_left or fade_right (to nothing)."""
    mask = np.zeros((height * 4, width * 4), np.uint8)
    w, h = width * 4 - 1, height * 4 - 1
    lean = round(h * 0.35)
    if shape in ("pill", "round"):
        r = h // 2 if shape == "pill" else min(round(h * 0.22), 28)
        cv2.rectangle(mask, (r, 0), (w - r, h), 255, -1)
        cv2.rectangle(mask, (0, r), (w, h - r), 255, -1)
        for x, y in ((r, r), (w - r, r), (r, h - r), (w - r, h - r)):
            cv2.circle(mask, (x, y), r, 255, -1)
    elif shape == "slant":
        cv2.fillPoly(mask, [np.int32([(lean, 0), (w, 0), (w - lean, h), (0, h)])], 255)
    elif shape == "tag":
        cv2.fillPoly(mask, [np.int32([(0, 0), (w - lean, 0), (w, lean), (w, h), (lean, h), (0, h - lean)])], 255)
    else:
        mask[:] = 255
    if edge is not None:
        inner = cv2.erode(mask, np.ones((9, 9), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    if shape.startswith("fade"):
        ramp = np.clip(np.linspace(0, 1.6, width), 0, 1)
        mask = (mask * (ramp if shape == "fade_left" else ramp[::-1])).astype(np.uint8)
    image = tinted(mask, colour, alpha)
    if edge is not None:
        ring = cv2.subtract(mask, cv2.resize(inner, (width, height), interpolation=cv2.INTER_AREA))
        over(image, tinted(ring, edge), 0, 0)
    return image


def place(anchor: str, size: tuple[int, int], screen: tuple[int, int], margin: tuple[int, int]) -> tuple[int, int]:
    """Top left corner of a thing of `size` at an anchor such as top_left, middle_right or bottom_centre."""
    (width, height), (across, down), (mx, my) = size, screen, margin
    vertical, horizontal = anchor.split("_")
    x = {"left": mx, "centre": (across - width) // 2, "right": across - mx - width}[horizontal]
    y = {"top": my, "middle": (down - height) // 2, "bottom": down - my - height}[vertical]
    return x, y
