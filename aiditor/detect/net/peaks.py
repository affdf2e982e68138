"""The tops of the net's curves, timed between steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiditor.detect.net.spec import KINDS, STEP_S

__all__ = ["Peak", "peaks"]

_CLOSEST = 2
"""Peaks of one kind are at least so many steps apart."""
_LEAST_LOGIT = -3.5


@dataclass(frozen=True, slots=True)
class Peak:
    """Where a kind's curve is highest."""

    t_s: float
    logit: float
    step: int


def peaks(logits: np.ndarray, kind: str, *, least: float = _LEAST_LOGIT) -> list[Peak]:
    """Local maxima of one kind's logits [T, 8], highest first where they are close; in order of time.

    The time is the top of the parabola through the peak and its neighbours.
    """
    curve = logits[:, KINDS.index(kind)].astype(float)
    padded = np.pad(curve, 1, constant_values=-np.inf)
    tops = (curve > padded[:-2]) & (curve >= padded[2:]) & (curve >= least)
    taken = np.zeros(len(curve), bool)
    found = []
    for index in np.flatnonzero(tops)[np.argsort(-curve[tops], kind="stable")]:
        if taken[max(index - _CLOSEST + 1, 0) : index + _CLOSEST].any():
            continue
        taken[index] = True
        shift = 0.0
        if 0 < index < len(curve) - 1:
            before, here, after = curve[index - 1 : index + 2]
            bend = before - 2 * here + after
            shift = float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < -1e-6 else 0.0
        found.append(Peak((index + 0.5 + shift) * STEP_S, float(curve[index]), int(index)))
    return sorted(found, key=lambda peak: peak.t_s)
