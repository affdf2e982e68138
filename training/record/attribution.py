"""Makes the engine itself say whose kill it was.

A patch WAD gives every monster one more step in dying: if the one who killed it carries a pistol, as
only players do, an invisible `OwnKill` appears where it fell. The engine sets a dying actor's target
to its killer, through rockets and barrels too, so infighting leaves no mark. In a team everyone
carries a pistol: there tokens tell (see `coop`).
"""

from __future__ import annotations

from training.record.coop import team_script

__all__ = ["MARK", "MONSTERS", "PREFIX", "attribution_script", "plain_name"]

MARK = "OwnKill"
PREFIX = "Marked"
_GIBS = ("Zombieman", "ShotgunGuy", "ChaingunGuy", "DoomImp", "WolfensteinSS")
MONSTERS = (
    *_GIBS,
    *("Demon", "Spectre", "LostSoul", "Cacodemon", "HellKnight", "BaronOfHell", "Arachnotron", "PainElemental"),
    *("Revenant", "Fatso", "Archvile", "SpiderMastermind", "Cyberdemon"),
)

_MARK = f"actor {MARK} {{ +NOINTERACTION\n States {{ Spawn:\n TNT1 A 35\n Stop\n }} }}\n"
_ALONE = '  TNT1 A 0 A_JumpIfInTargetInventory("Pistol", 1, "Own{state}")\n'
_DEATH = """ {state}:
{asks}  goto Super::{state}
 Own{state}:
  TNT1 A 0 A_SpawnItemEx("{mark}")
  goto Super::{state}
"""


def attribution_script(*, team: bool = False) -> bytes:
    """The DECORATE lump of the patch WAD; in a `team` others carry pistols too."""
    actors, asks = team_script() if team else ("", _ALONE)
    script = _MARK + actors
    for name in MONSTERS:
        states = "".join(
            _DEATH.format(state=state, mark=MARK, asks=asks.format(state=state))
            for state in (("Death", "XDeath") if name in _GIBS else ("Death",))
        )
        script += f"actor {PREFIX}{name} : {name} replaces {name} {{\n States {{\n{states} }}\n}}\n"
    return script.encode("ascii")


def plain_name(name: str) -> str:
    """The monster's own class, without the prefix that the patch gives it or the engine's "Dead"."""
    return name.removeprefix("Dead").removeprefix(PREFIX)
