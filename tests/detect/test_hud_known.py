"""Lines whose words are known by their looks: read where they stand, however their letters are spread."""

from __future__ import annotations

import numpy as np
import pytest
from detect.hud_frames import SIZE, panel, scene, write

from aiditor.detect.hud import HudReader, load_rules
from aiditor.detect.hud.anchors import Anchors
from aiditor.detect.hud.grammar import Grammar, Said
from aiditor.detect.hud.lines import Line, mark
from aiditor.detect.hud.ocr import Ocr, shared_ocr
from aiditor.detect.hud.scan import Scanner
from aiditor.detect.hud.tracks import Check, Look, Seen, alike, follow

RULES = load_rules("generic")
GRAMMAR = Grammar(RULES)


@pytest.fixture(scope="module")
def ocr() -> Ocr:
    return shared_ocr()


def spread(picture: np.ndarray, text: str, *, top: float = 95, step: float = 16, size: int = 14) -> None:
    """Text in the middle whose letters stand a letter apart, as old engines print."""
    left = (SIZE[0] - step * len(text)) / 2
    for number, letter in enumerate(text):
        write(picture, letter, (left + step * number, top), size=size, font=3)


def names(text: str) -> tuple[str, str, str] | None:
    found = GRAMMAR.says(text)
    return None if found is None else (found.kind, found.killer, found.victim)


# --- letters that stand wide apart ------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.6, 1.0])
def test_letters_wide_apart_are_one_line(ocr: Ocr, scale: float) -> None:
    found = 0
    for number in range(4):
        picture = scene(number * 0.9)
        spread(picture, "You fragged Slate")
        lines = Scanner(ocr).lines(picture, mark(picture), [(96, 60, 544, 150)], scale)
        found += any(names(line.text.casefold()) == ("kill", "you", "slate") for line in lines)
    assert found >= 3


def test_a_line_is_read_where_a_word_of_it_is_known(ocr: Ocr) -> None:
    picture = scene(2.0)
    spread(picture, "You fragged Slate")
    line = Scanner(ocr).line(picture, mark(picture), (190, 90, 350, 118), (90, 550))
    assert line is not None
    assert names(line.text.casefold()) == ("kill", "you", "slate")
    left, top, right, bottom = line.box
    assert 150 < left < 200
    assert 440 < right < 500
    assert (top, bottom) == (90, 118)


def test_where_nothing_is_drawn_nothing_is_read(ocr: Ocr) -> None:
    empty = np.full((360, 640, 3), 60, np.uint8)
    assert Scanner(ocr).line(empty, mark(empty), (190, 90, 350, 118), (90, 550)) is None
    assert Scanner(ocr).line(empty, mark(empty), (630, 350, 640, 360), (600, 640)) is None


def test_kills_that_are_printed_wide_apart_are_found_all_along(ocr: Ocr) -> None:
    """Eight kills in a minute and a half, a keyframe every two seconds, and little time to read."""
    victims = ("Slate", "Gryphon", "Mirth", "Orbit", "Drift", "Hexa", "Wren", "Tarn")
    kills = {4.0 + 11.0 * number: victim for number, victim in enumerate(victims)}

    def at(time_s: float) -> np.ndarray:
        picture = scene(time_s)
        panel(picture, time_s)
        for kill_s, victim in kills.items():
            if kill_s <= time_s < kill_s + 3.0:
                spread(picture, f"You fragged {victim}")
        return picture

    reader = HudReader(RULES, "Vandal", 2.5, ocr=ocr)
    times = np.arange(0.0, 90.0, 2.0)
    reader.survey([at(5.0), at(16.0), at(40.0)])
    reader.plan(times.tolist())
    for time_s in times:
        reader.read(float(time_s), at(float(time_s)))
    found = [event for event in reader.events() if event.kind == "kill" and event.confidence >= 0.5]
    right = [e for e in found if any(e.after_s - 0.1 <= kill_s <= e.seen_s for kill_s in kills)]
    assert len(right) >= 6
    assert len(found) - len(right) <= 1
    assert max(event.seen_s for event in right) > 60.0, "the last ones are read too"


# --- words known by their looks ---------------------------------------------------------------------


def known(ocr: Ocr, text: str, time_s: float = 0.0) -> tuple[Seen, np.ndarray]:
    picture = scene(time_s)
    write(picture, text, (20, 40), size=14)
    marks = mark(picture)
    [line] = Scanner(ocr).lines(picture, marks, [(0, 30, 320, 66)], 1.0)
    said = GRAMMAR.says(line.text)
    assert said is not None
    box = line.box
    return Seen(said, (box[0] / 640, box[1] / 360, box[2] / 640, box[3] / 360), line), marks


