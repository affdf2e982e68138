"""The socket for detectors: what one is, and the registry that finds it by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from aiditor.detect.config import DetectConfig
from aiditor.errors import BadConfig
from aiditor.progress import Progress
from aiditor.timeline import Event, Signals, Source

__all__ = ["Detector", "detector", "detector_names", "register"]


class Detector(Protocol):
    """Finds events in a source whose signals are measured already.

    Events come in order of time and lie inside the source. A detector that looks at the file itself reads it
    through `aiditor.media.read`. It may raise MissingPart when what it needs is not installed.
    """

    def __call__(
        self, source: Source, signals: Signals, cfg: DetectConfig, *, progress: Progress
    ) -> tuple[Event, ...]: ...


_PLACES: dict[str, str | Detector] = {"signals": "aiditor.detect.bursts:find_bursts"}


def register(name: str, place: str | Detector) -> None:
    """Make a detector known by `name`: the function, or "module:function", imported when first used."""
    _PLACES[name] = place


def detector_names() -> tuple[str, ...]:
    """Names that `DetectConfig.detectors` may hold."""
    return tuple(_PLACES)


def detector(name: str) -> Detector:
    """The detector of that name. Raises BadConfig when there is none."""
    if name not in _PLACES:
        raise BadConfig(f"there is no detector {name!r}", remedy=f"choose from {', '.join(_PLACES)}")
    place = _PLACES[name]
    if isinstance(place, str):
        module, _, function = place.partition(":")
        found: Callable[..., tuple[Event, ...]] = getattr(import_module(module), function)
        _PLACES[name] = found
        return found
    return place
