"""Fixtures for everybody: ready-made clips, made once a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from media_factory import Sound, make_clip

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
