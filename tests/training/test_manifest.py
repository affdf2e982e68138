"""The corpus as tables: what they say, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiditor.errors import BadConfig, BadInput, NothingToKeep
from training.record.manifest import build_manifest, check_hygiene, query, read_events, read_manifest

EVENTS = [
    {"t": 1.5, "type": "kill", "victim": "Zombieman", "headshot": True, "distance": 310, "health": 80},
    {"t": 2.0, "type": "kill", "victim": "DoomImp", "headshot": False, "distance": 99, "health": 80},
    {"t": 2.0, "type": "multi_kill", "count": 2, "start_s": 1.5, "lasted_s": 0.5},
    {"t": 3.0, "type": "other_kill", "victim": "Demon", "in_view": True, "mood": "sour"},
    {"t": 4.0, "type": "death", "says": "Ranger was slain"},
]


def film(folder: Path, name: str, map_name: str = "MAP02", **more: Any) -> None:
    """A truth as the recorder writes it, and a file in place of its film."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = {
        "schema": 1,
        "video": f"{name}.mp4",
        "game": "freedoom2",
        "map": map_name,
        "mode": "campaign",
        "seed": 4,
        "width": 640,
        "height": 360,
        "fps": 35,
        "duration_s": 60.0,
        "events": EVENTS,
        **more,
    }
    (folder / f"{name}.truth.json").write_text(json.dumps(truth))
    (folder / f"{name}.mp4").write_bytes(b"film" * 25)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    film(tmp_path / "train", "a", mod="", skin="plain", scene="play", player="Ranger", announces=["feed", "sound"])
    film(tmp_path / "test", "b", "MAP06", events=[{"t": 9.0, "type": "score", "points": 50}])
    return tmp_path


def test_a_row_for_every_film(corpus: Path) -> None:
    build_manifest(corpus)
    films = read_manifest(corpus).set_index("id")
    assert list(films.index) == ["test/b", "train/a"]
    a, b = films.loc["train/a"], films.loc["test/b"]
    assert (a.video, a.truth, a.split, a.player) == ("train/a.mp4", "train/a.truth.json", "train", "Ranger")
    assert (a.n_kill, a.n_headshot, a.n_multi_kill, a.n_death, a.n_score) == (2, 1, 1, 1, 0)
    assert (a.bytes, a.duration_s, len(a.truth_sha256)) == (100, 60.0, 64)
    assert list(a.announces) == ["feed", "sound"]
    assert (b.split, b.skin, b["mod"], b.scene, b.n_score) == ("test", "plain", "", "play", 1)
    assert list(corpus.glob(".*")) == []


def test_a_row_for_every_event(corpus: Path) -> None:
    build_manifest(corpus)
    events = read_events(corpus)
    assert len(events) == 6
    kills = query(corpus, "SELECT victim, headshot, distance FROM events WHERE type = 'kill' AND film = ?", ["train/a"])
    assert kills.to_dict("records") == [
        {"victim": "Zombieman", "headshot": True, "distance": 310.0},
        {"victim": "DoomImp", "headshot": False, "distance": 99.0},
    ]
    [more] = query(corpus, "SELECT more FROM events WHERE more IS NOT NULL").more
    assert json.loads(more) == {"mood": "sour"}, "what has no column is kept"


def test_films_and_events_are_asked_together(corpus: Path) -> None:
    build_manifest(corpus)
    rate = query(
        corpus,
        "SELECT split, count(*) AS n FROM events JOIN films ON events.film = films.id WHERE type = 'kill' GROUP BY 1",
    )
    assert rate.to_dict("records") == [{"split": "train", "n": 2}]
    with pytest.raises(BadInput, match="cannot answer"):
        query(corpus, "SELECT nonsense FROM films")


def test_half_a_film_is_no_film(corpus: Path) -> None:
    (corpus / "train" / "a.mp4").unlink()
    assert build_manifest(corpus).num_rows == 1
    (corpus / "test" / "b.mp4").unlink()
    with pytest.raises(NothingToKeep, match="holds no film"):
        build_manifest(corpus)


def test_a_damaged_truth_is_named(corpus: Path) -> None:
    (corpus / "train" / "a.truth.json").write_text('{"schema"')
    with pytest.raises(BadInput, match=r"a\.truth\.json is not JSON"):
        build_manifest(corpus)
    (corpus / "train" / "a.truth.json").write_text('{"schema": 2}')
    with pytest.raises(BadInput, match="not a truth of schema 1"):
        build_manifest(corpus)


def test_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"training\.record manifest"):
        read_manifest(tmp_path)


def test_hygiene(corpus: Path) -> None:
    clean = build_manifest(corpus).to_pylist()
    check_hygiene(build_manifest(corpus))
    for what, value in (("map", "MAP06"), ("skin", "arena"), ("mod", "brass")):
        dirty = [{**row, what: value} for row in clean]
        with pytest.raises(BadConfig, match=f"the {what} .*{value} is both learnt from and tested on"):
            check_hygiene(build_table(dirty))
    same_name = [{**clean[0], "game": "freedoom1", "map": "MAP02"}, clean[1]]
    check_hygiene(build_table(same_name))


def test_a_leak_stops_the_manifest(corpus: Path) -> None:
    film(corpus / "train", "leak", "MAP02", mode="coop")
    with pytest.raises(BadConfig, match="the map freedoom2 MAP02 is both learnt from and tested on"):
        build_manifest(corpus)


def build_table(rows: list[dict[str, Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame(rows)
