"""Where music comes from: one Protocol, and the engines by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from aiditor.errors import BadConfig
from aiditor.music.config import MusicConfig
from aiditor.progress import Progress, silent
from aiditor.timeline import BeatGrid, Music

__all__ = ["Engine", "NoMusic", "engine", "engines"]


class Engine(Protocol):
    """One montage's music. Ask one engine for both: where the seed is left open, it keeps the one it drew."""

    def grid(self, cfg: MusicConfig, up_to_s: float) -> BeatGrid | None:
        """Beats and bars from 0 to `up_to_s` of the montage, before a note is played; None without music."""

    def make(
        self,
        cfg: MusicConfig,
        *,
        duration_s: float,
        hits_s: Sequence[float] = (),
        intensity: Sequence[tuple[float, float]] = (),
        out: Path,
        progress: Progress = silent,
    ) -> Music | None:
        """Write `round(duration_s * 48000)` samples of 48 kHz stereo FLAC to `out`; None without music.

        `hits_s` are the montage times of the strongest moments, strongest first. `intensity` is how strong the
        montage is: (montage time, from there on in [0, 1]) pairs, rising in time. The beats are those of `grid`;
        bars may be counted anew from a drop.
        Raises BadInput when a track cannot be used, Cancelled from `progress`.
        """


class NoMusic:
    """The engine of a montage without music."""

    def grid(self, cfg: MusicConfig, up_to_s: float) -> None:  # noqa: ARG002
        return None

    def make(
        self,
        cfg: MusicConfig,  # noqa: ARG002
        *,
        duration_s: float,  # noqa: ARG002
        hits_s: Sequence[float] = (),  # noqa: ARG002
        intensity: Sequence[tuple[float, float]] = (),  # noqa: ARG002
        out: Path,  # noqa: ARG002
        progress: Progress = silent,  # noqa: ARG002
    ) -> None:
        return None


def _composer() -> Engine:
    from aiditor.music.composer import Composer

    return Composer()


def _own() -> Engine:
    from aiditor.music.own import OwnTrack

    return OwnTrack()


_ENGINES: dict[str, Callable[[], Engine]] = {
    "composer": _composer,
    "own": _own,
    "none": NoMusic,
}


def engines() -> tuple[str, ...]:
    """The names an engine can be asked for by."""
    return tuple(_ENGINES)


def engine(cfg: MusicConfig) -> Engine:
    """A fresh engine for `cfg.engine`. Raises BadConfig when the configuration lacks what it needs."""
    if cfg.engine == "own" and not cfg.path:
        raise BadConfig("the music is to be your own track, but none is named", remedy="give its path, or use composer")
    return _ENGINES[cfg.engine]()
