"""The user's own track under the montage: its drop on the best moment, looped on bar lines where short, faded out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aiditor.errors import BadInput
from aiditor.media.read import audio_blocks, read_audio
from aiditor.music.beats import ANALYSIS_RATE_HZ, track_beats
from aiditor.music.config import MusicConfig
from aiditor.music.laying import Piece, Track, bar_energy, laid_grid, lay, pieces
from aiditor.music.sections import is_steady, meeting, section_bars
from aiditor.music.voices import RATE_HZ
from aiditor.music.wave_file import write_flac
from aiditor.progress import Progress, part, silent
from aiditor.timeline import BeatGrid, Music

__all__ = ["LICENCE", "OwnTrack"]

LICENCE = "supplied by the user"
_LONGEST_S = 30 * 60.0


class OwnTrack:
    """Listens to the track once, and keeps the place it chose: ask one engine for grid and music."""

    def __init__(self) -> None:
        self._track: Track | None = None
        self._entry_s: float | None = None

    def grid(self, cfg: MusicConfig, up_to_s: float, *, progress: Progress = silent) -> BeatGrid:
        """Raises BadInput when the track cannot be read or holds no sound."""
        track = self._listen(cfg, progress)
        return laid_grid(track, pieces(track, self._enter(track, cfg, up_to_s), up_to_s), up_to_s)

    def make(
        self,
        cfg: MusicConfig,
        *,
        duration_s: float,
        hits_s: Sequence[float] = (),
        intensity: Sequence[tuple[float, float]] = (),  # noqa: ARG002
        out: Path,
        progress: Progress = silent,
    ) -> Music:
        """The track's drop falls on the beat nearest to `hits_s[0]`, unless `cfg.start_s` names a place.

        The beats stay where `grid` promised them: a track that speeds up or slows down is entered where `grid` did.
        Raises BadInput as `grid` does.
        """
        track = self._listen(cfg, progress)
        laid = self._laid(track, cfg, hits_s, duration_s)
        grid = laid_grid(track, laid, duration_s)
        report = part(progress, 0.6, 0.9)
        sound = lay(track, laid, grid, duration_s=duration_s, fade_out_s=cfg.fade_out_s, progress=report)
        progress(0.92, "writing the music")
        write_flac(out, sound, RATE_HZ)
        progress(1.0, "music written")
        return Music(
            path=str(out),
            grid=grid,
            duration_s=sound.shape[1] / RATE_HZ,
            title=Path(cfg.path).stem,
            engine="own",
            licence=LICENCE,
        )

    def _listen(self, cfg: MusicConfig, progress: Progress) -> Track:
        if self._track is None or self._track.path != cfg.path:
            self._track, self._entry_s = _listen(cfg.path, progress), None
        return self._track

    def _laid(self, track: Track, cfg: MusicConfig, hits_s: Sequence[float], duration_s: float) -> list[Piece]:
        found = None
        if hits_s and 0 <= hits_s[0] <= duration_s and cfg.start_s is None and is_steady(track):
            found = meeting(track, hits_s[0], duration_s)
        return found or pieces(track, self._enter(track, cfg, duration_s), duration_s)

    def _enter(self, track: Track, cfg: MusicConfig, wanted_s: float) -> float:
        if self._entry_s is None:
            self._entry_s = _entry_s(track, cfg, wanted_s)
        return self._entry_s


def _listen(path: str, progress: Progress) -> Track:
    name = Path(path).name
    if not Path(path).is_file():
        raise BadInput(f"the music track {name} does not exist", remedy="check its path", file=path)
    blocks: list[np.ndarray] = []
    for t_s, block in audio_blocks(path, rate_hz=ANALYSIS_RATE_HZ, channels=1, block_s=5.0):
        progress(0.3 * min(t_s / 300.0, 1.0), f"listening to {name}")
        blocks.append(block[0])
        if t_s > _LONGEST_S:
            break
    sound = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if sound.size < ANALYSIS_RATE_HZ:
        raise BadInput(f"the music track {name} is shorter than a second", remedy="choose a longer track", file=path)
    if float(np.abs(sound).max()) < 1e-4:
        raise BadInput(f"the music track {name} is silent", remedy="choose another track", file=path)
    progress(0.35, "finding the beat")
    beats = track_beats(sound)
    progress(0.55, "beat found")

    def read(start_s: float, end_s: float) -> np.ndarray:
        return read_audio(path, rate_hz=RATE_HZ, channels=2, start_s=start_s, end_s=end_s)

    energy = bar_energy(sound, ANALYSIS_RATE_HZ, beats.downbeats_s)
    sections = section_bars(sound, ANALYSIS_RATE_HZ, beats.downbeats_s)
    return Track(path, sound.size / ANALYSIS_RATE_HZ, beats, energy, read, sections)


def _entry_s(track: Track, cfg: MusicConfig, wanted_s: float) -> float:
    """The downbeat to come in on: at `cfg.start_s`, or so that the steepest rise comes after `drop_after_s`."""
    downbeats_s = track.beats.downbeats_s
    if cfg.start_s is not None:
        if cfg.start_s >= track.length_s:
            raise BadInput(
                f"{Path(track.path).name} is {track.length_s:.1f} s long and cannot start at {cfg.start_s:g} s",
                remedy="start it earlier",
                file=track.path,
            )
        near = downbeats_s[np.argmin(np.abs(downbeats_s - cfg.start_s))] if downbeats_s.size else cfg.start_s
        return float(near)
    if downbeats_s.size < 3:
        return float(downbeats_s[0]) if downbeats_s.size else 0.0
    energy = track.energy / max(track.energy.max(), 1e-9)
    best, best_s = -np.inf, float(downbeats_s[0])
    for bar in range(downbeats_s.size):
        after, before = energy[bar : bar + 4], energy[max(bar - 4, 0) : bar]
        rise = float(after.mean() - (before.mean() if before.size else after.mean()))
        entry_s = float(downbeats_s[np.argmin(np.abs(downbeats_s - max(downbeats_s[bar] - cfg.drop_after_s, 0.0)))])
        looped = max(wanted_s - (track.length_s - entry_s), 0.0) / max(wanted_s, 1e-9)
        worth = rise + 0.5 * float(after.mean()) - looped
        if worth > best + 1e-9:
            best, best_s = worth, entry_s
    return best_s
