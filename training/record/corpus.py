"""Which maps to record, and recording many films side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from training.record.doom import Recording, record
from training.record.game import RecordConfig, stop_cleanly

__all__ = ["HELD_OUT_MAPS", "SAMPLE_MAPS", "TRAINING_MAPS", "plan_corpus", "record_all"]

Place = tuple[str, str, str]
"""Game, map, mode."""

# Maps where a player on foot reaches at least thirty enemies without switches or lifts.
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
    *(("freedoom2", name, "campaign") for name in ("MAP02", "MAP08", "MAP13", "MAP14", "MAP16", "MAP18", "MAP27")),
    *(("freedoom1", name, "campaign") for name in ("E1M2", "E1M4", "E2M7", "E3M5", "E4M2", "E4M4", "E4M7")),
    *(("freedoom2", name, "deathmatch") for name in ("MAP01", "MAP02", "MAP14")),
)
_FILM_S = 240.0
_LOADOUTS = ("pistol", "shotgun", "chaingun", "double", "rocket", "all")


def plan_corpus(minutes: float, places: Sequence[Place], seed: int = 0, film_s: float = _FILM_S) -> list[RecordConfig]:
    """Films of about `film_s` that add up to `minutes`, over the places in turn, each with its own seed and arms."""
    count = max(round(minutes * 60 / film_s), 1)
    seconds = minutes * 60 / count
    random = np.random.default_rng(seed)
    films = []
    for index in range(count):
        game, name, mode = places[index % len(places)]
        films.append(
            RecordConfig(
                game=game,
                map=name,
                mode=mode,
                seconds=seconds,
                seed=seed + index,
                crowd=round(float(random.uniform(0.2, 0.5)), 2),
                difficulty=int(random.integers(2, 5)),
                loadout=str(random.choice(_LOADOUTS)),
            )
        )
    return films


def record_all(films: Sequence[RecordConfig], out: Path, *, workers: int = 1) -> Iterator[Recording]:
    """Record them, each in a process of its own, in order; a film that lies there already is not played again."""
    with get_context("spawn").Pool(workers, initializer=stop_cleanly) as pool:
        yield from pool.imap(partial(_record_once, out=out), films)
        pool.close()
        pool.join()


def _record_once(cfg: RecordConfig, out: Path) -> Recording:
    name = f"{cfg.game}_{cfg.map.lower()}_{cfg.mode}_{cfg.seed}"
    truth = out / f"{name}.truth.json"
    if truth.is_file():
        text = json.loads(truth.read_text())
        if text["config"] == json.loads(cfg.model_dump_json()):
            return Recording(out / text["video"], truth, tuple(text["events"]), text["duration_s"])
    return record(cfg, out, name=name)
