"""Gunshots and blasts of the training mods, a function a kind. `weight`: 0 the lightest gun, 1 the heaviest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.record.mods.lumps import RATE_HZ
from training.record.mods.train.recipe import Recipe
from training.record.mods.train.waves import (
    band,
    clock,
    decay,
    echo,
    join,
    level,
    mix,
    noise,
    saw,
    square,
    sweep,
)

__all__ = ["blast", "launch", "shot"]

Random = np.random.Generator


_OVERLOADED = ("rifle", "smg", "cannon", "suppressed")
"""Recordings of these drive the microphone to its limit."""


def shot(kind: str, weight: float, made: Recipe, random: Random) -> np.ndarray:
    """float [N]: one shot of that kind of gun."""
    samples = _SHOTS[kind](weight, made, random)
    if kind in _OVERLOADED:
        samples = np.tanh(4 * samples / np.abs(samples).max())
    wet = 0.15 * made.echo if kind == "suppressed" else made.echo
    return level(echo(samples, wet, random), 0.45 if kind in ("suppressed", "bow") else 0.7 + 0.25 * weight)


def _rifle(weight: float, made: Recipe, random: Random) -> np.ndarray:
    """A crack, the muzzle's blast, a thump, the bolt, and the slope that throws it back."""
    length = (0.25 + 0.45 * weight) * made.length
    crack = noise(0.03, random) * decay(0.03, 0.0015, 0.0001) * 1.6
    body = band(noise(length, random), 180 * made.pitch, (5200 - 2600 * weight) * made.pitch)
    body *= decay(length, (0.022 + 0.035 * weight) * made.length)
    thump = sweep(0.16, (170 * made.pitch, 45)) * decay(0.16, 0.03 + 0.03 * weight) * (0.6 + 0.8 * weight)
    tail = band(noise(length * 2, random), 120, 1500) * decay(length * 2, 0.12 * made.length, 0.03) * 0.2
    return mix(crack, body / (np.abs(body).max() + 1e-9), thump, tail, _bolt(0.07 + 0.09 * weight, 0.16, random))


def _smg(weight: float, made: Recipe, random: Random) -> np.ndarray:
    return mix(_rifle(weight * 0.4, made, random)[: int(0.22 * RATE_HZ)], _bolt(0.03, 0.4, random))


def _cannon(weight: float, made: Recipe, random: Random) -> np.ndarray:
    length = (0.6 + 0.6 * weight) * made.length
    boom = band(noise(length, random), 40, 700 * made.pitch) * decay(length, 0.11 * made.length, 0.002)
    drop = sweep(length, (130 * made.pitch, 28), 0.5) * decay(length, 0.12)
    return mix(boom / (np.abs(boom).max() + 1e-9), drop, noise(0.02, random) * decay(0.02, 0.002) * 0.7)


def _suppressed(weight: float, made: Recipe, random: Random) -> np.ndarray:
    length = 0.09 + 0.07 * weight
    puff = band(noise(length, random), 250 * made.pitch, 1300 * made.pitch) * decay(length, 0.014, 0.002)
    hiss = band(noise(0.12, random), 3000, 9000) * decay(0.12, 0.02, 0.004) * 0.12
    return mix(puff / (np.abs(puff).max() + 1e-9), hiss, _bolt(0.035, 0.55, random), _bolt(0.075, 0.4, random))


def _bolt(after_s: float, loud: float, random: Random) -> np.ndarray:
    """Metal on metal, `after_s` later."""
    rings = [sweep(0.05, (hz, hz * 0.98)) * decay(0.05, 0.004) for hz in random.uniform(1800, 6500, 4)]
    return join(np.zeros(int(after_s * RATE_HZ)), mix(*rings, noise(0.01, random) * decay(0.01, 0.001)) * loud / 3)


def _laser(weight: float, made: Recipe, random: Random) -> np.ndarray:
    length = (0.14 + 0.22 * weight) * made.length
    top = random.uniform(1800, 4200) * made.pitch * (1.2 - 0.6 * weight)
    tone = saw(length, (top, top * 0.12), 0.5) * 0.5 + sweep(length, (top * 1.51, top * 0.2), 0.4)
    return band(tone, 150, 9000) * decay(length, 0.05 * made.length + 0.04 * weight, 0.002)


def _plasma(weight: float, made: Recipe, random: Random) -> np.ndarray:
    length = (0.2 + 0.3 * weight) * made.length
    t = clock(length)
    carrier = random.uniform(180, 420) * made.pitch * (1.3 - 0.6 * weight)
    wobble = 6.0 * 0.5 ** (t / 0.06) * np.sin(2 * np.pi * carrier * 1.414 * t)
    zap = np.sin(2 * np.pi * carrier * t + wobble) * decay(length, 0.07)
    return mix(zap, band(noise(length, random), 1500, 6000) * decay(length, 0.02) * 0.4)


