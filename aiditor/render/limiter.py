"""Bringing a mix to its loudness with no peak above the ceiling.

The limiter looks ahead: its gain is the least that keeps every true peak under the ceiling, spread by a window
longer than the smoothing after it, so that it is down before a peak arrives and never lets one through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiditor.progress import Progress, silent
from aiditor.render.loudness import CHUNK, RATE_HZ, SILENCE_LUFS, Reader, integrated_lufs, true_peaks

__all__ = ["Levelled", "level"]

_LOOK = 5
"""Chunks (ms) the gain takes to come down."""
_RELEASES_S = (0.1, 0.03, 0.01)
"""Time constants. The first is long against a bass note's cycle and short against the gap between two shots; the
others are for sparse material that cannot be brought to its loudness with it."""
_MOST_GAIN_DB = 36.0
_TRIES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Levelled:
    """A gain over time and what comes of it."""

    gain_db: np.ndarray
    """float32 [K], at the middle of each `CHUNK` samples."""
    integrated_lufs: float
    true_peak_dbtp: float

    def gain(self, start: int, stop: int) -> np.ndarray:
        """The gain as a factor, sample by sample: float32 [stop - start]."""
        first, last = max(start // CHUNK - 1, 0), min(stop // CHUNK + 2, self.gain_db.size)
        factors = 10 ** (self.gain_db[first:last] / 20)
        middles = (np.arange(first, last) + 0.5) * CHUNK - 0.5
        return np.interp(np.arange(start, stop), middles, factors).astype(np.float32)


def level(
    read: Reader, length: int, *, target_lufs: float, ceiling_dbtp: float, progress: Progress = silent
) -> Levelled:
    """The gain that brings a programme to `target_lufs` with true peaks at most at `ceiling_dbtp`.

    A silent programme is left silent, and nothing is turned up by more than 36 dB. Where limiting takes away so
    much that the target cannot be met (a lone click), it is as loud as that allows.
    """
    before_lufs = integrated_lufs(read, length)
    if before_lufs <= SILENCE_LUFS:
        return Levelled(np.zeros(-(-length // CHUNK), np.float32), SILENCE_LUFS, -120.0)
    peaks_db = 20 * np.log10(np.maximum(true_peaks(read, length), 1e-6))
    for release_s in _RELEASES_S:
        gain_db, found_lufs = _search(
            read, length, peaks_db, target_lufs, ceiling_dbtp, release_s, before_lufs, progress
        )
        if abs(found_lufs - target_lufs) < 0.3:
            break
    curve = _limited(peaks_db, gain_db, ceiling_dbtp, release_s)
    progress(0.9, "checking the peaks")
    peak_dbtp = 20 * float(np.log10(max(true_peaks(_scaled(read, curve), length).max(initial=0.0), 1e-6)))
    # Moving gains shift what lies between samples by a hair: the last hundredths are taken off as a whole.
    over_db = max(peak_dbtp - ceiling_dbtp, 0.0)
    return Levelled(curve - np.float32(over_db), found_lufs - over_db, peak_dbtp - over_db)


def _search(
    read: Reader,
    length: int,
    peaks_db: np.ndarray,
    target_lufs: float,
    ceiling_dbtp: float,
    release_s: float,
    before_lufs: float,
    progress: Progress,
) -> tuple[float, float]:
    """The gain in dB that comes closest to the target with this release, and the loudness it gives."""
    gain_db = min(target_lufs - before_lufs, _MOST_GAIN_DB)
    tried: list[tuple[float, float]] = []
    for attempt in range(_TRIES):
        progress(0.9 * attempt / _TRIES, "setting the loudness")
        curve = _limited(peaks_db, gain_db, ceiling_dbtp, release_s)
        tried.append((gain_db, integrated_lufs(_scaled(read, curve), length)))
        if abs(tried[-1][1] - target_lufs) < 0.08 or gain_db >= _MOST_GAIN_DB:
            break
        gain_db = min(_next_gain_db(tried, target_lufs), _MOST_GAIN_DB)
    return min(tried, key=lambda pair: abs(pair[1] - target_lufs))


def _next_gain_db(tried: list[tuple[float, float]], target_lufs: float) -> float:
    """By the secant: the harder the limiter works, the less of each decibel arrives."""
    slope = 1.0
    if len(tried) > 1:
        (gain_0, lufs_0), (gain_1, lufs_1) = tried[-2:]
        slope = float(np.clip((lufs_1 - lufs_0) / (gain_1 - gain_0), 0.15, 1.0)) if gain_1 != gain_0 else 1.0
    gain_db, lufs = tried[-1]
    return gain_db + (target_lufs - lufs) / slope


def _limited(peaks_db: np.ndarray, gain_db: float, ceiling_dbtp: float, release_s: float) -> np.ndarray:
    """The gain curve: `gain_db`, less wherever a peak would pass the ceiling."""
    need_db = np.maximum(peaks_db + gain_db - ceiling_dbtp, 0)
    # Each peak is let go of exponentially; in logarithms a running maximum draws all of these tails at once.
    fall = np.arange(need_db.size) * (CHUNK / RATE_HZ / release_s)
    with np.errstate(divide="ignore"):
        held_db = np.exp(np.maximum.accumulate(np.log(need_db) + fall) - fall)
    wide_db = np.lib.stride_tricks.sliding_window_view(np.pad(held_db, _LOOK + 1, "edge"), 2 * _LOOK + 3).max(axis=1)
    window = np.hanning(2 * _LOOK + 3)[1:-1]
    smooth_db = np.convolve(np.pad(wide_db, _LOOK, "edge"), window / window.sum(), "valid")
    return np.asarray(gain_db - smooth_db, np.float32)


def _scaled(read: Reader, curve: np.ndarray) -> Reader:
    """The programme with the gain applied."""
    levelled = Levelled(curve, 0.0, 0.0)

    def scaled(start: int, stop: int) -> np.ndarray:
        return np.asarray(read(start, stop) * levelled.gain(start, stop), np.float32)

    return scaled
