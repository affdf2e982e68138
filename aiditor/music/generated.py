"""Music that a model generates: made before its grid is asked for, and kept, so that both are of one piece.

    words, seed ─► windows on disk, their beats measured as they come ─► entered on the first bar line,
                   repeated from its last one where the montage is longer, faded from a bar line at the end

What lies in the cache hangs on the words, the weights and the seed, not on how much of it was ever asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from aiditor.config import digest
from aiditor.errors import BadInput
from aiditor.models.pool import Pool, shared
from aiditor.music.beats import Beats
from aiditor.music.config import MusicConfig
from aiditor.music.growing import Window, grow
from aiditor.music.laying import Track, laid_grid, lay, pieces
from aiditor.music.token_model import TokenModel
from aiditor.music.voices import RATE_HZ
from aiditor.music.wave_file import write_flac
from aiditor.progress import Progress, part, silent
from aiditor.settings import Settings
from aiditor.timeline import BeatGrid, Music

__all__ = ["Generated", "Opener"]

_VERSION = 1
_LEVEL_LUFS = -16.0
_MOST_GAIN_DB = 30.0
_LONGEST_BAR_S = 4.0
_SEAM_S = 0.2
"""What the last window keeps back for the next, and some to spare."""

Opener = Callable[[MusicConfig, int, Settings, Pool], TokenModel]
"""`opener(cfg, seed, settings, pool)`; raises MissingPart, BadConfig or BadInput before anything is loaded."""


class Generated:
    """The engine of every library that runs MusicGen. Seeds as the composer's: drawn once where none is given."""

    def __init__(
        self, name: str, opener: Opener, *, settings: Settings | None = None, pool: Pool | None = None
    ) -> None:
        self._name, self._open = name, opener
        self._settings = settings or Settings()
        self._pool = pool
        self._fresh_seed = secrets.randbelow(2**32)

    def grid(self, cfg: MusicConfig, up_to_s: float, *, progress: Progress = silent) -> BeatGrid:
        """Generates what is not there yet. Raises MissingPart, BadConfig, BadInput, DiskFull, and from `progress`."""
        _, track, laid = self._piece(cfg, up_to_s, progress)
        return laid_grid(track, laid, up_to_s)

    def make(
        self,
        cfg: MusicConfig,
        *,
        duration_s: float,
        hits_s: Sequence[float] = (),  # noqa: ARG002
        intensity: Sequence[tuple[float, float]] = (),  # noqa: ARG002
        out: Path,
        progress: Progress = silent,
    ) -> Music:
        """`hits_s` and `intensity` move nothing: cuts were planned on the piece's beats. Raises as `grid` does."""
        model, track, laid = self._piece(cfg, duration_s, part(progress, 0.0, 0.9))
        grid = laid_grid(track, laid, duration_s)
        report = part(progress, 0.9, 0.95)
        sound = lay(track, laid, grid, duration_s=duration_s, fade_out_s=cfg.fade_out_s, progress=report)
        progress(0.95, "writing the music")
        write_flac(out, sound, RATE_HZ)
        progress(1.0, "music written")
        seed = self._seed(cfg)
        return Music(
            path=str(out),
            grid=grid,
            duration_s=sound.shape[1] / RATE_HZ,
            title=f"{model.words}, no. {seed}",
            engine=self._name,
            licence=model.about.licence,
            seed=seed,
            attribution=model.about.attribution,
            model=model.about.name,
            revision=model.about.revision,
            prompt=model.words,
        )

    def _seed(self, cfg: MusicConfig) -> int:
        return self._fresh_seed if cfg.seed is None else cfg.seed

    def _piece(self, cfg: MusicConfig, up_to_s: float, progress: Progress) -> tuple[TokenModel, Track, list]:
        """The piece as a track, long enough or as long as it may get, and how it is laid under `up_to_s` seconds."""
        seed = self._seed(cfg)
        model = self._open(cfg, seed, self._settings, self._pool or shared())
        most = _count(cfg, cfg.longest_s)

        def enough(windows: list[Window]) -> int:
            entry_s = _entry_s(windows[0].beats) if windows else _LONGEST_BAR_S
            return min(_count(cfg, up_to_s + entry_s + _SEAM_S), most)

        windows = grow(
            self._settings.cache_dir / "generated" / _key(self._name, model, cfg, seed), model,
            window_s=cfg.window_s, overlap_s=cfg.overlap_s, seed=seed, enough=enough, progress=progress,
        )  # fmt: skip
        track = _track(windows, model.rate_hz)
        laid = pieces(track, _entry_s(windows[0].beats), up_to_s, to_the_end=len(windows) < most)
        return model, track, laid


def _count(cfg: MusicConfig, length_s: float) -> int:
    """How many windows make a piece of that length."""
    return 1 + max(0, int(np.ceil((length_s - cfg.window_s) / (cfg.window_s - cfg.overlap_s) - 1e-9)))


def _key(name: str, model: TokenModel, cfg: MusicConfig, seed: int) -> str:
    """Everything that the samples hang on."""
    manner = (cfg.guidance, cfg.temperature, cfg.top_k, cfg.window_s, cfg.overlap_s)
    melody = ""
    if cfg.melody:
        kept = Path(cfg.melody).stat()
        melody = f"{cfg.melody} {kept.st_size} {kept.st_mtime_ns}"
    return digest(_VERSION, name, model.about.name, model.about.revision, model.words, melody, *manner, seed)


def _entry_s(beats: Beats) -> float:
    """The first bar line."""
    return float(beats.downbeats_s[0]) if beats.downbeats_s.size else 0.0


def _track(windows: list[Window], rate_hz: int) -> Track:
    """The windows as one recording at 48 kHz, brought to level by its first one, both sides the same."""
    sound = _at_48k(windows, rate_hz)
    _level(sound, sound[: round(windows[0].sound.size / rate_hz * RATE_HZ)])
    beats = windows[-1].beats
    length_s = sound.size / RATE_HZ
    beats = Beats(beats.tempo_bpm, beats.beats_s[beats.beats_s < length_s], beats.phase)

    def read(start_s: float, end_s: float) -> np.ndarray:
        start = round(start_s * RATE_HZ)
        return np.repeat(sound[None, start : start + round((end_s - start_s) * RATE_HZ)], 2, axis=0)

    return Track("", length_s, beats, np.ones(beats.downbeats_s.size), read)


def _at_48k(windows: list[Window], rate_hz: int) -> np.ndarray:
    """float32 [N]. Window by window, so that a longer piece begins with the very samples of a shorter one."""
    import soxr

    stream = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="float32", quality="VHQ")
    parts = [
        stream.resample_chunk(window.sound, last=number == len(windows) - 1) for number, window in enumerate(windows)
    ]
    return np.concatenate(parts)


def _level(sound: np.ndarray, first: np.ndarray) -> None:
    """In place: to -16 LUFS by its first window, and highest peaks rounded off under 1."""
    import pyloudnorm

    found = pyloudnorm.Meter(RATE_HZ).integrated_loudness(first.astype(np.float64)) if first.size else -np.inf
    if not np.isfinite(found):
        if float(np.abs(sound).max(initial=0.0)) < 1e-5:
            raise BadInput("the music model generated silence", remedy="try another seed or prompt")
        return
    sound *= np.float32(10 ** (min(_LEVEL_LUFS - found, _MOST_GAIN_DB) / 20))
    over = np.abs(sound) > 0.8
    sound[over] = np.sign(sound[over]) * (0.8 + 0.19 * np.tanh((np.abs(sound[over]) - 0.8) / 0.19))
