"""Which films of OpenArena to record, and recording them; films that are there already are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from aiditor.progress import Progress, silent
from training.record.doom import Recording
from training.record.quake.config import MAPS, QuakeConfig
from training.record.quake.film import record_quake

__all__ = ["plan_quake", "record_plan"]

_FILM_S = 150.0


def plan_quake(minutes: float, seed: int = 0, film_s: float = _FILM_S) -> list[QuakeConfig]:
    """Films of about `film_s` that add up to `minutes`: every second one prints nothing, each on the next map."""
    count = max(round(minutes * 60 / film_s), 1)
    random = np.random.default_rng(seed)
    maps = random.permutation(MAPS)
    return [
        QuakeConfig(
            map=str(maps[index % len(maps)]),
            seed=seed + index,
            seconds=minutes * 60 / count,
            bots=int(random.integers(5, 8)),
            skill=int(random.integers(2, 5)),
            prints=index % 2 == 0,
        )
        for index in range(count)
    ]


def record_plan(films: Sequence[QuakeConfig], out: Path, *, progress: Progress = silent) -> Iterator[Recording]:
    """Record them one after another (each keeps two cores busy)."""
    for cfg in films:
        name = f"openarena_{cfg.map}_{cfg.seed}_{'prints' if cfg.prints else 'none'}"
        yield _kept(cfg, out, name) or record_quake(cfg, out, name=name, progress=progress)


def _kept(cfg: QuakeConfig, out: Path, name: str) -> Recording | None:
    """The film, when it lies there already, made by the same configuration."""
    truth = out / f"{name}.truth.json"
    if not truth.is_file():
        return None
    text = json.loads(truth.read_text())
    if text["config"] != cfg.model_dump(mode="json") or not (out / text["video"]).is_file():
        return None
    return Recording(out / text["video"], truth, tuple(text["events"]), text["duration_s"])
