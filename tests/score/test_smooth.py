"""The bell is scipy's, without importing it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from aiditor.score.smooth import gaussian


@given(st.lists(st.floats(-1e3, 1e3), max_size=60), st.floats(0.1, 30.0))
def test_it_is_scipys(values: list[float], sigma: float) -> None:
    curve = np.array(values)
    np.testing.assert_allclose(gaussian(curve, sigma), gaussian_filter1d(curve, sigma, mode="nearest"), atol=1e-9)


def test_the_pipeline_starts_without_scipy() -> None:
    code = "import sys; import aiditor.pipeline; print([n for n in ('scipy', 'torch', 'pandas') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
