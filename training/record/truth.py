"""Turns what the engine says tic by tic into the events of `truth.json`.

Own kills come from the engine's own marks (`attribution`) and, between players, from its frag count
and obituaries; the picture is never guessed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot, radians, tan
from typing import Any

from training.record.attribution import MARK, MONSTERS, plain_name

__all__ = ["PLAYER", "Body", "Box", "Seen", "Tic", "Watcher", "as_spectated", "focal_px", "weapon_name"]

PLAYER = "Ranger"
"""The recorded player's name in the game's messages."""

_WEAPONS = {1: "Fist", 2: "Pistol", 3: "Shotgun", 4: "Chaingun", 5: "RocketLauncher", 6: "PlasmaRifle", 7: "BFG9000"}
_HITSCAN = (2, 3, 4)
_HEAD_SHARE = 0.25
"""The head is the top quarter of the box."""
_SIDE_SLACK = 0.5
"""Pellets spread sideways, hardly upward: so much of a box's width beside it still counts."""


@dataclass(frozen=True, slots=True)
class Box:
    """A thing's box on the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Body:
    """A monster, a player or a mark, alive or dead, anywhere on the map."""

    id: int
    name: str
    x: float
    y: float
    dead: bool


@dataclass(frozen=True, slots=True)
class Tic:
    """What is known after one tic. `boxes` are those of living enemies in the picture, by id."""

    x: float
    y: float
    angle_deg: float
    pitch_deg: float
    health: float
    dead: bool
    frags: float
    damage_taken: float
    weapon: int
    ammo: float
    bodies: Sequence[Body]
    boxes: Mapping[int, Box]
    messages: str
    hits: float = 0.0
    """Own hits landed so far."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Of team mates' bodies, by id."""
    killers: Mapping[int, str] = field(default_factory=dict)
    """Who killed those who fell in this tic, by the fallen's id, where the engine tells."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one tic brought: its events, the damage that was taken, the hits that landed."""

    events: Sequence[dict[str, Any]] = ()
    hurt: float = 0.0
    hits: int = 0


