"""Voices of the training mods: a source (glottis, growl, oscillator) through formants, with a melody and an envelope.

Formant frequencies of vowels after Peterson and Barney (1952).
"""

from __future__ import annotations

import numpy as np

from training.record.mods.lumps import RATE_HZ
from training.record.mods.train.recipe import Recipe
from training.record.mods.train.waves import band, clock, echo, join, level, mix, noise, resonate, sweep

__all__ = ["voice"]

_VOWELS = {
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "u": (300, 870, 2240),
}
# Pitch of the source in Hz, size of the throat, roughness, breath.
_KINDS = {
    "man": (125.0, 1.0, 0.15, 0.15),
    "beast": (62.0, 0.72, 0.9, 0.4),
    "robot": (95.0, 1.1, 0.0, 0.0),
    "insect": (420.0, 1.9, 0.6, 0.5),
    "cute": (380.0, 1.5, 0.0, 0.05),
    "ghost": (210.0, 0.9, 0.1, 1.2),
}
# Syllables, seconds of each, pitch at its start and end relative to the voice's own, vowels it may take, loudness.
_SAYS = {
    "sight": (2, 0.22, (1.0, 1.35), "aeio", 0.75),
    "idle": (1, 0.5, (0.8, 0.75), "uo", 0.4),
    "pain": (1, 0.2, (1.5, 0.95), "ae", 0.65),
    "death": (1, 0.75, (1.5, 0.5), "aeo", 0.8),
    "own pain": (1, 0.18, (1.25, 0.85), "uoe", 0.7),
    "own death": (1, 0.9, (1.7, 0.45), "ae", 0.85),
}


def voice(says: str, made: Recipe, random: np.random.Generator, kind: str = "") -> np.ndarray:
    """float [N]: one utterance; `says` is sight, idle, pain, death, own pain or own death."""
    count, length_s, bend, vowels, loud = _SAYS[says]
    pitch, throat, rough, breath = _KINDS[kind or made.voices]
    pitch *= made.pitch**0.5 * random.uniform(0.8, 1.25)
    throat *= random.uniform(0.88, 1.12)
    syllables = []
    for index in range(int(random.integers(1, count + 1)) if count > 1 else 1):
        seconds = length_s * made.length**0.7 * random.uniform(0.75, 1.3)
        ends = tuple(pitch * part * random.uniform(0.85, 1.15) for part in bend)
        formants = [hz * throat for hz in _VOWELS[str(random.choice(list(vowels)))]]
        source = _source(kind or made.voices, seconds, (ends[0], ends[1]), rough, random)
        source = source + breath * 0.4 * noise(seconds, random)[: len(source)]
        said = sum(
            resonate(source, hz, 60 + 0.06 * hz) * gain for hz, gain in zip(formants, (1.0, 0.6, 0.3), strict=True)
        )
        said = said * _shape(len(said), says)
        if index:
            syllables.append(np.zeros(int(random.uniform(0.01, 0.06) * RATE_HZ)))
        syllables.append(said / (np.abs(said).max() + 1e-9))
    whole = join(*syllables)
    if says == "death" and made.voices == "robot":
        whole = mix(whole, band(noise(0.4, random), 1500, 8000)[: len(whole)] * np.linspace(0.5, 0, len(whole))[:17640])
    return level(echo(whole, made.echo * 0.6, random), loud)


def _source(
    kind: str, seconds: float, hz: tuple[float, float], rough: float, random: np.random.Generator
) -> np.ndarray:
    """What the throat is fed with."""
    t = clock(seconds)
    if kind == "robot":
        steps = np.round(np.linspace(np.log2(hz[0]), np.log2(hz[1]), len(t)) * 6) / 6
        return np.sign(np.sin(2 * np.pi * np.cumsum(2**steps) / RATE_HZ)) * np.sign(np.sin(2 * np.pi * 37 * t) + 0.6)
    if kind == "insect":
        rate = random.uniform(28, 60)
        return sweep(seconds, hz) * (np.sin(2 * np.pi * rate * t) > -0.2) + 0.4 * sweep(seconds, (hz[0] * 3, hz[1] * 3))
    jitter = np.interp(t, np.arange(0, seconds + 0.02, 0.012), random.normal(0, 0.02 + 0.1 * rough, _steps(seconds)))
    melody = np.interp(t, [0, seconds * 0.3, seconds], [hz[0], max(hz) * 1.05, hz[1]]) * (1 + jitter)
    phase = (np.cumsum(melody) / RATE_HZ) % 1.0
    pulse = np.where(phase < 0.6, phase / 0.6, (1 - phase) / 0.4) ** 2 - 0.3
    if rough > 0.5:
        pulse *= 1 + rough * np.sin(2 * np.pi * np.cumsum(melody) / RATE_HZ / 2.5)
    return np.diff(pulse, prepend=pulse[0]) * 30


def _steps(seconds: float) -> int:
    return len(np.arange(0, seconds + 0.02, 0.012))


def _shape(count: int, says: str) -> np.ndarray:
    """The loudness of a syllable: quick in, and out as fits."""
    t = np.linspace(0, 1, count)
    out = 1.2 if "death" in says else 0.8
    return np.minimum(t / 0.06, 1) * (1 - t) ** out
