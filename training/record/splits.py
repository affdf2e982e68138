"""Which maps, skins, mods and modes belong to which split: films are split by these, never by clip.

`train` and `val` are what a model may learn and be tuned on; `test` is unseen maps under unseen skins, with a mode of
its own; `unseen` looks and sounds like another game. One function, `split_of`, decides for every film.
"""

from __future__ import annotations

from typing import Literal, get_args

from training.record.mods import mod_names
from training.record.skins import skin_names

__all__ = [
    "ARCADE",
    "ARCADE_GAMES",
    "HELD_OUT_MAPS",
    "PLAIN",
    "SAMPLE_MAPS",
    "SPLITS",
    "TEST_MODE",
    "TRAINING_MAPS",
    "UNSEEN_GAMES",
    "Place",
    "Split",
    "places",
    "split_of",
]

Split = Literal["train", "val", "test", "unseen"]
SPLITS: tuple[Split, ...] = get_args(Split)
Place = tuple[str, str, str]
"""Game, map, mode."""

PLAIN = "plain"
"""The skin that draws nothing: it may be on both sides, as no mod may. `skin_names` has it in every split."""
TEST_MODE = "coop"
"""A mode that is kept for test: team mates kill the same monsters."""
ARCADE = "arcade"
"""The `game` of every arcade film; its `map` is the name of the arcade game."""
ARCADE_GAMES: dict[Split, tuple[str, ...]] = {
    "train": (
        *("air_raid", "assault", "asteroids", "beam_rider", "berzerk", "centipede", "chopper_command"),
        *("demon_attack", "phoenix", "riverraid", "space_invaders", "time_pilot", "turmoil", "yars_revenge"),
    ),
    "val": ("name_this_game", "seaquest"),
    "test": ("atlantis", "galaxian", "gopher", "pooyan", "wizard_of_wor"),
    "unseen": (),
}
"""By split. In all of them a player who fires at random scores, and lives are counted."""
UNSEEN_GAMES = ("openarena",)
"""Games of which no film is ever trained on."""


def _places(game: str, mode: str, names: str) -> tuple[Place, ...]:
    return tuple((game, name, mode) for name in names.split())


# Maps where a player on foot reaches at least thirty enemies, or for deathmatch most of the starts, without switches
# or lifts.
SAMPLE_MAPS: tuple[Place, ...] = (
    ("freedoom2", "MAP05", "campaign"),
    ("freedoom1", "E1M5", "campaign"),
    ("freedoom2", "MAP04", "deathmatch"),
)
HELD_OUT_MAPS: tuple[Place, ...] = (
    ("freedoom2", "MAP06", "campaign"),
    ("freedoom1", "E2M5", "campaign"),
    ("freedoom2", "MAP10", "campaign"),
    ("freedoom2", "MAP32", "deathmatch"),
    ("freedoom1", "E1M6", "campaign"),
    ("freedoom2", "MAP19", "campaign"),
)
TRAINING_MAPS: tuple[Place, ...] = (
    *_places("freedoom2", "campaign", "MAP02 MAP08 MAP13 MAP14 MAP16 MAP18 MAP27"),
    *_places("freedoom1", "campaign", "E1M2 E1M4 E2M7 E3M5 E4M2 E4M4 E4M7"),
    *_places("freedoom2", "deathmatch", "MAP01 MAP02 MAP14"),
)
_MORE_TRAINING: tuple[Place, ...] = (
    *_places("freedoom2", "campaign", "MAP03 MAP12 MAP25"),
    *_places("freedoom1", "campaign", "E1M3 E2M3 E2M6 E3M2 E3M9 E4M3 E4M6 E4M9"),
    *_places("freedoom2", "deathmatch", "MAP08"),
    *_places("freedoom1", "deathmatch", "E1M4 E4M4"),
)
_VALIDATION: tuple[Place, ...] = (
    *_places("freedoom2", "campaign", "MAP11 MAP24"),
    *_places("freedoom1", "campaign", "E2M9 E4M1"),
    *_places("freedoom2", "deathmatch", "MAP24"),
    *_places("freedoom1", "deathmatch", "E2M9"),
)
_TEST: tuple[Place, ...] = (
    *HELD_OUT_MAPS,
    *_places("freedoom2", "deathmatch", "MAP06 MAP10"),
    *((game, name, TEST_MODE) for game, name, mode in HELD_OUT_MAPS if mode == "campaign"),
)
_PLACES: dict[Split, tuple[Place, ...]] = {
    "train": (*TRAINING_MAPS, *_MORE_TRAINING),
    "val": _VALIDATION,
    "test": _TEST,
    "unseen": tuple(place for place in _TEST if place[2] != TEST_MODE),
}
for _split, _games in ARCADE_GAMES.items():
    _PLACES[_split] += tuple((ARCADE, name, ARCADE) for name in _games)


def places(split: Split, mode: str) -> tuple[Place, ...]:
    """The places of a split where that mode is played."""
    return tuple(place for place in _PLACES[split] if place[2] == mode)


def split_of(game: str, map_name: str, mode: str, mod: str, skin: str) -> Split:
    """The split of a film, by rule.

    Learnt from is only what is on a list for learning, in every respect: all else is test, so that nothing unknown
    ever leaks into training.
    """
    if game in UNSEEN_GAMES or mod in mod_names("unseen"):
        return "unseen"
    if mode != TEST_MODE and mod in ("", *mod_names("train")):
        for split in ("train", "val"):
            known = {place[:2] for place in _PLACES[split]}
            if (game, map_name) in known and skin in skin_names(split):
                return split
    return "test"
