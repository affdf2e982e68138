"""Drums and effects made from nothing: one stroke each as float32 [2, N] at 48 kHz."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import signal

from aiditor.music.voices import RATE_HZ

__all__ = ["KITS", "Kit", "build_kit", "riser"]


@dataclass(frozen=True, slots=True)
class Kit:
    """How a drum kit sounds; `build_kit` moves each value a little for every seed."""

    kick_hz: float = 50.0
    kick_s: float = 0.22
    kick_click: float = 0.35
    kick_drive: float = 2.0
    snare_hz: float = 190.0
    snare_s: float = 0.13
    snare_tone: float = 0.5
    clap: float = 0.4
    """Share of hand clap in the snare."""
    hat_s: float = 0.035
    hat_hz: float = 7500.0
    top_hz: float = 18_000.0
    """Everything above is cut: low for dusty kits."""
    perc: str = "rim"
    tom_hz: float = 90.0


KITS = {
    "trap": Kit(kick_hz=46, kick_s=0.28, kick_drive=3.0, snare_tone=0.35, clap=0.6, perc="rim"),
    "break": Kit(kick_hz=56, kick_s=0.14, snare_hz=210, snare_tone=0.8, clap=0.1, hat_s=0.045, perc="tom"),
    "phonk": Kit(kick_hz=48, kick_s=0.25, kick_drive=5.0, snare_s=0.1, clap=0.7, perc="rim"),
    "epic": Kit(
        kick_hz=44,
        kick_s=0.6,
        kick_click=0.2,
        kick_drive=1.6,
        snare_hz=150,
        snare_s=0.25,
        clap=0.0,
        perc="taiko",
        tom_hz=72,
    ),
    "lofi": Kit(
        kick_hz=54, kick_s=0.16, kick_click=0.15, snare_s=0.1, snare_tone=0.6, clap=0.1, top_hz=6500, perc="rim"
    ),
    "soft": Kit(
        kick_hz=50, kick_s=0.2, kick_click=0.12, kick_drive=1.3, snare_s=0.12, clap=0.5, top_hz=12_000, perc="click"
    ),
    "house": Kit(kick_hz=48, kick_s=0.24, kick_click=0.4, kick_drive=2.5, snare_s=0.1, clap=0.85, perc="tom"),
    "bouncy": Kit(kick_hz=62, kick_s=0.13, snare_hz=220, snare_s=0.09, clap=0.6, hat_s=0.03, perc="click"),
    "chip": Kit(
        kick_hz=60, kick_s=0.1, kick_click=0.1, snare_s=0.08, snare_tone=0.1, clap=0.0, hat_s=0.02, top_hz=11_000
    ),
}


def build_kit(name: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Strokes by name (kick, snare, hat, open, perc, crash, impact, swell), each peaking at 1."""
    base = KITS[name]

    def near(value: float, spread: float) -> float:
        return float(value * 2 ** rng.uniform(-spread, spread))

    kit = replace(
        base,
        kick_hz=near(base.kick_hz, 0.15),
        kick_s=near(base.kick_s, 0.3),
        kick_click=near(base.kick_click, 0.5),
        snare_hz=near(base.snare_hz, 0.3),
        snare_s=near(base.snare_s, 0.35),
        snare_tone=near(base.snare_tone, 0.5),
        hat_s=near(base.hat_s, 0.5),
        hat_hz=near(base.hat_hz, 0.2),
        tom_hz=near(base.tom_hz, 0.3),
    )
    crash = _crash(rng)
    strokes = {
        "kick": _kick(kit, rng),
        "snare": _snare(kit, rng),
        "hat": _hat(kit, kit.hat_s, rng),
        "open": _hat(kit, 0.22, rng),
        "perc": _perc(kit, rng),
        "crash": crash,
        "impact": _impact(rng),
        "swell": crash[:, ::-1][:, -int(1.2 * RATE_HZ) :],
    }
    return {stroke: _finish(wave, kit.top_hz if stroke in _DUSTY else 18_000.0) for stroke, wave in strokes.items()}


_DUSTY = ("kick", "snare", "hat", "open", "perc")


def riser(length_s: float, rng: np.random.Generator) -> np.ndarray:
    """Noise and a gliding tone that climb for `length_s` and stop dead: float32 [2, N]."""
    count = max(int(length_s * RATE_HZ), 1)
    x = np.linspace(0, 1, count)
    noise = rng.standard_normal((2, count))
    out = np.zeros((2, count))
    for low_hz, high_hz, centre in ((300, 900, 0.15), (900, 2500, 0.45), (2500, 6000, 0.75), (6000, 14_000, 1.0)):
        band = signal.butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
        out += signal.sosfilt(band, noise, axis=1) * np.exp(-(((x - centre) / 0.25) ** 2))
    turns = np.cumsum(110 * 2 ** (3 * x**1.5)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * turns * k) / k for k in (1, 2, 3, 4))
    out = out * 1.2 + 0.12 * tone
    out *= x**2.2
    end = min(240, count)
    out[:, count - end :] *= np.linspace(1, 0, end)
    return _finish(out, 16_000.0)


# --- strokes ----------------------------------------------------------------------------------------


def _time(length_s: float) -> np.ndarray:
    return np.arange(int(length_s * RATE_HZ)) / RATE_HZ


