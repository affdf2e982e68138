"""Where tests find the tiny twins of the models that generate music."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from aiditor.models.debug import tiny_audiocraft, tiny_musicgen

MODELS = ("musicgen", "audiocraft")
"""The engines that need weights."""


def home_with(home: Path, engine: str) -> Path:
    """A data folder where the engine's smallest model seems to have been fetched: its twin lies there."""
    if engine == "audiocraft":
        if find_spec("audiocraft") is None:
            pytest.skip("audiocraft is not installed: pip install --no-deps -r requirements-audiocraft.txt")
        tiny_audiocraft(home / "models" / "audiocraft-small")
    else:
        tiny_musicgen(home / "models" / "musicgen-small")
    return home
