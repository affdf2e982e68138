"""Neon's sounds: spectra painted over time and turned into sound, and struck glass (banks of modes).

Painting: a magnitude over time and frequency is given phases and inverted by overlap-add of windowed
inverse Fourier transforms. Modes: sums of decaying sines (Adrien 1991).
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import numpy as np

from training.record.mods.catalog import SOUNDS
from training.record.mods.lumps import RATE_HZ, Lumps, sound

__all__ = ["sounds"]

Random = np.random.Generator
Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From seconds [1, T] and octaves above 55 Hz [F, 1] to magnitudes [F, T]."""

_WINDOW = 1024
_HOP = 256
_BAR = np.array([1.0, 2.756, 5.404, 8.933, 13.34])
"""Modes of a free bar, relative to the first (Fletcher and Rossing 1998, 2.18)."""
_GLASS = np.array([1.0, 2.32, 4.25, 6.63, 9.38, 11.9])
"""About those of a wine glass (Rossing 1990)."""


def sounds() -> Lumps:
    """Every sound lump, by the catalogue, and SNDINFO."""
    lumps: Lumps = []
    for use, names in SOUNDS.items():
        for name in names:
            samples, peak = _one(use, name, np.random.default_rng((77, crc32(name.encode("ascii")))))
            lumps.append((name, sound(_finished(samples, peak))))
    random = np.random.default_rng(78)
    lumps.append(("NEMINI", sound(_finished(_shard(0.12, 0.2, random), 0.8))))
    lumps.append(("NEHOST", sound(_finished(_shard(0.2, -1.2, random), 0.7))))
    info = [
        "neon/mini NEMINI",
        "neon/host NEHOST",
        "$alias weapons/chngun neon/mini",
        *(f"$alias {who}/attack neon/host" for who in ("grunt", "shotguy", "chainguy")),
        "",
    ]
    return [*lumps, ("SNDINFO", "\n".join(info).encode("ascii"))]


def _finished(samples: np.ndarray, peak: float) -> np.ndarray:
    """With a short delay that repeats, scaled to this peak, faded at the end."""
    delay = int(0.087 * RATE_HZ)
    whole = np.zeros(len(samples) + 3 * delay)
    for turn in range(4):
        whole[turn * delay : turn * delay + len(samples)] += samples * 0.27**turn
    whole *= peak / max(float(np.abs(whole).max()), 1e-9)
    whole[-500:] *= np.linspace(1, 0, 500)
    return whole


def _painted(length_s: float, shape: Paint, random: Random, grain: float = 1.0) -> np.ndarray:
    """float [N]: the sound of that painting. `grain` 1 is breath, 0 is glassy lines."""
    frames = int(length_s * RATE_HZ / _HOP) + 4
    t = (np.arange(frames) * _HOP / RATE_HZ)[None, :]
    hz = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)[:, None]
    octaves = np.log2(np.maximum(hz, 1.0) / 55.0)
    steady = 2 * np.pi * hz * t + random.uniform(0, 2 * np.pi, hz.shape)
    wander = np.cumsum(random.normal(0, 2.5 * grain, (len(hz), frames)), axis=1)
    spectrum = np.maximum(shape(t, octaves), 0) * np.exp(1j * (steady + wander))
    pieces = np.fft.irfft(spectrum, axis=0) * np.hanning(_WINDOW)[:, None]
    samples = np.zeros(frames * _HOP + _WINDOW)
    for index in range(frames):
        samples[index * _HOP : index * _HOP + _WINDOW] += pieces[:, index]
    return samples[: int(length_s * RATE_HZ)]


def _struck(hz: float, ratios: np.ndarray, ring_s: float, random: Random) -> np.ndarray:
    """Something struck once: higher modes fade sooner."""
    t = np.arange(int(ring_s * 3 * RATE_HZ)) / RATE_HZ
    total = np.zeros_like(t)
    for mode in hz * ratios * random.uniform(0.99, 1.01, len(ratios)):
        if mode < RATE_HZ * 0.45:
            total += np.exp(-t / (ring_s * (hz / mode) ** 0.6)) * np.sin(2 * np.pi * mode * t) / (mode / hz) ** 0.4
    return total


def _scattered(parts: list[tuple[float, np.ndarray]]) -> np.ndarray:
    """Each at its own second."""
    total = np.zeros(max(int(at * RATE_HZ) + len(part) for at, part in parts))
    for at, part in parts:
        total[int(at * RATE_HZ) : int(at * RATE_HZ) + len(part)] += part
    return total


def _bump(x: np.ndarray, centre: np.ndarray | float, width: float) -> np.ndarray:
    return np.exp(-(((x - centre) / width) ** 2))


def _shard(length_s: float, octave: float, random: Random) -> np.ndarray:
    """A shot: a comet that falls through the spectrum, over struck glass and a low push."""

    def comet(t: np.ndarray, o: np.ndarray) -> np.ndarray:
        falling = 6.2 + octave - 3.4 * (t / length_s) ** 0.6
        push = 2.0 * _bump(o, 0.8 + octave * 0.3, 0.7) * np.exp(-t / (0.35 * length_s))
        return (_bump(o, falling, 0.5) + 0.5 * _bump(o, falling - 1.58, 0.25) + push) * np.exp(-t / (0.6 * length_s))

    painted = _painted(length_s * 1.6, comet, random, 0.6)
    tick = _struck(900 * 2**octave, _GLASS, 0.03, random)
    return _scattered([(0.0, painted / np.abs(painted).max()), (0.012, tick * 0.25)])


