"""Fonts and colours that the training families share."""

from __future__ import annotations

from training.record.skins.fonts import Font
from training.record.skins.grammar import Palette

__all__ = [
    "BEBAS",
    "BOLD",
    "COOL",
    "DEJAVU",
    "DUST",
    "LIME",
    "MINT",
    "MONO",
    "PLEX",
    "PLEX_CAPS",
    "PLEX_LEAN",
    "PLEX_MONO",
    "PLEX_TIGHT",
    "RED",
    "SOURCE",
    "SOURCE_CAPS",
    "SOURCE_LEAN",
    "SOURCE_THIN",
    "STREAK",
    "THIN",
    "TIGHT",
    "VIOLET",
    "WARM",
    "WHITE",
    "YELLOW",
]

BEBAS = Font("bebas", 1.08)
DEJAVU = Font("dejavu")
TIGHT = Font("dejavu", 0.8)
PLEX = Font("plex")
PLEX_TIGHT = Font("plex", 0.84)
PLEX_CAPS = Font("plex", 0.9, 0.0, True)
PLEX_LEAN = Font("plex", 0.92, 0.2, True)
SOURCE = Font("source", 1.05)
SOURCE_THIN = Font("source-thin", 1.05)
SOURCE_CAPS = Font("source", 1.1, 0.0, True)
SOURCE_LEAN = Font("source", 1.1, 0.22, True)
THIN = Font("dejavu-thin", 0.92)
MONO = Font("dejavu-mono", 0.85)
PLEX_MONO = Font("plex-mono", 0.9)

COOL = Palette((236, 240, 240), (238, 236, 150), (102, 214, 190), (240, 90, 96), (238, 236, 150))
WARM = Palette((250, 245, 235), (255, 206, 84), (120, 190, 255), (255, 110, 70), (255, 180, 60), (30, 20, 12))
BOLD = Palette((255, 255, 255), (255, 232, 60), (88, 200, 255), (255, 70, 120), (90, 255, 170), (24, 16, 60))
DUST = Palette((225, 225, 215), (230, 230, 160), (150, 190, 230), (225, 175, 80), (235, 235, 235), (10, 10, 10))
LIME = Palette((240, 255, 235), (170, 255, 90), (120, 220, 255), (255, 120, 100), (170, 255, 90), (8, 20, 10))
VIOLET = Palette((245, 240, 255), (255, 190, 240), (150, 170, 255), (255, 100, 140), (190, 120, 255), (26, 12, 44))
MINT = Palette((235, 250, 250), (255, 255, 255), (90, 230, 210), (255, 90, 80), (90, 230, 210), (6, 24, 32))
STREAK = {2: "DOUBLE KILL", 3: "TRIPLE KILL", 4: "QUAD KILL", 5: "KILLING SPREE"}
WHITE, RED, YELLOW = (255, 255, 255), (255, 48, 48), (255, 220, 60)
