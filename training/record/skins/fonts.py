"""The letters a HUD may be set in, all from packages that are installed anyway."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aiditor.errors import MissingPart

__all__ = ["FILES", "Font", "letters"]

_WEB = "templates/frontend/static/fonts"
_PLOT = "mpl-data/fonts/ttf"
FILES: dict[str, tuple[str, str]] = {
    "bebas": ("aiditor", "render/fonts/BebasNeue-Bold.otf"),
    "dejavu": ("aiditor", "render/fonts/DejaVuSans-Bold.ttf"),
    "dejavu-thin": ("matplotlib", f"{_PLOT}/DejaVuSans.ttf"),
    "dejavu-mono": ("matplotlib", f"{_PLOT}/DejaVuSansMono-Bold.ttf"),
    "serif": ("matplotlib", f"{_PLOT}/DejaVuSerif-Bold.ttf"),
    "stix": ("matplotlib", f"{_PLOT}/STIXGeneralBol.ttf"),
    "plex": ("gradio", f"{_WEB}/IBMPlexSans/IBMPlexSans-Bold.woff2"),
    "plex-thin": ("gradio", f"{_WEB}/IBMPlexSans/IBMPlexSans-Regular.woff2"),
    "plex-mono": ("gradio", f"{_WEB}/IBMPlexMono/IBMPlexMono-Bold.woff2"),
    "source": ("gradio", f"{_WEB}/SourceSansPro/SourceSansPro-Bold.woff2"),
    "source-thin": ("gradio", f"{_WEB}/SourceSansPro/SourceSansPro-Regular.woff2"),
    "quicksand": ("gradio", f"{_WEB}/Quicksand/Quicksand-Bold.woff2"),
    "montserrat": ("gradio", f"{_WEB}/Montserrat/Montserrat-Bold.woff2"),
    "share-tech": ("gradio", f"{_WEB}/ShareTechMono/ShareTechMono-Regular.woff2"),
    "inconsolata": ("gradio", f"{_WEB}/Inconsolata/Inconsolata-Bold.woff2"),
}
"""By short name: the package that ships the file, and the file in it."""
_HERSHEY = {"hershey": cv2.FONT_HERSHEY_DUPLEX, "hershey-serif": cv2.FONT_HERSHEY_TRIPLEX}


@dataclass(frozen=True, slots=True)
class Font:
    """A face and how it is bent: `widen` times as wide, sheared by `slant`, all capitals or not."""

    file: str
    widen: float = 1.0
    slant: float = 0.0
    caps: bool = False


@lru_cache(maxsize=256)
def _face(file: str, size_px: int) -> ImageFont.FreeTypeFont:
    package, inside = FILES[file]
    spec = find_spec(package)
    path = Path((spec.submodule_search_locations or [""])[0]) / inside if spec else Path(inside)
    if not path.is_file():
        raise MissingPart(
            f"{path.name} is not in the {package} package", remedy=f"pip install --force-reinstall {package}"
        )
    return ImageFont.truetype(str(path), size_px)


def _hershey(text: str, face: int, size_px: int) -> np.ndarray:
    scale = 3 * size_px / 32
    (width, height), base = cv2.getTextSize(text, face, scale, 4)
    mask = np.zeros((height + base + 12, width + 12), np.uint8)
    cv2.putText(mask, text, (6, height + 4), face, scale, 255, 4, cv2.LINE_AA)
    return cv2.resize(mask, (mask.shape[1] // 3, mask.shape[0] // 3), interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=1024)
def letters(text: str, font: Font, size_px: int) -> np.ndarray:
    """Coverage uint8 [H, W] of one line of text; H depends on font and size only, so that rows line up."""
    if font.caps:
        text = text.upper()
    if font.file in _HERSHEY:
        mask = _hershey(text, _HERSHEY[font.file], size_px)
    else:
        face = _face(font.file, size_px)
        ascent, descent = face.getmetrics()
        image = Image.new("L", (max(int(face.getlength(text)) + 3, 1), ascent + descent))
        ImageDraw.Draw(image).text((1, 0), text, font=face, fill=255)
        mask = np.asarray(image)
        middle = ascent - round(size_px * 0.35)  # capitals are centred, whatever the face's own line gap
        half = round(size_px * 0.62)
        mask = np.pad(mask, ((half, half), (0, 0)))[middle : middle + 2 * half]
    height, width = mask.shape
    if font.slant:
        shift = font.slant * height
        matrix = np.float32([[1, -font.slant, shift], [0, 1, 0]])
        mask = cv2.warpAffine(mask, matrix, (width + round(shift) + 1, height))
    if font.widen != 1.0:
        mask = cv2.resize(mask, (max(round(mask.shape[1] * font.widen), 1), height), interpolation=cv2.INTER_AREA)
    return mask
