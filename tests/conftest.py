"""Fixtures for everybody: ready-made clips, made once a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from media_factory import Sound, make_clip
from services import postgres

from aiditor.store.db import Database

# The model has tests of its own (tests/detect); all others are about something else, and quicker without it.
os.environ.setdefault("USE_HIGHLIGHT_MODEL", "0")


@pytest.fixture(scope="session")
def media_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that lives as long as the run, for media shared by tests. Do not change what lies there."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def clip(media_dir: Path) -> Path:
    """Two seconds of 320x180 at 30 fps, a beep every half second, H.264 and AAC in MP4."""
    return make_clip(media_dir / "clip.mp4", seconds=2)


@pytest.fixture(scope="session")
def two_track_clip(media_dir: Path) -> Path:
    """Game and microphone on tracks of their own, as ShadowPlay writes them: without names."""
    return make_clip(media_dir / "two_tracks.mp4", seconds=2, sounds=[Sound(), Sound(layout="mono")])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL that runs as long as the tests (each worker has its own); the URL of its first database."""
    if postgres.binaries() is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with postgres.running() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database on PostgreSQL, gone after the test."""
    with postgres.fresh(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on SQLite, then one on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tests.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The tables, with nothing in them, on SQLite and then on PostgreSQL."""
    with Database(database_url) as database:
        database.migrate()
        yield database


def bursts(times_s: np.ndarray) -> np.ndarray:
    """A hum with a bang at 2 s and one at 6 s."""
    hum = 0.01 * np.sin(2 * np.pi * 90 * times_s)
    bang = np.zeros_like(times_s)
    for at_s in (2.0, 6.0):
        since = times_s - at_s
        bang += np.where(since >= 0, np.exp(-6 * np.clip(since, 0, 9)), 0) * np.sin(2 * np.pi * 700 * times_s**1.1)
    return np.clip(hum + 0.8 * bang, -1, 1)


@pytest.fixture(scope="session")
def action_clip(media_dir: Path) -> Path:
    """Eight seconds of 320x180 with two bangs."""
    return make_clip(media_dir / "raid night.mp4", seconds=8, sounds=[Sound(wave=bursts)])


@pytest.fixture
def banging(tmp_path: Path) -> Callable[[str, float], Path]:
    """Makes a clip of that name and length, with the same two bangs."""
    return lambda name, seconds: make_clip(tmp_path / f"{name}.mp4", seconds=seconds, sounds=[Sound(wave=bursts)])


@pytest.fixture(scope="session")
def not_a_clip(media_dir: Path) -> Path:
    path = media_dir / "notes.mp4"
    path.write_text("this is no video at all")
    return path
