"""OpenArena: the log's words become events at exact frames, and a real game is recorded where it is installed."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import av
import pytest

from aiditor.errors import BadConfig, MissingPart, RenderFailed
from training.record.quake import QuakeConfig, engine, plan_quake, record_quake
from training.record.quake.config import cast, film_script, play_script
from training.record.quake.log import Obituary, parse_obituary, read_log, to_events
from training.record.quake.patch import without_follow_flag

NAMES = ("Kestrel", "Moth", "Bolt", "Rune")


@pytest.mark.parametrize(
    ("line", "death"),
    [
        ("Bolt^7 was gunned down by Kestrel^7", Obituary("Bolt", "Kestrel", "Shotgun")),
        ("Rune^7 ate Moth^7's rocket", Obituary("Rune", "Moth", "RocketLauncher")),
        ("Kestrel^7 was melted by Rune^7's plasmagun", Obituary("Kestrel", "Rune", "Plasmagun")),
        ("Rune^7 tried to invade Bolt^7's personal space", Obituary("Rune", "Bolt", "Telefrag")),
        ("Bolt^7 tripped on his own grenade.", Obituary("Bolt")),
        ("Rune^7 does a back flip into the lava.", Obituary("Rune")),
        ("Rune^7 killed itself.", Obituary("Rune")),
        ("Rune^7 entered the game", None),
        ("Pike^7 killed himself.", None),
        ("loaded skill 4 from bots/major_c.c", None),
    ],
)
def test_a_line_of_the_log_tells_who_killed_whom(line: str, death: Obituary | None):
    assert parse_obituary(line, NAMES) == death


def test_unknown_words_about_a_player_are_an_error_not_a_missing_kill():
    with pytest.raises(RenderFailed, match="not understood"):
        parse_obituary("Rune^7 was tickled by Moth^7", NAMES)


def _log(*parts: int | str) -> list[str]:
    """A number stands for so many frame marks."""
    return [line for part in parts for line in ([part] if isinstance(part, str) else ["frame\n"] * part)]


def test_a_death_belongs_to_the_first_frame_that_shows_it():
    log = read_log(
        _log(
            12, "Bolt^7 was railed by Kestrel^7\n", 30, "Kestrel^7 cratered.\n", 20, "Wrote 60:59 frames to a.avi\n", 9
        ),
        NAMES,
    )
    assert log.frames == 60
    assert log.deaths == ((10, Obituary("Bolt", "Kestrel", "Railgun")), (40, Obituary("Kestrel")))


def test_frames_without_marks_are_an_error():
    with pytest.raises(RenderFailed, match="marked 62 frames and wrote 61"):
        read_log(_log(62, "Wrote 61:60 frames to a.avi\n"), NAMES)


def test_a_rendering_that_broke_off_is_an_error():
    with pytest.raises(RenderFailed, match="ended before"):
        read_log(_log(62, "Signal caught (11)\n"), NAMES)


def test_events_are_what_the_recorded_player_lived_through():
    log = read_log(
        _log(
            *(32, "Bolt^7 was railed by Kestrel^7\n", 1, "Bolt^7 was railed by Moth^7\n"),
            *(3, "Kestrel^7 ate Rune^7's rocket\n", 1, "Moth^7 suicides.\n", 30, "Wrote 65:60 frames to a.avi\n"),
        ),
        NAMES,
    )
    assert to_events(log, "Kestrel", fps=30, frames=35) == [
        {"t": 1.0, "type": "kill", "victim": "Bolt", "weapon": "Railgun", "headshot": False},
        {
            "t": round(31 / 30, 4),
            "type": "other_kill",
            "victim": "Bolt",
            "assist": False,
            "killer": "Moth",
            "weapon": "Railgun",
        },
        {"t": round(34 / 30, 4), "type": "death", "killer": "Rune", "weapon": "RocketLauncher"},
    ]


def test_the_seed_chooses_who_plays_and_waits():
    one, other = QuakeConfig(seed=1), QuakeConfig(seed=2)
    assert cast(one) == cast(one) != cast(other)
    assert len({*cast(one).names, cast(one).watcher}) == one.bots + 2
    assert play_script(one) == play_script(one) != play_script(other)
    assert f"follow {cast(one).player.name}\n" in play_script(one)


def test_a_film_that_prints_nothing_has_no_text_at_all():
    script = film_script(QuakeConfig(prints=False))
    assert "set cg_draw2D 0\n" in script
    assert "set cl_noprint 1\n" in script
    assert "cl_noprint 0" not in script


def test_a_plan_adds_up_and_half_of_it_prints():
    films = plan_quake(20, seed=3)
    assert sum(film.seconds for film in films) == pytest.approx(20 * 60)
    assert [film.prints for film in films] == [True, False] * 4
    assert len({film.map for film in films}) == 8
    assert len({film.seed for film in films}) == 8
    assert plan_quake(20, seed=3) == films


def _library(code: bytes, function: bytes = b"SpectatorClientEndFrame") -> bytes:
    """A 64-bit ELF file of three sections: code at address 0x1000, symbols and their names."""
    names = b"\0other\0" + function + b"\0"
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 0x12, 0, 1, 0x1000, 4)
    symbols += struct.pack("<IBBHQQ", 7, 0x12, 0, 1, 0x1004, len(code) - 4)
    at = 64
    headers = bytes(64)
    for kind, address, body, link in ((1, 0x1000, code, 0), (11, 0, symbols, 3), (3, 0, names, 0)):
        headers += struct.pack("<IIQQQQIIQQ", 0, kind, 0, address, at, len(body), link, 0, 1, 24)
        at += len(body)
    start = b"\x7fELF\x02" + bytes(35) + struct.pack("<Q", at) + bytes(10) + struct.pack("<HHH", 64, 4, 0)
    return start + code + symbols + names + headers


def test_the_follow_flag_is_taken_out_of_its_function_only():
    flag = b"\x41\x81\x4a\x0c\x00\x10\x00\x00"
    other = b"\x90\x81\x4a\x0c"  # the same instruction's beginning, in another function
    library = _library(other + b"\x90" + flag + b"\xc3")
    patched = without_follow_flag(library)
    changed = [index for index, (a, b) in enumerate(zip(library, patched, strict=True)) if a != b]
    assert changed == [library.index(flag) + 5]
    assert patched[changed[0]] == 0


@pytest.mark.parametrize(
    ("library", "why"),
    [
        (b"MZ" + bytes(80), "not a 64-bit ELF"),
        (_library(b"\x90" * 16), "not set where"),
        (_library(b"\x90" * 16, b"Renamed"), "exports no"),
        (_library(b"\x90" * 16)[:300], "damaged"),
    ],
)
def test_an_unknown_library_is_refused(library: bytes, why: str):
    with pytest.raises(MissingPart, match=why):
        without_follow_flag(library)


def test_sound_must_divide_into_frames(tmp_path: Path):
    with pytest.raises(BadConfig, match="equal parts"):
        record_quake(QuakeConfig(fps=32), tmp_path)


def test_a_missing_engine_names_the_command_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "_BINARY", tmp_path / "ioquake3")
    with pytest.raises(MissingPart, match=r"without OpenArena.*apt-get install .*openarena"):
        record_quake(QuakeConfig(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(bool(engine.missing_parts()), reason=f"not installed: {engine.missing_parts()}")
def test_a_real_game_is_recorded_with_sound_and_truth(tmp_path: Path):
    cfg = QuakeConfig(map="oa_dm2", seconds=5, seed=3, bots=7)
    recording = record_quake(cfg, tmp_path, name="arena")

    truth = json.loads(recording.truth.read_text())
    assert (truth["game"], truth["skin"], truth["prints_kills"], truth["fps"]) == ("openarena", "own", True, 30)
    assert truth["player"] == cast(cfg).player.name
    assert all(0 <= event["t"] < 5 for event in truth["events"])
    with av.open(str(recording.video)) as film:
        assert film.streams.video[0].frames == 150
        pictures = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
        film.seek(0)
        loudness = [abs(frame.to_ndarray()).max() for frame in film.decode(audio=0)]
    assert all(picture.std() > 5 for picture in pictures)
    assert (pictures[0] != pictures[-1]).mean() > 0.5
    assert max(loudness) > 0.05
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arena.mp4", "arena.truth.json"]
