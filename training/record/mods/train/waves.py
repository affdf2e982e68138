"""Building blocks of the training mods' sounds, in the time domain: noise, sweeps, envelopes, filters, echoes."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from training.record.mods.lumps import RATE_HZ

__all__ = ["band", "clock", "decay", "echo", "join", "level", "mix", "noise", "resonate", "saw", "square", "sweep"]


def clock(length_s: float) -> np.ndarray:
    """float64 [N]: the seconds of every sample."""
    return np.arange(max(int(length_s * RATE_HZ), 64)) / RATE_HZ


def noise(length_s: float, random: np.random.Generator) -> np.ndarray:
    return random.standard_normal(len(clock(length_s)))


def decay(length_s: float, half_s: float, attack_s: float = 0.0005) -> np.ndarray:
    """An envelope that rises in `attack_s` and then loses half in every `half_s`."""
    t = clock(length_s)
    return np.minimum(t / attack_s, 1.0) * 0.5 ** (t / half_s) * np.minimum((length_s - t) / 0.01, 1.0).clip(0, 1)


def sweep(length_s: float, hz: tuple[float, float], bend: float = 1.0) -> np.ndarray:
    """A sine from the first frequency to the second; `bend` above 1 stays longer near the first."""
    return np.sin(_phase(length_s, hz, bend))


def saw(length_s: float, hz: tuple[float, float], bend: float = 1.0) -> np.ndarray:
    return (_phase(length_s, hz, bend) / np.pi) % 2.0 - 1.0


def square(length_s: float, hz: tuple[float, float], bend: float = 1.0) -> np.ndarray:
    return np.sign(sweep(length_s, hz, bend))


def _phase(length_s: float, hz: tuple[float, float], bend: float) -> np.ndarray:
    t = clock(length_s)
    along = (t / t[-1]) ** bend
    return 2 * np.pi * np.cumsum(hz[0] * (hz[1] / hz[0]) ** along) / RATE_HZ


def band(samples: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """What lies between the two frequencies (second order Butterworth)."""
    top = RATE_HZ * 0.45
    low, high = min(max(low_hz, 20.0), top * 0.8), min(max(high_hz, low_hz * 1.2, 40.0), top)
    return sosfilt(butter(2, [low, high], "bandpass", fs=RATE_HZ, output="sos"), samples)


def resonate(samples: np.ndarray, hz: float, width_hz: float) -> np.ndarray:
    """A two-pole resonator (Klatt 1980), gain 1 at 0 Hz."""
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    b = 2 * radius * np.cos(2 * np.pi * min(hz, RATE_HZ * 0.45) / RATE_HZ)
    return lfilter([1 - b + radius**2], [1.0, -b, radius**2], samples)


def mix(*parts: np.ndarray) -> np.ndarray:
    """Their sum, as long as the longest."""
    total = np.zeros(max(len(part) for part in parts))
    for part in parts:
        total[: len(part)] += part
    return total


def join(*parts: np.ndarray) -> np.ndarray:
    """One after the other."""
    return np.concatenate(parts)


def echo(samples: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """As heard in a place that answers: some early reflections and a darkening tail; `amount` is 0 to 1."""
    if amount < 0.05:
        return samples
    length_s = 0.15 + 0.9 * amount
    tail = noise(length_s, random) * decay(length_s, 0.05 + 0.12 * amount, 0.02)
    tail = lfilter([0.25], [1.0, -0.75], tail)
    tail *= 0.35 * amount / (np.abs(tail).max() * 6)
    for delay_s in random.uniform(0.008, 0.07, 5):
        tail[int(delay_s * RATE_HZ)] += 0.3 * amount * random.uniform(-1, 1)
    tail[0] = 1.0
    return fftconvolve(samples, tail)


def level(samples: np.ndarray, peak: float) -> np.ndarray:
    """Scaled to this peak, without a click at the end. Silence stays silence."""
    top = float(np.abs(samples).max())
    scaled = samples * (peak / top) if top > 0 else samples.copy()
    fade = min(len(scaled), 400)
    scaled[-fade:] *= np.linspace(1, 0, fade)
    return scaled