def _shatter(length_s: float, octave: float, count: int, random: Random) -> np.ndarray:
    """Pieces of glass fall, ever fewer."""
    parts = []
    for _ in range(count):
        at = float(random.exponential(length_s / 3))
        hz = 500 * 2 ** (octave + random.uniform(0, 2.6) - at / length_s)
        parts.append(
            (min(at, length_s), _struck(hz, _GLASS, random.uniform(0.02, 0.09), random) * random.uniform(0.2, 1))
        )
    return _scattered(parts)


def _choir(length_s: float, octave: float, bend: float, random: Random) -> np.ndarray:
    """Many throats as a comb of lines whose colour moves; `bend` octaves from first to last."""
    vowel, drift = random.uniform(2.6, 4.2), random.uniform(-1.4, 1.4)

    def comb(t: np.ndarray, o: np.ndarray) -> np.ndarray:
        along = t / length_s
        root = 1.2 + octave + bend * along
        lines = np.cos(2 * np.pi * 2 ** (o - root)) ** 10  # near whole multiples of the root
        colour = _bump(o, vowel + drift * along, 0.7) + 0.4 * _bump(o, vowel + 1.6 - drift * along, 0.4)
        return lines * colour * np.minimum(t / 0.05, 1) * np.clip(1 - along, 0, 1)

    return _painted(length_s, comb, random, 0.25)


def _blast(length_s: float, random: Random) -> np.ndarray:
    def cloud(t: np.ndarray, o: np.ndarray) -> np.ndarray:
        top = 7.0 * np.exp(-t / (0.45 * length_s)) + 0.6
        stripes = 0.55 + 0.45 * np.sin(2 * np.pi * (o * 2.5 + t * 9))
        return stripes * (o < top) * np.exp(-t / (0.4 * length_s)) * 2 ** (-0.25 * np.maximum(o, 0))

    painted = _painted(length_s, cloud, random)
    return _scattered([(0.0, painted / np.abs(painted).max()), (0.05, _shatter(length_s, 0.5, 14, random) * 0.15)])


def _rush(length_s: float, low: float, high: float, random: Random) -> np.ndarray:
    """A band of breath that moves from one octave to another, through a turning comb."""

    def moving(t: np.ndarray, o: np.ndarray) -> np.ndarray:
        along = np.clip(t / length_s, 0, 1)
        comb = 0.5 + 0.5 * np.cos(2 * np.pi * 2**o * (0.15 + 0.3 * along))
        return _bump(o, low + (high - low) * along, 0.8) * comb * np.sin(np.pi * np.clip(along, 0.02, 1)) ** 0.5

    return _painted(length_s, moving, random, 0.8)


def _one(use: str, name: str, random: Random) -> tuple[np.ndarray, float]:
    """That sound, and how loud it is."""
    spread = float(random.uniform(-0.5, 0.5))
    if use == "gun":
        length, octave = {"DSPISTOL": (0.16, 0.0), "DSSHOTGN": (0.34, -0.8), "DSDSHTGN": (0.5, -1.3)}[name]
        return _shard(length, octave, random), 0.88
    if use in ("sight", "idle", "pain", "death", "own pain", "own death"):
        return _cry(use, spread, random)
    simple: dict[str, Callable[[], tuple[np.ndarray, float]]] = {
        "energy": lambda: (_struck(180, _BAR, 0.16, random) + 0.0, 0.7),
        "launch": lambda: (_rush(0.55, 2.2 + spread, 5.8, random), 0.7),
        "blast": lambda: (_blast(1.0 + spread, random), 0.95),
        "reload": lambda: (_scattered([(at, _struck(2100, _BAR, 0.02, random)) for at in (0.0, 0.09)]), 0.4),
        "saw": lambda: (_rush(0.5, 3.4, 3.0, random), 0.5),
        "strike": lambda: (_struck(140 * 2**spread, _BAR, 0.05, random), 0.7),
        "burst": lambda: (_shatter(0.5, -0.6, 30, random), 0.75),
        "pickup": lambda: (_arpeggio(random), 0.45),
        "door": lambda: (_rush(1.0, 1.5 + spread, 2.6, random), 0.4),
        "click": lambda: (_struck(1500 * 2**spread, _GLASS, 0.025, random), 0.4),
        "step": lambda: (_struck(95 * 2**spread, _BAR, 0.03, random), 0.5),
        "teleport": lambda: (_choir(1.0, 0.5, 2.0, random), 0.6),
        "flame": lambda: (_rush(0.7, 4.5, 4.0, random), 0.4),
    }
    return simple[use]()


def _cry(use: str, spread: float, random: Random) -> tuple[np.ndarray, float]:
    """What neon's creatures and its player let hear."""
    if use == "death":
        fall = _choir(0.5, 0.3 + spread, -1.6, random)
        return _scattered(
            [(0.0, fall / np.abs(fall).max()), (0.08, _shatter(0.6, 0.4 + spread, 22, random) * 0.3)]
        ), 0.85
    length, octave, bend, peak = {
        "sight": (0.6, spread, 0.6, 0.7),
        "idle": (0.9, spread - 0.6, 0.1, 0.35),
        "pain": (0.22, 0.7 + spread, -0.5, 0.6),
        "own pain": (0.25, 0.2, -0.9, 0.65),
        "own death": (1.4, 0.5, -2.4, 0.85),
    }[use]
    return _choir(length, octave, bend, random), peak


def _arpeggio(random: Random) -> np.ndarray:
    root = float(random.choice([392.0, 523.3, 659.3]))
    return _scattered(
        [(0.06 * step, _struck(root * 2 ** (note / 12), _GLASS, 0.07, random)) for step, note in enumerate((0, 4, 11))]
    )
