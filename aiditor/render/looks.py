"""Looks: colour grades as filters that work on planar yuv as it is, so they cost little.

Each is one table per plane (`lutyuv`: contrast, lift, saturation, tint) and, where the look splits its
tones, one `colorcorrect` that moves the colour of shadows and highlights apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiditor.media.graph import Filter, filter_of

__all__ = ["LOOKS", "Look", "look_filters"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a grade changes the picture at full strength. Chroma shifts are in shares of its full swing."""

    contrast: float = 0.0
    """Strength of an S-curve on luma, 0 none, 1 strong."""
    gamma: float = 1.0
    """Above 1 brightens the middle."""
    lift: float = 0.0
    """Raises black, in shares of full white: a faded look."""
    saturation: float = 1.0
    warmth: float = 0.0
    """Above 0 towards orange, below towards blue."""
    shadows: tuple[float, float] = (0.0, 0.0)
    """(red, blue) shift of the shadows, as `colorcorrect` takes it, in [-1, 1]."""
    highlights: tuple[float, float] = (0.0, 0.0)


LOOKS = {
    "none": Look(),
    "hype": Look(contrast=0.50, gamma=1.24, saturation=1.32, warmth=0.006),
    "cinematic": Look(
        contrast=0.40, gamma=1.12, lift=0.012, saturation=0.90, shadows=(-0.012, 0.018), highlights=(0.035, -0.045)
    ),
    "chill": Look(contrast=-0.10, gamma=1.14, lift=0.035, saturation=0.88, warmth=0.014),
    "esports": Look(contrast=0.38, gamma=1.22, saturation=1.16, warmth=-0.008),
    "meme": Look(contrast=0.75, gamma=1.32, saturation=1.65),
    "minimal": Look(contrast=0.10, gamma=1.06, saturation=0.98),
}


def look_filters(name: str, strength: float) -> tuple[Filter, ...]:
    """Filters for the look `name` on yuv420p, limited range; none for "none" or no strength."""
    look = LOOKS[name]
    if strength <= 0 or look == Look():
        return ()
    filters = [_tables(look, strength)]
    if look.shadows != (0, 0) or look.highlights != (0, 0):
        red_low, blue_low, red_high, blue_high = (
            f"{value * strength:.4f}" for value in (*look.shadows, *look.highlights)
        )
        filters.append(filter_of("colorcorrect", rl=red_low, bl=blue_low, rh=red_high, bh=blue_high))
    return tuple(filters)


def _tables(look: Look, strength: float) -> Filter:
    gamma = 1 + (look.gamma - 1) * strength
    light = f"pow(clip((val-16)/219,0,1),{1 / gamma:.5f})"
    # x + k (smoothstep(x) - x): an S-curve for k > 0 that keeps black, middle and white; flatter for k < 0.
    curve = look.contrast * strength
    lift = look.lift * strength
    curved = f"ld(0)+{curve:.4f}*(ld(0)*ld(0)*(3-2*ld(0))-ld(0))"
    luma = f"st(0,{light});st(1,{curved});16+219*({lift:.4f}+ld(1)*{1 - lift:.4f})"
    saturation = 1 + (look.saturation - 1) * strength
    tint = look.warmth * strength * 224
    return filter_of(
        "lutyuv",
        y=luma,
        u=f"clip(128+(val-128)*{saturation:.4f}-{tint:.3f},16,240)",
        v=f"clip(128+(val-128)*{saturation:.4f}+{tint * 0.7:.3f},16,240)",
    )
