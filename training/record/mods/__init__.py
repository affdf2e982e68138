"""Other looks and sounds over the same engine and the same truth: total conversions made by program, lump by lump.

`train-1` … `train-12` are one wide family for training. `neon` shares no drawing or sound code with them and is
kept for testing: a game nobody trained on. Nothing is fetched; the same name makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from aiditor.errors import BadConfig
from training.record.mods.catalog import BORDERS, stock
from training.record.mods.lumps import MUSIC_ACTOR, Lumps
from training.record.mods.neon.build import build_neon
from training.record.mods.train.build import build
from training.record.mods.train.recipe import COUNT
from training.record.mods.train.sounds import MUSIC
from training.record.wad import textures_of

__all__ = ["mod_commands", "mod_lumps", "mod_names"]

_TRAIN = tuple(f"train-{number}" for number in range(1, COUNT + 1))
_UNSEEN = ("neon",)


def mod_names(split: str) -> tuple[str, ...]:
    """The mods of a split, train or unseen. Raises BadConfig for another split."""
    splits = {"train": _TRAIN, "unseen": _UNSEEN}
    if split not in splits:
        raise BadConfig(f"there is no split {split} of mods", remedy="use train or unseen")
    return splits[split]


def mod_commands(lumps: Iterable[tuple[str, bytes]]) -> list[str]:
    """Console commands that a mod of these lumps needs at the start: its music."""
    return [f"summon {MUSIC_ACTOR}"] if any(name == MUSIC for name, _ in lumps) else []


@lru_cache(maxsize=2)
def mod_lumps(name: str, wad: Path, map_name: str) -> tuple[tuple[str, bytes], ...]:
    """What the mod adds to the patch WAD for this map of the game; nothing for "". Raises BadConfig."""
    if not name:
        return ()
    if name not in _TRAIN + _UNSEEN:
        raise BadConfig(f"there is no mod {name}", remedy=f"choose one of {', '.join(_TRAIN + _UNSEEN)}")
    shown, pierced = textures_of(wad, map_name)
    shown |= {*BORDERS, *pierced}
    game = stock(wad)
    lumps: Lumps = (
        build_neon(game, shown, pierced) if name == "neon" else build(_TRAIN.index(name) + 1, game, shown, pierced)
    )
    return tuple(lumps)
