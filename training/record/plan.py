"""What a corpus is made of: how long each split is, which scenes it shows, and the films that make it up.

The plan of a longer corpus begins with the films of a shorter one, so a corpus grows without being played again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.stats import qmc

from aiditor.errors import BadConfig
from training.record.arcade import ArcadeConfig, record_arcade
from training.record.doom import Recording, record
from training.record.game import RecordConfig
from training.record.mods import mod_names
from training.record.quake import QuakeConfig, plan_quake, record_quake
from training.record.skins import prints_kills, skin_names
from training.record.splits import PLAIN, SPLITS, TEST_MODE, Split, places, split_of

__all__ = ["Film", "Kind", "plan_films", "plan_small"]

Kind = Literal["campaign", "deathmatch", "coop", "spectate", "calm", "arcade"]


@dataclass(frozen=True)
class Film:
    """One film to record."""

    split: Split
    cfg: RecordConfig | ArcadeConfig | QuakeConfig

    @cached_property
    def name(self) -> str:
        """What its files are called, without ending: game, map, mode and whatever else is out of the ordinary."""
        cfg = self.cfg
        if isinstance(cfg, QuakeConfig):
            return f"openarena_{cfg.map}_{'prints' if cfg.prints else 'silent'}_{cfg.seed}"
        parts = (cfg.game, cfg.map.lower(), cfg.mode, cfg.scene, cfg.mod, cfg.skin, f"{cfg.seed}")
        return "_".join(dict.fromkeys(part for part in parts if part not in ("", "play", PLAIN)))

    def record(self, out: Path) -> Recording:
        """Play it and write film and truth into `out/<split>`. Raises AIditorError."""
        folder = out / self.split
        if isinstance(self.cfg, ArcadeConfig):
            return record_arcade(self.cfg, folder, name=self.name)
        if isinstance(self.cfg, QuakeConfig):
            return record_quake(self.cfg, folder, name=self.name)
        return record(self.cfg, folder, name=self.name)


@dataclass(frozen=True)
class _Recipe:
    """What one split is made of. Shares add up to 1."""

    hours_share: float
    kinds: dict[Kind, float]
    plain_share: float
    """Films whose picture carries no skin."""
    mods: Sequence[str]
    mod_share: float
    skins: Sequence[str]
    crowd: tuple[float, float]
    """Least and greatest share of a map's monsters. What is learnt from is dense. Test is sparse: an own kill
    every sixteen seconds, measured, where the best evenly spaced guesses score an F1 of 0.13 at 0.5 s; and so is
    validation, where chances and thresholds are fitted."""
    bots: tuple[int, int]
    """Least and greatest number of other players. Many in test: they are to kill as often as the player."""
    small: tuple[Kind, ...]
    """The films of the small corpus."""


_LENGTH_S = (120.0, 240.0)
_SMALL_S = (50.0, 70.0)
_QUAKE_S = 150.0
"""All films of OpenArena are of one length, so that a longer plan begins with a shorter one."""
_LOADOUTS = ("pistol", "shotgun", "chaingun", "double", "rocket", "all")
_SEEDS = 1_000_000
"""Seeds of a split start at its number times this."""


def _skins(split: Split) -> tuple[str, ...]:
    return tuple(name for name in skin_names(split) if name != PLAIN)


def _recipes() -> dict[Split, _Recipe]:
    train_mods = tuple(mod_names("train"))
    return {
        "train": _Recipe(
            hours_share=0.6582,
            kinds={"campaign": 0.61, "deathmatch": 0.17, "spectate": 0.08, "calm": 0.07, "arcade": 0.07},
            plain_share=0.2,
            mods=train_mods,
            mod_share=0.5,
            skins=_skins("train"),
            crowd=(0.3, 0.9),
            bots=(4, 7),
            small=("campaign", "deathmatch", "campaign", "spectate", "arcade", "campaign", "campaign"),
        ),
        "val": _Recipe(
            hours_share=0.1414,
            kinds={"campaign": 0.56, "deathmatch": 0.18, "spectate": 0.06, "calm": 0.14, "arcade": 0.06},
            plain_share=0.2,
            mods=train_mods,
            mod_share=0.3,
            skins=_skins("val"),
            crowd=(0.15, 0.35),
            bots=(6, 7),
            small=("campaign", "deathmatch"),
        ),
        "test": _Recipe(
            hours_share=0.11,
            kinds={
                "campaign": 0.37,
                "deathmatch": 0.17,
                "coop": 0.17,
                "spectate": 0.06,
                "calm": 0.16,
                "arcade": 0.07,
            },
            plain_share=0.2,
            mods=(),
            mod_share=0.0,
            skins=_skins("test"),
            crowd=(0.15, 0.35),
            bots=(6, 7),
            small=("campaign", "coop", "deathmatch", "calm"),
        ),
        "unseen": _Recipe(
            hours_share=0.0904,
            kinds={"campaign": 0.62, "deathmatch": 0.22, "spectate": 0.06, "calm": 0.1},
            plain_share=0.5,
            mods=tuple(mod_names("unseen")),
            mod_share=1.0,
            skins=tuple(name for name in _skins("test") if prints_kills(name)),
            crowd=(0.15, 0.35),
            bots=(6, 7),
            small=("campaign", "campaign"),
        ),
    }


def plan_films(hours: float, splits: Iterable[Split] = SPLITS, seed: int = 0) -> list[Film]:
    """The films of a corpus of `hours`, those of `splits` only. Raises BadConfig.

    Each split has its share of the hours, whichever are asked for, so a corpus may be recorded split by split. Half
    of "unseen" is another engine's game, whether it is installed here or not.
    """
    films = []
    for split in splits:
        recipe = _recipes()[split]
        planned = _films(split, recipe, seed)
        left_s = hours * 3600 * recipe.hours_share
        if split == "unseen":
            left_s /= 2
            count = round(left_s / _QUAKE_S)
            films += [Film(split, cfg) for cfg in (plan_quake(count * _QUAKE_S / 60, seed) if count else ())]
        while left_s > _LENGTH_S[0] / 2:
            film = next(planned)
            films.append(film)
            left_s -= film.cfg.seconds
    return films


def plan_small(splits: Iterable[Split] = SPLITS, seed: int = 0) -> list[Film]:
    """About a quarter of an hour of short films, with all four splits and most scenes."""
    return [film for split in splits for film in _films(split, _recipes()[split], seed, small=True)]


def _films(split: Split, recipe: _Recipe, seed: int, *, small: bool = False) -> Iterator[Film]:
    """The split's films, without end unless small.

    Shares hold for every stretch of it, not only in the long run: a scrambled Halton sequence chooses
    (https://en.wikipedia.org/wiki/Halton_sequence), and maps, skins, mods and arms are dealt from shuffled decks.
    """
    number = SPLITS.index(split)
    random = np.random.default_rng([seed, number])
    decks = _Decks(random)
    chances = qmc.Halton(d=3, rng=np.random.default_rng([seed, number, 1]))
    kinds = iter(recipe.small)
    index = 0
    while True:
        kind_at, plain_at, mod_at = (float(chance) for chance in chances.random(1)[0])
        kind = next(kinds, None) if small else _pick(recipe.kinds, kind_at)
        if kind is None:
            return
        seed_of_film = (seed * len(SPLITS) + number) * _SEEDS + index
        cfg: RecordConfig | ArcadeConfig
        seconds = round(random.uniform(*(_SMALL_S if small else _LENGTH_S)))
        game, name, mode = decks.deal(f"places {kind}", _places(split, kind))
        if kind == "arcade":
            cfg = ArcadeConfig(map=name, seconds=seconds, seed=seed_of_film, preset="ultrafast")
        else:
            cfg = RecordConfig(
                game=game,
                map=name,
                mode=mode,
                mod=decks.deal("mods", recipe.mods) if recipe.mods and mod_at < recipe.mod_share else "",
                skin=PLAIN if plain_at < recipe.plain_share else decks.deal("skins", recipe.skins),
                scene=kind if kind in ("spectate", "calm") else "play",
                seconds=seconds,
                seed=seed_of_film,
                crowd=round(random.uniform(*recipe.crowd), 2),
                difficulty=int(random.integers(2, 5)),
                bots=int(random.integers(*recipe.bots, endpoint=True)),
                loadout=decks.deal("loadouts", _LOADOUTS),
                preset="ultrafast",  # decoded twice as fast, and training decodes every film
            )
        if split_of(cfg.game, cfg.map, cfg.mode, cfg.mod, cfg.skin) != split:
            raise BadConfig(
                f"{cfg.map} with the skin {cfg.skin} and the mod {cfg.mod or 'none'} is not for {split}",
                remedy="a skin or a mod must be on the lists of one split only",
            )
        index += 1
        yield Film(split, cfg)


def _places(split: Split, kind: Kind) -> Sequence[tuple[str, str, str]]:
    """Where films of that kind are played. Who watches, watches a match; who is left alone, walks a campaign's map."""
    mode = {"spectate": "deathmatch", "calm": "campaign", "coop": TEST_MODE}.get(kind, kind)
    return places(split, mode)


def _pick(shares: dict[Kind, float], at: float) -> Kind:
    """The kind whose span of [0, 1) holds `at`."""
    ends = accumulate(shares.values())
    return next((kind for kind, end in zip(shares, ends, strict=True) if at < end), next(iter(shares)))


class _Decks:
    """Deals from shuffled decks, one by name; a deck that is used up is shuffled again."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._decks: dict[str, list[Any]] = {}

    def deal(self, name: str, cards: Sequence[Any]) -> Any:
        deck = self._decks.setdefault(name, [])
        if not deck:
            deck.extend(cards[index] for index in self._random.permutation(len(cards)))
        return deck.pop()
