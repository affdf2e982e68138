"""The repository's three sample clips: which games they are, and how to play them again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.record.doom import Recording, record
from training.record.game import RecordConfig

__all__ = ["SAMPLES", "remake_samples"]

_LOOK = {"width": 1280, "height": 720, "crf": 37, "preset": "slow"}

SAMPLES: dict[str, RecordConfig] = {
    "outpost": RecordConfig(map="MAP05", seed=3, loadout="all", skip_s=14.6, seconds=28.5, **_LOOK),
    "refinery": RecordConfig(
        game="freedoom1", map="E1M5", seed=1, loadout="double", difficulty=2, seconds=29.5, **_LOOK
    ),
    "arena": RecordConfig(
        map="MAP04", mode="deathmatch", bots=7, seed=3, loadout="double", skip_s=21.8, seconds=25.6, **_LOOK
    ),
}
"""By file name. Seeds were chosen by eye."""


def remake_samples(out: Path) -> Iterator[Recording]:
    """Record every sample again into `out`."""
    for name, cfg in SAMPLES.items():
        yield record(cfg, out, name=name)
