"""Smoothing curves over time."""

from __future__ import annotations

import numpy as np

__all__ = ["gaussian"]

_REACH = 4.0
"""Of the bell, in its spreads to either side; what is outside adds less than 1 in 10 000."""


def gaussian(values: np.ndarray, sigma: float) -> np.ndarray:
    """Float64 [T] smoothed by a bell of spread `sigma` in steps; the first and last values go on past the ends.

    The same as `scipy.ndimage.gaussian_filter1d(values, sigma, mode="nearest")`, whose import takes longer than
    everything else that the command line needs before it opens a file.
    """
    if not len(values):
        return np.zeros(0)
    reach = int(_REACH * sigma + 0.5)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(np.asarray(values, np.float64), reach, mode="edge")
    return np.convolve(padded, bell / bell.sum(), mode="valid")
