"""Peaks of the curve become moments: from where the action rises to where it falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aiditor.score.config import ScoreConfig
from aiditor.score.smooth import gaussian
from aiditor.timeline import Moment, Reason, Signals

__all__ = ["find_moments"]

_LEAST_REASON = 1e-4


@dataclass(slots=True)
class _Stretch:
    peak: int
    low: int
    high: int
    """First step after it."""


def find_moments(
    curve: np.ndarray, adds: Mapping[str, np.ndarray], signals: Signals, cfg: ScoreConfig
) -> tuple[Moment, ...]:
    """Moments, strongest first; they do not overlap and lie inside the source.

    `adds` is what each reason adds to `curve` at each step.
    """
    step_s = signals.step_s
    peaks = _peaks(curve, cfg.floor, max(round(cfg.peak_gap_s / step_s), 1))
    stretches = _merged(_stretches(curve, peaks, cfg, step_s), curve, cfg, step_s)
    moments = [_moment(stretch, curve, adds, signals, cfg) for stretch in stretches]
    return tuple(sorted(moments, key=lambda moment: (-moment.score, moment.t_s)))


def _peaks(curve: np.ndarray, floor: float, gap: int) -> list[int]:
    """Local maxima from `floor` up, highest first where they are closer than `gap`; in order."""
    padded = np.pad(curve, 1, constant_values=-1.0)
    highest = (curve >= padded[:-2]) & (curve >= padded[2:]) & (curve >= max(floor, 1e-6))
    taken = np.zeros(len(curve), bool)
    # Of a flat top the middle is the peak.
    ranked = curve + 1e-6 * gaussian(curve.astype(float), max(gap / 4, 0.5))
    for index in np.argsort(-ranked, kind="stable"):
        if highest[index] and not taken[max(index - gap + 1, 0) : index + gap].any():
            taken[index] = True
    return [int(index) for index in np.flatnonzero(taken)]


def _stretches(curve: np.ndarray, peaks: list[int], cfg: ScoreConfig, step_s: float) -> list[_Stretch]:
    """Around each peak while the curve holds, no further than the dip to the next peak."""
    if not peaks:
        return []
    # After a peak, at the earliest: on a flat curve the lowest step could be the peak itself.
    dips = [low + 1 + int(curve[low + 1 : high + 1].argmin()) for low, high in pairwise(peaks)]
    reach = max(int(cfg.longest_s / step_s / 2), 1)
    found = []
    for peak, left, right in zip(peaks, [0, *dips], [*dips, len(curve)], strict=True):
        low, high = peak, peak + 1
        while low > max(left, peak - reach + 1) and curve[low - 1] >= cfg.hold * curve[peak]:
            low -= 1
        while high < min(right, peak + reach) and curve[high] >= cfg.hold * curve[peak]:
            high += 1
        found.append(_Stretch(peak, low, high))
    return found


def _merged(stretches: list[_Stretch], curve: np.ndarray, cfg: ScoreConfig, step_s: float) -> list[_Stretch]:
    found: list[_Stretch] = []
    for stretch in stretches:
        last = found[-1] if found else None
        if (
            last is not None
            and (stretch.low - last.high) * step_s < cfg.merge_gap_s
            and (stretch.high - last.low) * step_s <= cfg.longest_s
        ):
            last.high = stretch.high
            last.peak = max(last.peak, stretch.peak, key=lambda step: curve[step])
        else:
            found.append(stretch)
    return found


def _moment(
    stretch: _Stretch, curve: np.ndarray, adds: Mapping[str, np.ndarray], signals: Signals, cfg: ScoreConfig
) -> Moment:
    step_s, end = signals.step_s, signals.duration_s
    start_s, end_s = min(stretch.low * step_s, end), min(stretch.high * step_s, end)
    reasons = [Reason(what, float(values[stretch.peak])) for what, values in adds.items()]
    reasons = [reason for reason in reasons if abs(reason.weight) >= _LEAST_REASON]
    inside = [
        event
        for event in signals.events
        if start_s <= event.t_s <= end_s and cfg.event_weights.get(event.kind, 0.0) > 0
    ]
    strongest = max(inside, key=lambda event: cfg.event_weights[event.kind] * event.confidence, default=None)
    return Moment(
        t_s=min((stretch.peak + 0.5) * step_s, end_s),
        start_s=start_s,
        end_s=end_s,
        score=float(curve[stretch.peak]),
        reasons=tuple(sorted(reasons, key=lambda reason: -abs(reason.weight))),
        kind=strongest.kind if strongest is not None else "burst",
    )
