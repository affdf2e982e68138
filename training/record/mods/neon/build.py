"""Puts neon together."""

from __future__ import annotations

from training.record.mods.catalog import Stock
from training.record.mods.lumps import Lumps, between, colormap, paced, playpal
from training.record.mods.neon.bar import bar
from training.record.mods.neon.light import palette
from training.record.mods.neon.sounds import sounds
from training.record.mods.neon.sprites import sprites
from training.record.mods.neon.surfaces import surfaces

__all__ = ["build_neon"]


def build_neon(game: Stock, shown: set[str], pierced: set[str]) -> Lumps:
    """All lumps of the mod for a map that shows these textures."""
    colours = palette()
    return [
        ("PLAYPAL", playpal(colours)),
        ("COLORMAP", colormap(colours)),
        ("DEHACKED", paced(0.7)),
        *bar(game.bar),
        *sounds(),
        *between("S", sprites(game.sprites)),
        *surfaces(game, shown, pierced),
    ]
