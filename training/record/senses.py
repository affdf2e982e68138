"""What a player of the recordings sees and does in one tic, and how good their hands are."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees

__all__ = ["TICS", "Action", "Enemy", "Pickup", "Skill", "View", "bearing", "wrap"]

TICS = 35
"""A second."""


@dataclass(frozen=True, slots=True)
class Enemy:
    """A living enemy seen on the screen."""

    id: int
    name: str
    x: float
    y: float
    z: float
    """Height of its feet."""
    left_deg: float
    """How far left of the crosshair the middle of what is seen of it lies."""
    top_deg: float
    """How far above the crosshair its top is seen."""
    bottom_deg: float
    width_deg: float


@dataclass(frozen=True, slots=True)
class Pickup:
    """A thing worth walking to; `want` is the game's category (Health, Ammo, Weapon, Armor)."""

    id: int
    want: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class View:
    """What the agent knows in one tic."""

    x: float
    y: float
    eye_z: float
    angle_deg: float
    """Counter-clockwise from east."""
    pitch_deg: float
    """Positive is down."""
    health: float
    weapon: int
    """Slot in hand: 1 fist, 2 pistol, 3 shotguns, 4 chaingun, 5 rockets, 6 plasma, 7 BFG."""
    ammo: dict[int, float]
    """Rounds by slot, for the slots that are owned."""
    dead: bool
    kills: float
    """Own kills so far."""
    enemies: tuple[Enemy, ...]
    pickups: tuple[Pickup, ...]
    prey: tuple[tuple[float, float], ...]
    """Where living enemies are on the map, seen or not: where it goes to look for a fight."""


@dataclass(frozen=True, slots=True)
class Action:
    """One tic of input, in the engine's units."""

    attack: bool = False
    use: bool = False
    forward: float = 0.0
    """-50 to 50; 25 walks."""
    right: float = 0.0
    """-40 to 40."""
    turn_deg: float = 0.0
    """Clockwise."""
    look_deg: float = 0.0
    """Upward."""
    slot: int = 0
    """Weapon slot to take in hand, 0 for none."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How good the hands are, and how the session is paced."""

    reaction_tics: int = 10
    aim_noise_deg: float = 2.0
    calm_s: tuple[float, float] = (4.0, 9.0)
    """How long it keeps out of fights after one, for every kill in it, if they let it."""
    longest_calm_s: float = 30.0
    cover_health: float = 30.0


def wrap(angle_deg: float) -> float:
    """The same angle in -180 … 180."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def bearing(view: View, x: float, y: float) -> float:
    """How far to the left (x, y) lies of where the player looks, in degrees."""
    return wrap(degrees(atan2(y - view.y, x - view.x)) - view.angle_deg)
