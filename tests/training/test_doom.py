"""Short real recordings: picture and sound together, truth that holds, the same again for the same seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from aiditor.errors import BadConfig, BadInput
from training.record import doom
from training.record.agent import Action, Agent, Skill, View
from training.record.corpus import HELD_OUT_MAPS, SAMPLE_MAPS, TRAINING_MAPS, plan_corpus, record_all
from training.record.doom import Recording, record
from training.record.game import AUDIO_HZ, TIC_HZ, VARIABLES, RecordConfig, open_game, wad_path
from training.record.navigate import WalkGrid
from training.record.skins import Now, SkinLayer
from training.record.wad import playable, read_map

pytestmark = pytest.mark.slow  # every test plays the game

SMALL = RecordConfig(map="MAP05", seconds=7.0, seed=3, width=320, height=180, preset="ultrafast")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return record(SMALL, tmp_path_factory.mktemp("doom"))


def sound(path: Path) -> np.ndarray:
    """float32 [N], on the file's clock from 0."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    chunks = [frame.to_ndarray().mean(axis=0) for frame in frames]
    first = round(float(frames[0].pts * frames[0].time_base) * AUDIO_HZ)
    samples = np.concatenate(chunks)
    return samples[-first:] if first < 0 else np.concatenate([np.zeros(first, np.float32), samples])


def test_the_film_is_whole(film: Recording) -> None:
    with av.open(str(film.video)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.average_rate) == (320, 180, TIC_HZ)
        assert sum(1 for _ in container.decode(video=0)) == 7 * TIC_HZ
    samples = sound(film.video)
    assert len(samples) / AUDIO_HZ == pytest.approx(7.0, abs=0.05)
    assert np.abs(samples).max() > 0.1
    assert [path.name for path in film.video.parent.iterdir() if path.name.startswith(".")] == []


def test_the_truth_is_consistent(film: Recording) -> None:
    truth = json.loads(film.truth.read_text())
    assert truth["schema"] == 1
    assert truth["video"] == film.video.name
    assert truth["duration_s"] == film.duration_s == 7.0
    times = [event["t"] for event in truth["events"]]
    assert times == sorted(times)
    assert all(0 <= t < 7.0 for t in times)
    kills = [event for event in truth["events"] if event["type"] == "kill"]
    assert kills, "this seed fights at once"
    for event in kills:
        assert event["victim"] in ("Zombieman", "ShotgunGuy", "DoomImp", "Demon", "ChaingunGuy", "Spectre")
        assert event["weapon"] in ("Shotgun", "Pistol", "SuperShotgun", "Chaingun")
        assert event["distance"] > 0
        assert event["health"] > 0
        assert isinstance(event["headshot"], bool)
        assert abs(event["t"] * TIC_HZ - round(event["t"] * TIC_HZ)) < 0.01, "on a frame"


def test_the_same_seed_records_the_same_film(film: Recording, tmp_path: Path) -> None:
    again = record(SMALL, tmp_path)
    assert again.events == film.events
    assert again.video.read_bytes() == film.video.read_bytes()


def test_own_kills_are_those_the_engine_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hosted game the engine adds to KILLCOUNT only what the player killed."""
    counts: list[float] = []
    index = VARIABLES.index("KILLCOUNT")

    class Watched(doom._Player):
        def state(self) -> object:
            state = super().state()
            counts.append(float(state.game_variables[index]))
            return state

    monkeypatch.setattr(doom, "_Player", Watched)
    recording = record(SMALL.model_copy(update={"skip_s": 0.0, "seconds": 12.0}), tmp_path)
    rises = [round(tic / TIC_HZ, 4) for tic in range(1, len(counts)) for _ in range(int(counts[tic] - counts[tic - 1]))]
    assert rises == [event["t"] for event in recording.events if event["type"] == "kill"]
    assert len(rises) >= 2


def test_a_shot_is_heard_with_the_frame_that_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A man with a pistol in a quiet corner: each shot is heard in the frame in which the ammunition drops."""

    class Shooter:
        def __init__(self, *_: object) -> None:
            self.tic = 0

        def act(self, view: object) -> Action:
            self.tic += 1
            return Action(attack=self.tic % 50 in (30, 31))

    shots: list[int] = []

    class Watched(doom._Player):
        ammo = None
        tic = 0

        def state(self) -> object:
            state = super().state()
            ammo = float(state.game_variables[VARIABLES.index("SELECTED_WEAPON_AMMO")])
            if self.ammo is not None and ammo < self.ammo:
                shots.append(self.tic)
            self.ammo, self.tic = ammo, self.tic + 1
            return state

    monkeypatch.setattr(doom, "Agent", Shooter)
    monkeypatch.setattr(doom, "_Player", Watched)
    quiet = SMALL.model_copy(update={"seconds": 6.0, "skip_s": 0.0, "loadout": "pistol", "difficulty": 1})
    film = record(quiet, tmp_path)
    level = np.abs(sound(film.video))
    assert len(shots) >= 3
    for shot in shots[1:]:  # over the first, the gifts at the start still ring
        start = int((shot / TIC_HZ - 0.3) * AUDIO_HZ)
        heard = start + int(np.argmax(level[start:] > 0.15))
        assert heard / AUDIO_HZ == pytest.approx(shot / TIC_HZ, abs=1 / TIC_HZ)


def test_bots_kill_each_other_and_it_is_not_ours() -> None:
    arena = RecordConfig(map="MAP01", mode="deathmatch", seed=2, width=320, height=180)
    with open_game(arena) as game:
        for _ in range(20):
            game.make_action([0.0] * len(game.get_available_buttons()))
        players = [thing for thing in game.get_state().objects if thing.category == "Player"]
    assert len(players) >= 3


