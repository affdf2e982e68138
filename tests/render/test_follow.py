"""The camera of the portrait crop: steady, bounded, and where the action is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiditor.render.follow import STEP_S, camera_path

VIEW = 0.32


def test_without_focus_the_crop_rests_in_the_middle() -> None:
    _, left = camera_path((), 1.0, 3.0, view=VIEW, speed=0.4)
    assert left == pytest.approx(np.full(len(left), (1 - VIEW) / 2))


def test_a_cut_opens_on_its_action() -> None:
    _, left = camera_path([(5.0 + k / 4, 0.75) for k in range(8)], 5.0, 7.0, view=VIEW, speed=0.4)
    assert left[0] + VIEW / 2 == pytest.approx(0.75)


def test_jitter_inside_the_dead_zone_moves_nothing() -> None:
    focus = [(k / 10, 0.5 + 0.03 * (-1) ** k) for k in range(40)]
    _, left = camera_path(focus, 0.0, 4.0, view=VIEW, speed=0.4)
    assert np.ptp(left) == 0


def test_one_wild_point_is_ignored() -> None:
    focus = [(k / 4, 0.5) for k in range(16)]
    focus[8] = (2.0, 0.95)
    _, left = camera_path(focus, 0.0, 4.0, view=VIEW, speed=0.4)
    assert np.ptp(left) == 0


def test_it_arrives_where_the_action_went() -> None:
    focus = [(k / 4, 0.3 if k < 4 else 0.7) for k in range(20)]
    _, left = camera_path(focus, 0.0, 5.0, view=VIEW, speed=0.4)
    assert left[-1] + VIEW / 2 == pytest.approx(0.7, abs=0.03)


@given(
    st.lists(st.tuples(st.floats(0, 6), st.floats(-0.5, 1.5) | st.just(float("nan"))), max_size=30),
    st.floats(0.1, 1.0),
    st.floats(0.05, 2.0),
)
def test_the_crop_stays_in_the_picture_and_within_its_speed(
    focus: list[tuple[float, float]], view: float, speed: float
) -> None:
    times_s, left = camera_path(focus, 1.0, 5.0, view=view, speed=speed)
    assert len(times_s) == len(left)
    assert left.min() >= -1e-9
    assert left.max() <= 1 - view + 1e-9
    assert np.abs(np.diff(left)).max() <= speed * STEP_S * 1.01
