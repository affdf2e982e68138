"""The untrained detector: moments where sound and picture stand out of the scene around them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from aiditor.detect.config import DetectConfig
from aiditor.progress import Progress, silent
from aiditor.timeline import Event, Evidence, Signals, Source

__all__ = ["contrast", "find_bursts", "interest_db"]

# How many "dB of loudness" one unit of each signal is worth, so that they can be added.
_WORTH = {"loudness_db": 0.5, "high_db": 0.3, "onset": 1.0, "stir": 1.5}
_WORTH_SEEN = {"motion": 60.0, "flash": 30.0, "hud": 10.0}


_TOLD = ("loudness_db", "onset", "stir", "flash", "motion")
"""Signals that the evidence speaks of."""
_INAUDIBLE = {"loudness_db": -55.0, "high_db": -65.0}
"""However far a sound stands out, under this level (dB full scale) nobody hears it over the rest of a montage."""

_HOLD = 0.7
_REACH_S = 1.0
"""A burst is what is at its peak, no longer than this on either side; the fight around it is for scoring."""


def contrast(values: np.ndarray, around: int) -> np.ndarray:
    """How far each value lies over the calm of the `around` values about it; NaN stays NaN.

    The calm is the lower quarter, not the median: in a long fight the median is the fight.
    """
    known = np.isfinite(values)
    if not known.any():
        return np.full(values.shape, np.nan, np.float32)
    count = max(round(4 * len(values) / around), 1)
    centres = (np.arange(count) + 0.5) * len(values) / count
    calm, at = [], []
    for centre in centres:
        near = slice(max(int(centre - around / 2), 0), int(centre + around / 2) + 1)
        scene = values[near][known[near]]
        if len(scene):
            calm.append(float(np.percentile(scene, 25)))
            at.append(centre)
    base = np.interp(np.arange(len(values)), at, calm) if at else np.percentile(values[known], 25)
    return (values - base).astype(np.float32)


def interest_db(values: Mapping[str, np.ndarray], around: int, *, seen: bool) -> np.ndarray:
    """Float32 [T]: how much each step stands out, in dB; without `seen`, from what is known everywhere."""
    total = np.zeros(len(next(iter(values.values()))), np.float32)
    for name, worth in {**_WORTH, **(_WORTH_SEEN if seen else {})}.items():
        if name in values:
            heard = np.maximum(values[name], _INAUDIBLE.get(name, -np.inf))
            total += worth * np.nan_to_num(np.clip(contrast(heard, around), -20, 40))
    return total


def find_bursts(
    source: Source, signals: Signals, cfg: DetectConfig, *, progress: Progress = silent
) -> tuple[Event, ...]:
    """A `burst` for each peak that stands `cfg.burst_db` or more out of its scene; none in dull footage."""
    progress(0.0, "looking for bursts")
    around = max(round(cfg.scene_s / signals.step_s), 3)
    values = {name: np.asarray(values) for name, values in signals.values.items()}
    raw = interest_db(values, around, seen=True)
    curve = _smooth(raw, 0.5 / signals.step_s)
    above = {name: contrast(values[name], around) for name in _TOLD if name in values}
    events = []
    reach = max(round(_REACH_S / signals.step_s), 1)
    peaks = _peaks(curve, cfg.burst_db, max(round(cfg.burst_gap_s / signals.step_s), 1))
    for peak, (low, high) in zip(peaks, _extents(curve, peaks, reach), strict=True):
        near = slice(max(peak - 1, low), min(peak + 1, high) + 1)
        time_s = (near.start + int(raw[near].argmax()) + 0.5) * signals.step_s
        if any(start <= time_s < end for start, end in source.skip_s):
            continue
        start_s, end_s = low * signals.step_s, min((high + 1) * signals.step_s, signals.duration_s)
        over = float(curve[peak])
        events.append(
            Event(
                kind="burst",
                t_s=min(time_s, signals.duration_s),
                start_s=min(start_s, end_s),
                end_s=end_s,
                confidence=float(over / (over + 3 * cfg.burst_db)),
                evidence=_evidence(above, low, high),
            )
        )
    progress(1.0, f"{len(events)} bursts")
    return tuple(events)


def _smooth(curve: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean over `sigma` values, cut at four; the ends carry on. In NumPy: SciPy takes longer to load."""
    reach = int(4 * sigma + 0.5)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(np.pad(curve, reach, mode="edge"), bell / bell.sum(), mode="valid").astype(np.float32)


def _peaks(curve: np.ndarray, floor: float, gap: int) -> list[int]:
    """Indices of the highest values from `floor` up, at least `gap` apart, in order."""
    taken = np.zeros(len(curve), bool)
    found = []
    for index in np.argsort(-curve, kind="stable"):
        if curve[index] < floor:
            break
        rising = curve[max(index - 1, 0)] <= curve[index] >= curve[min(index + 1, len(curve) - 1)]
        if rising and not taken[max(index - gap + 1, 0) : index + gap].any():
            taken[index] = True
            found.append(int(index))
    return sorted(found)


def _extents(curve: np.ndarray, peaks: list[int], reach: int) -> list[tuple[int, int]]:
    """First and last step around each peak that keep `_HOLD` of it, within `reach` and the dip to the next peak."""
    if not peaks:
        return []
    dips = [low + int(curve[low : high + 1].argmin()) for low, high in pairwise(peaks)]
    found = []
    for peak, left, right in zip(peaks, [0, *dips], [*dips, len(curve) - 1], strict=True):
        low = high = peak
        while low > max(left, peak - reach) and curve[low - 1] >= _HOLD * curve[peak]:
            low -= 1
        while high < min(right, peak + reach) and curve[high + 1] >= _HOLD * curve[peak]:
            high += 1
        found.append((low, high))
    return found


def _evidence(above: Mapping[str, np.ndarray], low: int, high: int) -> tuple[Evidence, ...]:
    """What stood out, in words, for the steps low to high; `above` is the contrast of each signal."""

    def over(name: str) -> float:
        part = above.get(name, np.zeros(0))[low : high + 1]
        return float(np.nanmax(part)) if np.isfinite(part).any() else 0.0

    found = []
    if (loud := over("loudness_db")) >= 3:
        found.append(Evidence("audio", f"loud burst {loud:.0f} dB over the scene"))
    if (sharp := over("onset")) >= 1.5:
        found.append(Evidence("audio", f"sharp sounds, bands rise {sharp:.1f} dB more than in the scene"))
    if (stir := over("stir")) >= 0.8:
        found.append(Evidence("picture", f"the picture changes {2**stir:.1f} times as much as in the scene"))
    if (flash := over("flash")) >= 0.05:
        found.append(Evidence("picture", f"flash, {100 * flash:.0f} % brighter"))
    if (motion := over("motion")) >= 0.03:
        found.append(Evidence("picture", f"motion {100 * motion:.0f} % over the scene"))
    return tuple(found)