def _bow(weight: float, made: Recipe, random: Random) -> np.ndarray:
    """A plucked string (Karplus and Strong 1983) and the arrow's breath."""
    period = int(RATE_HZ / (random.uniform(90, 150) * made.pitch * (1.3 - 0.5 * weight)))
    total = int((0.3 + 0.25 * weight) * made.length * RATE_HZ)
    string = np.zeros(total + period)
    string[:period] = random.uniform(-1, 1, period)
    for start in range(period, total, period):
        before = string[start - period : start]
        string[start : start + period] = (0.492 * (before + np.roll(before, 1)))[: len(string[start : start + period])]
    breath = band(noise(0.3, random), 700 * made.pitch, 4200 * made.pitch) * decay(0.3, 0.06, 0.03)
    knock = sweep(0.06, (210, 120)) * decay(0.06, 0.008)
    return mix(string[:total] * 0.7, breath / (np.abs(breath).max() + 1e-9) * 0.6, knock)


def _magic(weight: float, made: Recipe, random: Random) -> np.ndarray:
    length = (0.5 + 0.4 * weight) * made.length
    root = random.uniform(420, 760) * made.pitch * (1.2 - 0.5 * weight)
    bells = [
        sweep(length, (root * step, root * step * random.uniform(0.98, 1.03))) * decay(length, 0.09 / step**0.5, 0.01)
        for step in (1.0, 1.5, 2.0, 2.76, 4.1)
    ]
    rush = band(noise(length, random), 500, 6000) * decay(length, 0.08, 0.05)
    return mix(*bells, rush * 0.8, sweep(length, (root * 0.3, root * 1.8)) * decay(length, 0.1, 0.05))


def _cartoon(weight: float, made: Recipe, random: Random) -> np.ndarray:
    low = random.uniform(160, 320) * made.pitch * (1.3 - 0.7 * weight)
    pop = sweep(0.07 + 0.05 * weight, (low, low * 5), 1.6) * decay(0.07 + 0.05 * weight, 0.03, 0.003)
    length = 0.12 + 0.3 * weight
    t = clock(length)
    spring = np.sin(2 * np.pi * low * t + 4 * np.sin(2 * np.pi * 17 * t)) * decay(length, 0.07, 0.01) * 0.6
    return join(pop, spring)


def _chip(weight: float, made: Recipe, random: Random) -> np.ndarray:
    length = (0.12 + 0.2 * weight) * made.length
    top = random.uniform(700, 1500) * made.pitch
    steps = np.repeat(random.choice([-1.0, 1.0], int(length * 9000 * (1.2 - 0.7 * weight))), 6)
    stairs = np.round(decay(length, 0.05 + 0.05 * weight) * 8) / 8
    held = np.resize(steps, len(stairs))
    return (square(length, (top, top * 0.2)) * (1 - 0.6 * weight) + held * (0.4 + 0.6 * weight)) * stairs


_SHOTS: dict[str, Callable[[float, Recipe, Random], np.ndarray]] = {
    "rifle": _rifle,
    "smg": _smg,
    "cannon": _cannon,
    "suppressed": _suppressed,
    "laser": _laser,
    "plasma": _plasma,
    "bow": _bow,
    "magic": _magic,
    "cartoon": _cartoon,
    "chip": _chip,
}


def launch(made: Recipe, random: Random) -> np.ndarray:
    """A rocket leaves, or a fireball."""
    length = 0.5 * made.length
    rush = band(noise(length, random), 200 * made.pitch, 2600 * made.pitch) * decay(length, 0.12, 0.03)
    start = shot(made.guns, 0.6, made, random)
    return level(mix(rush / (np.abs(rush).max() + 1e-9), start * 0.5), 0.75)


def blast(weight: float, made: Recipe, random: Random) -> np.ndarray:
    """Something bursts."""
    length = (0.5 + 0.9 * weight) * made.length
    rumble = band(noise(length, random), 30, 380 * made.pitch) * decay(length, 0.16, 0.004)
    crackle = noise(length, random) * (random.random(len(clock(length))) < 0.004) * decay(length, 0.12)
    thump = sweep(0.4, (110 * made.pitch, 25)) * decay(0.4, 0.09)
    bright = band(noise(0.15, random), 800, 7000) * decay(0.15, 0.02)
    parts = [rumble / (np.abs(rumble).max() + 1e-9), crackle * 0.2, thump, bright * 0.5]
    if made.guns in ("cartoon", "chip", "laser"):
        parts.append(square(length, (700 * made.pitch, 60)) * decay(length, 0.1) * 0.5)
    return level(echo(mix(*parts), made.echo, random), 0.6 + 0.35 * weight)
