"""What one line of on-screen text says, by the rules of any game and of some."""

from __future__ import annotations

import pytest

from aiditor.detect.hud import GameRules, load_rules, rules_names
from aiditor.detect.hud.grammar import Grammar
from aiditor.detect.hud.rules import GAMES_DIR
from aiditor.detect.hud.words import same_name
from aiditor.errors import BadConfig

GAMES = {"apex", "cod", "cs2", "doom", "fortnite", "generic", "overwatch", "quake", "roblox", "valorant"}


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar(load_rules("generic"))


def said(grammar: Grammar, text: str) -> tuple[str, str, str] | None:
    found = grammar.says(text)
    return None if found is None else (found.kind, found.killer, found.victim)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You killed enemy7", ("kill", "you", "enemy7")),
        ("YOU FRAGGED Big Mike!", ("kill", "you", "Big Mike")),
        ("ELIMINATED KRATOS77", ("kill", "you", "KRATOS77")),
        ("Enemy eliminated", ("kill", "you", "")),
        ("KRATOS77 was killed by you", ("kill", "you", "KRATOS77")),
        ("+100 ELIMINATED n0scope", ("kill", "you", "n0scope")),
        ("TAKEDOWN Raven", ("kill", "you", "Raven")),
        ("KILL +100", ("kill", "you", "")),
        ("KILL", ("weak_kill", "you", "")),
        ("VIPER ELIMINATED", ("weak_kill", "you", "VIPER")),
        ("+100", ("points", "", "")),
        ("+ 100 XP", ("points", "", "")),
        ("HEADSHOT", ("headshot", "", "")),
        ("DOUBLE KILL!", ("multi_kill", "", "")),
        ("ACE", ("multi_kill", "", "")),
        ("ASSIST +50", ("assist", "", "")),
        ("You died", ("death", "", "")),
        ("KILLED BY:\tViper", ("death", "Viper", "you")),
        ("YOU WERE ELIMINATED BY n0scope", ("death", "n0scope", "you")),
        ("n0scope killed you", ("death", "n0scope", "you")),
        ("Alice eliminated Bob with a shotgun (23 m)", ("row", "Alice", "Bob")),
        ("Alice knocked out Bob headshot", ("row", "Alice", "Bob")),
        ("Bob was fragged by Alice", ("row", "Alice", "Bob")),
        ("Alice\tBob", ("row", "Alice", "Bob")),
        ("VX Kadra\tkadra.wolf", ("row", "VX Kadra", "kadra.wolf")),
        ("Alice [AK-47] Bob", ("row", "Alice", "Bob")),
        ("Alice [Auto Shotgun] Bob", ("row", "Alice", "Bob")),
        ("Alice [Auto Shotgun\tBob", ("row", "Alice", "Bob")),
        ("ENEMY8 BAZOOKA 1 PYXLO.FOX", ("row", "ENEMY8", "PYXLO.FOX")),
        ("You killed Bob Marksman Rifle", ("kill", "you", "Bob")),
        ("Alice\tScarlet", ("row", "Alice", "Scarlet")),
        ("Alice\tScout", ("row", "Alice", "Scout")),
        ("12% Alice KO'd Bob", ("row", "Alice", "Bob")),
        ("Alice » Bob", ("row", "Alice", "Bob")),
        ("Player123\tπ\tkadra", ("row", "Player123", "kadra")),
        ("You\tBob", ("kill", "you", "Bob")),
        ("Bob\tYou", ("death", "Bob", "you")),
        ("SPECTATING Viper", ("spectate", "", "Viper")),
        ("FINAL KILLCAM", ("killcam", "", "")),
        ("Respawning in 3", ("dead", "", "")),
    ],
)
def test_lines_that_games_print(grammar: Grammar, text: str, expected: tuple[str, str, str]) -> None:
    assert said(grammar, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("Bob: lol nice kill", "[ALL] Bob : you killed me", "lol nice kill", "kill him!!", "triple kill incoming"),
        *("eliminated by lag again", "Eliminated enemies drop their ammunition.", "Kill streaks end when you die."),
        *("HEALTH\t100", "AMMO\t24 / 90", "Round 5\tTime 1:20", "1st\tViper", "Viper\t12", "12\tViper", "0:45"),
        *(
            "picked up a shotgun",
            "Bob joined the game",
            "Kills: 7",
            "K/D 1.5",
            "Headshots",
            "Elimination effects",
            "3/90",
            "0:33",
            "•••",
            "",
        ),
    ],
)
def test_lines_that_tell_of_no_kill(grammar: Grammar, text: str) -> None:
    assert grammar.says(text) is None


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Youkilledenemy7", "You killed enemy7"),
        ("ELIMINATEDKRATOS77", "ELIMINATED KRATOS77"),
        ("You e1iminated Bob", "You eliminated Bob"),
        ("You elminated Bob", "You eliminated Bob"),
        ("D0UBLE KlLL", "DOUBLE KILL"),
        ("TRIPLEKILL", "TRIPLE KILL"),
        ("HEADSH0T!", "HEADSHOT"),
        ("+1O0", "+100"),
    ],
)
def test_slips_of_reading_do_not_matter(grammar: Grammar, read: str, meant: str) -> None:
    assert said(grammar, read) == said(grammar, meant)


