"""What lies under games as people record them: their music, voices in a call, the hum of a room.

The games that films are recorded from fall silent between two shots; a stream with music on never does. A net that
has only met the silence takes everything else for noise, so training lays these beds under its films. All are made
here: music by the composer, voices and rooms by simple synthesis, and kept as log-mel spectra beside the features.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
from scipy.signal import lfilter

from aiditor.detect.sound import RATE_HZ, SoundMeter
from aiditor.media.read import read_audio
from aiditor.music.composer import Composer
from aiditor.music.config import MusicConfig, Style

__all__ = ["beds", "room", "voices"]

_VERSION = 1
_LENGTH_S = 48.0
_PIECES = 4
"""Pieces of each of the composer's styles."""
_TALKS, _ROOMS = 10, 6
_VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (440, 1020, 2240),
)
"""Formants in Hz of a, i, u, e, o and ʊ, as Peterson and Barney measured them (1952)."""


def beds(cache: Path, *, workers: int = 1) -> list[np.ndarray]:
    """Log-mel spectra in dB full scale, float16 [F, 64] each; from `cache`, made where they are not there yet."""
    cache.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, Callable[[], np.ndarray]] = {
        f"{_VERSION}-{name}-{seed}": partial(make, seed)
        for name, make, seed in chain(
            ((style, partial(_music, style), seed) for style in get_args(Style) for seed in range(_PIECES)),
            (("voices", _talk, seed) for seed in range(_TALKS)),
            (("room", _room, seed) for seed in range(_ROOMS)),
        )
    }
    missing = {cache / f"{name}.npy": make for name, make in wanted.items() if not (cache / f"{name}.npy").is_file()}
    if workers > 1 and len(missing) > 1:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            list(pool.map(_keep, missing, missing.values()))
    else:
        for path, make in missing.items():
            _keep(path, make)
    return [np.load(cache / f"{name}.npy") for name in wanted]


def _keep(path: Path, make: Callable[[], np.ndarray]) -> None:
    partly = path.with_name(f".{path.stem}.{os.getpid()}.part.npy")
    try:
        np.save(partly, _heard(make()))
        partly.replace(path)
    finally:
        partly.unlink(missing_ok=True)


def _heard(sound: np.ndarray) -> np.ndarray:
    """Float16 [F, 64] of float32 [N] at RATE_HZ."""
    meter = SoundMeter(0.25)
    meter.measure(np.ascontiguousarray(sound[: len(sound) // meter.step * meter.step], np.float32))
    return meter.mel.astype(np.float16)


def _music(style: Style, seed: int) -> np.ndarray:
    cfg = MusicConfig(style=style, seed=seed, energy=(0.35, 0.55, 0.75, 0.95)[seed % 4])
    with TemporaryDirectory() as folder:
        out = Path(folder) / "bed.flac"
        hits_s = (_LENGTH_S * 0.6, _LENGTH_S * 0.3)
        Composer().make(cfg, duration_s=_LENGTH_S, hits_s=hits_s, out=out)
        return read_audio(out, rate_hz=RATE_HZ, start_s=0.0, end_s=_LENGTH_S)[0]


def _talk(seed: int) -> np.ndarray:
    return voices(np.random.default_rng((seed, 1)), _LENGTH_S)


def _room(seed: int) -> np.ndarray:
    return room(np.random.default_rng((seed, 2)), _LENGTH_S)


def voices(random: np.random.Generator, length_s: float) -> np.ndarray:
    """Somebody talks, with pauses, in no language: float32 [N] at RATE_HZ.

    A train of pulses and some breath through three resonances, a new vowel each syllable, four or five a second.
    """
    sound = np.zeros(round(length_s * RATE_HZ), np.float32)
    pitch_hz = random.uniform(90, 240)
    at_s = random.uniform(0, 1)
    while at_s < length_s - 1:
        for _ in range(int(random.integers(3, 14))):
            syllable = _syllable(random, pitch_hz * random.uniform(0.8, 1.3), random.uniform(0.1, 0.28))
            start = round(at_s * RATE_HZ)
            room_left = sound[start : start + len(syllable)]
            room_left += syllable[: len(room_left)]
            at_s += len(syllable) / RATE_HZ * random.uniform(0.85, 1.2)
        at_s += random.uniform(0.2, 3.0)
    return 0.3 * sound


def _syllable(random: np.random.Generator, pitch_hz: float, length_s: float) -> np.ndarray:
    count = round(length_s * RATE_HZ)
    glide = pitch_hz * np.linspace(random.uniform(0.9, 1.15), random.uniform(0.85, 1.1), count)
    phase = np.cumsum(glide / RATE_HZ)
    source = np.diff(np.floor(phase), prepend=0.0) + random.normal(0, 0.05, count)
    hiss = np.exp(-np.arange(count) / (0.03 * RATE_HZ)) * random.normal(0, random.choice([0.0, 0.4]), count)
    voice = np.zeros(count)
    for formant_hz, gain in zip(_VOWELS[int(random.integers(len(_VOWELS)))], (1.0, 0.5, 0.25), strict=True):
        width_hz = 60 + formant_hz / 20
        radius, angle = np.exp(-np.pi * width_hz / RATE_HZ), 2 * np.pi * formant_hz / RATE_HZ
        voice += gain * lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], source)
    envelope = np.hanning(count + 2)[1:-1] ** 0.5
    found = voice / (np.sqrt(np.mean(voice**2)) + 1e-9) * 0.25 + hiss
    return (found * envelope).astype(np.float32)


def room(random: np.random.Generator, length_s: float) -> np.ndarray:
    """A room, its fans and its wiring: float32 [N] at RATE_HZ of coloured noise, swelling slowly, with a hum."""
    count = round(length_s * RATE_HZ)
    lag = random.uniform(0.3, 0.98)
    noise = lfilter([1 - lag], [1, -lag], random.normal(0, 1, count))
    knots = random.uniform(0.4, 1.0, max(int(length_s / 4), 2))
    swell = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(knots)), knots)
    time_s = np.arange(count) / RATE_HZ
    mains_hz = random.choice([50, 60, 120, 220])
    hum = sum(np.sin(2 * np.pi * mains_hz * k * time_s + random.uniform(0, 6)) / k for k in range(1, 6))
    found = noise / noise.std() * swell + random.uniform(0, 0.6) * hum
    return (0.05 * found).astype(np.float32)
