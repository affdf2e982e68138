"""Team mates: the engine's own bots in a cooperative game, and whose kill was whose among them.

Everyone carries a token that their class starts with, and only the recorded player is given one more by the
console. A dying monster asks its killer for these, leaves a mark where it fell, and has the killer leave another
where they stand; so the engine itself says which of the bodies killed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot
from typing import Any

import numpy as np

__all__ = ["MATE_CLASS", "OWN_TOKEN", "Mates", "bots_file", "mate_names", "team_script"]

MATE_CLASS = "TeamPlayer"
OWN_TOKEN = "OwnToken"
MATE_TOKEN = "MateToken"
MATE_KILL = "MateKill"
"""The mark where a team mate's victim fell."""
_MATE_BY = "MateBy"
"""The mark where that team mate stands."""
_NAMES = ("Falcon", "Mica", "Juno", "Rook", "Tango", "Vesper", "Onyx", "Piper", "Sable", "Dingo", "Quill", "Ember")
_COLOURS = ("40 cf 00", "b0 b0 b0", "8f 00 00", "00 00 8f", "cf 8f 00")
_NEAR = 48.0
"""Map units within which a mark belongs to a body."""

_SCRIPT = f"""actor {OWN_TOKEN} : Inventory {{ Inventory.MaxAmount 1 }}
actor {MATE_TOKEN} : Inventory {{ Inventory.MaxAmount 1 }}
actor {MATE_KILL} {{ +NOINTERACTION
 States {{ Spawn:
 TNT1 A 35
 Stop
 }} }}
actor {_MATE_BY} : {MATE_KILL} {{ }}
actor MateReport : CustomInventory {{ +INVENTORY.AUTOACTIVATE
 States {{ Use:
 TNT1 A 0
 Stop
 Pickup:
 TNT1 A 0 A_SpawnItemEx("{_MATE_BY}")
 Stop
 }} }}
actor {MATE_CLASS} : DoomPlayer {{
 -SOLID
 Player.DisplayName "Mate"
 Player.StartItem "Chaingun"
 Player.StartItem "Shotgun"
 Player.StartItem "Pistol"
 Player.StartItem "Fist"
 Player.StartItem "Clip", 200
 Player.StartItem "Shell", 50
 Player.StartItem "{MATE_TOKEN}"
}}
"""
_DYING = f"""  TNT1 A 0 A_JumpIfInTargetInventory("{OWN_TOKEN}", 1, "Own{{state}}")
  TNT1 A 0 A_JumpIfInTargetInventory("{MATE_TOKEN}", 1, "Mate{{state}}")
  goto Super::{{state}}
 Mate{{state}}:
  TNT1 A 0 A_GiveToTarget("MateReport")
  TNT1 A 0 A_SpawnItemEx("{MATE_KILL}")
"""


def team_script() -> tuple[str, str]:
    """DECORATE of the team, and what a dying monster does before it goes on; that has `{state}` to fill in."""
    return _SCRIPT, _DYING


def mate_names(seed: int, count: int) -> list[str]:
    """What this game's team mates are called, in the order in which they join."""
    return [str(name) for name in np.random.default_rng((seed, 31)).permutation(_NAMES)[:count]]


def bots_file(names: Sequence[str], seed: int) -> str:
    """The engine's bots.cfg, with one profile a name; how well they aim and how fast they react differs."""
    random = np.random.default_rng((seed, 32))
    profiles = []
    for index, name in enumerate(names):
        skills = " ".join(
            f"{key} {int(random.integers(55, 90))}\n" for key in ("aiming", "perfection", "reaction", "isp")
        )
        profiles.append(f'{{\nname {name}\n{skills}color "{_COLOURS[index % len(_COLOURS)]}"\n}}\n')
    return "".join(profiles)


class Mates:
    """Knows the team mates' bodies by name. Show it the engine's objects every tic."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._name_of: dict[int, str] = {}
        self._start: dict[str, tuple[float, float]] = {}
        self._marks: set[int] = set()
        self._dead: set[int] = set()

    def see(self, objects: Iterable[Any]) -> tuple[dict[int, str], dict[int, str]]:
        """By id: the names of all team mates' bodies, and the killers' names of those who fell by them in this tic."""
        objects = list(objects)
        alive = [thing for thing in objects if thing.name == MATE_CLASS and thing.category == "Player"]
        self._meet(alive)
        fresh = [thing for thing in objects if thing.name in (MATE_KILL, _MATE_BY) and thing.id not in self._marks]
        self._marks.update(mark.id for mark in fresh)
        fallen = [thing for thing in objects if thing.category == "Gore" and thing.id not in self._dead]
        self._dead.update(thing.id for thing in fallen)
        standing = sorted((mark for mark in fresh if mark.name == _MATE_BY), key=lambda mark: mark.id)
        killers: dict[int, str] = {}
        for mark, by in zip(
            sorted((mark for mark in fresh if mark.name == MATE_KILL), key=lambda mark: mark.id), standing, strict=False
        ):
            bodies = [thing for thing in fallen if thing.id not in killers]
            victim, killer = _nearest(mark, bodies), _nearest(by, [t for t in objects if t.id in self._name_of])
            if victim is not None and killer is not None:
                killers[victim.id] = self._name_of[killer.id]
        return self._name_of, killers

    def _meet(self, alive: list[Any]) -> None:
        """Name new bodies. Mates join in order; later each comes back where it started, when it is not blocked."""
        new = sorted((thing for thing in alive if thing.id not in self._name_of), key=lambda thing: thing.id)
        present = {self._name_of.get(thing.id) for thing in alive}
        absent = [name for name in self._names if name not in present]
        for thing in new:
            if not absent:
                return
            x, y = thing.position_x, thing.position_y
            name = absent[0]
            if all(name in self._start for name in absent):
                name = min(absent, key=lambda name: hypot(self._start[name][0] - x, self._start[name][1] - y))
            absent.remove(name)
            self._name_of[thing.id] = name
            self._start.setdefault(name, (x, y))


def _nearest(mark: Any, things: list[Any]) -> Any | None:
    def apart(thing: Any) -> float:
        return hypot(thing.position_x - mark.position_x, thing.position_y - mark.position_y)

    nearest = min(things, key=apart, default=None)
    return nearest if nearest is not None and apart(nearest) < _NEAR else None
