"""Where tests find the tiny twins of the models that generate music."""

from __future__ import annotations

from pathlib import Path

from aiditor.models.debug import tiny_musicgen

MODELS = ("musicgen",)
"""The engines that need weights."""


def home_with(home: Path, engine: str) -> Path:
    """A data folder where the engine's smallest model seems to have been fetched: its twin lies there."""
    tiny_musicgen(home / "models" / "musicgen-small")
    return home
