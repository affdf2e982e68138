"""Electronic instruments: one note as float32 [2, N] at 48 kHz, from band-limited wavetables and FM.

Oscillators are single cycles built from sines up to a cut-off, read with a 32-bit phase, so nothing folds
back from above half the rate (cf. J. O. Smith, "Virtual Analog Oscillators").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

__all__ = ["RATE_HZ", "VOICES", "frequency_hz", "play_note"]

RATE_HZ = 48_000
_TABLE_BITS = 14
Voice = Callable[[float, int, np.random.Generator], np.ndarray]


def frequency_hz(pitch: float) -> float:
    """Equal temperament, A4 (69) at 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def play_note(voice: str, pitch: float, hold_s: float, seed: int) -> np.ndarray:
    """A note held for `hold_s` with its release after, float32 [2, N], peak about 1."""
    rng = np.random.default_rng([seed, int(pitch)])
    return VOICES[voice](frequency_hz(pitch), max(int(hold_s * RATE_HZ), 480), rng).astype(np.float32)


# --- parts of a voice -------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _cycle(shape: str, harmonics: int) -> np.ndarray:
    """One cycle with that many harmonics, float32 [2 ** 14]: "saw", or a pulse by its width ("0.5")."""
    spectrum = np.zeros(2 ** (_TABLE_BITS - 1) + 1, np.complex128)
    k = np.arange(1, harmonics + 1)
    strength = 1.0 / k if shape == "saw" else 2.0 * np.sin(np.pi * k * float(shape)) / k
    # Rolling the top harmonics off softly keeps the ringing of a sharp cut away.
    spectrum[k] = -0.5j * strength * np.cos(0.5 * np.pi * k / (harmonics + 1))
    wave = np.fft.irfft(spectrum * 2**_TABLE_BITS)
    return (wave / np.abs(wave).max()).astype(np.float32)


def _osc(shape: str, hz: float, count: int, top_hz: float, phase: float) -> np.ndarray:
    harmonics = int(np.clip(min(top_hz, 0.45 * RATE_HZ) / hz, 1, 2**12))
    step = np.uint32(round(hz / RATE_HZ * 2**32))
    turns = np.arange(count, dtype=np.uint32) * step + np.uint32(int(phase * 2**32) & 0xFFFFFFFF)
    return _cycle(shape, harmonics)[turns >> np.uint32(32 - _TABLE_BITS)]


def _time(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.float32) / np.float32(RATE_HZ)


def _shape(hold: int, attack_s: float, decay_s: float, sustain: float, release_s: float) -> np.ndarray:
    """Attack, exponential decay to `sustain`, and release after `hold` samples: float32 [N]."""
    release = int(release_s * RATE_HZ)
    t = _time(hold + release)
    level = sustain + (1.0 - sustain) * np.exp(-t / np.float32(decay_s))
    level *= np.minimum(t / np.float32(max(attack_s, 1e-4)), 1.0)
    level[hold:] *= np.linspace(1.0, 0.0, release, dtype=np.float32) ** 2
    return level


def _spread(
    shape: str, hz: float, count: int, top_hz: float, cents: tuple[float, ...], rng: np.random.Generator
) -> np.ndarray:
    """Detuned oscillators, even ones to the left and odd ones to the right, the first in both: [2, N]."""
    out = np.zeros((2, count), np.float32)
    for number, cent in enumerate(cents):
        wave = _osc(shape, hz * 2 ** (cent / 1200), count, top_hz, rng.random())
        if number == 0:
            out += wave
        else:
            out[number % 2] += wave
    return out / np.float32(np.sqrt(len(cents)))


def _both(mono: np.ndarray) -> np.ndarray:
    return np.stack([mono, mono])


# --- voices -----------------------------------------------------------------------------------------


def _saw(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.004, 0.5, 0.75, 0.14)
    return _spread("saw", hz, level.size, 13_000, (0, -13, 12, -7, 8, -21, 19), rng) * level * 0.6


