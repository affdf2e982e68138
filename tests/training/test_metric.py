"""The metric by which the detector is judged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.metric import (
    Found,
    average_precision,
    best_threshold,
    calibration_error,
    confusion,
    match,
    tally,
)

TIMES = st.lists(st.floats(0, 100), max_size=12)


def claims(*pairs: tuple[float, float]) -> list[Found]:
    return [Found(t_s, confidence) for t_s, confidence in pairs]


def test_each_true_event_is_matched_once() -> None:
    matching = match(claims((10.0, 0.9), (10.2, 0.8), (20.0, 0.7)), [10.1], 0.5)
    assert matching.hit.tolist() == [True, False, False]
    counted = tally([matching])
    assert (counted.hits, counted.found, counted.true) == (1, 3, 1)
    assert counted.precision == pytest.approx(1 / 3)
    assert counted.recall == 1.0
    assert counted.f1 == pytest.approx(0.5)


def test_the_surest_chooses_first_and_takes_the_nearest() -> None:
    matching = match(claims((10.0, 0.5), (10.4, 0.9)), [10.1, 10.6], 0.5)
    assert matching.order.tolist() == [1, 0]
    assert matching.partner.tolist() == [1, 0]


def test_tolerance_is_to_either_side_and_its_edge_counts() -> None:
    assert match(claims((10.5, 1.0)), [10.0], 0.5).hit.all()
    assert match(claims((9.5, 1.0)), [10.0], 0.5).hit.all()
    assert not match(claims((10.51, 1.0)), [10.0], 0.5).hit.any()


def test_a_threshold_leaves_out_the_unsure() -> None:
    matching = match(claims((10.0, 0.9), (50.0, 0.2)), [10.0], 0.5)
    assert tally([matching], 0.5).precision == 1.0
    assert best_threshold([matching]) > 0.2


def test_average_precision_of_known_ranking() -> None:
    matching = match(claims((1.0, 0.9), (5.0, 0.8), (2.0, 0.7)), [1.0, 2.0], 0.5)
    assert average_precision([matching]) == pytest.approx((1.0 + 2 / 3) / 2)
    assert average_precision([match([], [1.0], 0.5)]) == 0.0


def test_evenly_spread_guesses_score_what_chance_gives() -> None:
    truth = np.arange(3.0, 600.0, 16.0).tolist()
    guesses = [Found(t_s, 1.0) for t_s in np.arange(4.0, 600.0, 8.0).tolist()]
    assert tally([match(guesses, truth, 0.5)]).f1 < 0.2


def test_calibration_error_is_none_for_the_honest_and_large_for_the_boastful() -> None:
    random = np.random.default_rng(0)
    confidence = random.random(20_000)
    assert calibration_error(confidence, random.random(20_000) < confidence) < 0.02
    assert calibration_error(np.full(100, 0.95), np.zeros(100, bool)) == pytest.approx(0.95)


def test_confusion_names_what_the_claims_truly_were() -> None:
    true = [(10.0, "kill"), (20.0, "other_kill"), (20.4, "kill")]
    assert confusion(claims((10.1, 0.9), (20.1, 0.8), (40.0, 0.7)), true, 0.5) == {
        "kill": 1,
        "other_kill": 1,
        "nothing": 1,
    }


@settings(max_examples=60, deadline=None)
@given(TIMES, TIMES)
def test_counts_never_exceed_what_is_there(found: list[float], true: list[float]) -> None:
    matching = match([Found(t_s, 0.5) for t_s in found], true, 0.5)
    counted = tally([matching])
    assert counted.hits <= min(counted.found, counted.true)
    taken = [int(index) for index in matching.partner if index >= 0]
    assert len(taken) == len(set(taken))
    assert 0 <= average_precision([matching]) <= 1
