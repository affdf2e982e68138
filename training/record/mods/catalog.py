"""What the engine asks for by name: sprites with their places, wall and floor textures, sounds, status bar pictures."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from training.record.wad import wad_lumps

__all__ = ["BORDERS", "EFFECTS", "FLASHES", "GIBBED", "MONSTERS", "SOUNDS", "WEAPONS", "Place", "Stock", "stock"]

MONSTERS = (
    *("POSS", "SPOS", "CPOS", "SSWV", "TROO", "SARG", "HEAD", "BOSS", "BOS2", "SKUL", "BSPI", "CYBR", "FATT", "PAIN"),
    *("SKEL", "SPID", "VILE", "KEEN", "PLAY", "PLYC"),
)
GIBBED = ("POSS", "SPOS", "CPOS", "SSWV", "TROO", "PLAY", "PLYC")
"""Monsters that may also burst."""
WEAPONS = ("PUNG", "SAWG", "PISG", "SHTG", "SHT2", "CHGG", "MISG", "PLSG", "BFGG")
FLASHES = ("PISF", "SHTF", "CHGF", "MISF", "PLSF", "BFGF")
EFFECTS = (
    *("PUFF", "BLUD", "MISL", "BAL1", "BAL2", "BAL7", "PLSS", "PLSE", "APLS", "APBX", "BFS1", "BFE1", "BFE2", "MANF"),
    *("FATB", "FBXP", "BOSF", "FIRE", "TFOG", "IFOG", "BEXP"),
)
BORDERS = ("GRNROCK", "FLOOR7_2")
"""The floors with which the engine fills what is beside the status bar; it looks for them among the flats alone."""

SOUNDS: dict[str, tuple[str, ...]] = {
    "gun": ("DSPISTOL", "DSSHOTGN", "DSDSHTGN"),
    "energy": ("DSPLASMA", "DSBFG"),
    "launch": ("DSRLAUNC", "DSFIRSHT", "DSSKEATK", "DSMANATK", "DSVILATK", "DSFLAMST"),
    "blast": ("DSRXPLOD", "DSFIRXPL", "DSBAREXP"),
    "reload": ("DSSGCOCK", "DSDBOPN", "DSDBCLS", "DSDBLOAD"),
    "saw": ("DSSAWUP", "DSSAWIDL", "DSSAWFUL", "DSSAWHIT"),
    "strike": ("DSPUNCH", "DSCLAW", "DSSGTATK", "DSSKLATK", "DSSKEPCH", "DSSKESWG"),
    "sight": (
        *("DSPOSIT1", "DSPOSIT2", "DSPOSIT3", "DSBGSIT1", "DSBGSIT2", "DSSGTSIT", "DSCACSIT", "DSBRSSIT", "DSCYBSIT"),
        *("DSSPISIT", "DSBSPSIT", "DSKNTSIT", "DSVILSIT", "DSMANSIT", "DSPESIT", "DSSKESIT", "DSSSSIT"),
    ),
    "idle": ("DSPOSACT", "DSBGACT", "DSDMACT", "DSBSPACT", "DSVILACT", "DSSKEACT"),
    "pain": ("DSPOPAIN", "DSDMPAIN", "DSVIPAIN", "DSMNPAIN", "DSPEPAIN"),
    "death": (
        *("DSPODTH1", "DSPODTH2", "DSPODTH3", "DSBGDTH1", "DSBGDTH2", "DSSGTDTH", "DSCACDTH", "DSSKLDTH", "DSBRSDTH"),
        *("DSCYBDTH", "DSSPIDTH", "DSBSPDTH", "DSVILDTH", "DSKNTDTH", "DSPEDTH", "DSSKEDTH", "DSMANDTH", "DSSSDTH"),
    ),
    "burst": ("DSSLOP",),
    "own pain": ("DSPLPAIN", "DSOOF", "DSNOWAY", "DSJUMP"),
    "own death": ("DSPLDETH", "DSPDIEHI"),
    "pickup": ("DSITEMUP", "DSWPNUP", "DSGETPOW", "DSITMBK"),
    "door": ("DSDOROPN", "DSDORCLS", "DSBDOPN", "DSBDCLS", "DSPSTART", "DSPSTOP", "DSSTNMOV"),
    "click": ("DSSWTCHN", "DSSWTCHX", "DSTINK", "DSRADIO"),
    "step": ("DSHOOF", "DSMETAL", "DSBSPWLK"),
    "teleport": ("DSTELEPT",),
    "flame": ("DSFLAME",),
}
"""Sound lumps by what they are for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A picture's name, size in pixels, and the point in it that the engine puts in place."""

    name: str
    width: int
    height: int
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Stock:
    """What one of the free games has."""

    sprites: tuple[Place, ...]
    walls: dict[str, tuple[int, int]]
    """Width and height of wall textures by name, the skies too."""
    flats: tuple[str, ...]
    bar: tuple[Place, ...]
    """The status bar's pictures and the message font (ST…)."""
    palette: np.ndarray
    """uint8 [256, 3]."""


@lru_cache(maxsize=2)
def stock(wad: Path) -> Stock:
    """Reads the game's WAD."""
    lumps = wad_lumps(wad)
    names = [name for name, _ in lumps]

    def inside(start: str, end: str) -> list[tuple[str, bytes]]:
        return [lump for lump in lumps[names.index(start) + 1 : names.index(end)] if lump[1]]

    bar = [(name, data) for name, data in lumps[: names.index("S_START")] if name.startswith("ST") and _pictured(data)]
    walls: dict[str, tuple[int, int]] = {}
    for name, data in lumps:
        if name in ("TEXTURE1", "TEXTURE2"):
            walls |= _textures(data)
    return Stock(
        sprites=tuple(_place(name, data) for name, data in inside("S_START", "S_END")),
        walls=walls,
        flats=tuple(name for name, data in inside("F_START", "F_END") if len(data) == 64 * 64),
        bar=tuple({name: _place(name, data) for name, data in bar}.values()),
        palette=np.frombuffer(dict(lumps)["PLAYPAL"][:768], np.uint8).reshape(256, 3),
    )


def _place(name: str, data: bytes) -> Place:
    return Place(name, *struct.unpack_from("<hhhh", data))


def _pictured(data: bytes) -> bool:
    """Whether the lump looks like one of Doom's pictures: a sane size, and columns that begin behind their table."""
    if len(data) < 12:
        return False
    width, height = struct.unpack_from("<hh", data)
    return 0 < width <= 320 and 0 < height <= 200 and struct.unpack_from("<I", data, 8)[0] == 8 + 4 * width


def _textures(data: bytes) -> dict[str, tuple[int, int]]:
    """Names and sizes out of a TEXTURE1 lump (Unofficial Doom Specs, 8-3)."""
    (count,) = struct.unpack_from("<i", data)
    sizes = {}
    for offset in struct.unpack_from(f"<{count}i", data, 4):
        name, _, width, height = struct.unpack_from("<8sihh", data, offset)
        sizes[name.rstrip(b"\0").decode("ascii").upper()] = (width, height)
    return sizes