def _stab(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(min(hold, int(0.35 * RATE_HZ)), 0.002, 0.16, 0.25, 0.1)
    fall = np.exp(-_time(level.size) / np.float32(0.09))
    bright = _spread("saw", hz, level.size, 11_000, (0, -9, 9, -15, 14), rng)
    dark = _spread("saw", hz, level.size, 1_400, (0, -9, 9), rng)
    return (bright * fall + dark * (1 - 0.6 * fall)) * level * 0.7


def _pluck(hz: float, _hold: int, rng: np.random.Generator) -> np.ndarray:
    count = int(0.7 * RATE_HZ)
    t = _time(count)
    bright = _spread("saw", hz, count, 10_000, (0, -6, 6), rng) * np.exp(-t / np.float32(0.05))
    middle = _spread("saw", hz, count, 2_500, (0, -6, 6), rng) * np.exp(-t / np.float32(0.14))
    dark = _both(_osc("saw", hz, count, 700, 0.0)) * np.exp(-t / np.float32(0.28))
    level = np.minimum(t / 0.001, 1.0) * np.minimum((t[-1] - t) / 0.05, 1.0)
    return (0.7 * bright + 0.6 * middle + 0.5 * dark) * level * 0.8


def _square(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.005, 0.3, 0.7, 0.1)
    return _spread("0.5", hz, level.size, 7_000, (0, -5, 5), rng) * level * 0.5


def _chip(hz: float, hold: int, _rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.001, 0.2, 0.6, 0.02)
    return _both(_osc("0.25", hz, level.size, 14_000, 0.0) * level) * 0.5


def _bell(hz: float, hold: int, _rng: np.random.Generator) -> np.ndarray:
    count = max(hold, int(0.4 * RATE_HZ)) + int(0.6 * RATE_HZ)
    t = _time(count)
    turn = np.float32(2 * np.pi * hz) * t
    index = 2.2 * np.exp(-t / np.float32(0.25))
    sides = [np.sin(turn * detune + index * np.sin(turn * 3.5)) for detune in (0.9985, 1.0015)]
    level = np.exp(-t / np.float32(0.45)) * np.minimum(t / 0.001, 1.0) * np.minimum((t[-1] - t) / 0.08, 1.0)
    return np.stack(sides) * level * 0.7


def _epiano(hz: float, hold: int, _rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.002, 1.1, 0.1, 0.25)
    t = _time(level.size)
    turn = np.float32(2 * np.pi * hz) * t
    tine = 0.35 * np.exp(-t / np.float32(0.12)) * np.sin(turn * 14)
    body = np.sin(turn + (0.9 * np.exp(-t / np.float32(0.6)) + 0.15) * np.sin(turn))
    tremolo = 0.16 * np.sin(np.float32(2 * np.pi * 4.6) * t)
    mono = (body + 0.35 * tine) * level * 0.6
    return np.stack([mono * (1 + tremolo), mono * (1 - tremolo)])


def _warm(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.25, 4.0, 0.8, 0.5)
    return _spread("saw", hz, level.size, 2_200, (0, -11, 11, -5, 6), rng) * level * 0.6


def _air(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.35, 4.0, 0.85, 0.7)
    low = _spread("0.5", hz, level.size, 1_200, (0, -8, 8), rng)
    high = _spread("saw", hz * 2, level.size, 6_000, (0, -14, 13), rng)
    return (0.5 * low + 0.25 * high) * level


def _bass_808(hz: float, hold: int, _rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.002, 1.2, 0.35, 0.06)
    t = _time(level.size)
    glide = np.cumsum(hz * (1 + 0.8 * np.exp(-t / np.float32(0.018))), dtype=np.float64) / RATE_HZ
    return _both((np.tanh(2.4 * np.sin(2 * np.pi * glide) * level) * 0.8).astype(np.float32))


def _sub(hz: float, hold: int, _rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.006, 0.8, 0.6, 0.06)
    turn = np.float32(2 * np.pi * hz) * _time(level.size)
    return _both(np.tanh(1.4 * (np.sin(turn) + 0.25 * np.sin(2 * turn)) * level))


def _reese(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.004, 1.0, 0.8, 0.06)
    mid = _spread("saw", hz, level.size, 1_500, (0, -16, 17), rng)
    return np.tanh(1.6 * (0.55 * mid + 0.6 * _osc("saw", hz, level.size, hz * 1.5, 0.0))) * level * 0.8


def _growl(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.003, 0.6, 0.7, 0.05)
    t = _time(level.size)
    mouth = 0.5 - 0.5 * np.cos(np.float32(2 * np.pi * 2.0 / max(hold / RATE_HZ, 0.12)) * t)
    bright = _spread("saw", hz, level.size, 5_000, (0, -10, 10), rng)
    dark = _osc("saw", hz, level.size, 350, 0.0)
    return np.tanh(2.2 * (0.5 * bright * mouth + 0.8 * dark)) * level * 0.7


def _wobble(hz: float, hold: int, rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.004, 0.8, 0.8, 0.08)
    t = _time(level.size)
    mouth = 0.55 - 0.45 * np.cos(np.float32(2 * np.pi * 4.0 / max(hold / RATE_HZ, 0.3)) * t)
    return _spread("saw", hz, level.size, 11_000, (0, -12, 12, -6, 7), rng) * level * mouth * 0.7


def _tube(hz: float, hold: int, _rng: np.random.Generator) -> np.ndarray:
    level = _shape(hold, 0.003, 0.18, 0.4, 0.05)
    return _both(_osc("0.5", hz, level.size, 1_600, 0.0) * level * 0.8)


def _cowbell(hz: float, _hold: int, _rng: np.random.Generator) -> np.ndarray:
    count = int(0.5 * RATE_HZ)
    t = _time(count)
    level = (0.6 * np.exp(-t / np.float32(0.03)) + 0.4 * np.exp(-t / np.float32(0.16))) * np.minimum(t / 0.0008, 1.0)
    level = level * np.minimum((t[-1] - t) / 0.05, 1.0)
    tone = _osc("0.5", hz, count, 9_000, 0.0) + 0.8 * _osc("0.5", hz * 1.483, count, 9_000, 0.3)
    return _both(np.tanh(1.5 * tone) * level * 0.7)


VOICES: dict[str, Voice] = {
    "808": _bass_808,
    "air": _air,
    "bell": _bell,
    "chip": _chip,
    "cowbell": _cowbell,
    "epiano": _epiano,
    "growl": _growl,
    "pluck": _pluck,
    "reese": _reese,
    "saw": _saw,
    "square": _square,
    "stab": _stab,
    "sub": _sub,
    "tube": _tube,
    "warm": _warm,
    "wobble": _wobble,
}
