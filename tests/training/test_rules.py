"""What follows by rule from kills: multi-kills and clutches."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.record.rules import clutches, derive, multi_kills


def kill(t: float, health: int = 100, enemies: int = 1) -> dict:
    return {"t": t, "type": "kill", "health": health, "enemies_in_view": enemies}


def death(t: float) -> dict:
    return {"t": t, "type": "death"}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([1.0], []),
        ([1.0, 1.5], [(2, 1.0, 1.5)]),  # two in half a second
        ([1.0, 1.6], []),
        ([1.0, 4.0, 7.0], [(3, 1.0, 7.0)]),  # three in six seconds
        ([1.0, 4.0, 7.1], []),
        ([0.0, 5.0, 10.0, 15.0], [(4, 0.0, 15.0)]),  # four in a row, none of the windows above
        ([0.0, 5.0, 10.0, 16.1], []),
        ([0.0, 0.2, 30.0, 30.3], [(2, 0.0, 0.2), (2, 30.0, 30.3)]),
        ([0.0, 0.4, 3.0, 5.9], [(4, 0.0, 5.9)]),  # rules that share a kill are one burst
    ],
)
def test_bursts(times: list[float], expected: list[tuple[int, float, float]]) -> None:
    found = multi_kills([kill(t) for t in times])
    assert [(burst["count"], burst["start_s"], burst["t"]) for burst in found] == expected


def test_a_death_ends_the_row() -> None:
    assert multi_kills([kill(1.0), death(1.1), kill(1.2)]) == []
    assert len(multi_kills([kill(1.0), kill(1.2), death(1.3)])) == 1


def test_other_players_kills_count_for_nothing() -> None:
    assert multi_kills([kill(1.0), {"t": 1.2, "type": "other_kill"}]) == []


@pytest.mark.parametrize(
    ("health", "enemies", "is_clutch"), [(24, 2, True), (25, 2, False), (24, 1, False), (1, 5, True)]
)
def test_clutch_needs_low_health_and_several_enemies(health: int, enemies: int, is_clutch: bool) -> None:
    assert bool(clutches([kill(3.0, health, enemies)])) is is_clutch


@given(st.lists(st.integers(0, 4000), unique=True, max_size=40))
def test_bursts_never_overlap_and_events_stay(tics: list[int]) -> None:
    kills = [kill(round(tic / 35, 4)) for tic in tics]
    bursts = multi_kills(kills)
    assert all(before["t"] < after["start_s"] for before, after in pairwise(bursts))
    assert all(burst["count"] >= 2 for burst in bursts)
    everything = derive(kills)
    assert [event["t"] for event in everything] == sorted(event["t"] for event in everything)
    assert sum(event["type"] == "kill" for event in everything) == len(kills)
