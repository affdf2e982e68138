"""Dresses recorded play with the HUD of a game that does not exist.

A skin is a family (`grammar.Family`: where things stand, how they are worded, what is announced) and a
seed that draws the rest: fonts, colours, names, sounds, whether there is a face camera, a chat, music.
"""

from __future__ import annotations

from training.record.skins.catalogue import announces, prints_kills, skin_names
from training.record.skins.layer import Now, SkinLayer

__all__ = ["Now", "SkinLayer", "announces", "prints_kills", "skin_names"]
