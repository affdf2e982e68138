"""What a player's fighting and exploring share: hands that start and stop gently, a route, what is being done."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import atan2, cos, degrees, hypot, radians, sin

import numpy as np

from training.record.navigate import WalkGrid
from training.record.senses import Skill, View

__all__ = ["Hands", "Mind", "Mode", "Route"]


class Mode(Enum):
    """What is being done."""

    EXPLORE = "explore"
    FIGHT = "fight"
    COVER = "cover"


@dataclass(slots=True)
class Route:
    """A path being walked."""

    cells: list[int] = field(default_factory=list)
    until: int = 0
    calm: bool = False


@dataclass(slots=True)
class Hands:
    """Speeds that cannot jump: degrees a tic, and the engine's units of walking."""

    turn_speed: float = 0.0
    look_speed: float = 0.0
    forward: float = 0.0
    right: float = 0.0

    def turn(self, error_deg: float, gain: float, top: float, push: float) -> float:
        """Degrees to turn clockwise when the aim is to the left by `error_deg`; at most `top`, changing by `push`."""
        wanted = float(np.clip(-error_deg * gain, -top, top))
        self.turn_speed += float(np.clip(wanted - self.turn_speed, -push, push))
        return self.turn_speed

    def look(self, error_deg: float, gain: float, top: float) -> float:
        """Degrees to look up when the aim is above by `error_deg`."""
        wanted = float(np.clip(error_deg * gain, -top, top))
        self.look_speed += float(np.clip(wanted - self.look_speed, -0.6, 0.6))
        return self.look_speed

    def walk(self, view: View, heading_deg: float, speed: float) -> tuple[float, float]:
        """Forward and right that move along `heading_deg` while facing elsewhere, gently started."""
        offset = radians(view.angle_deg - heading_deg)
        forward, right = speed * cos(offset), speed * sin(offset)
        self.forward += float(np.clip(forward - self.forward, -9, 9))
        self.right += float(np.clip(right - self.right, -9, 9))
        return self.forward, float(np.clip(self.right, -40, 40))


@dataclass(slots=True)
class Mind:
    """The state that both share."""

    grid: WalkGrid
    skill: Skill
    random: np.random.Generator
    tic: int = 0
    mode: Mode = Mode.EXPLORE
    route: Route = field(default_factory=Route)
    hands: Hands = field(default_factory=Hands)
    strafe: float = 1.0
    calm_until: int = 0
    switched: int = -100
    """When another weapon was last taken in hand."""

    def follow(self, view: View) -> float | None:
        """Direction to walk along the route, in degrees; None at its end."""
        cells = self.route.cells
        if not cells:
            return None
        near = min(
            range(min(len(cells), 24)),
            key=lambda i: hypot(*(a - b for a, b in zip(self.grid.centre(cells[i]), (view.x, view.y), strict=True))),
        )
        del cells[:near]
        if len(cells) <= 2:
            self.route.cells = []
            return None
        ahead = 1
        for index in range(2, min(len(cells), 9)):
            if not self.grid.walkable(*self.grid.centre(cells[index]), view.x, view.y):
                break
            ahead = index
        x, y = self.grid.centre(cells[ahead])
        return degrees(atan2(y - view.y, x - view.x))

    def weapon_for(self, view: View, distance: float) -> int:
        """The slot to take in hand against an enemy that far away, 0 to keep what is there."""
        if self.tic - self.switched < 70:
            return 0
        order = (3, 4, 6, 2, 5, 1) if distance < 450 else (4, 5, 6, 3, 2, 1) if distance < 900 else (4, 3, 2, 6, 1)
        usable = [slot for slot in order if view.ammo.get(slot, 0) > 0]
        empty = view.ammo.get(view.weapon, 0) <= 0
        best = usable[0] if usable else 1
        if best == view.weapon or not (empty or self.random.random() < 0.02):
            return 0
        self.switched = self.tic
        return best
