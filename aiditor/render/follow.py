"""Where a narrow crop looks over a cut: the action's path made into a camera move nobody notices.

The path is freed of outliers, the camera rests while the action stays within a dead zone, and moves
with bounded speed and acceleration when it leaves it. A cut starts where its action is: no pan-in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["camera_path"]

STEP_S = 1 / 30
DEAD_ZONE = 0.06
"""The camera rests while the action is within this share of the picture's width of it."""
SETTLE = 0.015
OUTLIER_S = 0.5
LOOK_AHEAD_S = 0.25
ACCELERATION_S = 0.35
"""Time to reach full speed."""


def camera_path(
    focus: Sequence[tuple[float, float]], start_s: float, end_s: float, *, view: float, speed: float
) -> tuple[np.ndarray, np.ndarray]:
    """Times (source seconds, float64 [T]) and the left edge of the crop (shares of the width, float64 [T]).

    `view` is the crop's width and `speed` the fastest pan per second, both in shares of the picture's
    width. Without focus the crop rests in the middle.
    """
    times_s = np.arange(start_s, max(end_s, start_s) + STEP_S, STEP_S)
    points = sorted((t, x) for t, x in focus if np.isfinite(x))
    if not points:
        return times_s, np.full(len(times_s), (1 - view) / 2)
    at_s, x = np.array(points).T
    target = np.interp(times_s + LOOK_AHEAD_S, at_s, _median(at_s, x))
    target = np.clip(target, view / 2, 1 - view / 2)
    return times_s, _track(target, speed) - view / 2


def _median(at_s: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The running median over `OUTLIER_S` to each side."""
    return np.array([np.median(x[np.abs(at_s - t) <= OUTLIER_S]) for t in at_s])


def _track(target: np.ndarray, speed: float) -> np.ndarray:
    """Follow `target` with a dead zone, and bounded speed and acceleration."""
    opening = target[: max(1, round(0.4 / STEP_S))]
    place, velocity, moving = float(np.median(opening)), 0.0, False
    acceleration = speed / ACCELERATION_S
    path = np.empty(len(target))
    for index, goal in enumerate(target):
        error = goal - place
        moving = abs(error) > (SETTLE if moving else DEAD_ZONE)
        # The fastest speed from which the camera can still stop at the goal.
        wanted = np.sign(error) * min(speed, np.sqrt(2 * acceleration * abs(error))) if moving else 0.0
        change = acceleration * STEP_S
        velocity += float(np.clip(wanted - velocity, -change, change))
        path[index] = place
        place += velocity * STEP_S
    return np.clip(path, target.min(), target.max())
