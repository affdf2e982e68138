"""Encodes what a mod makes as the lumps that the engine reads: PNG with offsets, sounds, palette and colour maps."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

__all__ = ["MUSIC_ACTOR", "RATE_HZ", "Lumps", "between", "colormap", "paced", "picture", "playpal", "sound"]

Lumps = list[tuple[str, bytes]]
"""Named lumps, in the order of the WAD."""

RATE_HZ = 44_100
MUSIC_ACTOR = "ModMusic"
"""Summoned at the start where a mod has music."""
_LIGHTS = 32
_FLASHES = 14
"""Palettes in PLAYPAL: plain, 8 red of pain, 4 yellow of pickups, 1 green of the suit."""

_SHOOTING = {13: (4, 6, 4, 5), 21: (3, 7, 5, 5, 4, 5, 5, 3, 7), 35: (3, 7, 7, 7, 7, 7, 7, 6, 6, 5), 52: (4, 4)}
"""First frame of the shooting of pistol, shotgun, double-barrelled shotgun and chaingun, and the tics of each."""


def between(mark: str, lumps: Lumps) -> Lumps:
    """The lumps inside their namespace, S (sprites), TX (textures) …; nothing for none."""
    return [(f"{mark}_START", b""), *lumps, (f"{mark}_END", b"")] if lumps else []


def picture(pixels: np.ndarray, offset: tuple[int, int] = (0, 0)) -> bytes:
    """uint8 [H, W, 3 or 4] as PNG. `offset` is the point, from the top left, that the engine puts in place.

    The offset goes into a `grAb` chunk (ZDoom's own), right behind the header.
    """
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=1)
    png = buffer.getvalue()
    head = 8 + 25  # signature and IHDR
    chunk = b"grAb" + struct.pack(">ii", *offset)
    grab = struct.pack(">I", 8) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:head] + grab + png[head:]


def sound(samples: np.ndarray) -> bytes:
    """float [N] in [-1, 1] as Doom's own sound lump: 8-bit, mono; louder samples are clipped.

    The only format that the engine decodes as ViZDoom builds it: WAV and VOC stay silent there. The first and
    last 16 samples are padding (Unofficial Doom Specs, 5).
    """
    data = np.pad(np.round(np.clip(samples, -1, 1) * 127) + 128, 16, constant_values=128).astype(np.uint8)
    return struct.pack("<HHI", 3, RATE_HZ, len(data)) + data.tobytes()


def playpal(colours: np.ndarray) -> bytes:
    """The PLAYPAL lump of uint8 [256, 3]: the palette itself, then its tints for pain, pickups and the suit."""
    base = colours.astype(np.float64)
    tints = [(np.array([255, 0, 0]), 0.11 * step) for step in range(1, 9)]
    tints += [(np.array([215, 186, 69]), 0.12 * step) for step in range(1, 5)]
    tints += [(np.array([0, 255, 0]), 0.125)]
    pages = [base, *(base + (tint - base) * share for tint, share in tints)]
    assert len(pages) == _FLASHES
    return np.concatenate(pages).round().clip(0, 255).astype(np.uint8).tobytes()


def colormap(colours: np.ndarray) -> bytes:
    """The COLORMAP lump of uint8 [256, 3]: 32 darker and darker maps, invulnerability's greys, and black."""
    base = colours.astype(np.float64)
    grey = np.repeat(255 - (base @ [0.299, 0.587, 0.114])[:, None], 3, axis=1)
    pages = [base * (1 - light / _LIGHTS) for light in range(_LIGHTS)] + [grey, np.zeros_like(base)]
    return np.concatenate([_nearest(page, base) for page in pages]).astype(np.uint8).tobytes()


def paced(factor: float) -> bytes:
    """A DEHACKED lump: what the hand-held guns do from shot to shot takes so many times as long.

    Frame numbers and durations (tics) are those of Doom's own state table (linuxdoom, info.c).
    """
    lines = ["Patch File for DeHackEd v3.0", "Doom version = 21", "Patch format = 6", ""]
    for first, durations in _SHOOTING.items():
        for frame, tics in enumerate(durations, first):
            lines += [f"Frame {frame}", f"Duration = {max(round(tics * factor), 1)}", ""]
    return "\n".join(lines).encode("ascii")


def _nearest(wanted: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Index [N] of the palette's colour nearest to each of `wanted` [N, 3]."""
    apart = (wanted**2).sum(1)[:, None] - 2 * wanted @ palette.T + (palette**2).sum(1)[None]
    return apart.argmin(axis=1)
