"""The last steps of a piece: its tone, the rise of its sections to the drop, and its peaks."""

from __future__ import annotations

import numpy as np
from scipy import signal

from aiditor.music.character import Character
from aiditor.music.form import Form, sections_of
from aiditor.music.voices import RATE_HZ

__all__ = ["balanced", "loud_rms", "mastered", "shaped", "true_peak"]

_BALANCE_DB = {40: -3.0, 85: 0.0, 170: -5.0, 340: -6.0, 680: -7.5, 1360: -9.5, 2720: -12.0, 5440: -15.0, 10_880: -19.0}
"""Energy of each octave band against the strongest, about as in released electronic and film music."""
_CEILING = 10 ** (-1.2 / 20)
"""Highest true peak: 0.2 dB under the -1 dBTP that platforms ask for (EBU R 128)."""
_RAMP_S = 0.03
_LATER_DB = 0.7
"""A drop later than the first is this much louder."""
_SWEEP_HZ = 220.0
_REACH = 12
"""Samples on either side that a value between two samples is made of."""


def balanced(mix: np.ndarray, character: Character, *, bright: float) -> np.ndarray:
    """Move the octave bands of float32 [2, N] four fifths of the way to the style's balance, by at most 12 dB each."""
    hz, power = signal.welch(mix.mean(axis=0), RATE_HZ, nperseg=8192)
    centres = np.array(list(_BALANCE_DB), float)
    found_db = np.array([power[(hz >= c / 2**0.5) & (hz < c * 2**0.5)].sum() for c in centres])
    found_db = 10 * np.log10(found_db + 1e-20)
    tone_db = np.interp(np.log2(centres), np.log2([50, 150, 700, 3000, 9000]), character.tone_db)
    tilt_db = (bright - 1.0) * 7.0 * np.log2(np.maximum(centres / 680, 1.0)) / 4
    # Aligned on the middle of the spectrum, so that one loud band does not turn the rest up.
    move_db = np.array(list(_BALANCE_DB.values())) + tone_db + tilt_db - found_db
    move_db = np.clip(0.8 * (move_db - np.median(move_db)), -12, 12)
    points_hz = np.concatenate([[0.0, 20.0], centres, [16_000.0, RATE_HZ / 2]])
    gains_db = np.concatenate([[move_db[0]] * 2, move_db, [move_db[-1]] * 2])
    grid_hz = np.linspace(0, RATE_HZ / 2, 2049)
    smooth_db = np.interp(np.log2(np.maximum(grid_hz, 10)), np.log2(np.maximum(points_hz, 10)), gains_db)
    # Minimum phase keeps the attacks where they are: no ringing before them.
    curve = np.log(10 ** (smooth_db / 20))
    cepstrum = np.fft.irfft(curve)
    cepstrum[1:2048] *= 2
    cepstrum[2049:] = 0
    kernel = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[:4096].astype(np.float32)
    return np.asarray(signal.oaconvolve(mix, kernel[None], axes=1)[:, : mix.shape[1]], np.float32)


def shaped(mix: np.ndarray, form: Form, character: Character) -> np.ndarray:
    """The piece with its sections as loud, against the drops, as the style wants, and builds that give up their bass.

    `mix` is float32 [2, N] and is changed in place.
    """
    for first, last in sections_of(form):
        if first.kind == "build" and character.sweep > 0:
            end_s = (last.start + last.beats) * form.beat_s
            _swept(mix, round(first.start * form.beat_s * RATE_HZ), round(end_s * RATE_HZ), character.sweep)
    mix *= _section_gain(mix, form, character)
    return mix


