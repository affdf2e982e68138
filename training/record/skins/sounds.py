"""Synthesised HUD sounds and music, and the mixer that lays them under the game's own.

Sounds are float32 [N] in [-1, 1]; the same seed makes the same sound.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, pi

import numpy as np
from scipy.signal import butter, lfilter

__all__ = ["KINDS", "Mixer", "make_sound", "music_bed"]

Wave = np.ndarray


def _time(seconds: float, rate_hz: int) -> Wave:
    return np.arange(round(seconds * rate_hz), dtype=np.float64) / rate_hz


def _partials(t: Wave, tones: list[tuple[float, float, float]]) -> Wave:
    """Sum of decaying sines: (Hz, gain, decay per second)."""
    return sum((gain * np.sin(2 * pi * hz * t) * np.exp(-fall * t) for hz, gain, fall in tones), np.zeros_like(t))


def _noise(t: Wave, random: np.random.Generator, low_hz: float, high_hz: float, rate_hz: int) -> Wave:
    b, a = butter(2, [low_hz, high_hz], btype="band", fs=rate_hz)
    return lfilter(b, a, random.standard_normal(len(t))) * 2


def _tick(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.06, rate_hz)
    hz = random.uniform(1500, 3600)
    return _partials(t, [(hz, 0.7, 90), (hz * 1.5, 0.3, 120)]) + 0.5 * _noise(t, random, 2000, 8000, rate_hz) * np.exp(
        -160 * t
    )


def _thud(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.22, rate_hz)
    low = random.uniform(55, 95)
    sweep = np.cumsum(low + 160 * np.exp(-35 * t)) / rate_hz
    return np.sin(2 * pi * sweep) * np.exp(-16 * t) + 0.3 * _noise(t, random, 300, 2000, rate_hz) * np.exp(-80 * t)


def _ding(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.7, rate_hz)
    hz = random.uniform(700, 1600)
    return _partials(t, [(hz, 0.6, 6), (hz * 2.01, 0.3, 9), (hz * 3.02, 0.15, 14)])


def _bell(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(1.1, rate_hz)
    hz = random.uniform(380, 850)
    ratios = (0.5, 1.0, 1.19, 1.56, 2.0, 2.66, 4.1)
    return _partials(t, [(hz * r, 0.4 / (1 + i * 0.4), 3 + 2 * i) for i, r in enumerate(ratios)])


def _bass(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.5, rate_hz)
    hz = random.uniform(45, 75)
    sweep = np.cumsum(hz * (1 + 2.5 * np.exp(-25 * t))) / rate_hz
    return np.tanh(2.2 * np.sin(2 * pi * sweep)) * np.exp(-6 * t)


def _clink(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.45, rate_hz)
    hz = random.uniform(2300, 4200)
    return _partials(t, [(hz * r, 0.4, 12 + 6 * i) for i, r in enumerate((1, 1.41, 2.27, 2.93))])


def _coin(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.45, rate_hz)
    hz = random.uniform(750, 1250)
    first = t < 0.08
    tone = np.where(first, hz, hz * random.choice((1.25, 1.335, 1.5)))
    return np.sign(np.sin(2 * pi * np.cumsum(tone) / rate_hz)) * 0.35 * np.exp(-6 * t)


def _rise(random: np.random.Generator, rate_hz: int) -> Wave:
    """Three or four plucked notes upward."""
    hz, step = random.uniform(420, 800), random.uniform(0.055, 0.09)
    t = _time(0.8, rate_hz)
    wave = np.zeros_like(t)
    for i, ratio in enumerate((1, 1.26, 1.5, 2.0)[: int(random.integers(3, 5))]):
        late = np.maximum(t - i * step, 0)
        wave += _partials(late, [(hz * ratio, 0.45, 9), (hz * ratio * 2, 0.18, 14)]) * (t >= i * step)
    return wave


def _crunch(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.25, rate_hz)
    gate = (np.sin(2 * pi * random.uniform(25, 60) * t) > -0.3) * np.exp(-13 * t)
    return 0.9 * _noise(t, random, 700, 5000, rate_hz) * gate


def _zap(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.28, rate_hz)
    sweep = np.cumsum(random.uniform(250, 450) + random.uniform(1500, 2600) * np.exp(-18 * t)) / rate_hz
    return (2 * (sweep % 1) - 1) * 0.5 * np.exp(-11 * t)


def _horn(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.9, rate_hz)
    hz = random.uniform(150, 260)
    wave = sum(((2 * (hz * r * t % 1) - 1) for r in (1, 1.26, 1.498)), np.zeros_like(t)) / 3
    b, a = butter(2, 1800, fs=rate_hz)
    return lfilter(b, a, wave) * np.minimum(t / 0.03, 1) * np.exp(-3 * t) * 1.3


def _voice(random: np.random.Generator, rate_hz: int) -> Wave:
    """An announcer-like babble: a buzzing pitch through two moving formants, syllable by syllable."""
    parts = []
    pitch = random.uniform(85, 190)
    for _ in range(int(random.integers(2, 5))):
        t = _time(random.uniform(0.12, 0.24), rate_hz)
        hz = pitch * random.uniform(0.9, 1.15) * (1 - 0.5 * t)
        buzz = 2 * (np.cumsum(hz) / rate_hz % 1) - 1 + 0.05 * random.standard_normal(len(t))
        wave = np.zeros_like(t)
        for centre, width in ((random.uniform(300, 800), 120), (random.uniform(900, 2300), 220)):
            b, a = butter(1, [centre - width, centre + width], btype="band", fs=rate_hz)
            wave += lfilter(b, a, buzz)
        parts += [wave * np.sin(pi * np.linspace(0, 1, len(t))) ** 0.5, np.zeros(round(0.03 * rate_hz))]
    return np.concatenate(parts) * 1.2


def _groan(random: np.random.Generator, rate_hz: int) -> Wave:
    """Falling notes, for a death."""
    t = _time(1.0, rate_hz)
    hz = random.uniform(180, 320)
    return (np.sin(2 * pi * np.cumsum(hz * 2 ** (-1.2 * t)) / rate_hz) * 0.6 + 0.1 * np.sin(hz * 12 * t)) * np.exp(
        -2.6 * t
    )


def _click(random: np.random.Generator, rate_hz: int) -> Wave:
    t = _time(0.03, rate_hz)
    return _partials(t, [(random.uniform(900, 2400), 0.6, 160)])


KINDS: dict[str, Callable[[np.random.Generator, int], Wave]] = {
    "tick": _tick, "thud": _thud, "ding": _ding, "bell": _bell, "bass": _bass, "clink": _clink, "coin": _coin,
    "rise": _rise, "crunch": _crunch, "zap": _zap, "horn": _horn, "voice": _voice, "groan": _groan, "click": _click,
}  # fmt: skip


def make_sound(kind: str, random: np.random.Generator, rate_hz: int, gain: float = 1.0) -> Wave:
    """One sound of that kind, float32 [N], its peak at `gain`, ending in silence."""
    wave = KINDS[kind](random, rate_hz)
    tail = min(len(wave), round(0.01 * rate_hz))
    wave[-tail:] *= np.linspace(1, 0, tail)
    return (wave * (gain / max(np.abs(wave).max(), 1e-9))).astype(np.float32)


def music_bed(random: np.random.Generator, rate_hz: int, bars: int = 4) -> Wave:
    """A loop of drums, bass and chords, float32 [N], peak 1."""
    beat = 60 / random.uniform(84, 150)
    step = round(beat / 4 * rate_hz)
    wave = np.zeros(step * 16 * bars + rate_hz)
    root = 110 * 2 ** (int(random.integers(0, 12)) / 12)
    scale = (0, 3, 5, 7, 10) if random.random() < 0.6 else (0, 2, 4, 7, 9)
    kick, hat = _thud(random, rate_hz), _noise(_time(0.05, rate_hz), random, 6000, 14000, rate_hz)
    hat = hat * np.exp(-70 * _time(0.05, rate_hz))
    swing = random.random(16) < 0.3

    def put(at: int, part: Wave, gain: float) -> None:
        wave[at : at + len(part)] += gain * part[: len(wave) - at]

    for bar in range(bars):
        note = root * 2 ** (float(random.choice(scale)) / 12)
        t = _time(beat * 4, rate_hz)
        chord = sum((np.sin(2 * pi * note * r * t) for r in (2, 2.4 if scale[1] == 3 else 2.52, 3)), np.zeros_like(t))
        put(bar * 16 * step, chord * np.minimum(t, 0.05) * 20 * np.exp(-0.6 * t), 0.12)
        for i in range(16):
            at = (bar * 16 + i) * step
            if i % 8 == 0 or (swing[i] and i % 2):
                put(at, kick, 0.7)
            if i % 2 == 0:
                put(at, hat, 0.12)
            if i % 4 in (0, 3) or swing[i]:
                s = _time(beat / 3, rate_hz)
                put(at, np.tanh(2 * np.sin(pi * note * s)) * np.exp(-5 * s), 0.3)
    loop = wave[: step * 16 * bars]
    loop[:rate_hz] += wave[step * 16 * bars :][:rate_hz]
    return (loop / np.abs(loop).max()).astype(np.float32)


class Mixer:
    """Lays sounds into the game's own, frame by frame; what is longer than a frame goes on in the next."""

    def __init__(self, rate_hz: int, bed: Wave | None = None, bed_gain: float = 0.0, game_gain: float = 1.0) -> None:
        self._rate_hz, self._bed, self._bed_gain, self._game_gain = rate_hz, bed, bed_gain, game_gain
        self._at = 0
        self._playing: list[tuple[int, Wave]] = []

    def play(self, wave: Wave, gain: float = 1.0, after_s: float = 0.0) -> None:
        """Start it `after_s` from the next frame's first sample."""
        self._playing.append((self._at + ceil(after_s * self._rate_hz), wave if gain == 1.0 else wave * gain))

    def mix(self, sound: np.ndarray) -> np.ndarray:
        """int16 [N, 2] with everything that plays now added, never wrapping."""
        count = len(sound)
        start, end = self._at, self._at + count
        self._at = end
        if self._bed is None and not self._playing and self._game_gain == 1.0:
            return sound
        mixed = sound.astype(np.float32) * self._game_gain
        if self._bed is not None:
            at = np.arange(start, end) % len(self._bed)
            mixed += (self._bed[at] * (32767 * self._bed_gain))[:, None]
        for begin, wave in self._playing:
            lo, hi = max(begin, start), min(begin + len(wave), end)
            if lo < hi:
                mixed[lo - start : hi - start] += (wave[lo - begin : hi - begin] * 32767)[:, None]
        self._playing = [(begin, wave) for begin, wave in self._playing if begin + len(wave) > end]
        return np.clip(np.round(mixed), -32768, 32767).astype(np.int16)
