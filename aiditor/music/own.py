"""The user's own track under the montage: entered near its drop, looped on a bar where short, faded at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from aiditor.errors import BadInput
from aiditor.media.read import audio_blocks, read_audio
from aiditor.music.beats import ANALYSIS_RATE_HZ, Beats, track_beats
from aiditor.music.config import MusicConfig
from aiditor.music.voices import RATE_HZ
from aiditor.music.wave_file import write_flac
from aiditor.progress import Progress, silent
from aiditor.timeline import BeatGrid, Music

__all__ = ["LICENCE", "OwnTrack"]

LICENCE = "supplied by the user"
_CROSSFADE_S = 0.02
_LONGEST_S = 30 * 60.0


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    path: str
    length_s: float
    beats: Beats
    energy: np.ndarray
    """RMS of each bar, from each downbeat to the next: float64 [D]."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Track times [start_s, end_s) played from `at_s` of the montage."""

    start_s: float
    end_s: float
    at_s: float


class OwnTrack:
    """Listens to the track once, and keeps the place it chose: ask one engine for grid and music."""

    def __init__(self) -> None:
        self._track: _Track | None = None
        self._entry_s: float | None = None

    def grid(self, cfg: MusicConfig, up_to_s: float) -> BeatGrid:
        """Raises BadInput when the track cannot be read or holds no sound."""
        track = self._listen(cfg, silent)
        pieces = _pieces(track, self._enter(track, cfg, up_to_s), up_to_s)
        return _grid(track, pieces, up_to_s)

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
        """`hits_s` move nothing: the track is the user's. Raises BadInput as `grid` does."""
        track = self._listen(cfg, progress)
        pieces = _pieces(track, self._enter(track, cfg, duration_s), duration_s)
        grid = _grid(track, pieces, duration_s)
        sound = np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
        for number, piece in enumerate(pieces):
            progress(0.6 + 0.3 * number / len(pieces), "laying the track")
            _lay(sound, track, piece, last=number == len(pieces) - 1)
        _fade(sound, grid, cfg.fade_out_s)
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

    def _listen(self, cfg: MusicConfig, progress: Progress) -> _Track:
        if self._track is None or self._track.path != cfg.path:
            self._track, self._entry_s = _listen(cfg.path, progress), None
        return self._track

    def _enter(self, track: _Track, cfg: MusicConfig, wanted_s: float) -> float:
        if self._entry_s is None:
            self._entry_s = _entry_s(track, cfg, wanted_s)
        return self._entry_s


def _listen(path: str, progress: Progress) -> _Track:
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
    edges = np.append(beats.downbeats_s, sound.size / ANALYSIS_RATE_HZ)
    edges = (edges * ANALYSIS_RATE_HZ).astype(int)
    energy = np.array([np.sqrt(np.mean(sound[low : max(high, low + 1)] ** 2)) for low, high in pairwise(edges)])
    progress(0.55, "beat found")
    return _Track(path, sound.size / ANALYSIS_RATE_HZ, beats, energy)


def _entry_s(track: _Track, cfg: MusicConfig, wanted_s: float) -> float:
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


def _pieces(track: _Track, entry_s: float, up_to_s: float) -> list[_Piece]:
    """From the entry to the last full bar, then again from a bar near the entry until `up_to_s` is filled."""
    downbeats_s = track.beats.downbeats_s
    loud = track.energy >= 0.3 * np.median(track.energy) if track.energy.size else np.zeros(0, bool)
    ends_s = downbeats_s[1:][loud[: max(downbeats_s.size - 1, 0)]]
    starts_s = downbeats_s[loud[: downbeats_s.size]]
    last_s = float(ends_s[-1]) if ends_s.size else track.length_s
    if track.length_s - entry_s >= up_to_s or last_s <= entry_s:
        last_s = track.length_s
    again_s = entry_s
    if last_s - entry_s < 0.5 * (last_s - float(starts_s[0] if starts_s.size else 0.0)):
        again_s = float(starts_s[0]) if starts_s.size else 0.0
    pieces = [_Piece(entry_s, last_s, 0.0)]
    while pieces[-1].at_s + pieces[-1].end_s - pieces[-1].start_s < up_to_s:
        before = pieces[-1]
        pieces.append(_Piece(again_s, last_s, before.at_s + before.end_s - before.start_s))
    return pieces


def _grid(track: _Track, pieces: Sequence[_Piece], up_to_s: float) -> BeatGrid:
    def moved(times_s: np.ndarray) -> tuple[float, ...]:
        out = []
        for piece in pieces:
            # A hair of tolerance, or rounding would drop the beat a piece begins with.
            inside = times_s[(times_s >= piece.start_s - 1e-6) & (times_s < piece.end_s - 1e-6)]
            out += [float(max(t - piece.start_s, 0.0) + piece.at_s) for t in inside]
        return tuple(t for t in out if t <= up_to_s)

    return BeatGrid(track.beats.tempo_bpm, moved(track.beats.beats_s), moved(track.beats.downbeats_s))


def _lay(sound: np.ndarray, track: _Track, piece: _Piece, *, last: bool) -> None:
    """Add a piece, crossfaded into the one before over the 20 ms that end where it begins."""
    lead_s = min(_CROSSFADE_S, piece.start_s, piece.at_s)
    start = round((piece.at_s - lead_s) * RATE_HZ)
    count = min(round((piece.at_s + piece.end_s - piece.start_s) * RATE_HZ), sound.shape[1]) - start
    if count <= 0:
        return
    begin_s = piece.start_s - lead_s
    wave = read_audio(track.path, rate_hz=RATE_HZ, channels=2, start_s=begin_s, end_s=begin_s + count / RATE_HZ)
    wave = wave[:, :count]
    fade = np.sin(np.linspace(0, np.pi / 2, max(round(_CROSSFADE_S * RATE_HZ), 1), dtype=np.float32))
    lead = round(lead_s * RATE_HZ) or (240 if piece.start_s > 0 else 0)
    if lead:
        ramp = np.interp(np.linspace(0, 1, lead), np.linspace(0, 1, fade.size), fade).astype(np.float32)
        wave[:, :lead] *= ramp[: wave.shape[1]]
    if not last:
        tail = min(fade.size, wave.shape[1])
        wave[:, -tail:] *= np.cos(np.linspace(0, np.pi / 2, tail, dtype=np.float32))
    sound[:, start : start + wave.shape[1]] += wave


def _fade(sound: np.ndarray, grid: BeatGrid, fade_out_s: float) -> None:
    """Down to silence at the last sample, from the last bar line that leaves at least `fade_out_s`."""
    length_s = sound.shape[1] / RATE_HZ
    latest_s = length_s - max(fade_out_s, 0.005)
    bars_s = [t for t in grid.downbeats_s if latest_s - 4.0 <= t <= latest_s]
    start = round(max(bars_s[-1] if bars_s else latest_s, 0.0) * RATE_HZ)
    x = np.linspace(0, 1, sound.shape[1] - start, dtype=np.float32)
    sound[:, start:] *= np.cos(0.5 * np.pi * x) ** 2
