"""What tells the six styles apart beyond their notes: tone, dynamics, width and how a drop is led into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiditor.music.config import Style

__all__ = ["CHARACTERS", "Character"]


@dataclass(frozen=True, slots=True)
class Character:
    """How a style is mixed and built up. Levels are dB against the drop's loudness."""

    tone_db: tuple[float, float, float, float, float]
    """Sub (to 70 Hz), bass (to 250), middle (to 1500), presence (to 6000) and air, against the usual balance."""
    intro_db: float
    build_db: tuple[float, float]
    """At the first and the last moment of a build."""
    rest_db: float
    width: float
    """Of the pitched parts: 0 is mono, 1 as played."""
    sweep: float
    """How far a build gives up its bass before the drop brings it back, as a share."""
    lead_in: Literal["roll", "toms", "swell"]
    """A snare roll and a stop; drums that climb and a stop; or nothing but a cymbal."""


CHARACTERS: dict[Style, Character] = {
    "hype": Character((3.0, 0.0, -1.0, 3.0, 2.0), -8.0, (-5.0, -3.0), -6.0, 1.2, 0.9, "roll"),
    "cinematic": Character((-1.0, 3.0, 2.0, -1.0, -5.0), -13.0, (-9.0, -4.0), -11.0, 1.7, 0.4, "toms"),
    "chill": Character((-2.0, 2.0, 0.0, -5.0, -9.0), -4.0, (-3.5, -2.5), -4.0, 1.1, 0.2, "swell"),
    "esports": Character((0.0, -2.0, -1.0, 2.0, 6.0), -7.0, (-5.0, -3.0), -7.0, 1.8, 0.95, "roll"),
    "meme": Character((-8.0, -1.0, 4.0, 2.0, 1.0), -4.0, (-3.5, -2.5), -4.0, 0.5, 0.7, "roll"),
    "minimal": Character((4.0, 2.0, -3.0, -8.0, -5.0), -6.0, (-4.5, -3.0), -5.0, 0.7, 0.6, "swell"),
}
