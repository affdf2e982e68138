"""The socket for detectors: what one is, and the registry that finds it by name.

Most are plain functions over measured signals. One that looks and listens for itself is a `Session`, made by a
class method `open(source, cfg)`: it is asked while the recording is read, in the order of its methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np

from aiditor.detect.config import DetectConfig
from aiditor.errors import BadConfig
from aiditor.progress import Progress
from aiditor.timeline import Event, Signals, Source

__all__ = ["Detector", "Session", "detector_names", "open_session", "register"]


class Detector(Protocol):
    """Finds events in a source whose signals are measured already.

    Events come in order of time and lie inside the source. A detector that looks at the file itself reads it
    through `aiditor.media.read`. It may raise MissingPart when what it needs is not installed.
    """

    def __call__(
        self, source: Source, signals: Signals, cfg: DetectConfig, *, progress: Progress
    ) -> tuple[Event, ...]: ...


class Session:
    """One detector at work on one source. What it does not override, it does without."""

    picture_size: tuple[int, int] | None = None
    """Largest width and height of the pictures it looks at; None for none."""

    def hear(self, mel: np.ndarray) -> None:
        """All of the sound: float16 [T * 16, 64] as `sound.SoundMeter.mel`; empty for a clip without."""

    def interest(self) -> np.ndarray | None:
        """Float32 [T]: how much each step is worth a close look, highest first; None leaves it to the signals."""
        return None

    def wants(self, keyframes_s: np.ndarray) -> np.ndarray:
        """Which of the keyframes (their times) it wants to see, in order; asked again until it wants no more."""
        return keyframes_s[:0]

    def keyframe(self, time_s: float, picture: np.ndarray) -> None:
        """A keyframe that it wanted, uint8 [H, W, 3] no larger than `picture_size`."""

    def spans(self) -> Sequence[tuple[float, float]]:
        """Spans of seconds that it wants to be looked at closely before any others, best first."""
        return ()

    def picture(self, time_s: float, picture: np.ndarray) -> None:
        """A picture of a close look, about every 0.25 s in it, as large as a keyframe."""

    def finish(self, signals: Signals, progress: Progress) -> tuple[tuple[Event, ...], Mapping[str, np.ndarray]]:
        """Its events in order of time, and float32 [T] curves worth keeping beside the signals, by name."""
        raise NotImplementedError


class _Plain(Session):
    """A detector that is a function."""

    def __init__(self, find: Detector, source: Source, cfg: DetectConfig) -> None:
        self._find, self._source, self._cfg = find, source, cfg

    def finish(self, signals: Signals, progress: Progress) -> tuple[tuple[Event, ...], Mapping[str, np.ndarray]]:
        return tuple(self._find(self._source, signals, self._cfg, progress=progress)), {}


_PLACES: dict[str, Any] = {
    "signals": "aiditor.detect.bursts:find_bursts",
    "net": "aiditor.detect.net.session:NetSession",
}


def register(name: str, place: str | Detector | type[Session]) -> None:
    """Make a detector known by `name`: itself, or "module:name", imported when first used."""
    _PLACES[name] = place


def detector_names() -> tuple[str, ...]:
    """Names that `DetectConfig.detectors` may hold."""
    return tuple(_PLACES)


def open_session(name: str, source: Source, cfg: DetectConfig) -> Session:
    """The detector of that name, ready for `source`. Raises BadConfig when there is none, or what it raises."""
    if name not in _PLACES:
        raise BadConfig(f"there is no detector {name!r}", remedy=f"choose from {', '.join(_PLACES)}")
    place = _PLACES[name]
    if isinstance(place, str):
        module, _, attribute = place.partition(":")
        place = _PLACES[name] = getattr(import_module(module), attribute)
    if isinstance(place, type) and issubclass(place, Session):
        return cast(Any, place).open(source, cfg)
    return _Plain(place, source, cfg)
