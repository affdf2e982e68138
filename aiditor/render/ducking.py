"""Music stepping back under events, gunfire and voice: a gain curve from what must be heard.

The curve is drawn with the whole montage in view. Every stretch that must be heard pulls the music down by the time
it begins and lets it back after: the gain is at its floor inside, at exactly 1 outside attack, hold and release.
Movements ease in and out, and the music comes back on the beat.
"""

from __future__ import annotations

import numpy as np

from aiditor.render.loudness import RATE_HZ, Reader
from aiditor.render.sound_config import SoundConfig

__all__ = ["STEP", "duck_gain_db", "levels_db", "loud_share"]

STEP = RATE_HZ // 100
"""Samples between two values of the curve: 10 ms."""
_FLOOR_DB = -100.0


def levels_db(read: Reader, length: int) -> np.ndarray:
    """RMS level of each 10 ms, dB re full scale: float32 [ceil(length / STEP)]."""
    out = np.full(-(-length // STEP), _FLOOR_DB, np.float32)
    size = 1000 * STEP
    for start in range(0, length, size):
        sound = read(start, min(start + size, length))
        power = np.pad(np.mean(sound.astype(np.float64) ** 2, axis=0), (0, -sound.shape[1] % STEP))
        means = power.reshape(-1, STEP).mean(axis=1)
        out[start // STEP : start // STEP + means.size] = 10 * np.log10(np.maximum(means, 1e-10))
    return out


def loud_share(level_db: np.ndarray) -> np.ndarray:
    """How far each 10 ms stands out as action, float32 [T] in [0, 1].

    Against the montage's own range, so that neither a quiet recording nor a steady engine decides: full at 5 dB
    under the loud end (95th percentile), none at 11 dB under it or within 4 dB of the background (20th).
    """
    if not level_db.size:
        return np.zeros(0, np.float32)
    # Fifty milliseconds of power: single shots count, single samples do not.
    power = np.convolve(np.pad(10.0 ** (level_db / 10), 2, "edge"), np.full(5, 0.2), "valid")
    smooth_db = 10 * np.log10(np.maximum(power, 1e-10))
    background_db, loud_db = np.percentile(smooth_db, (20, 95))
    if loud_db < -60:
        return np.zeros(level_db.size, np.float32)
    by_loudness = (smooth_db - (loud_db - 11)) / 6
    by_contrast = (smooth_db - (background_db + 4)) / 6
    return np.clip(np.minimum(by_loudness, by_contrast), 0, 1).astype(np.float32)


def duck_gain_db(share: np.ndarray, cfg: SoundConfig, returns: np.ndarray | None = None) -> np.ndarray:
    """Music gain in dB, float32 [T] in [-cfg.duck_db, 0], for a share of prominence every 10 ms.

    With `returns`, rising indices into `share` (half beats), the music is held back until one of them. No step of
    10 ms moves it by more than 1.5 times what its attack or its release, taken as a straight line, would.
    """
    step_s = STEP / RATE_HZ
    need = _uneased(np.clip(np.asarray(share, np.float64), 0, 1))
    hold = round(cfg.duck_hold_s / step_s)
    if hold and need.size:
        # The maximum over the `hold` values before: gaps between shots do not let the music jump up.
        need = np.lib.stride_tricks.sliding_window_view(np.pad(need, (hold, 0)), hold + 1).max(axis=1)
    if returns is not None and need.size:
        need = np.concatenate([np.maximum.accumulate(span) for span in np.split(need, returns)])
    index = np.arange(need.size)
    for seconds, backwards in ((cfg.duck_release_s, False), (cfg.duck_attack_s, True)):
        slope = index / max(seconds / step_s, 1.0)
        line = need[::-1] if backwards else need
        line = np.maximum.accumulate(line + slope) - slope
        need = line[::-1] if backwards else line
    need = np.clip(need, 0, 1)
    return np.asarray(-cfg.duck_db * need**2 * (3 - 2 * need), np.float32)


def _uneased(share: np.ndarray) -> np.ndarray:
    """What 3x^2 - 2x^3, the easing of straight lines into curves, makes into `share`."""
    return np.asarray(0.5 - np.sin(np.arcsin(1 - 2 * share) / 3))
