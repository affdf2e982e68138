"""Judging flashes against beeps."""

from __future__ import annotations

import pytest

from bench.drift import offsets

BEEPS_S = [float(second) for second in range(100)]


def test_together():
    assert offsets(BEEPS_S, BEEPS_S).largest_ms == 0


def test_a_steady_delay_is_no_drift():
    held = offsets([beep + 0.012 for beep in BEEPS_S], BEEPS_S)
    assert held.largest_ms == pytest.approx(12)
    assert held.drift_ms == pytest.approx(0, abs=1e-6)


def test_a_slow_clock_drifts():
    held = offsets([beep * 1.001 for beep in BEEPS_S], BEEPS_S)
    assert held.start_ms == pytest.approx(4.5)
    assert held.end_ms == pytest.approx(94.5)
    assert held.drift_ms == pytest.approx(99)
    assert held.pairs == 100


def test_the_picture_may_be_early():
    assert offsets([0.98, 1.99], [1.0, 2.0]).largest_ms == pytest.approx(-20)


def test_a_lost_flash_is_an_error():
    with pytest.raises(ValueError, match="99 flashes and 100 beeps"):
        offsets(BEEPS_S[1:], BEEPS_S)
