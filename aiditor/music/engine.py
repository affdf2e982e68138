"""Where music comes from: one Protocol, and the engines by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aiditor.errors import BadConfig, BadInput
from aiditor.music.config import EngineName, MusicConfig
from aiditor.progress import Progress, silent
from aiditor.settings import Settings
from aiditor.timeline import BeatGrid, Music

if TYPE_CHECKING:
    from aiditor.models.pool import Pool

__all__ = ["Engine", "NoMusic", "engine", "engines", "preflight"]


class Engine(Protocol):
    """One montage's music. Ask one engine for both: where the seed is left open, it keeps the one it drew."""

    def grid(self, cfg: MusicConfig, up_to_s: float, *, progress: Progress = silent) -> BeatGrid | None:
        """Beats and bars from 0 to `up_to_s` of the montage, before its track is written; None without music.

        Engines that generate do their work here, which takes minutes: `progress` can stop it.
        """

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

    def grid(self, cfg: MusicConfig, up_to_s: float, *, progress: Progress = silent) -> None:  # noqa: ARG002
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


def _composer(settings: Settings | None, pool: Pool | None) -> Engine:  # noqa: ARG001
    from aiditor.music.composer import Composer

    return Composer()


def _musicgen(settings: Settings | None, pool: Pool | None) -> Engine:
    from aiditor.music.generated import Generated
    from aiditor.music.musicgen import open_musicgen

    return Generated("musicgen", open_musicgen, settings=settings, pool=pool)


def _audiocraft(settings: Settings | None, pool: Pool | None) -> Engine:
    from aiditor.music.audiocraft_engine import open_audiocraft
    from aiditor.music.generated import Generated

    return Generated("audiocraft", open_audiocraft, settings=settings, pool=pool)


def _own(settings: Settings | None, pool: Pool | None) -> Engine:  # noqa: ARG001
    from aiditor.music.own import OwnTrack

    return OwnTrack()


def _none(settings: Settings | None, pool: Pool | None) -> Engine:  # noqa: ARG001
    return NoMusic()


_ENGINES: dict[EngineName, Callable[[Settings | None, Pool | None], Engine]] = {
    "composer": _composer,
    "musicgen": _musicgen,
    "audiocraft": _audiocraft,
    "own": _own,
    "none": _none,
}


def _find_musicgen(cfg: MusicConfig, settings: Settings) -> None:
    from aiditor.music.musicgen import find_musicgen

    find_musicgen(cfg, settings)


def _find_audiocraft(cfg: MusicConfig, settings: Settings) -> None:
    from aiditor.music.audiocraft_engine import find_audiocraft

    find_audiocraft(cfg, settings)


_FINDERS: dict[EngineName, Callable[[MusicConfig, Settings], None]] = {
    "musicgen": _find_musicgen,
    "audiocraft": _find_audiocraft,
}


def engines() -> tuple[EngineName, ...]:
    """The names an engine can be asked for by."""
    return tuple(_ENGINES)


def engine(cfg: MusicConfig, *, settings: Settings | None = None, pool: Pool | None = None) -> Engine:
    """A fresh engine for `cfg.engine`. Raises BadConfig when the configuration lacks what it needs.

    `settings` say where weights and generated pieces are kept, by default the environment's; models are taken from
    `pool`, by default the process's.
    """
    if cfg.engine == "own" and not cfg.path:
        raise BadConfig("the music is to be your own track, but none is named", remedy="give its path, or use composer")
    return _ENGINES[cfg.engine](settings, pool)


def preflight(cfg: MusicConfig, settings: Settings) -> None:
    """To be called before work starts: raises what making this music would, where that can be told beforehand.

    MissingPart for weights or libraries that are not here, with the command that brings them; BadConfig and BadInput
    for a model or a track that there is not.
    """
    engine(cfg, settings=settings)
    if cfg.engine == "own" and not Path(cfg.path).is_file():
        raise BadInput(f"the music track {Path(cfg.path).name} does not exist", remedy="check its path", file=cfg.path)
    if cfg.melody and cfg.engine in _FINDERS and not Path(cfg.melody).is_file():
        name = Path(cfg.melody).name
        raise BadInput(f"the melody {name} does not exist", remedy="check its path", file=cfg.melody)
    if cfg.engine in _FINDERS:
        _FINDERS[cfg.engine](cfg, settings)