def _swept(mix: np.ndarray, start: int, end: int, depth: float) -> None:
    """Take the bass out of these samples, more and more, and all back by the last of them."""
    high = signal.butter(2, _SWEEP_HZ, "highpass", fs=RATE_HZ, output="sos").astype(np.float32)
    warm = min(start, RATE_HZ // 20)
    thin = signal.sosfilt(high, mix[:, start - warm : end], axis=1)[:, warm:]
    back = round(0.04 * RATE_HZ)
    points = [0, max(end - start - back, 1), max(end - start - 96, 2)]
    share = np.interp(np.arange(end - start), points, [0.0, depth, 0.0]).astype(np.float32)
    mix[:, start:end] += (thin - mix[:, start:end]).astype(np.float32) * share


def _section_gain(mix: np.ndarray, form: Form, character: Character) -> np.ndarray:
    """Gain float32 [N], in dB straight lines from point to point: no step anywhere."""
    sections = [
        (first.kind, first.drop, first.start * form.beat_s, (last.start + last.beats) * form.beat_s)
        for first, last in sections_of(form)
    ]
    found_db = [_loudness_db(mix, start_s, end_s) for _, _, start_s, end_s in sections]
    drops = [level for (kind, *_), level in zip(sections, found_db, strict=True) if kind == "drop"]
    usual_db = float(np.median(drops)) if drops else max(found_db, default=0.0)
    points_s, gains_db = [0.0], [0.0]
    for (kind, drop, start_s, end_s), level in zip(sections, found_db, strict=True):
        low_db, high_db = {
            "intro": (character.intro_db, character.intro_db + 1.0),
            "build": character.build_db,
            "rest": (character.rest_db, character.rest_db),
            "drop": (_LATER_DB * (drop > 1),) * 2,
        }[kind]
        wanted_db = float(np.clip(usual_db + (low_db + high_db) / 2 - level, -12, 6))
        half_db = (high_db - low_db) / 2
        # The ramp between two sections lies before the bar line: the downbeat is heard as it will stay.
        points_s += [start_s, max(end_s - _RAMP_S, start_s)]
        gains_db += [wanted_db - half_db, wanted_db + half_db]
    # The last hit stands for a drop where it follows a build.
    ring_db = gains_db[-1]
    if sections and sections[-1][0] != "drop":
        ring_db = float(np.clip(usual_db + 2.0 - _loudness_db(mix, form.end_s, form.end_s + 0.6), -12, 6))
    points_s += [form.end_s, form.duration_s]
    gains_db += [ring_db, ring_db]
    gains_db[0] = gains_db[1]
    db = np.interp(np.arange(mix.shape[1]) / RATE_HZ, points_s, gains_db)
    return np.asarray(10 ** (db / 20), np.float32)


def _loudness_db(mix: np.ndarray, start_s: float, end_s: float) -> float:
    """About as loud as it is heard: no sub-bass, and the highs 4 dB up (after ITU-R BS.1770-4)."""
    part = mix[:, round(start_s * RATE_HZ) : round(end_s * RATE_HZ)].mean(axis=0)
    if part.size < 64:
        return -100.0
    power = 0.0
    for hz, share in ((60.0, 1.0), (1500.0, 1.5)):
        high = signal.butter(2, hz, "highpass", fs=RATE_HZ, output="sos").astype(np.float32)
        power += share * float(np.mean(signal.sosfilt(high, part) ** 2))
    return 10 * float(np.log10(power + 1e-10))


def mastered(mix: np.ndarray, form: Form) -> np.ndarray:
    """A steady level, the highest peaks rounded off, the last hit rung out to silence; true peak under -1.1 dBTP."""
    mix = mix - mix.mean(axis=1, keepdims=True)
    mix *= np.float32(0.19 / max(loud_rms(mix), 1e-6))
    knee = np.float32(0.55)
    over = np.abs(mix) > knee
    rest = np.float32(0.92) - knee
    mix[over] = np.sign(mix[over]) * (knee + rest * np.tanh((np.abs(mix[over]) - knee) / rest))
    start = round(form.end_s * RATE_HZ)
    ring = mix.shape[1] - start
    if ring > 0:
        x = np.linspace(0, 1, ring, dtype=np.float32)
        mix[:, start:] *= np.cos(0.5 * np.pi * np.clip((x - 0.25) / 0.75, 0, 1)) ** 2
    mix[:, :48] *= np.linspace(0, 1, min(48, mix.shape[1]), dtype=np.float32)
    mix *= np.float32(min(_CEILING / max(true_peak(mix), 1e-6), 1.0))
    return mix


def _between() -> np.ndarray:
    """Filters for what lies a quarter, a half and three quarters of a sample on: float32 [2 * _REACH, 3]."""
    away = np.arange(-_REACH + 1, _REACH + 1)[:, None] - np.array([0.25, 0.5, 0.75])
    taps = np.sinc(away) * np.i0(5 * np.sqrt(1 - (away / _REACH) ** 2)) / np.i0(5.0)
    return (taps / taps.sum(axis=0)).astype(np.float32)


def true_peak(mix: np.ndarray) -> float:
    """The highest absolute value of float32 [2, N], between samples too, at four times the rate (BS.1770-4, annex 2).

    Looked for beside samples within 3 dB of the highest: between two lower ones music does not rise above it.
    """
    size = np.abs(mix)
    peak = float(size.max(initial=0.0))
    taps = _between()
    for channel, level in zip(mix, size, strict=True):
        around = np.pad(channel, _REACH)
        at = np.flatnonzero(level >= 0.7 * peak) if peak > 0 else np.zeros(0, int)
        # A high sample has a neighbourhood on either side of it.
        for first in range(0, at.size, 1 << 15):
            for side in (0, 1):
                index = at[first : first + (1 << 15), None] + np.arange(1, 2 * _REACH + 1) - side
                peak = max(peak, float(np.abs(around[index] @ taps).max()))
    return peak


def loud_rms(wave: np.ndarray) -> float:
    """RMS of the louder stretches: the 80th percentile of those quarter seconds that sound at all."""
    size = RATE_HZ // 4
    count = wave.shape[1] // size
    if not count:
        return float(np.sqrt(np.mean(wave**2)))
    power = np.mean(wave[:, : count * size].reshape(2, count, size) ** 2, axis=(0, 2))
    sounding = power[power > power.max() * 1e-3]
    return float(np.sqrt(np.percentile(sounding, 80))) if sounding.size else 0.0
