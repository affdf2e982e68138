"""Transitions and mixes: each a small graph over finished pictures, and what to tell it at each frame.

Progress runs over (0, 1): frame k of n is at (k + 1) / (n + 1), so that neither end repeats a plain frame.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiditor.errors import BadConfig
from aiditor.media.graph import Chain, Filter, GraphSpec, filter_of
from aiditor.render.framing import Canvas

__all__ = ["KINDS", "MIXING", "Command", "commands", "mix_commands", "mix_spec", "overlay_spec", "transition_spec"]

KINDS = ("crossfade", "whip", "flash", "zoom_punch")
MIXING = ("crossfade", "whip")
"""Kinds that show the cut before as well: inputs "old" and "new". The others have "new" alone."""
FLASH_PEAK = 0.92
"""How white the first frame of a flash is."""
PUNCH = 0.22
"""How much closer a zoom punch starts."""
BLUR_SHARE = 0.07
"""Widest smear of a whip, as a share of the picture's width, to each side."""


@dataclass(frozen=True, slots=True)
class Command:
    """Set `option` of the filter labelled `label`."""

    label: str
    option: str
    value: str


def mix_spec() -> GraphSpec:
    """Two pictures, "old" and "new", mixed by weight."""
    blend = filter_of("blend", label="mix", all_mode="normal", all_opacity=0.5)
    return GraphSpec((Chain(("new", "old"), (blend,), ("out",)),))


def mix_commands(weight: float) -> tuple[Command, ...]:
    """`weight` of "new", in [0, 1]."""
    # `all_opacity` of 1 would mean "as each plane says", and the planes say 1: the last value set stays below it.
    return (Command("mix", "all_opacity", f"{min(max(weight, 0.0), 0.9999):.4f}"),)


def overlay_spec(left: int, top: int) -> GraphSpec:
    """The small picture "over" laid on "main" with its left top corner there, by its own alpha."""
    overlay = filter_of("overlay", x=left, y=top, format="yuv420")
    return GraphSpec((Chain(("main", "over"), (overlay,), ("out",)),))


def transition_spec(kind: str, canvas: Canvas) -> GraphSpec:
    """The graph of a transition on `canvas`. Raises BadConfig for an unknown kind."""
    if kind == "crossfade":
        return mix_spec()
    if kind == "whip":
        slide = (
            filter_of("hstack"),
            filter_of("crop", label="window", w=canvas.width, h=canvas.height, x=0, y=0),
            filter_of("avgblur", label="smear", sizeX=1, sizeY=1),
        )
        return GraphSpec((Chain(("old", "new"), slide, ("out",)),))
    if kind == "flash":
        return GraphSpec((Chain(("new",), (_flash(0.0),), ("out",)),))
    if kind == "zoom_punch":
        zoom = (
            filter_of("crop", label="window", w=canvas.width, h=canvas.height),
            filter_of("scale", w=canvas.width, h=canvas.height, flags="bicubic"),
        )
        return GraphSpec((Chain(("new",), zoom, ("out",)),))
    raise BadConfig(f"there is no transition named {kind}", remedy=f"use one of {', '.join(KINDS)}")


def commands(kind: str, canvas: Canvas, progress: float) -> tuple[Command, ...]:
    """What to set before the frame at `progress`."""
    if kind == "crossfade":
        return mix_commands(progress * progress * (3 - 2 * progress))
    if kind == "whip":
        eased = progress**3 * (progress * (6 * progress - 15) + 10)
        speed = 16 * progress**2 * (1 - progress) ** 2
        smear = max(1, round(canvas.width * BLUR_SHARE * speed))
        return (
            Command("window", "x", str(round(canvas.width * eased / 2) * 2)),
            Command("smear", "sizeX", str(smear)),
        )
    if kind == "flash":
        white = FLASH_PEAK * (1 - progress) ** 1.5
        return tuple(Command("white", plane, value) for plane, value in _flash(white).options)
    closer = 1 + PUNCH * (1 - progress) ** 2.5
    width, height = (round(side / closer / 2) * 2 for side in (canvas.width, canvas.height))
    # Centred by its own options: crop works out x and y again from the new size.
    return (Command("window", "w", str(width)), Command("window", "h", str(height)))


def _flash(white: float) -> Filter:
    keep = f"{1 - white:.4f}"
    chroma = f"128+(val-128)*{keep}"
    return filter_of("lutyuv", label="white", y=f"235+(val-235)*{keep}", u=chroma, v=chroma)