def test_a_letter_exchanged_is_another_word(grammar: Grammar) -> None:
    assert grammar.says("You killer enemy7") is None


def test_who_assisted_and_what_was_a_headshot(grammar: Grammar) -> None:
    row = grammar.says("Alice + Bob\tCarl")
    assert row is not None
    assert (row.killer, row.helped, row.victim) == ("Alice", "Bob", "Carl")
    shot = grammar.says("Alice eliminated Bob (headshot)")
    assert shot is not None
    assert shot.headshot


def test_names_are_the_same_however_they_are_read() -> None:
    assert same_name("n0scope", "nOscope") == 1.0
    assert same_name("l0pyx", "LOPYX") == 1.0
    assert same_name("xXOtterXx", "xXOtterX") >= 0.75
    assert same_name("Otter1272", "Otter444") < 0.75
    assert same_name("Alice", "Bob") < 0.5


def test_every_game_loads_and_keeps_the_generic_words() -> None:
    assert set(rules_names()) == GAMES
    for name in rules_names():
        rules = load_rules(name)
        assert rules.name == name
        assert set(rules.verbs) >= {"killed", "eliminated"}
        grammar = Grammar(rules)
        assert said(grammar, "You killed enemy7") == ("kill", "you", "enemy7")
        assert said(grammar, "DOUBLE KILL") == ("multi_kill", "", "")
        assert grammar.says("Bob: nice kill") is None


@pytest.mark.parametrize(
    ("game", "text", "expected"),
    [
        ("quake", "Bob ate Alice's rocket", ("row", "Alice", "Bob")),
        ("quake", "EXCELLENT", ("multi_kill", "", "")),
        ("doom", "Bob chewed on Alice's boomstick", ("row", "Alice", "Bob")),
        ("fortnite", "You knocked out Bob (12 m)", ("kill", "you", "Bob")),
        ("apex", "ASSIST, ELIMINATION", ("assist", "", "")),
        ("cod", "BUZZKILL", ("weak_kill", "you", "")),
        ("overwatch", "ELIMINATED Bob 100", ("kill", "you", "Bob")),
        ("roblox", "Alice KO'd Bob", ("row", "Alice", "Bob")),
        ("valorant", "NOW SPECTATING", ("spectate", "", "")),
        ("cs2", "COUNTER-TERRORISTS WIN", ("menu", "", "")),
    ],
)
def test_what_single_games_say(game: str, text: str, expected: tuple[str, str, str]) -> None:
    assert said(Grammar(load_rules(game)), text) == expected


def test_rules_that_cannot_be_used_say_so(tmp_path) -> None:
    with pytest.raises(BadConfig, match="choose one of apex"):
        load_rules("pong")
    for text, what in (("verbs: 3", "verbs"), ('own: ["you {verbs} {victim}"]', "a slot is one of"), ("- 1", "fields")):
        path = tmp_path / f"bad{len(text)}.yaml"
        path.write_text(text)
        with pytest.raises(BadConfig, match=what):
            load_rules(path)


def test_a_file_of_ones_own_adds_to_the_generic_rules(tmp_path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\nverbs: [bonked]\nonly: [multi_kill]\nmulti_kill: [bonkfest]\n")
    rules = load_rules(path)
    assert isinstance(rules, GameRules)
    grammar = Grammar(rules)
    assert said(grammar, "You bonked Bob") == ("kill", "you", "Bob")
    assert said(grammar, "BONKFEST") == ("multi_kill", "", "")
    assert grammar.says("DOUBLE KILL") is None
    assert (GAMES_DIR / "generic.yaml").is_file()
