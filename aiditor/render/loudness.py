"""Programme loudness and true peak, a block at a time (ITU-R BS.1770-4, EBU R 128).

Sound is given as a `Reader`, so that an hour needs no more memory than a second. numpy alone: importing
`scipy.signal` takes longer than measuring a minute of sound.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["CHUNK", "RATE_HZ", "SILENCE_LUFS", "LoudnessMeter", "Reader", "integrated_lufs", "true_peaks"]

RATE_HZ = 48_000
SILENCE_LUFS = -70.0
"""The absolute gate: anything softer counts as silence, and is what a silent programme is said to have."""
CHUNK = 48
"""Samples that share one peak value: 1 ms."""
_BLOCK = 4 * RATE_HZ
_REACH = 10
"""Samples on either side that a value between two samples is made of."""
_STEP = RATE_HZ // 10
_SEGMENT = 1 << 15
_TAPS = 1 << 12

Reader = Callable[[int, int], np.ndarray]
"""`read(start, stop)` gives those samples as float32 [2, stop - start]."""

# BS.1770-4, tables 1 and 2: a shelf for the head, then a high-pass, at 48 kHz.
_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)


def _k_weighting() -> np.ndarray:
    """The spectrum of the weighting's impulse response, complex [_SEGMENT // 2 + 1].

    The response is cut after `_TAPS` samples (85 ms), where 2e-8 of the high-pass is left.
    """
    delay = np.exp(-2j * np.pi * np.arange(_SEGMENT // 2 + 1) / _SEGMENT)
    powers = np.stack([np.ones_like(delay), delay, delay**2])
    response = np.prod((_K_WEIGHTING[:, :3] @ powers) / (_K_WEIGHTING[:, 3:] @ powers), axis=0)
    return np.fft.rfft(np.fft.irfft(response)[:_TAPS], _SEGMENT)


_K_SPECTRUM = _k_weighting()


def _finer() -> np.ndarray:
    """Three filters for what lies a quarter, a half and three quarters of a sample on: float32 [3, 2 * _REACH]."""
    offsets = np.arange(_REACH, -_REACH, -1) - 1 + np.array([[0.25], [0.5], [0.75]])
    window = np.i0(5 * np.sqrt(1 - (offsets / _REACH) ** 2)) / np.i0(5.0)
    taps = np.sinc(offsets) * window
    return (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)


_FINER = _finer()


class LoudnessMeter:
    """Integrated loudness of what has been added so far."""

    def __init__(self) -> None:
        self._before = np.zeros((2, _TAPS - 1))
        self._held = np.zeros((2, 0))
        self._powers: list[np.ndarray] = []
        self._count = 0

    def add(self, sound: np.ndarray) -> None:
        """`sound` is float32 [2, N] at 48 kHz, any N."""
        weighted = self._weighted(sound)
        self._count += sound.shape[1]
        joined = np.concatenate([self._held, weighted], axis=1)
        whole = joined.shape[1] // _STEP
        steps = joined[:, : whole * _STEP].reshape(2, whole, _STEP)
        self._powers.append(np.mean(steps**2, axis=2).sum(axis=0))
        self._held = joined[:, whole * _STEP :]

    def _weighted(self, sound: np.ndarray) -> np.ndarray:
        """K-weighted, by overlap-save: each segment begins with the `_TAPS - 1` samples before it."""
        padded = np.concatenate([self._before, sound], axis=1)
        self._before = padded[:, padded.shape[1] - (_TAPS - 1) :]
        weighted = np.empty((2, sound.shape[1]))
        step = _SEGMENT - (_TAPS - 1)
        for start in range(0, sound.shape[1], step):
            segment = padded[:, start : start + _SEGMENT]
            spectrum = np.fft.rfft(segment, _SEGMENT, axis=1) * _K_SPECTRUM
            weighted[:, start : start + step] = np.fft.irfft(spectrum, axis=1)[:, _TAPS - 1 : segment.shape[1]]
        return weighted

    @property
    def lufs(self) -> float:
        """At least `SILENCE_LUFS`; programmes under 0.4 s are measured as one block."""
        steps = np.concatenate(self._powers) if self._powers else np.zeros(0)
        if steps.size < 4:
            total = float(steps.sum() * _STEP + (self._held**2).sum())
            return max(_lufs(total / max(self._count, 1)), SILENCE_LUFS)
        blocks = np.convolve(steps, np.ones(4) / 4, "valid")
        loud = blocks[blocks > _power(SILENCE_LUFS)]
        if not loud.size:
            return SILENCE_LUFS
        gated = loud[loud > loud.mean() * 0.1]
        return _lufs(float(gated.mean()))


def integrated_lufs(read: Reader, length: int) -> float:
    """Integrated loudness of a whole programme, `SILENCE_LUFS` at least."""
    meter = LoudnessMeter()
    for start in range(0, length, _BLOCK):
        meter.add(read(start, min(start + _BLOCK, length)))
    return meter.lufs


def true_peaks(read: Reader, length: int) -> np.ndarray:
    """The highest absolute value of each `CHUNK` samples, between samples too: float32 [ceil(length / CHUNK)].

    Measured at four times the rate, as BS.1770-4 annex 2 asks.
    """
    peaks = np.zeros(-(-length // CHUNK), np.float32)
    size = _BLOCK - _BLOCK % CHUNK
    for start in range(0, length, size):
        stop = min(start + size, length)
        low, high = max(start - _REACH + 1, 0), min(stop + _REACH, length)
        around = np.pad(read(low, high), ((0, 0), (_REACH - 1 - (start - low), _REACH - (high - stop))))
        highest = np.abs(around[:, _REACH - 1 : -_REACH]).max(axis=0)
        for channel in around:
            for taps in _FINER:
                np.maximum(highest, np.abs(np.convolve(channel, taps, "valid")), out=highest)
        highest = np.pad(highest, (0, -highest.size % CHUNK))
        found = highest.reshape(-1, CHUNK).max(axis=1)
        peaks[start // CHUNK : start // CHUNK + found.size] = found
    return peaks


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(max(power, 1e-12)))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
