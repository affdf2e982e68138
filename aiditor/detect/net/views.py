"""What the picture eye looks at: the whole picture, small, and the places where games print, larger."""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["DETAILS", "DETAIL_SIZE", "WHOLE_SIZE", "Views", "look"]

WHOLE_SIZE = (112, 64)
"""Width and height of the whole picture."""
DETAIL_SIZE = (72, 40)
"""Width and height of every detail."""
DETAILS: dict[str, tuple[float, float, float, float]] = {
    "crosshair": (0.40, 0.40, 0.60, 0.60),
    "upper banner": (0.25, 0.12, 0.75, 0.38),
    "lower banner": (0.25, 0.60, 0.75, 0.88),
    "top left": (0.0, 0.0, 0.36, 0.34),
    "top right": (0.64, 0.0, 1.0, 0.34),
    "bottom left": (0.0, 0.60, 0.36, 0.94),
    "bottom right": (0.64, 0.60, 1.0, 0.94),
}
"""Left, top, right, bottom as shares of the picture: hit markers, banners, and the corners where feeds are."""

Views = tuple[np.ndarray, np.ndarray]
"""uint8 [3, 64, 112] and uint8 [D, 3, 40, 72]."""


def look(picture: np.ndarray) -> Views:
    """The views of one picture, uint8 [H, W, 3] of any size."""
    height, width = picture.shape[:2]
    whole = _shrunk(picture, WHOLE_SIZE)
    details = np.empty((len(DETAILS), 3, DETAIL_SIZE[1], DETAIL_SIZE[0]), np.uint8)
    for index, (left, top, right, bottom) in enumerate(DETAILS.values()):
        part = picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
        details[index] = _shrunk(part, DETAIL_SIZE)
    return whole, details


def _shrunk(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """uint8 [3, H, W], averaged over the pixels that fall together."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).transpose(2, 0, 1)
