"""All families by name and split."""

from __future__ import annotations

from aiditor.errors import BadConfig
from training.record.skins.fonts import Font
from training.record.skins.grammar import Death, Extras, Family, Palette, Vitals
from training.record.skins.held_out_families import TEST, VALIDATION
from training.record.skins.party_families import PARTY_GAMES
from training.record.skins.team_families import TEAM_GAMES

__all__ = ["PLAIN", "announces", "family", "prints_kills", "skin_names"]

PLAIN = Family(
    "plain",
    (Font("source"),),
    (Font("source"),),
    (Palette(),),
    vitals=Vitals(("none",), ("keep",)),
    death=Death(killcam=0.0),
    extras=Extras(0, facecam=0, chat=0, watermark=0, music=0, team=0, compass=0, crosshair=("",)),
)
"""The game as it is. A layer draws nothing on it; only one who spectates is told so."""
_SPLITS = {"train": (*TEAM_GAMES, *PARTY_GAMES, PLAIN), "val": (*VALIDATION, PLAIN), "test": (*TEST, PLAIN)}
_BY_NAME = {made.name: made for families in _SPLITS.values() for made in families}


def skin_names(split: str) -> tuple[str, ...]:
    """Families of "train", "val" or "test"; "plain" is in all three. Raises BadConfig."""
    if split not in _SPLITS:
        raise BadConfig(f"there is no split {split}", remedy=f"choose one of {', '.join(_SPLITS)}")
    return tuple(made.name for made in _SPLITS[split])


def family(name: str) -> Family:
    """The family of that name. Raises BadConfig."""
    if name not in _BY_NAME:
        raise BadConfig(f"there is no skin {name}", remedy=f"choose one of {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def announces(name: str) -> tuple[str, ...]:
    """What an own kill is announced by: of feed, banner, marker, sound, points, medal. Raises BadConfig."""
    return family(name).announces


def prints_kills(name: str) -> bool:
    """Whether text on the screen says that one killed: a feed or a banner. Raises BadConfig."""
    return not {"feed", "banner"}.isdisjoint(announces(name))
