"""The reader on drawn pictures: it finds where the game prints, reads what is new, keeps to its budget."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from difflib import SequenceMatcher

import numpy as np
import pytest
from detect.hud_frames import banner, panel, row, scene, write

from aiditor.detect.hud import HudReader, load_rules
from aiditor.detect.hud.lines import GAP, Piece, group, join, likeness, mark
from aiditor.detect.hud.ocr import Box, Ocr, Read

Draw = Callable[[float], np.ndarray]


@pytest.fixture(scope="session")
def ocr() -> Ocr:
    """Loaded once, with the network cut off: its models are files."""
    real = socket.socket.connect

    def refuse(*_: object) -> None:
        raise AssertionError("the reader went to the network")

    socket.socket.connect = refuse  # type: ignore[method-assign]
    try:
        return Ocr()
    finally:
        socket.socket.connect = real  # type: ignore[method-assign]


def test_it_reads_without_the_front_end_that_fetches_and_logs(ocr: Ocr) -> None:
    assert "rapidocr" not in sys.modules


def test_boxes_side_by_side_are_one_line() -> None:
    boxes = [(200, 10, 260, 28), (100, 11, 180, 29), (100, 40, 180, 58), (500, 10, 560, 28)]
    assert group(boxes) == [[(500, 10, 560, 28)], [(100, 11, 180, 29), (200, 10, 260, 28)], [(100, 40, 180, 58)]]


def test_an_icon_between_names_leaves_a_gap() -> None:
    at = tuple((i + 0.5) / 20 for i in (0, 1, 2, 3, 4, 11, 12, 13))
    text, confidence, places = join([Piece((0, 0, 200, 18), Read("AliceBob", 0.9, at))])
    assert text == f"Alice{GAP}Bob"
    assert len(places) == len(text)
    assert places[0] < 0.1
    assert 0.5 < places[6] < 0.7
    assert confidence == pytest.approx(0.9)


def test_letters_are_known_again_over_another_scene() -> None:
    one, other, without = scene(0.0), scene(3.0), scene(3.0)
    row(one, "Alice", "Bobby")
    row(other, "Alice", "Bobby", slot=2, opacity=0.6)
    box = (slice(8, 32), slice(480, 636))
    letters = mark(one)[box]
    assert likeness(letters, mark(other)[:120, 470:])[0] > 0.6
    assert likeness(letters, mark(without)[:120, 470:])[0] < 0.4
    changed = scene(3.0)
    row(changed, "Alice", "Carol")
    assert likeness(letters, mark(changed)[:120, 470:])[0] < 0.6


@pytest.mark.parametrize(("font", "size"), [(0, 9), (1, 11), (2, 14), (3, 18)])
def test_small_letters_are_read(ocr: Ocr, font: int, size: int) -> None:
    picture = scene(1.0)
    write(picture, "Viper eliminated kadra7", (380, 40), size=size, font=font)
    part = picture[20:100, 340:]
    boxes = ocr.find(part)
    text, confidence, _ = join([Piece(b, ocr.read(part[b[1] : b[3], b[0] : b[2]])) for b in group(boxes)[0]])
    close = SequenceMatcher(None, text.casefold().replace(" ", "").replace(GAP, ""), "vipereliminatedkadra7").ratio()
    assert close > 0.9, text
    assert confidence > 0.8


def match(time_s: float) -> np.ndarray:
    """The player is Rook: kills at 6.3 and 20.1, a death at 27.2; others kill at 13.4 and 21. Rows stay 5 s."""
    picture = scene(time_s)
    panel(picture, time_s)
    rows = [(6.3, "Rook", "Viper7"), (13.4, "Zed", "lunar_fox"), (20.1, "Rook", "Zed"), (21.0, "Ada", "Viper7"),
            (27.2, "Ada", "Rook")]  # fmt: skip
    shown = [item for item in rows if item[0] <= time_s < item[0] + 5]
    for slot, (at_s, killer, victim) in enumerate(shown):
        row(
            picture,
            killer,
            victim,
            slot=slot,
            own="Rook" in (killer, victim),
            opacity=min((time_s - at_s) / 0.3 + 0.4, 1),
        )
    for at_s, text in ((6.3, "ELIMINATED VIPER7"), (20.1, "ELIMINATED ZED"), (27.2, "KILLED BY ADA")):
        if at_s <= time_s < at_s + 2:
            banner(picture, text)
    if 8 < time_s < 30:
        for line, text in enumerate(("Bob: lol nice kill", "fox12: eliminated by lag", "Ada: gg")):
            write(picture, text, (12, 200 + 16 * line), size=11, colour=(220, 220, 220))
    return picture


def read_all(reader: HudReader, draw: Draw, seconds: float, step_s: float = 2.0) -> int:
    """Survey, far-apart pictures, then close ones of what is asked; returns how many pictures were asked for."""
    times = np.arange(1.0, seconds, step_s)
    reader.survey([draw(t) for t in times[:: max(len(times) // 5, 1)]])
    reader.plan(times)
    for time_s in times:
        reader.read(float(time_s), draw(float(time_s)))
    asked = 0
    for start_s, end_s in sorted(reader.asks(8)):
        for time_s in np.arange(start_s, end_s + 0.01, 0.2):
            reader.read(float(time_s), draw(float(time_s)))
            asked += 1
    return asked


@pytest.fixture(scope="module")
def watched(ocr: Ocr) -> HudReader:
    reader = HudReader(load_rules("generic"), budget_s=60.0, ocr=ocr)
    assert read_all(reader, match, 34.0) > 10
    return reader


def test_own_kills_are_found_with_when_and_whom(watched: HudReader) -> None:
    kills = [event for event in watched.events() if event.kind == "kill"]
    assert [event.victim.casefold() for event in kills] == ["viper7", "zed"]
    for event, truth_s in zip(kills, (6.3, 20.1), strict=True):
        assert event.after_s <= truth_s + 0.05
        assert truth_s - 0.05 <= event.seen_s <= truth_s + 0.5
        assert event.seen_s - event.after_s <= 0.5
        assert event.confidence > 0.8
        assert "feed: 'Rook > " in event.says


def test_deaths_and_the_kills_of_others_are_not_ones_own(watched: HudReader) -> None:
    events = watched.events()
    (death,) = [event for event in events if event.kind == "death"]
    assert death.killer.casefold() == "ada"
    assert abs(death.seen_s - 27.2) < 0.6
    assert {event.killer for event in events if event.kind == "other_kill"} == {"Zed", "Ada"}


def test_it_found_where_the_game_prints(watched: HudReader) -> None:
    regions = watched.regions
    assert any(zone.right > 0.95 and zone.top < 0.05 for zone in regions), "the feed's corner"
    assert any(zone.left < 0.45 and zone.right > 0.55 and zone.top < 0.7 < zone.bottom for zone in regions), (
        "the banner"
    )
    assert sum((zone.right - zone.left) * (zone.bottom - zone.top) for zone in regions) < 0.5


def test_the_player_is_found_without_being_told(watched: HudReader) -> None:
    assert watched.infer_player(lambda after_s, seen_s: 0.5) == "Rook"


def test_a_still_screen_costs_next_to_nothing_after_the_first_look(ocr: Ocr) -> None:
    reader = HudReader(load_rules("generic"), budget_s=60.0, ocr=ocr)
    for number in range(4):
        picture = match(6.8)
        reader.read(2.0 * number, picture)
        if number == 0:
            first = reader.lines_read
    assert first >= 3
    assert reader.lines_read <= first + 2


class SlowOcr(Ocr):
    """Finds nothing, and takes a second for it."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def find(self, picture: np.ndarray, scale: float = 1.0) -> list[Box]:
        self.now_s += 1.0
        return []


