"""What games print: one YAML file each in configs/games/, naming only what differs from `generic`.

A pattern is the text of a line with slots: `{killer}` and `{victim}` stand for names, `{verb}` for one of `verbs`,
`{number}` for digits, `{past}` for any other regular verb in the past but `not_verbs`, `{words}` for one to three words
in small letters, `{weapon}` for one of `weapons`. A line must match as a whole. Case, accents and the commonest slips
of reading do not matter.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, field_validator

from aiditor.config import Config
from aiditor.errors import BadConfig

__all__ = ["GAMES_DIR", "GameRules", "Zone", "load_rules", "rules_names"]

GAMES_DIR = Path(__file__).resolve().parents[3] / "configs" / "games"
SLOTS = ("killer", "victim", "verb", "number", "past", "words", "weapon")
Words = tuple[str, ...]


class Zone(Config):
    """Where to look, in shares of the picture's width and height."""

    left: float = Field(ge=0, le=1, description="Left edge, share of the width.")
    top: float = Field(ge=0, le=1, description="Top edge, share of the height.")
    right: float = Field(ge=0, le=1, description="Right edge, share of the width.")
    bottom: float = Field(ge=0, le=1, description="Bottom edge, share of the height.")


class GameRules(Config):
    """The words of one game. Every field may be left out; lists of a file are added to those of `generic`."""

    name: str = Field("generic", min_length=1, max_length=40, description="Short name: the file's.")
    title: str = Field("Any game", min_length=1, max_length=60, description="Name as shown.")
    zones: tuple[Zone, ...] = Field((), max_length=6, description="Where the game prints; empty: found by itself.")
    you: Words = Field(("you",), description="Words that stand for the player in the game's own sentences.")
    verbs: Words = Field((), description="Verbs of killing, in the past: killed, eliminated, took out.")
    not_verbs: Words = Field((), description="Verbs in the past that never mean a kill: joined, captured, revived.")
    downs: Words = Field((), description="Verbs of the blow before it: knocked out, downed.")
    rows: Words = Field((), description="Rows that name killer and victim: '{killer} {verb} {victim}'.")
    icon_rows: bool = Field(True, description="Two names with an icon or a gap between are a killer and a victim.")
    own: Words = Field((), description="What tells the player of an own kill: 'you {verb} {victim}'.")
    own_weak: Words = Field((), description="The same, where other things are announced in these words too.")
    points: Words = Field((), description="Points that come with a kill: '+{number}'.")
    headshot: Words = Field((), description="What announces a headshot.")
    multi_kill: Words = Field((), description="What announces several kills in a row, or an ace.")
    assists: Words = Field((), description="What announces an assist.")
    deaths: Words = Field((), description="What tells the player of the own death.")
    spectate: Words = Field((), description="Shown while watching somebody else; nothing counts then.")
    killcam: Words = Field((), description="Shown over a replay of a kill; nothing counts then.")
    dead: Words = Field((), description="Shown until the player is back.")
    menu: Words = Field((), description="Shown in menus, lobbies and at the end of a match; nothing counts then.")
    scoreboard: Words = Field((), description="Column titles of the score board; nothing counts while it is up.")
    not_names: Words = Field((), description="Words that are never a player's name: health, ammo, round.")
    weapons: Words = Field((), description="What kills: rifle, shotgun. Between or after names it is not a name.")
    weapon_kinds: Words = Field((), description="Words before a weapon's: assault, double, heavy.")
    row_stay_s: float = Field(6.0, ge=0.5, le=30, description="Longest that a feed's row stays, in seconds.")
    banner_stay_s: float = Field(3.5, ge=0.3, le=15, description="Longest that a banner stays, in seconds.")

    @field_validator("rows", "own", "own_weak", "points", "deaths", "assists", "spectate", "killcam", mode="after")
    @classmethod
    def _slots_are_known(cls, patterns: Words) -> Words:
        for pattern in patterns:
            for part in pattern.split("{")[1:]:
                if part.partition("}")[0] not in SLOTS:
                    raise ValueError(f"“{pattern}”: a slot is one of {', '.join(SLOTS)}")
        return patterns


def rules_names() -> list[str]:
    """The games there are rules for, in alphabetical order."""
    return sorted(path.stem for path in GAMES_DIR.glob("*.yaml"))


@lru_cache(maxsize=32)
def load_rules(name: str | Path = "generic") -> GameRules:
    """The rules of that name, or those in that YAML file, on top of `generic`.

    A file may say `only: [field, …]` for lists that replace the generic ones instead of adding to them.
    Raises BadConfig naming the file and the field when it is unknown or says what it must not.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = GAMES_DIR / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(rules_names())
        raise BadConfig(f"there are no rules for “{name}”", remedy=f"choose one of {known}, or a .yaml file")
    data = {"name": path.stem, **_read(path)}
    only = data.pop("only", [])
    if path.stem != "generic":
        base = load_rules("generic").model_dump()
        for field, value in base.items():
            if isinstance(value, tuple) and isinstance(data.get(field, []), list) and field not in only:
                data[field] = (
                    list(dict.fromkeys([*data.get(field, []), *value])) if field != "zones" else data.get(field, [])
                )
    try:
        return GameRules.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadConfig(f"{path.name}: {where}: {first['msg'].lower()}", remedy="mend that field", file=path) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadConfig(f"{path.name} cannot be read as YAML ({error})", remedy="mend the file", file=path) from error
    if not isinstance(data, dict):
        raise BadConfig(f"{path.name} holds no fields", remedy="see configs/games/generic.yaml", file=path)
    return data
