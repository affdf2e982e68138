"""What the sound says, step by step: levels, attacks, the shape of the spectrum."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["MEL_BANDS", "MEL_HZ", "RATE_HZ", "SOUND_SIGNALS", "SoundMeter", "normal_mel"]

RATE_HZ = 16_000
"""Enough for the crack of a shot and for speech, a third of the price of 48 kHz."""
SOUND_SIGNALS = ("loudness_db", "onset", "attack", "high_db", "low_db", "flatness")

MEL_HZ = 64
"""Spectra a second: sixteen a step of 0.25 s."""
MEL_BANDS = 64

_WINDOW = 512
_BANDS = 24
_SILENT_DB = -100.0
_FLOOR_DB = -65.0
"""Spectra below this are taken for silence, so that noise in a quiet recording has no onsets."""


class SoundMeter:
    """Takes mono sound block by block, gives one value a step for each of SOUND_SIGNALS.

    Spectra are 32 ms Hann windows, 64 a second; bands are 24 equal steps of log frequency from 60 Hz to 8 kHz.
    `mel` collects what a net listens to. `onset` is the spectral flux of Bello et al. 2005 ("A tutorial on onset
    detection"): how many dB the bands rise from one spectrum to the next but one, averaged over bands and over
    the step; `attack` is its peak.
    """

    def __init__(self, step_s: float) -> None:
        self.step = round(step_s * RATE_HZ)
        """Samples a step."""
        count = max(round(step_s * MEL_HZ), 1)
        self._hop = self.step // count
        self._frames = count
        self._hann = np.hanning(_WINDOW).astype(np.float32)
        self._tail = np.zeros(_WINDOW, np.float32)
        self._last_db: np.ndarray | None = None
        self._bands, self._high, self._low = _band_matrix()
        self._mel = _mel_matrix()
        self._heard: list[np.ndarray] = []

    @property
    def mel(self) -> np.ndarray:
        """Float16 [S * 16, MEL_BANDS] of all that was measured: mel bands from 50 Hz to 8 kHz, dB full scale."""
        return np.concatenate(self._heard) if self._heard else np.zeros((0, MEL_BANDS), np.float16)

    def measure(self, sound: np.ndarray) -> dict[str, np.ndarray]:
        """Float32 [S] for each signal, from float32 [S * step] samples that follow the last ones."""
        steps = len(sound) // self.step
        assert steps > 0
        assert len(sound) == steps * self.step
        power = self._spectra(sound, steps)
        self._heard.append((10 * np.log10(power @ self._mel + 1e-10)).astype(np.float16))
        bands = power @ self._bands
        levels_db = np.maximum(10 * np.log10(bands + 1e-12), _FLOOR_DB)
        if self._last_db is None:
            # That a recording starts is no onset; the first two windows reach back before it.
            levels_db[:2] = levels_db[2:3]
            self._last_db = levels_db[:2]
        history = np.concatenate([self._last_db, levels_db])
        self._last_db = history[-2:]
        flux = np.maximum(history[2:] - history[:-2], 0).mean(axis=1).reshape(steps, -1)
        energy = np.square(sound).reshape(steps, -1).mean(axis=1)
        upper = power[:, 8:].reshape(steps, self._frames, -1).mean(axis=1) + 1e-12
        flatness = np.exp(np.log(upper).mean(axis=1)) / upper.mean(axis=1)
        return {
            "loudness_db": _decibels(energy),
            "onset": flux.mean(axis=1),
            "attack": flux.max(axis=1),
            "high_db": _decibels((power @ self._high).reshape(steps, -1).mean(axis=1)),
            "low_db": _decibels((power @ self._low).reshape(steps, -1).mean(axis=1)),
            "flatness": np.where(energy > 1e-9, flatness, 0.0).astype(np.float32),
        }

    def _spectra(self, sound: np.ndarray, steps: int) -> np.ndarray:
        """Power of `steps * frames` windows, [F, 257]; each window ends where its hop does."""
        joined = np.concatenate([self._tail, sound])
        self._tail = joined[-_WINDOW:]
        ends = (np.arange(steps)[:, None] * self.step + (np.arange(self._frames) + 1) * self._hop).ravel()
        windows = sliding_window_view(joined, _WINDOW)[ends]
        spectra = np.fft.rfft(windows * self._hann, axis=1)
        # Scaled so that a full-scale sine has the power of its samples.
        return (spectra.real**2 + spectra.imag**2) * np.float32(2 / (_WINDOW * np.square(self._hann).sum()))


def _band_matrix() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Float32 [257, bands] sums of bins, and [257] for 2 to 8 kHz and for under 150 Hz."""
    centres = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    edges = np.geomspace(60, RATE_HZ / 2 + 1, _BANDS + 1)
    bands = ((centres[:, None] >= edges[:-1]) & (centres[:, None] < edges[1:])).astype(np.float32)
    # Low bands narrower than a bin share the nearest one.
    middle = np.sqrt(edges[:-1] * edges[1:])
    for index in np.flatnonzero(bands.sum(axis=0) == 0):
        bands[np.abs(centres - middle[index]).argmin(), index] = 1
    high = (centres >= 2000).astype(np.float32)
    low = ((centres > 0) & (centres < 150)).astype(np.float32)
    return bands, high, low


def normal_mel(mel: np.ndarray) -> np.ndarray:
    """Float32 of the same shape, -2 to 3: 20 dB a unit, 2 for the recording's usual loud level.

    How loud a recording is says nothing; only its own loud and quiet parts do.
    """
    if not len(mel):
        return np.zeros(mel.shape, np.float32)
    levels = mel.max(axis=1).astype(np.float32)
    audible = levels[levels > -70]
    loud = float(np.percentile(audible, 90)) if len(audible) else -20.0
    return np.clip((mel.astype(np.float32) - loud) / 20 + 2, -2.0, 3.0)


def _mel_matrix() -> np.ndarray:
    """Float32 [257, MEL_BANDS]: triangles even on the mel scale of O'Shaughnessy 1987, each of sum 1."""
    centres = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (50.0, RATE_HZ / 2))
    edges = 700 * (10 ** (np.linspace(low, high, MEL_BANDS + 2) / 2595) - 1)
    rise = (centres[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - centres[:, None]) / (edges[2:] - edges[1:-1])
    bands = np.maximum(np.minimum(rise, fall), 0)
    # Low bands narrower than a bin take the nearest one.
    for index in np.flatnonzero(bands.sum(axis=0) < 1e-6):
        bands[np.abs(centres - edges[index + 1]).argmin(), index] = 1
    return (bands / bands.sum(axis=0)).astype(np.float32)


def _decibels(power: np.ndarray) -> np.ndarray:
    return np.maximum(10 * np.log10(np.maximum(power, 1e-10)), _SILENT_DB).astype(np.float32)