@pytest.mark.parametrize("budget_s", [20.0, 60.0, 1000.0])
def test_the_budget_is_kept_and_goes_to_what_is_promising(budget_s: float) -> None:
    slow = SlowOcr()
    reader = HudReader(load_rules("generic"), budget_s=budget_s, ocr=slow, clock=lambda: slow.now_s)
    times = np.arange(0.0, 200.0, 2.0)
    reader.plan(times, np.where((times > 100) & (times < 120), 1.0, 0.1))
    blank = np.zeros((90, 160, 3), np.uint8)
    read = {float(t) for t in times if reader.read(float(t), blank)}
    assert reader.spent_s <= budget_s
    promising = {t for t in times if 100 < t < 121}
    assert len(promising & read) >= (len(promising) - 1 if budget_s > 20 else 4)
    assert len(read) == len(times) if budget_s == 1000 else len(read) < budget_s


def test_menus_and_killcams_are_spans_in_which_nothing_counts(ocr: Ocr) -> None:
    def draw(time_s: float) -> np.ndarray:
        picture = scene(time_s)
        if 4 <= time_s < 10:
            banner(picture, "KILLCAM", at=0.08)
            banner(picture, "ELIMINATED ROOK")
        return picture

    reader = HudReader(load_rules("generic"), budget_s=60.0, ocr=ocr)
    for time_s in np.arange(1.0, 14.0, 2.0):
        reader.read(float(time_s), draw(float(time_s)))
    spans = [span for span in reader.spans() if span[0] == "killcam"]
    assert len(spans) == 1
    assert 3 <= spans[0][1] <= 5
    assert 9 <= spans[0][2] <= 11
    assert [event for event in reader.events() if event.kind == "kill" and event.after_s > 3.5] == []
