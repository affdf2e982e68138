"""What each training mod is: drawn widely, but so that every kind of gun, voice and look is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["COUNT", "Recipe", "recipe"]

COUNT = 12
_GUNS = (
    *("rifle", "suppressed", "laser", "bow", "cartoon", "rifle"),
    *("chip", "smg", "magic", "suppressed", "cannon", "plasma"),
)
_VOICES = ("man", "beast", "robot", "insect", "cute", "man", "robot", "man", "beast", "man", "ghost", "robot")
_BODIES = ("man", "block", "drone", "spider", "slime", "man", "block", "man", "slime", "block", "man", "drone")
_ENDS = ("fall", "fall", "burst", "melt", "pop", "fall", "dissolve", "fall", "melt", "dissolve", "burst", "burst")
_WALLS = ("", "concrete", "panel", "planks", "tiles", "brick", "blocks", "", "stone", "concrete", "", "panel")
_BARS = ("", "plate", "digits", "plate", "digits", "", "digits", "plate", "plate", "digits", "", "digits")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training mod."""

    seed: int
    guns: str
    """Kind of gunshot."""
    voices: str
    bodies: str
    """Body plan of most monsters; some have another."""
    ends: str
    """How they die."""
    walls: str
    """Material of walls and floors, "" for the game's own under another palette."""
    bar: str
    """Status bar: "" for the game's own under another palette."""
    echo: float
    """How much the place reverberates, 0 to 1."""
    pitch: float
    """All pitches are multiplied by this."""
    length: float
    """All lengths are multiplied by this."""
    muzzle: float
    """Brightness of muzzle flashes, 0 to 1."""
    music: float
    """Its level, 0 for none."""
    enemy_guns: str
    """The monsters' kind of gunshot."""
    pace: float
    """Tics between the player's shots are multiplied by this."""

    def random(self, *salt: int) -> np.random.Generator:
        """A generator of this mod's own for one purpose."""
        return np.random.default_rng((self.seed, *salt))


def recipe(number: int) -> Recipe:
    """The training mod of that number, 1 to COUNT."""
    index = number - 1
    random = np.random.default_rng((4711, number))
    guns = _GUNS[index]
    quiet = guns in ("suppressed", "bow")
    return Recipe(
        seed=number,
        guns=guns,
        voices=_VOICES[index],
        bodies=_BODIES[index],
        ends=_ENDS[index],
        walls=_WALLS[index],
        bar=_BARS[index],
        echo=float(random.uniform(0.0, 1.0)),
        pitch=float(2 ** random.uniform(-0.6, 0.6)),
        length=float(random.uniform(0.6, 1.5)),
        muzzle=float(random.uniform(0.0, 0.25) if quiet else random.uniform(0.5, 1.0)),
        music=float(random.uniform(0.08, 0.3)) if number % 3 == 0 else 0.0,
        enemy_guns=str(random.choice(_GUNS)) if number % 2 else guns,
        pace=float(random.choice([0.6, 0.8, 1.0, 1.0, 1.25])),
    )
