"""Mods: whole, the same every time, unlike one another, and over an unchanged truth."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from aiditor.errors import BadConfig
from training.record.attribution import attribution_script
from training.record.coop import MATE_CLASS, MATE_KILL, Mates, bots_file, mate_names
from training.record.doom import Recording, record
from training.record.game import RecordConfig, wad_path
from training.record.mods import mod_lumps, mod_names
from training.record.mods.catalog import SOUNDS, stock
from training.record.mods.lumps import colormap, paced, picture, playpal
from training.record.mods.train.recipe import COUNT, recipe
from training.record.wad import patch_wad, playable, wad_lumps

WAD = wad_path("freedoom1")
SMALL = RecordConfig(map="MAP05", seconds=7.0, seed=3, width=320, height=180, preset="ultrafast")


def lumps_of(name: str) -> dict[str, bytes]:
    return dict(mod_lumps(name, WAD, "E1M5"))


def samples_of(lump: bytes) -> np.ndarray:
    kind, rate_hz, count = struct.unpack_from("<HHI", lump)
    assert (kind, rate_hz, count) == (3, 44_100, len(lump) - 8)
    return (np.frombuffer(lump[24:-16], np.uint8).astype(float) - 128) / 127


def test_names_are_split() -> None:
    assert len(mod_names("train")) == COUNT == 12
    assert mod_names("unseen") == ("neon",)
    assert set(mod_names("train")).isdisjoint(mod_names("unseen"))
    with pytest.raises(BadConfig, match="no split val of mods: use train or unseen"):
        mod_names("val")
    with pytest.raises(BadConfig, match="no mod doom95: choose one of train-1"):
        mod_lumps("doom95", WAD, "E1M5")
    assert mod_lumps("", WAD, "E1M5") == ()


def test_the_family_is_wide() -> None:
    made = [recipe(number) for number in range(1, COUNT + 1)]
    assert len({one.guns for one in made}) >= 9
    assert len({one.voices for one in made}) >= 5
    assert len({one.bodies for one in made}) == 5
    assert 2 <= sum(one.music > 0 for one in made) < COUNT


@pytest.mark.slow
@pytest.mark.parametrize("name", ["train-9", "neon"])
def test_a_mod_is_whole_and_always_the_same(name: str) -> None:
    lumps = lumps_of(name)
    game = stock(WAD)
    assert {place.name for place in game.sprites} <= set(lumps), "no sprite of the game's own is left"
    for place in game.sprites:
        with Image.open(io.BytesIO(lumps[place.name])) as image:
            assert image.mode == "RGBA"
            assert image.width <= 320
    for use, names in SOUNDS.items():
        for sound in names:
            samples = samples_of(lumps[sound])
            assert np.abs(samples).max() > 0.2, (use, sound)
            assert np.abs(np.diff(samples)).max() < 1.2, "no wrap around"
            assert abs(samples[-1]) < 0.01, "it ends in silence"
    mod_lumps.cache_clear()
    assert lumps_of(name) == lumps


@pytest.mark.slow
def test_mods_are_unlike_one_another() -> None:
    shots = [samples_of(lumps_of(name)["DSSHOTGN"]) for name in ("train-2", "train-3", "neon")]
    spectra = [np.log10(np.abs(np.fft.rfft(shot, 1 << 16)) + 1e-3) for shot in shots]
    for index, one in enumerate(spectra):
        for other in spectra[index + 1 :]:
            assert np.abs(one - other).mean() > 0.3


def test_a_picture_carries_its_offset() -> None:
    png = picture(np.zeros((4, 6, 4), np.uint8), (-7, 9))
    assert png[37:41] == b"grAb"
    assert np.frombuffer(png[41:49], ">i4").tolist() == [-7, 9]
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        assert image.size == (6, 4)


def test_palette_lumps_have_the_engine_s_sizes() -> None:
    colours = np.stack([np.arange(256)] * 3, axis=1).astype(np.uint8)
    assert playpal(colours)[:768] == colours.tobytes()
    assert len(playpal(colours)) == 14 * 768
    maps = np.frombuffer(colormap(colours), np.uint8).reshape(34, 256)
    assert (maps[0] == np.arange(256)).all()
    assert (maps[33] == 0).all()
    assert (np.diff(maps[:32].astype(int), axis=0) <= 0).all(), "ever darker"


def test_faster_guns() -> None:
    text = paced(0.5).decode()
    assert "Frame 13\nDuration = 2\n" in text
    assert "Duration = 0" not in text


def test_the_patch_is_a_wad(tmp_path: Path) -> None:
    (tmp_path / "a.wad").write_bytes(patch_wad([("ONE", b"abc"), ("TWO", b""), ("THREE", b"de")]))
    assert wad_lumps(tmp_path / "a.wad") == [("ONE", b"abc"), ("TWO", b""), ("THREE", b"de")]


def test_team_mates_start_where_monsters_stood() -> None:
    things = [
        np.frombuffer(dict(playable(WAD, "E1M5", seed=4, mates=mates))["THINGS"], "<i2").reshape(-1, 5)
        for mates in (0, 5)
    ]
    starts = things[1][np.isin(things[1][:, 3], (2, 3, 4, 4001, 4002))]
    monsters = {tuple(row[:2]) for row in things[0] if row[3] in (9, 3001, 3002, 3004)}
    assert len(starts) == 5
    assert {tuple(row[:2]) for row in starts} <= monsters


def test_alone_a_pistol_tells_and_in_a_team_tokens_do() -> None:
    alone, team = attribution_script().decode(), attribution_script(team=True).decode()
    assert 'InTargetInventory("Pistol"' in alone
    assert "Token" not in alone
    assert 'InTargetInventory("Pistol"' not in team
    assert team.index('"OwnToken", 1, "OwnDeath"') < team.index('"MateToken", 1, "MateDeath"')


@dataclass
class Thing:
    id: int
    name: str
    position_x: float
    position_y: float
    category: str = "Unknown"


def test_mates_are_known_by_where_they_start() -> None:
    names = mate_names(seed=1, count=2)
    assert names == mate_names(1, 2)
    assert all(name in bots_file(names, 1) for name in names)
    mates = Mates(names)
    first, second = Thing(5, MATE_CLASS, 0, 0, "Player"), Thing(6, MATE_CLASS, 900, 0, "Player")
    assert mates.see([first, second]) == ({5: names[0], 6: names[1]}, {})
    imp = Thing(40, "DeadMarkedDoomImp", 500, 0, "Gore")
    marks = [Thing(41, "MateBy", 905, 3), Thing(42, MATE_KILL, 501, 0)]
    assert mates.see([first, second, imp, *marks])[1] == {40: names[1]}
    assert mates.see([first, second, imp, *marks])[1] == {}, "once"
    dead = [Thing(5, f"Dead{MATE_CLASS}", 10, 0, "Gore"), Thing(6, f"Dead{MATE_CLASS}", 900, 9, "Gore")]
    mates.see(dead)
    assert mates.see([*dead, Thing(77, MATE_CLASS, 899, 0, "Player")])[0][77] == names[1]


def picture_and_sound(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    with av.open(str(recording.video)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(str(recording.video)) as container:
        sound = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)])
    return np.stack(frames[::35]).astype(float), sound


@pytest.mark.slow
def test_the_same_game_looks_and_sounds_otherwise(tmp_path: Path) -> None:
    films = [
        record(SMALL.model_copy(update={"mod": mod}), tmp_path, name=mod or "plain") for mod in ("", "train-6", "neon")
    ]
    assert all(film.count("kill") for film in films)
    assert json.loads(films[2].truth.read_text())["mod"] == "neon"
    seen = [picture_and_sound(film) for film in films]
    for index, (look, sound) in enumerate(seen):
        assert np.abs(sound).max() > 0.05
        for other, other_sound in seen[index + 1 :]:
            assert np.abs(look.mean(axis=(0, 1, 2)) - other.mean(axis=(0, 1, 2))).max() > 8
            count = min(len(sound), len(other_sound))
            assert abs(np.corrcoef(sound[:count], other_sound[:count])[0, 1]) < 0.5


@pytest.mark.slow
def test_team_mates_kill_and_it_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A player who never shoots has no kills; what team mates killed bears their names."""

    class Idler:
        def __init__(self, *_: object) -> None: ...

        def act(self, view: object) -> object:
            return SimpleNamespace(attack=0, use=0, forward=0.0, right=0.0, turn_deg=0.0, look_deg=0.0, slot=0)

    monkeypatch.setattr("training.record.doom.Agent", Idler)
    cfg = SMALL.model_copy(update={"map": "MAP06", "mode": "coop", "seconds": 40.0, "bots": 7, "loadout": "shotgun"})
    film = record(cfg, tmp_path)
    assert film.count("kill") == 0
    killers = {event.get("killer") for event in film.events if event["type"] == "other_kill"}
    assert killers & set(mate_names(cfg.seed, 7))
