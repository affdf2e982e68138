"""Arcade games: points that count, lives lost, sound with the picture, the same again for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from aiditor.errors import BadInput
from training.record import arcade
from training.record.arcade import ArcadeConfig, death_events, least_points, record_arcade, score_events
from training.record.arcade_play import FILM_HZ, Play, play
from training.record.game import AUDIO_HZ
from training.record.splits import ARCADE_GAMES

SMALL = ArcadeConfig(map="berzerk", seconds=12.0, seed=2, width=320, height=180, preset="ultrafast")


def made(*jumps: tuple[float, float], seconds: float = 20.0) -> np.ndarray:
    """Points by frame, from (time, points)."""
    points = np.zeros(round(seconds * FILM_HZ))
    for t, amount in jumps:
        points[round(t * FILM_HZ)] = amount
    return points


def test_jumps_close_together_are_one() -> None:
    events = score_events(made((1.0, 10), (1.2, 5), (1.4, 5), (2.0, 10)), least=0)
    assert [(event["t"], event["points"]) for event in events] == [(1.0, 20.0), (2.0, 10.0)]


def test_small_points_do_not_count() -> None:
    events = score_events(made((1.0, 10), (3.0, 50), (5.0, 10)), least=50)
    assert [event["t"] for event in events] == [3.0]


def test_losing_the_last_life_is_one_death() -> None:
    died = np.zeros(300, bool)
    died[[30, 31, 150, 200]] = True
    assert [event["t"] for event in death_events(died)] == [1.0, 5.0]


def test_what_counts_comes_from_the_games_own_rewards(monkeypatch: pytest.MonkeyPatch) -> None:
    def rewards(trickle: float, seldom: float) -> np.ndarray:
        small = [(t, 1.0) for t in np.arange(0.5, 300, trickle)]
        return made(*small, *[(t, 100.0) for t in np.arange(5.0, 300, seldom)], seconds=300.0)

    for points, least in (
        (rewards(1.0, 20.0), 100.0),
        (rewards(10.0, 20.0), 1.0),
        (rewards(1.0, 1.0), 100.0),
        (np.zeros(9000), 0.0),
    ):
        monkeypatch.setattr(arcade, "play", lambda *_, points=points: Play(points, points > 0, points))
        least_points.cache_clear()
        assert least_points("any") == least
    least_points.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("game", [name for names in ARCADE_GAMES.values() for name in names])
def test_in_every_game_points_are_made_and_lives_lost(game: str) -> None:
    seconds = 90
    played = play(game, 5, seconds * FILM_HZ)
    counted = score_events(played.points, least_points(game))
    assert 2 <= len(counted) <= seconds / 2
    assert played.sound.std() > 2, "it is heard"
    assert not played.died[: 1 * FILM_HZ].any()
    if game not in ("wizard_of_wor", "beam_rider", "time_pilot", "gopher", "name_this_game"):
        assert played.died.any()


@pytest.mark.slow
def test_the_film(tmp_path: Path) -> None:
    film = record_arcade(SMALL, tmp_path)
    text = json.loads(film.truth.read_text())
    assert (text["game"], text["map"], text["mode"], text["scene"]) == ("arcade", "berzerk", "arcade", "arcade")
    assert (text["skin"], text["mod"], text["prints_kills"], text["announces"]) == ("plain", "", False, [])
    assert {event["type"] for event in text["events"]} == {"score", "death"}
    with av.open(str(film.video)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(str(film.video)) as container:
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert len(pictures) == 12 * FILM_HZ
    assert pictures[0].shape == (180, 320, 3)
    assert samples.shape[1] / AUDIO_HZ == pytest.approx(12.0, abs=0.05)
    assert 0.02 < np.abs(samples).max() <= 1.0
    again = record_arcade(SMALL, tmp_path / "again")
    assert again.video.read_bytes() == film.video.read_bytes()
    assert again.events == film.events


@pytest.mark.slow
def test_the_score_on_the_screen_changes_when_the_truth_says(tmp_path: Path) -> None:
    """In this game the points are printed in yellow below the playfield, and nothing else moves there."""
    film = record_arcade(SMALL.model_copy(update={"seconds": 20.0, "crf": 10}), tmp_path)
    with av.open(str(film.video)) as container:
        below = [frame.to_ndarray(format="rgb24")[160:172, 60:260].astype(int) for frame in container.decode(video=0)]
    first = next(event for event in film.events if event["type"] == "score")
    frame = round(first["t"] * FILM_HZ)
    before, after = (np.abs(below[at] - below[frame - 6]).mean() for at in (frame - 1, frame + 3))
    assert after > before + 3


def test_other_games_are_not_known(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no arcade game chess: choose one of air_raid"):
        record_arcade(SMALL.model_copy(update={"map": "chess"}), tmp_path)
    assert list(tmp_path.iterdir()) == []