def test_what_was_anothers_row_is_not_read_again_in_vain(ocr: Ocr) -> None:
    zone = (0.0, 0.0, 0.6, 0.3)
    seen, marks = known(ocr, "Vandal was killed by Otto")
    anchors = Anchors()
    anchors.learn(seen, (0, 6))
    [hit] = anchors.hits(marks, [zone])
    anchors.judge(hit, "Vandal was killed by Otto")
    assert anchors.hits(marks, [zone]), "right: it stays"
    other, _ = known(ocr, "Vandal was killed by Otto", 3.0)
    picture = scene(3.0)
    write(picture, "Vamdel was killed by Otto", (20, 40), size=14)
    similar = mark(picture)
    for _ in range(3):
        for hit in anchors.hits(similar, [zone]):
            anchors.judge(hit, "Zed was killed by Otto")
    assert anchors.hits(similar, [zone]) == []
    assert anchors.hits(marks, [zone]), "the word itself is still known"
    assert other.said.victim == "Vandal"


def test_what_tells_of_a_kill_by_itself_comes_first(ocr: Ocr) -> None:
    picture = scene(0.0)
    write(picture, "Slate was killed by Vandal", (20, 10), size=14)
    write(picture, "You fragged Slate", (20, 50), size=14)
    marks = mark(picture)
    lines = Scanner(ocr).lines(picture, marks, [(0, 0, 320, 80)], 1.0)
    seens = [
        Seen(GRAMMAR.says(line.text), tuple(v / s for v, s in zip(line.box, (640, 360, 640, 360), strict=True)), line)  # type: ignore[arg-type]
        for line in lines
    ]
    feed, told = (next(s for s in seens if word in s.line.text) for word in ("Vandal", "You"))
    anchors = Anchors()
    at = feed.line.text.index("Vandal")
    anchors.learn(feed, (at, at + 6))
    anchors.learn(told, GRAMMAR.phrase(told.line.text), tells=True)
    first, second = anchors.hits(marks, [(0.0, 0.0, 0.6, 0.4)])
    assert first[1] > second[1], "the sentence below, not the row above it"


# --- rows of one killer -----------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [("Gryphon", "Tarn"), ("Orbit", "Bolt"), ("Fable", "Vandal")])
def test_two_victims_of_one_killer_are_two_lines(one: str, other: str) -> None:
    assert alike(Said("row", "Nyx", one), Said("row", "Nyx", other)) < 0.72


@pytest.mark.parametrize(
    ("one", "other"), [("Fable", "le"), ("Slate", "Slat"), ("Gryphon", "yphon"), ("Orbit", "0rbit")]
)
def test_a_name_that_was_cut_is_itself(one: str, other: str) -> None:
    cut = alike(Said("row", "Nyx", one), Said("row", "Nyx", other))
    assert (cut >= 0.72) == (len(other) > 2)


def test_a_line_that_looked_alike_long_before_does_not_date_it_back() -> None:
    seen = Seen(Said("row", "Nyx", "Bolt"), (0.0, 0.0, 0.4, 0.05), Line((0, 0, 256, 18), "Nyx killed Bolt", 0.9))
    whole = ((0.0, 0.0, 1.0, 1.0),)
    looks = [Look(2.0, whole, ()), Look(10.0, whole, (seen,))]
    checks = [Check(t, seen.said, there) for t, there in ((4.0, True), (6.0, False), (7.0, False), (9.0, True))]
    [track] = follow(looks, checks, RULES)
    assert (track.before_s, track.first_s) == (7.0, 9.0)


# --- words that any game may print ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Slate was zapped by Vandal", ("row", "Vandal", "Slate")),
        ("Slate was turned inside out by Vandal", None),
        ("Gryphon ate Vandal's rocket", ("row", "Vandal", "Gryphon")),
        ("7TH Mitor walked into Moth's laser", ("row", "Moth", "7TH Mitor")),
        ("Slate was melted by Orbit's plasmagun", ("row", "Orbit", "Slate")),
        ("Zed was crushed by Moth's giant hammer", ("row", "Moth", "Zed")),
        ("You zapped Slate", ("weak_kill", "you", "Slate")),
        ("Bob was revived by Moth", None),
        ("Flag was captured by Bob", None),
        ("Bob joined Alice's rifle", None),
        ("You joined Slate", None),
        ("You opened Door", None),
        ("Alice took Bob's rocket", None),
        ("Koda ate my lunch", None),
    ],
)
def test_sentences_of_games_without_rules_of_their_own(text: str, expected: tuple[str, str, str] | None) -> None:
    assert names(text) == expected


def test_a_name_is_no_verb_that_is_read_badly() -> None:
    assert names("Koda ate Fable's grenade") == ("row", "Fable", "Koda")
    assert names("E1iminated Bob") == ("kill", "you", "Bob")
