"""Who listens: one Protocol, and the engines by name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np

from aiditor.errors import BadConfig
from aiditor.progress import Progress, silent
from aiditor.speech.config import SpeechConfig
from aiditor.transcript import Word

__all__ = ["RATE_HZ", "Engine", "engine_names", "open_engine", "register"]

RATE_HZ = 16_000


class Engine(Protocol):
    """Hears one recording, stretch by stretch, in order of time."""

    name: str
    draft: bool
    """Whether it hears some words only, or none too well."""
    language: str
    """ISO 639-1; "" until something was heard."""

    def hear(self, sound: np.ndarray, *, progress: Progress = silent) -> tuple[tuple[Word, ...], ...]:
        """The segments of words in mono `sound`, float32 [N] at RATE_HZ; times are seconds from its first sample.

        Words are in order and never overlap. Raises Cancelled from `progress`.
        """


_OPENERS: dict[str, Callable[[SpeechConfig], AbstractContextManager[Engine]]] = {}


def register(name: str, opener: Callable[[SpeechConfig], AbstractContextManager[Engine]]) -> None:
    """Make an engine known: `opener(cfg)` gives it for as long as one recording is heard."""
    _OPENERS[name] = opener


def engine_names() -> tuple[str, ...]:
    """Names that `open_engine` takes."""
    return ("faster-whisper", "pocketsphinx", *(name for name in _OPENERS if name not in _BUILT_IN))


def open_engine(name: str, cfg: SpeechConfig) -> AbstractContextManager[Engine]:
    """The engine of that name. Raises BadConfig for an unknown one, MissingPart where it is not installed."""
    if name not in _OPENERS and name in _BUILT_IN:
        _OPENERS[name] = _BUILT_IN[name]()
    if name not in _OPENERS:
        raise BadConfig(f"there is no speech engine {name!r}", remedy=f"choose from {', '.join(engine_names())}")
    return _OPENERS[name](cfg)


def _whisper() -> Callable[[SpeechConfig], AbstractContextManager[Engine]]:
    from aiditor.speech.whisper import open_whisper

    return open_whisper


def _sphinx() -> Callable[[SpeechConfig], AbstractContextManager[Engine]]:
    from aiditor.speech.spotter import open_spotter

    return open_spotter


_BUILT_IN = {"faster-whisper": _whisper, "pocketsphinx": _sphinx}
