"""A montage as a value: odd source rates, a ramp, dissolves, a muted word, music."""

from __future__ import annotations

from pathlib import Path

import pytest
from timeline_values import make_source

from aiditor.timeline import (
    BeatGrid,
    Cut,
    Music,
    Mute,
    Ramp,
    Reason,
    Timeline,
    Transition,
)


@pytest.fixture
def montage(tmp_path: Path) -> Timeline:
    """Five cuts, 10.4 s: plain, crossfade, ramped, flash, crossfade at the end of the footage."""
    sources = (
        make_source(tmp_path / "raid night #1.mp4", 60),
        make_source(tmp_path / "raid night #2.mp4", 60000 / 1001, tracks=2),
        make_source(tmp_path / "doom.mp4", 35, duration_s=20.0),
        make_source(tmp_path / "desktop.mkv", 41.7, variable=True, tracks=0),
    )
    why = (Reason("loud burst", 0.4), Reason("motion", 0.3))
    cuts = (
        Cut("raid night #1", 2.0, 4.0, 0.0, 3.0, 0.7, why, "kill"),
        Cut("raid night #2", 10.01, 12.51, 2.0, 11.0, 0.8, why, "headshot", transition=Transition("crossfade", 0.25)),
        Cut(
            "doom", 4.0, 6.0, 4.5, 5.1, 1.0, why, "multi_kill",
            ramp=Ramp(5.0, 5.4, 0.5), callout="DOUBLE KILL", transition=Transition("flash", 0.2),
        ),
        Cut("desktop", 1.3, 2.8, 6.9, 2.0, 0.4, why),
        Cut("doom", 18.0, 20.0, 8.4, 19.0, 0.6, why, "kill", transition=Transition("whip", 0.2)),
    )  # fmt: skip
    grid = BeatGrid(120.0, tuple(i / 2 for i in range(24)), tuple(float(i) * 2 for i in range(6)))
    music = Music(str(tmp_path / "track.wav"), grid, 12.0, "Night Run", "composer", "CC0-1.0", seed=7, offset_s=0.5)
    mutes = (Mute("raid night #2", 10.5, 10.9, "profanity"),)
    return Timeline(sources, cuts, "hype", music, mutes, notes=("a note",))
