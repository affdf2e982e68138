"""A recording under the montage: entered on a bar, repeated from a bar line where short, faded at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aiditor.music.beats import Beats
from aiditor.music.voices import RATE_HZ
from aiditor.progress import Progress, silent
from aiditor.timeline import BeatGrid

__all__ = ["Piece", "Track", "bar_energy", "laid_grid", "lay", "pieces"]

_CROSSFADE_S = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A recording whose beats are known."""

    path: str
    """What it was read from; "" where it has no file of its own."""
    length_s: float
    beats: Beats
    energy: np.ndarray
    """RMS of each bar, from each downbeat to the next: float64 [D]."""
    read: Callable[[float, float], np.ndarray]
    """`read(start_s, end_s)` gives float32 [2, N] at 48 kHz."""
    sections: tuple[int, ...] = (0,)
    """Which bars begin a section, where they were looked for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Track times [start_s, end_s) played from `at_s` of the montage."""

    start_s: float
    end_s: float
    at_s: float


def bar_energy(sound: np.ndarray, rate_hz: int, downbeats_s: np.ndarray) -> np.ndarray:
    """RMS of each bar of `sound`, float32 [N]: float64 [D]."""
    edges = (np.append(downbeats_s, sound.size / rate_hz) * rate_hz).astype(int)
    return np.array([np.sqrt(np.mean(sound[low : max(high, low + 1)] ** 2)) for low, high in pairwise(edges)])


def pieces(track: Track, entry_s: float, up_to_s: float, *, to_the_end: bool = True) -> list[Piece]:
    """From the entry to the last full bar, then again from a bar near the entry until `up_to_s` is filled.

    With `to_the_end` a track that is long enough plays past its last bar line instead of being repeated there.
    """
    downbeats_s = track.beats.downbeats_s
    loud = track.energy >= 0.3 * np.median(track.energy) if track.energy.size else np.zeros(0, bool)
    ends_s = downbeats_s[1:][loud[: max(downbeats_s.size - 1, 0)]]
    starts_s = downbeats_s[loud[: downbeats_s.size]]
    last_s = float(ends_s[-1]) if ends_s.size else track.length_s
    if (to_the_end and track.length_s - entry_s >= up_to_s) or last_s <= entry_s:
        last_s = track.length_s
    again_s = entry_s
    if last_s - entry_s < 0.5 * (last_s - float(starts_s[0] if starts_s.size else 0.0)):
        again_s = float(starts_s[0]) if starts_s.size else 0.0
    found = [Piece(entry_s, last_s, 0.0)]
    while found[-1].at_s + found[-1].end_s - found[-1].start_s < up_to_s:
        before = found[-1]
        found.append(Piece(again_s, last_s, before.at_s + before.end_s - before.start_s))
    return found


def laid_grid(track: Track, laid: Sequence[Piece], up_to_s: float) -> BeatGrid:
    """The beats of these pieces, on the montage's clock."""

    def moved(times_s: np.ndarray) -> tuple[float, ...]:
        out = []
        for piece in laid:
            # A hair of tolerance, or rounding would drop the beat a piece begins with.
            inside = times_s[(times_s >= piece.start_s - 1e-6) & (times_s < piece.end_s - 1e-6)]
            out += [float(max(t - piece.start_s, 0.0) + piece.at_s) for t in inside]
        return tuple(t for t in out if t <= up_to_s)

    return BeatGrid(track.beats.tempo_bpm, moved(track.beats.beats_s), moved(track.beats.downbeats_s))


def lay(
    track: Track, laid: Sequence[Piece], grid: BeatGrid, *, duration_s: float, fade_out_s: float,
    progress: Progress = silent,
) -> np.ndarray:  # fmt: skip
    """These pieces one after another, and silence after the last fade: float32 [2, round(duration_s * 48000)]."""
    sound = np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
    for number, piece in enumerate(laid):
        progress(number / len(laid), "laying the track")
        _lay(sound, track, piece, last=number == len(laid) - 1)
    _fade(sound, grid, fade_out_s)
    return sound


def _lay(sound: np.ndarray, track: Track, piece: Piece, *, last: bool) -> None:
    """Add a piece, crossfaded into the one before over the 20 ms that end where it begins."""
    lead_s = min(_CROSSFADE_S, piece.start_s, piece.at_s)
    start = round((piece.at_s - lead_s) * RATE_HZ)
    count = min(round((piece.at_s + piece.end_s - piece.start_s) * RATE_HZ), sound.shape[1]) - start
    if count <= 0:
        return
    begin_s = piece.start_s - lead_s
    wave = track.read(begin_s, begin_s + count / RATE_HZ)[:, :count]
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
