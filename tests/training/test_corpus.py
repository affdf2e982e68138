"""A corpus is planned by rule, grows without being played again, and outlives films that fail."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from time import sleep

import pytest
from typer.testing import CliRunner

from aiditor.errors import BadConfig
from training.record import __main__ as command
from training.record import plan as planning
from training.record.arcade import ArcadeConfig
from training.record.corpus import _Recorder, record_corpus, recorded
from training.record.mods import mod_names
from training.record.plan import Film, plan_films, plan_small
from training.record.quake import QuakeConfig
from training.record.skins import prints_kills, skin_names
from training.record.splits import ARCADE_GAMES, HELD_OUT_MAPS, PLAIN, SAMPLE_MAPS, SPLITS, places, split_of

TINY = {"seconds": 1.0, "width": 160, "height": 120, "preset": "ultrafast"}
GOOD = Film("train", ArcadeConfig(map="assault", seed=1, **TINY))
OTHER = Film("test", ArcadeConfig(map="gopher", seed=2, **TINY))
BAD = Film("train", ArcadeConfig(map="chess", seed=3, **TINY))


@pytest.fixture(scope="module")
def plan() -> list[Film]:
    return plan_films(40)


def shares(films: list[Film]) -> dict[str, float]:
    """Of the seconds, how much each scene and mode has."""
    seconds: Counter[str] = Counter()
    for film in films:
        kind = film.cfg.mode if film.cfg.scene == "play" else film.cfg.scene
        seconds[kind] += film.cfg.seconds
    return {kind: amount / seconds.total() for kind, amount in seconds.items()}


# --- the rule ---------------------------------------------------------------------------------------


def test_only_what_is_known_is_learnt_from() -> None:
    skin, mod = skin_names("train")[0], mod_names("train")[0]
    assert PLAIN not in (skin, skin_names("val")[0], skin_names("test")[0])
    assert split_of("freedoom2", "MAP02", "campaign", mod, skin) == "train"
    assert split_of("freedoom2", "MAP02", "campaign", "", PLAIN) == "train"
    assert split_of("freedoom2", "MAP02", "coop", "", PLAIN) == "test", "a mode that is kept for test"
    assert split_of("freedoom2", "MAP02", "campaign", "", skin_names("test")[0]) == "test", "a skin kept for test"
    assert split_of("freedoom2", "MAP02", "campaign", "", skin_names("val")[0]) == "test", "a skin of another split"
    assert split_of("freedoom2", "MAP02", "campaign", "made-up", PLAIN) == "test", "an unknown mod"
    assert split_of("freedoom2", "MAP24", "campaign", mod, skin_names("val")[0]) == "val"
    for game, name, mode in (*HELD_OUT_MAPS, *SAMPLE_MAPS):
        assert split_of(game, name, mode, "", PLAIN) == "test"
    for mod in mod_names("unseen"):
        assert split_of("freedoom2", "MAP02", "campaign", mod, PLAIN) == "unseen"
    assert split_of("openarena", "oa_dm1", "deathmatch", "", PLAIN) == "unseen"


def test_no_map_is_in_two_splits() -> None:
    modes = ("campaign", "deathmatch", "coop", "arcade")
    maps = {split: {place[:2] for mode in modes for place in places(split, mode)} for split in SPLITS}
    assert not maps["train"] & maps["val"]
    assert not (maps["train"] | maps["val"]) & (maps["test"] | maps["unseen"])
    assert not {place[:2] for place in SAMPLE_MAPS} & set().union(*maps.values())
    assert len(set().union(*ARCADE_GAMES.values())) == sum(len(games) for games in ARCADE_GAMES.values())


# --- the plan ---------------------------------------------------------------------------------------


def test_every_film_is_where_the_rule_puts_it(plan: list[Film]) -> None:
    for film in plan:
        cfg = film.cfg
        if isinstance(cfg, QuakeConfig):
            assert split_of("openarena", cfg.map, "deathmatch", "", "own") == film.split
            continue
        assert split_of(cfg.game, cfg.map, cfg.mode, cfg.mod, cfg.skin) == film.split
    assert len({film.name for film in plan}) == len(plan)


def test_shares(plan: list[Film]) -> None:
    by_split = {split: [film for film in plan if film.split == split] for split in SPLITS}
    assert sum(film.cfg.seconds for film in plan) / 3600 == pytest.approx(40, rel=0.01)
    train = by_split["train"]
    assert shares(train) == pytest.approx(
        {"campaign": 0.59, "deathmatch": 0.15, "spectate": 0.1, "calm": 0.08, "arcade": 0.08}, abs=0.03
    )
    doom = [film for film in train if film.cfg.scene != "arcade"]
    assert sum(film.cfg.skin == PLAIN for film in doom) / len(doom) == pytest.approx(0.2, abs=0.04)
    assert sum(film.cfg.mod != "" for film in doom) / len(doom) == pytest.approx(0.5, abs=0.04)
    assert {film.cfg.skin for film in doom} == set(skin_names("train"))
    assert {film.cfg.mod for film in doom} == {"", *mod_names("train")}
    assert {film.cfg.mode for film in by_split["test"]} == {"campaign", "deathmatch", "coop", "arcade"}
    assert {film.cfg.scene for film in by_split["test"]} == {"play", "calm", "spectate", "arcade"}
    arena = [film for film in by_split["unseen"] if isinstance(film.cfg, QuakeConfig)]
    assert len(arena) / len(by_split["unseen"]) == pytest.approx(0.5, abs=0.1)
    modded = [film for film in by_split["unseen"] if film not in arena]
    assert all(film.cfg.mod in mod_names("unseen") for film in modded)
    plain = [film.cfg.skin == PLAIN for film in modded]
    assert all(film.cfg.skin == PLAIN or prints_kills(film.cfg.skin) for film in modded)
    assert sum(plain) / len(plain) == pytest.approx(0.5, abs=0.06)


def test_a_longer_corpus_begins_with_the_shorter(plan: list[Film]) -> None:
    short, longer = plan_films(4), {film.name: film for film in plan}
    assert all(longer[film.name] == film for film in short)
    assert plan_films(4, ["test"]) == [film for film in short if film.split == "test"]
    assert plan_films(4, seed=1) != short


def test_the_small_corpus_is_small_and_has_every_split() -> None:
    small = plan_small()
    assert 11 * 60 <= sum(film.cfg.seconds for film in small) <= 16 * 60
    assert {film.split for film in small} == set(SPLITS)
    assert {"play", "spectate", "calm", "arcade"} <= {film.cfg.scene for film in small}
    assert {"campaign", "deathmatch", "coop"} <= {film.cfg.mode for film in small}


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    films = plan_films(4, ["unseen"])
    monkeypatch.setattr(command, "missing_parts", lambda: "Xvfb")
    kept = command._playable(films)
    assert 0 < len(kept) < len(films)
    assert f"{len(films) - len(kept)} films of OpenArena are left out" in capsys.readouterr().out
    monkeypatch.setattr(command, "missing_parts", lambda: "")
    assert command._playable(films) == films


def test_a_skin_of_two_splits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "_skins", lambda split: skin_names("test")[:1])
    with pytest.raises(BadConfig, match="must be on the lists of one split only"):
        plan_films(10, ["train"])


# --- recording --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_films_that_fail_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    outcomes = {outcome.film.name: outcome for outcome in record_corpus([BAD, GOOD, OTHER], tmp_path, workers=2)}
    assert "there is no arcade game chess" in outcomes[BAD.name].why
    assert outcomes[GOOD.name].recording == recorded(GOOD, tmp_path)
    assert outcomes[OTHER.name].recording.video == tmp_path / "test" / "arcade_gopher_2.mp4"
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    again = list(record_corpus([GOOD, OTHER], tmp_path))
    assert [outcome.wall_s for outcome in again] == [0, 0], "not played again"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == written
    longer = Film("train", GOOD.cfg.model_copy(update={"seconds": 2.0}))
    assert recorded(longer, tmp_path) is None, "another film under the same name"
    outcomes[GOOD.name].recording.video.unlink()
    assert recorded(GOOD, tmp_path) is None, "a truth without its film"


@pytest.mark.slow
def test_a_recorder_that_dies_is_told_and_swept_up_after(tmp_path: Path) -> None:
    recorder = _Recorder(Film("train", GOOD.cfg.model_copy(update={"seconds": 900.0})), tmp_path)
    while not list(tmp_path.rglob("*.part")):
        sleep(0.05)
    os.kill(recorder.process.pid, signal.SIGKILL)
    assert recorder.outcome(tmp_path).why == "its recorder stopped with exit code -9"
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.slow
def test_leaving_early_leaves_nothing_half_written(tmp_path: Path) -> None:
    endless = Film("train", GOOD.cfg.model_copy(update={"seconds": 900.0, "seed": 9}))
    outcomes = record_corpus([GOOD, endless], tmp_path, workers=2)
    assert next(outcomes).film == GOOD
    outcomes.close()
    assert {path.name for path in tmp_path.rglob("*.*")} == {f"{GOOD.name}.mp4", f"{GOOD.name}.truth.json"}


@pytest.mark.slow
def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner().invoke
    monkeypatch.setattr(command, "stop_cleanly", lambda: None)
    monkeypatch.setattr(command, "plan_small", lambda splits, seed: [BAD, GOOD, OTHER])
    arguments = ["corpus", "--small", "--out", str(tmp_path)]
    result = run(command.app, arguments)
    assert result.exit_code == 0, result.output
    assert "[3/3] " in result.output
    assert "arcade_chess_3 failed: there is no arcade game chess" in result.output
    assert (tmp_path / "manifest.parquet").is_file()
    assert run(command.app, [*arguments, "--strict"]).exit_code == 1
    monkeypatch.setattr(command, "plan_small", lambda splits, seed: [BAD])
    nothing = run(command.app, ["corpus", "--small", "--out", str(tmp_path / "none")])
    assert nothing.exit_code == 1
    assert "1 of 1 films failed" in nothing.output
    assert run(command.app, ["corpus", "--split", "trial", "--out", str(tmp_path)]).exit_code == 1