def _noise(t: np.ndarray, rng: np.random.Generator, kind: str, *hz: float) -> np.ndarray:
    """Filtered noise, float64 [2, N]; a little different on each side."""
    sides = rng.standard_normal((2, t.size))
    sides = 0.75 * sides[:1] + 0.45 * sides
    edges = hz[0] if len(hz) == 1 else hz
    return np.asarray(signal.sosfilt(signal.butter(2, edges, kind, fs=RATE_HZ, output="sos"), sides, axis=1))


def _finish(wave: np.ndarray, top_hz: float) -> np.ndarray:
    """Cut above `top_hz`, end at zero, peak at 1."""
    wave = np.atleast_2d(wave) * np.ones((2, 1))
    wave = signal.sosfilt(signal.butter(2, top_hz, fs=RATE_HZ, output="sos"), wave, axis=1)
    end = min(960, wave.shape[1])
    wave[:, -end:] *= np.linspace(1, 0, end)
    return (wave / max(np.abs(wave).max(), 1e-9)).astype(np.float32)


def _kick(kit: Kit, rng: np.random.Generator) -> np.ndarray:
    t = _time(kit.kick_s * 3.5)
    turns = np.cumsum(kit.kick_hz * (1 + 1.2 * np.exp(-t / 0.035) + 4.5 * np.exp(-t / 0.006))) / RATE_HZ
    body = np.sin(2 * np.pi * turns) * np.exp(-t / kit.kick_s)
    click = _noise(t, rng, "bandpass", 2000, 8000) * np.exp(-t / 0.003) * kit.kick_click * 0.4
    return np.asarray(np.tanh(kit.kick_drive * body) / np.tanh(kit.kick_drive) + click)


def _snare(kit: Kit, rng: np.random.Generator) -> np.ndarray:
    t = _time(kit.snare_s * 6)
    bend = 1 + 0.5 * np.exp(-t / 0.01)
    body = sum(np.sin(2 * np.pi * np.cumsum(kit.snare_hz * ratio * bend) / RATE_HZ) / ratio for ratio in (1, 1.78))
    wires = _noise(t, rng, "bandpass", 1200, 11_000) * np.exp(-t / kit.snare_s)
    hands = np.zeros_like(t)
    for late_s in (0.0, 0.011, 0.022):
        since = t - late_s
        hands += np.where(since >= 0, np.exp(-np.maximum(since, 0) / 0.006), 0)
    hands += 0.5 * np.exp(-t / kit.snare_s)
    clap = _noise(t, rng, "bandpass", 900, 4000) * hands
    return np.asarray(kit.snare_tone * body * np.exp(-t / 0.07) + (1 - kit.clap) * 1.1 * wires + kit.clap * 1.3 * clap)


def _hat(kit: Kit, decay_s: float, rng: np.random.Generator) -> np.ndarray:
    t = _time(decay_s * 7)
    ring = sum(np.sign(np.sin(2 * np.pi * hz * 1.9 * t)) for hz in (205.3, 304.4, 369.6, 522.7, 800.6, 540.0))
    tone = signal.sosfilt(signal.butter(4, kit.hat_hz, "highpass", fs=RATE_HZ, output="sos"), ring)
    return np.asarray((0.35 * tone + _noise(t, rng, "highpass", kit.hat_hz)) * np.exp(-t / decay_s))


def _perc(kit: Kit, rng: np.random.Generator) -> np.ndarray:
    if kit.perc in ("tom", "taiko"):
        t = _time(0.25 if kit.perc == "tom" else 1.1)
        decay_s = 0.07 if kit.perc == "tom" else 0.28
        turns = np.cumsum(kit.tom_hz * (1 + 0.6 * np.exp(-t / 0.03))) / RATE_HZ
        skin = _noise(t, rng, "lowpass", 1800) * np.exp(-t / 0.03)
        return np.asarray(np.sin(2 * np.pi * turns) * np.exp(-t / decay_s) + 0.8 * skin)
    t = _time(0.12)
    hz = 1700.0 if kit.perc == "rim" else 2600.0
    ring = np.sin(2 * np.pi * hz * t) + 0.6 * np.sin(2 * np.pi * hz * 0.53 * t)
    return np.asarray(ring * np.exp(-t / 0.012) + 0.4 * _noise(t, rng, "bandpass", 1500, 7000) * np.exp(-t / 0.008))


def _crash(rng: np.random.Generator) -> np.ndarray:
    t = _time(3.0)
    high = _noise(t, rng, "highpass", 5000) * np.exp(-t / 0.55)
    middle = _noise(t, rng, "bandpass", 1500, 6000) * (0.5 * np.exp(-t / 0.08) + 0.3 * np.exp(-t / 0.6))
    return high + middle


def _impact(rng: np.random.Generator) -> np.ndarray:
    t = _time(2.6)
    turns = np.cumsum(34 + 70 * np.exp(-t / 0.12)) / RATE_HZ
    boom = np.tanh(2.2 * np.sin(2 * np.pi * turns) * np.exp(-t / 0.55))
    dirt = _noise(t, rng, "bandpass", 120, 2200) * (np.exp(-t / 0.05) + 0.25 * np.exp(-t / 0.5))
    return boom + 0.7 * dirt
