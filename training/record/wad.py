"""Reads a classic Doom map out of a WAD: its lines, sectors and things.

Layout from the Unofficial Doom Specs (Fegan and others): a WAD is a header, lumps, and a directory of
(offset, size, name); a map is a marker lump followed by THINGS, LINEDEFS, SIDEDEFS, VERTEXES, SECTORS.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aiditor.errors import BadInput

__all__ = ["EXITS", "DoomMap", "map_names", "patch_wad", "playable", "read_map", "textures_of", "wad_lumps"]

_THING = np.dtype([("x", "<i2"), ("y", "<i2"), ("angle", "<i2"), ("type", "<i2"), ("flags", "<i2")])
_LINE = np.dtype([(name, "<u2") for name in ("v1", "v2", "flags", "special", "tag", "front", "back")])
_SIDE = np.dtype([("xo", "<i2"), ("yo", "<i2"), ("up", "S8"), ("low", "S8"), ("mid", "S8"), ("sector", "<u2")])
_SECTOR = np.dtype(
    [
        ("floor", "<i2"),
        ("ceiling", "<i2"),
        ("ft", "S8"),
        ("ct", "S8"),
        ("light", "<i2"),
        ("special", "<i2"),
        ("tag", "<i2"),
    ]
)
_VERTEX = np.dtype([("x", "<i2"), ("y", "<i2")])
_NO_SIDE = 0xFFFF
EXITS = (11, 51, 52, 124, 197, 198)
"""Line specials that end the level."""
_MONSTERS = (7, 9, 16, 58, *range(64, 70), 71, 84, *range(3001, 3007))
"""Editor numbers of the monsters that walk about."""
_WALKERS = (9, 65, 3001, 3002, 3004)
"""Those of them that stand where a player may."""
_STARTS = (2, 3, 4, 4001, 4002, 4003, 4004)
"""Editor numbers of the starts of players two to eight."""
_MAP_LUMPS = 11
"""A map's marker and the lumps after it."""


@dataclass(frozen=True, slots=True, eq=False)
class DoomMap:
    """One map. Lengths are map units (a player is 32 wide and 56 tall)."""

    name: str
    line_ends: np.ndarray
    """float64 [L, 4]: x1, y1, x2, y2."""
    line_flags: np.ndarray
    line_special: np.ndarray
    front: np.ndarray
    """int [L]: sector on the line's right side."""
    back: np.ndarray
    """int [L]: sector on its left side, -1 for none."""
    floor: np.ndarray
    ceiling: np.ndarray
    sector_special: np.ndarray
    things: np.ndarray


def _directory(data: bytes) -> list[tuple[str, int, int]]:
    count, start = struct.unpack_from("<ii", data, 4)
    entries = (struct.unpack_from("<ii8s", data, start + 16 * i) for i in range(count))
    return [(name.rstrip(b"\0").decode("ascii", "replace").upper(), offset, size) for offset, size, name in entries]


def wad_lumps(wad: Path) -> list[tuple[str, bytes]]:
    """Every lump of the WAD, in its order."""
    data = wad.read_bytes()
    return [(name, data[offset : offset + size]) for name, offset, size in _directory(data)]


def map_names(wad: Path) -> list[str]:
    """Every map in the WAD, in its order."""
    entries = _directory(wad.read_bytes())
    return [entries[i][0] for i in range(len(entries) - 1) if entries[i + 1][0] == "THINGS"]


def _map_lumps(wad: Path, name: str) -> list[tuple[str, bytes]]:
    data = wad.read_bytes()
    entries = _directory(data)
    start = next((i for i, entry in enumerate(entries) if entry[0] == name.upper()), None)
    if start is None:
        known = ", ".join(map_names(wad))
        raise BadInput(f"{wad.stem} has no map {name}", remedy=f"choose one of {known}", file=wad)
    return [(lump, data[offset : offset + size]) for lump, offset, size in entries[start : start + _MAP_LUMPS]]