@dataclass(slots=True)
class Watcher:
    """Feed it every tic with its time; `events` grows. `view` is the picture's (width, height of the 3D part)."""

    view: tuple[int, int]
    events: list[dict[str, Any]] = field(default_factory=list)
    _before: Tic | None = None
    _known_dead: set[int] = field(default_factory=set)
    _double_barrel: bool = False

    def see(self, tic: Tic, time_s: float) -> Seen:
        """Compare this tic with the one before, log what happened, and tell it."""
        before = self._before
        fallen = [
            body
            for body in tic.bodies
            if body.dead and body.id not in self._known_dead and _lives(plain_name(body.name))
        ]
        self._known_dead.update(body.id for body in fallen)
        self._before = tic
        if before is None:
            return Seen()
        logged = len(self.events)
        t = round(time_s, 4)
        if tic.weapon == before.weapon and tic.ammo < before.ammo:
            self._double_barrel = tic.weapon == 3 and before.ammo - tic.ammo >= 2
        hurt = tic.damage_taken - before.damage_taken
        if hurt > 0:
            self._log(t, "damage_taken", amount=int(hurt), health=max(int(tic.health), 0))
        for body, own in self._owners(tic, before, fallen):
            if own:
                self._kill(t, tic, before, body)
            else:
                victim = tic.names.get(body.id) or plain_name(body.name)
                more = {"killer": tic.killers[body.id]} if body.id in tic.killers else {}
                self._log(t, "other_kill", victim=victim, in_view=body.id in before.boxes, **more)
        if tic.dead and not before.dead:
            line = next((line for line in tic.messages.splitlines() if line.startswith(PLAYER)), "")
            self._log(t, "death", says=line.strip())
        return Seen(self.events[logged:], max(hurt, 0.0), max(int(tic.hits - before.hits), 0))

    def _log(self, t: float, kind: str, **more: Any) -> None:
        self.events.append({"t": t, "type": kind, **more})

    def _owners(self, tic: Tic, before: Tic, fallen: list[Body]) -> list[tuple[Body, bool]]:
        """Each of the fallen, and whether the recorded player killed it."""
        known = {body.id for body in before.bodies}
        marks = [body for body in tic.bodies if body.name == MARK and body.id not in known]
        players = sorted(
            (body for body in fallen if "Player" in body.name), key=lambda body: self._off_aim(before, body.id)
        )
        own_frags = max(int(tic.frags - before.frags), 0)
        judged = [(body, index < own_frags) for index, body in enumerate(players)]
        for body in fallen:
            if "Player" in body.name:
                continue
            nearest = min(marks, key=lambda mark: hypot(mark.x - body.x, mark.y - body.y), default=None)
            own = nearest is not None and hypot(nearest.x - body.x, nearest.y - body.y) < 40
            if own:
                marks.remove(nearest)
            judged.append((body, own))
        return judged

    def _kill(self, t: float, tic: Tic, before: Tic, body: Body) -> None:
        box = before.boxes.get(body.id)
        self._log(
            t,
            "kill",
            victim=plain_name(body.name),
            weapon=weapon_name(tic.weapon, self._double_barrel),
            distance=round(hypot(body.x - tic.x, body.y - tic.y)),
            health=max(int(tic.health), 0),
            headshot=tic.weapon in _HITSCAN and box is not None and self._in_head(tic, before, box),
            enemies_in_view=len(before.boxes),
            screen_x=None if box is None else round((box.x + box.width / 2) / self.view[0], 3),
        )

    def _off_aim(self, before: Tic, body_id: int) -> float:
        box = before.boxes.get(body_id)
        return float("inf") if box is None else abs(box.x + box.width / 2 - self.view[0] / 2)

    def _in_head(self, tic: Tic, before: Tic, box: Box) -> bool:
        """Whether the crosshair, moved as it was in the tic of the shot, lies in the box's top quarter.

        Boxes are of the picture before the shot; a shot goes where the player looks after turning.
        """
        width, height = self.view
        focal = focal_px(height)
        right_deg = (before.angle_deg - tic.angle_deg + 180) % 360 - 180
        x = width / 2 + focal * tan(radians(right_deg))
        y = height / 2 + focal * tan(radians(tic.pitch_deg - before.pitch_deg))
        slack = box.width * _SIDE_SLACK
        return box.x - slack <= x <= box.x + box.width + slack and box.y - 1 <= y <= box.y + max(
            box.height * _HEAD_SHARE, 2
        )


def _lives(name: str) -> bool:
    """Whether it can be killed at all: a barrel only bursts."""
    return "Player" in name or name in MONSTERS


def focal_px(view_height: int) -> float:
    """Pixels to the picture's plane: 90 degrees across a 4:3 picture, status bar (32 of 200 lines) included."""
    return view_height * (200 / 168) * (4 / 3) / 2


def weapon_name(slot: int, double_barrel: bool = False) -> str:
    """The game's class name of the weapon in that slot."""
    return "SuperShotgun" if slot == 3 and double_barrel else _WEAPONS.get(slot, f"Slot{slot}")


def as_spectated(events: Iterable[dict[str, Any]], player: str) -> list[dict[str, Any]]:
    """The same events as one sees them who watches `player`: somebody else's kills, and nobody's own deaths."""
    watched = []
    for event in events:
        if event["type"] == "kill":
            kept = {key: value for key, value in event.items() if key not in ("health", "enemies_in_view")}
            watched.append(kept | {"type": "other_kill", "killer": player, "in_view": True, "spectated": True})
        elif event["type"] == "death":
            watched.append(
                {"t": event["t"], "type": "other_kill", "victim": player, "in_view": True, "spectated": True}
                | ({"killer": event["killer"]} if "killer" in event else {})
            )
        elif event["type"] == "other_kill":
            watched.append(event)
    return watched
