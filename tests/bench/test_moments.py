"""The measure of a montage, and the choices it is compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.moments import Film, _even, _random, _row, _to_length, judge, markdown, near

FILM = Film(Path("film.mp4"), 60.0, (10.0, 12.0, 30.0), 1)


def test_near_is_two_seconds_either_way_and_counts_once() -> None:
    assert near(FILM) == [(8.0, 14.0), (28.0, 32.0)]


def test_judge() -> None:
    kept = judge(FILM, [(5.0, 9.0), (29.0, 31.0), (40.0, 44.0)])
    assert (kept.seconds, kept.near_s, kept.kills) == (10.0, 3.0, 1)
    assert judge(FILM, [(0.0, 60.0)]).kills == 3


@pytest.mark.parametrize("seed", range(5))
def test_random_cuts_keep_their_lengths_and_never_overlap(seed: int) -> None:
    lengths = [2.0, 3.5, 1.0]
    spans = _random(FILM, lengths, seed)
    assert sorted(round(end - start, 6) for start, end in spans) == sorted(lengths)
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))  # noqa: RUF007
    assert spans[0][0] >= 0
    assert spans[-1][1] <= FILM.duration_s


def test_even_cuts_sit_in_equal_slots() -> None:
    assert _even(FILM, [2.0, 4.0]) == [(14.0, 16.0), (43.0, 47.0)]


def test_the_search_ends_near_thirty_seconds() -> None:
    spans = _to_length(lambda threshold: [(0.0, 200 * (1 - threshold))])
    assert spans[0][1] == pytest.approx(30, abs=3)


def test_the_table_reads_as_it_is() -> None:
    footage = {"minutes": 1.0, "films": 1, "kills": 3, "seconds_per_kill": 20.0, "other_kills": 1, "near_share": 1 / 6}
    row = _row("AIditor", [judge(FILM, [(8.0, 14.0)]), judge(FILM, [(40.0, 46.0)])])
    page = markdown([{"method": "footage", **footage}, row])
    assert "3 own kills, one every 20.0 s" in page
    assert "| AIditor | 50 % | 0 to 100 % | 12 s | 2.0 |" in page