def playable(wad: Path, name: str, *, crowd: float = 1.0, seed: int = 0, mates: int = 0) -> list[tuple[str, bytes]]:
    """The map's lumps made fit for recording. Raises BadInput.

    Its exits are disarmed, so that nobody (bots do) ends the level, and only the share `crowd` of its
    monsters is left, drawn by `seed`: maps are fuller than footage with calm stretches should be. Up to seven
    `mates` start where monsters stood, all over the map: the engine's bots find few enemies by themselves.
    """
    lumps = _map_lumps(wad, name)
    for index, (lump, data) in enumerate(lumps):
        if lump == "LINEDEFS":
            lines = np.frombuffer(data, _LINE).copy()
            lines["special"][np.isin(lines["special"], EXITS)] = 0
            lumps[index] = (lump, lines.tobytes())
        elif lump == "THINGS":
            things = np.frombuffer(data, _THING)
            stays = np.random.default_rng(seed).random(len(things)) < crowd
            kept = things[stays | ~np.isin(things["type"], _MONSTERS)]
            lumps[index] = (lump, (_with_starts(kept, things, mates, seed) if mates else kept).tobytes())
    return lumps


def _with_starts(kept: np.ndarray, things: np.ndarray, mates: int, seed: int) -> np.ndarray:
    """The things, with the starts of `mates` other players at places of monsters, which go."""
    random = np.random.default_rng((seed, 33))
    posts = things[np.isin(things["type"], _WALKERS)]
    posts = posts[random.permutation(len(posts))[:mates]].copy()
    taken = np.isin(kept[["x", "y"]], posts[["x", "y"]]) & np.isin(kept["type"], _MONSTERS)
    posts["type"], posts["flags"] = _STARTS[: len(posts)], 7
    return np.concatenate([kept[~taken & ~np.isin(kept["type"], _STARTS[: len(posts)])], posts])


def textures_of(wad: Path, name: str) -> tuple[set[str], set[str]]:
    """Names of all wall and floor textures that the map shows, and of those that hang between two rooms."""
    lumps = dict(_map_lumps(wad, name)[1:])
    sides, sectors = np.frombuffer(lumps["SIDEDEFS"], _SIDE), np.frombuffer(lumps["SECTORS"], _SECTOR)
    lines = np.frombuffer(lumps["LINEDEFS"], _LINE)
    between = lines[lines["back"] != _NO_SIDE]
    hung = sides["mid"][np.concatenate([between["front"], between["back"]])]
    columns = [*(sides[part] for part in ("up", "low", "mid")), sectors["ft"], sectors["ct"]]
    return _texts(np.concatenate(columns)), _texts(hung)


def _texts(names: np.ndarray) -> set[str]:
    return {text.decode("ascii").upper() for text in np.unique(names).tolist()} - {"-", ""}


def read_map(wad: Path, name: str) -> DoomMap:
    """The map of that name. Raises BadInput when the WAD has none."""
    lumps = dict(_map_lumps(wad, name)[1:])
    vertices = np.frombuffer(lumps["VERTEXES"], _VERTEX)
    points = np.stack([vertices["x"], vertices["y"]], axis=1).astype(np.float64)
    lines = np.frombuffer(lumps["LINEDEFS"], _LINE)
    side_sector = np.frombuffer(lumps["SIDEDEFS"], _SIDE)["sector"].astype(np.int64)
    sectors = np.frombuffer(lumps["SECTORS"], _SECTOR)
    back = lines["back"].astype(np.int64)
    return DoomMap(
        name=name.upper(),
        line_ends=np.hstack([points[lines["v1"]], points[lines["v2"]]]),
        line_flags=lines["flags"].astype(np.int64),
        line_special=lines["special"].astype(np.int64),
        front=side_sector[lines["front"].astype(np.int64)],
        back=np.where(back == _NO_SIDE, -1, side_sector[np.where(back == _NO_SIDE, 0, back)]),
        floor=sectors["floor"].astype(np.int64),
        ceiling=sectors["ceiling"].astype(np.int64),
        sector_special=sectors["special"].astype(np.int64),
        things=np.frombuffer(lumps["THINGS"], _THING),
    )


def patch_wad(lumps: list[tuple[str, bytes]]) -> bytes:
    """The bytes of a patch WAD that holds these named lumps."""
    body, directory, offset = [], [], 12
    for name, lump in lumps:
        directory.append(struct.pack("<ii8s", offset, len(lump), name.encode("ascii")))
        body.append(lump)
        offset += len(lump)
    return b"PWAD" + struct.pack("<ii", len(lumps), offset) + b"".join(body) + b"".join(directory)
