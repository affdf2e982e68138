"""Puts one training mod together."""

from __future__ import annotations

from training.record.mods.catalog import Stock
from training.record.mods.lumps import Lumps, between, colormap, paced, playpal
from training.record.mods.train.bar import bar
from training.record.mods.train.recipe import recipe
from training.record.mods.train.sounds import sounds
from training.record.mods.train.sprites import sprites
from training.record.mods.train.surfaces import palette, surfaces

__all__ = ["build"]


def build(number: int, game: Stock, shown: set[str], pierced: set[str]) -> Lumps:
    """All lumps of `train-<number>` for a map that shows these textures; those in `pierced` can be seen through."""
    made = recipe(number)
    colours = palette(made, game.palette)
    return [
        ("PLAYPAL", playpal(colours)),
        ("COLORMAP", colormap(colours)),
        ("DEHACKED", paced(made.pace)),
        *bar(made, game.bar),
        *sounds(made),
        *between("S", sprites(made, game.sprites)),
        *surfaces(made, game, shown, pierced),
    ]
