"""The poster: the best single frame of the finished montage, near its strongest moments.

A frame is worth more the closer it is to a strong moment, the sharper it is, and when it is neither dark
nor washed out by a flash.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from aiditor.errors import UnreadableMedia
from aiditor.export.config import ExportConfig
from aiditor.export.whole import whole
from aiditor.media.decode import PictureReader
from aiditor.media.probe import probe
from aiditor.media.read import frames
from aiditor.timeline import Timeline

__all__ = ["best_moment_s", "picture_quality", "write_poster"]

LOOKED_AT = 4
"""Cuts that are looked into, strongest first."""
BEFORE_S, AFTER_S, EVERY_S = 0.5, 0.8, 0.1
SMALL = (320, 180)


def write_poster(video: Path, timeline: Timeline, out: Path, cfg: ExportConfig) -> float:
    """Write the best frame of the rendered `video` to `out`; returns its time in the montage.

    Raises UnreadableMedia when the video cannot be read, DiskFull when there is no room.
    """
    at_s = best_moment_s(video, timeline)
    picture = _fill(Image.fromarray(_still(video, at_s)), cfg.poster_size)
    if cfg.poster_style == "vivid":
        picture = _vivid(picture)
    with whole(out) as partial:
        if cfg.poster_format == "png":
            picture.save(partial, format="PNG", optimize=True)
        else:
            picture.save(partial, format="JPEG", quality=90, subsampling=0, optimize=True, progressive=True)
    return at_s


def best_moment_s(video: Path, timeline: Timeline) -> float:
    """Montage time of the frame that shows the montage best."""
    best_s, best = 0.0, -1.0
    top = max((cut.score for cut in timeline.cuts), default=0.0) or 1.0
    for cut in sorted(timeline.cuts, key=lambda cut: -cut.score)[:LOOKED_AT]:
        peak_s = cut.montage_s(cut.peak_s)
        entered_s = cut.at_s + (cut.transition.duration_s if cut.transition else 0.0)
        low_s = max(peak_s - BEFORE_S, min(entered_s, peak_s))
        high_s = min(peak_s + AFTER_S, cut.at_s + cut.duration_s)
        for t_s, picture in frames(
            video, start_s=low_s, end_s=high_s, every_s=EVERY_S, size=SMALL, skip="none", clock_start_s=0.0
        ):
            near = 1.0 - 0.5 * abs(t_s - peak_s)
            value = picture_quality(picture) * near * (0.5 + 0.5 * max(cut.score, 0.0) / top)
            if value > best:
                best_s, best = t_s, value
    return best_s


def picture_quality(picture: np.ndarray) -> float:
    """How good a still uint8 [H, W, 3] makes, 0 for one that is black, white or flat.

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al., 2000), on a log scale. A picture under
    one colour (games tint all of it when the player is hurt) loses up to three quarters.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    sharp = float(np.log1p(cv2.Laplacian(grey, cv2.CV_64F).var()))
    mean = float(grey.mean())
    exposed = np.clip((mean - 12) / 48, 0, 1) * np.clip((232 - mean) / 60, 0, 1)
    burnt = float((grey > 250).mean())
    channels = picture.reshape(-1, 3).mean(axis=0)
    cast = np.clip((channels.max() / (channels.sum() + 1e-6) - 0.42) / 0.2, 0, 1)
    return sharp * float(exposed) * max(0.0, 1.0 - 2 * burnt) * (1.0 - 0.75 * float(cast))


def _still(video: Path, t_s: float) -> np.ndarray:
    """uint8 [H, W, 3] at full size."""
    reader = PictureReader(str(video), probe(video))
    try:
        reader.seek(t_s)
        still: np.ndarray = reader.at(t_s).frame.to_ndarray(format="rgb24")
    finally:
        reader.close()
    if not still.size:
        raise UnreadableMedia(f"{video.name} shows no picture at {t_s:.1f} s", remedy="render it again", file=video)
    return still


def _fill(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at `size`: cropped where the shapes are close, else whole over a blurred copy of itself."""
    width, height = size
    cover = max(width / picture.width, height / picture.height)
    fit = min(width / picture.width, height / picture.height)
    filled = _resized(picture, cover)
    left, top = (filled.width - width) // 2, (filled.height - height) // 2
    filled = filled.crop((left, top, left + width, top + height))
    if cover / fit < 1.12:
        return filled
    behind = ImageEnhance.Brightness(filled.filter(ImageFilter.GaussianBlur(width / 40))).enhance(0.55)
    front = _resized(picture, fit)
    behind.paste(front, ((width - front.width) // 2, (height - front.height) // 2))
    return behind


def _resized(picture: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)


def _vivid(picture: Image.Image) -> Image.Image:
    """More colour and contrast, crisper, with darker corners: made to be seen small."""
    picture = ImageEnhance.Color(picture).enhance(1.22)
    picture = ImageEnhance.Contrast(picture).enhance(1.1)
    picture = picture.filter(ImageFilter.UnsharpMask(radius=2.2, percent=70, threshold=3))
    y, x = np.ogrid[-1 : 1 : picture.height * 1j, -1 : 1 : picture.width * 1j]  # type: ignore[misc]
    shade = 1.0 - 0.42 * np.clip(np.hypot(x, y) - 0.62, 0, 1)
    pixels = np.asarray(picture, np.float32) * shade[..., None].astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
