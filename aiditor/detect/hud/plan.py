"""Which of the far-apart pictures are worth reading within the budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Plan"]

_LATE_S = 2.5
"""What happened is still on the screen for so long."""


class Plan:
    """The pictures that will come, and how promising each is: as promising as the seconds before it."""

    def __init__(self, times_s: Sequence[float] = (), interest: Sequence[float] | None = None) -> None:
        self.times_s = at = np.asarray(times_s, np.float64)
        worth = np.ones(len(at)) if interest is None else np.asarray(interest, np.float64)
        reach = np.array([worth[(at > time_s - _LATE_S) & (at <= time_s + 0.1)].max(initial=0.0) for time_s in at])
        # Of equally promising pictures every so-manieth comes first.
        self._reach = reach + 1e-6 * (np.arange(len(at)) * 0.618 % 1.0)
        self._rank = np.argsort(np.argsort(self._reach)) / max(len(at) - 1, 1)
        self._flat = not len(at) or float(np.ptp(worth)) == 0.0

    def ahead(self, time_s: float) -> int:
        """How many are still to come, this one among them; 0 where this one was not planned."""
        if not len(self.times_s) or time_s > self.times_s[-1] + 1e-3:
            return 0
        return int((self.times_s >= time_s - 1e-3).sum())

    def among_best(self, time_s: float, share: float) -> bool:
        """Whether the picture of that time is among the most promising `share` of those still to come."""
        if share <= 0.0:
            return False
        coming = self.times_s >= time_s - 1e-3
        at = int(np.argmin(np.abs(self.times_s - time_s)))
        return share >= 1.0 or bool(self._reach[at] >= np.quantile(self._reach[coming], 1.0 - share))

    def likelihood(self, after_s: float, seen_s: float) -> float:
        """How promising the time between is among all, 0 to 1; 0.5 where all are alike."""
        if self._flat:
            return 0.5
        between = self._rank[(self.times_s >= after_s) & (self.times_s <= seen_s + 0.1)]
        return float(between.max(initial=0.0)) if len(between) else 0.5