def test_unknown_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no map MAP77: choose one of MAP01"):
        record(SMALL.model_copy(update={"map": "MAP77"}), tmp_path)
    with pytest.raises(BadConfig, match="no 322x180 mode: use 640x360"):
        record(SMALL.model_copy(update={"width": 322}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def progress(fraction: float, note: str) -> None:
        if fraction > 0.2:
            raise Stop

    with pytest.raises(Stop):
        record(SMALL, tmp_path, progress=progress)
    assert list(tmp_path.iterdir()) == []


def test_hands_are_smooth(film: Recording) -> None:
    """No camera snaps: the agent's turning speed changes by a few degrees a tic at most."""
    level = read_map(wad_path("freedoom2"), "MAP05")
    agent = Agent(WalkGrid(level), Skill(), seed=1)
    start = level.things[level.things["type"] == 1][0]
    view = View(
        *(float(start["x"]), float(start["y"]), 41.0, 0.0, 0.0, 100.0, 2, {2: 50.0}, False, 0.0),
        enemies=(),
        pickups=(),
        prey=((float(start["x"]) + 500, float(start["y"]) + 500),),
    )
    turns = [agent.act(view).turn_deg for _ in range(60)]
    assert max(abs(after - before) for before, after in pairwise(turns)) < 3


@pytest.mark.slow
def test_many_at_a_time_and_none_twice(tmp_path: Path) -> None:
    films = plan_corpus(0.1, TRAINING_MAPS, seed=5, film_s=3.0)
    small = [cfg.model_copy(update={"width": 320, "height": 180, "seconds": 2.0}) for cfg in films]
    assert len({cfg.map for cfg in small}) == len(small) == 2
    first = list(record_all(small, tmp_path, workers=2))
    written = [recording.video.stat().st_mtime_ns for recording in first]
    again = list(record_all(small, tmp_path))
    assert [recording.video.stat().st_mtime_ns for recording in again] == written
    assert [recording.events for recording in again] == [recording.events for recording in first]


def test_no_map_serves_two_purposes() -> None:
    lists = (SAMPLE_MAPS, HELD_OUT_MAPS, TRAINING_MAPS)
    for one, other in combinations(lists, 2):
        assert {place[:2] for place in one}.isdisjoint({place[:2] for place in other})


def test_a_thinner_crowd(tmp_path: Path) -> None:
    wad = wad_path("freedoom2")
    sizes = [len(dict(playable(wad, "MAP05", crowd=crowd, seed=1))["THINGS"]) for crowd in (1.0, 0.5, 0.01)]
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[0] == len(read_map(wad, "MAP05").things) * 10


# --- skins and scenes ---------------------------------------------------------------------------------


def kills(recording: Recording) -> list[float]:
    return [event["t"] for event in recording.events if event["type"] == "kill"]


def test_a_skin_disturbs_nobody(film: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same play as without it: the same kills at the same times, in a film of the same length."""
    monkeypatch.setattr(SkinLayer, "interlude", lambda *_: iter(()))
    dressed = record(SMALL.model_copy(update={"skin": "guard"}), tmp_path)
    assert kills(dressed) == kills(film) != []
    assert dressed.video.read_bytes() != film.video.read_bytes()
    truth = json.loads(dressed.truth.read_text())
    assert (truth["mod"], truth["skin"], truth["scene"], truth["prints_kills"]) == ("", "guard", "play", True)
    assert truth["announces"] == ["feed", "banner", "marker", "sound"]
    assert truth["player"]
    assert all(event["victim_tag"] for event in truth["events"] if event["type"] == "kill")


def test_times_are_the_films_when_frames_were_inserted(
    film: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second of menu before the first kill shifts it by a second, and the film stays as long as was asked."""
    first = kills(film)[0]
    blank = (np.zeros((180, 320, 3), np.uint8), np.zeros((AUDIO_HZ // TIC_HZ, 2), np.int16))
    opened: list[float] = []

    def interlude(self: SkinLayer, last: np.ndarray, now: Now) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        if not opened and now.time_s > first - 0.5:
            opened.append(now.time_s)
            yield from [blank] * TIC_HZ

    monkeypatch.setattr(SkinLayer, "interlude", interlude)
    shifted = record(SMALL.model_copy(update={"skin": "guard"}), tmp_path)
    assert kills(shifted) == pytest.approx([t + 1.0 for t in kills(film) if t + 1.0 < 7.0], abs=1e-3)
    with av.open(str(shifted.video)) as container:
        levels = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert len(levels) == 7 * TIC_HZ
    dark = [index for index, level in enumerate(levels) if level < 20]
    assert dark[0] == round(opened[0] * TIC_HZ) + 1
    assert len(dark) >= TIC_HZ


def test_spectated_play_has_no_own_kills(film: Recording, tmp_path: Path) -> None:
    watched = record(SMALL.model_copy(update={"scene": "spectate"}), tmp_path)
    assert {event["type"] for event in watched.events} == {"other_kill"}
    assert [event["t"] for event in watched.events if event.get("spectated")] == kills(film)
    assert json.loads(watched.truth.read_text())["player"]


def test_a_calm_scene_is_calm(tmp_path: Path) -> None:
    calm = record(SMALL.model_copy(update={"scene": "calm", "skin": "tactical"}), tmp_path)
    assert kills(calm) == []
    assert json.loads(calm.truth.read_text())["config"]["crowd"] == SMALL.crowd
