"""Words and names in the picture: read, followed and made unreadable in every frame of a film whose words are known."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from words.screen_film import FPS, SIZE, Standing, make_film, picture, standing

from aiditor.censor import CensorConfig
from aiditor.detect.hud.ocr import Ocr, shared_ocr
from aiditor.errors import Cancelled, MissingPart
from aiditor.media.probe import probe
from aiditor.render import RenderConfig, render
from aiditor.settings import Settings
from aiditor.styles import load
from aiditor.timeline import Blur, Cut, Source, Timeline, from_json, to_json
from aiditor.words import Words, WordWish, blurred, preflight, record
from aiditor.words.wanted import namer, same_player

WORDS, NAMES = CensorConfig(blur_words=True), CensorConfig(blur_names=True)
CUTS = (Cut("film", 0.0, 3.1, 0.0, 1.0), Cut("film", 3.1, 6.0, 3.1, 4.0))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(aiditor_home=tmp_path_factory.mktemp("home"), player_name="Okonda")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    path = make_film(tmp_path_factory.mktemp("film") / "film.mp4")
    return Timeline((Source("film", str(path), probe(path)),), CUTS)


def share(one: Standing, blurs: tuple[Blur, ...], t_s: float) -> float:
    """How much of a word's ink is covered."""
    mask = np.zeros((SIZE[1], SIZE[0]), bool)
    for blur in blurs:
        if blur.start_s - 2e-3 <= t_s <= blur.end_s + 2e-3:
            left, top, right, bottom = [box for box in blur.boxes if box[0] <= t_s + 2e-3][-1][1:]
            mask[int(top * SIZE[1]) : round(bottom * SIZE[1]), int(left * SIZE[0]) : round(right * SIZE[0])] = True
    left, top, right, bottom = map(round, one.box)
    return float(mask[top:bottom, left:right].mean())


def stands_still(one: Standing, t_s: float) -> bool:
    """Whether it is wholly there and no line moves through its place."""
    beside = [*standing(t_s - 1 / FPS), *standing(t_s + 1 / FPS)]
    same = [other for other in beside if (other.word, other.box) == (one.word, one.box)]
    moves = any(
        other.box not in [b.box for b in beside] or other.alpha < 1
        for other in standing(t_s)
        if abs(other.box[1] - one.box[1]) < 40 and abs(other.box[0] - one.box[0]) < 400
    )
    return one.alpha == 1 and len(same) >= 2 and not moves


@pytest.fixture(scope="module")
def with_words(film: Timeline, home: Settings) -> Timeline:
    return blurred(film, WORDS, home)


@pytest.mark.slow
def test_every_profane_word_is_covered_in_every_frame_and_no_lookalike_is(with_words: Timeline) -> None:
    wrong = []
    for number in range(180):
        t_s = number / FPS
        for one in standing(t_s):
            covered = share(one, with_words.blurs, t_s)
            if one.profane and one.alpha > 0.01 and covered < 0.95:
                wrong.append(("uncovered", number, one.word, round(covered, 2)))
            if not one.profane and covered > 0.1 and stands_still(one, t_s):
                wrong.append(("covered", number, one.word, round(covered, 2)))
    assert wrong == []


@pytest.mark.slow
def test_names_of_others_are_covered_and_your_own_is_not(film: Timeline, home: Settings) -> None:
    blurs = blurred(film, NAMES, home).blurs
    assert {blur.what for blur in blurs} == {"name"}
    for number in range(180):
        for one in standing(number / FPS):
            if one.name and one.word != "okonda" and one.alpha > 0.25:
                assert share(one, blurs, number / FPS) > 0.9, (number, one)
            if one.word in ("okonda", "killed", "scunthorpe") and stands_still(one, number / FPS):
                assert share(one, blurs, number / FPS) < 0.1, (number, one)


@pytest.mark.slow
def test_nothing_profane_can_be_read_in_what_is_rendered(with_words: Timeline, film: Timeline, tmp_path: Path) -> None:
    ocr, cfg = shared_ocr(), RenderConfig(landscape=SIZE, portrait=(720, 1280), framing="blur", fps=FPS, crf=12)
    out = {"landscape": tmp_path / "wide.mp4", "portrait": tmp_path / "tall.mp4"}
    render(with_words, cfg, out=out)
    render(film, cfg, out={"landscape": tmp_path / "plain.mp4"})
    plain = pictures(tmp_path / "plain.mp4")
    innocent = 0
    for number, after in enumerate(pictures(out["landscape"])):
        t_s = number / FPS
        for one in standing(t_s):
            if one.profane and one.alpha > 0.01:
                assert one.word[-4:] not in read(ocr, after, one), (number, one)
        mask = covered_area(with_words, t_s)
        off = np.abs(after.astype(int) - plain[number].astype(int))[~mask]
        assert 10 * np.log10(255**2 / max((off**2).mean(), 1e-9)) > 38
        if number % 30 == 20:
            innocent += sum(one.word in read(ocr, after, one) for one in standing(t_s) if one.word == "scunthorpe")
            lines = [ocr.read(after[b[1] : b[3], b[0] : b[2]]).text.casefold() for b in ocr.find(after)]
            assert not [line for line in lines if "fuck" in line or "shit" in line]
    assert innocent
    tall = pictures(out["portrait"])[100]
    lines = [ocr.read(tall[b[1] : b[3], b[0] : b[2]]).text.casefold() for b in ocr.find(tall)]
    assert not [line for line in lines if "fuck" in line or "shit" in line]


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def read(ocr: Ocr, pixels: np.ndarray, one: Standing) -> str:
    left, top, right, bottom = (round(value) for value in one.box)
    return ocr.read(pixels[max(top - 6, 0) : bottom + 6, max(left - 8, 0) : right + 8]).text.casefold()


def covered_area(timeline: Timeline, t_s: float) -> np.ndarray:
    mask = np.zeros((SIZE[1], SIZE[0]), bool)
    for blur in timeline.blurs:
        if blur.start_s - 2e-3 <= t_s <= blur.end_s + 2e-3:
            left, top, right, bottom = [box for box in blur.boxes if box[0] <= t_s + 2e-3][-1][1:]
            mask[
                max(int(top * SIZE[1]) - 20, 0) : int(bottom * SIZE[1]) + 20,
                max(int(left * SIZE[0]) - 20, 0) : int(right * SIZE[0]) + 20,
            ] = True
    return mask


@pytest.mark.slow
def test_it_is_kept_stops_when_told_and_never_says_what_it_hid(
    with_words: Timeline, film: Timeline, home: Settings, tmp_path: Path
) -> None:
    def stop(_fraction: float, _note: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        blurred(film, WORDS, Settings(aiditor_home=tmp_path), progress=stop)
    notes: list[str] = []
    again = blurred(film, WORDS, home, progress=lambda _, note: notes.append(note))
    assert again == with_words
    assert notes == ["3 words and 0 names on the screen"]  # nothing was read again
    said = json.dumps(record(Words(), again, None)["screen"]) + to_json(again).partition('"blurs"')[2]
    assert '"what": "word"' in said
    assert not any(word in said for word in ("fuck", "shit"))
    assert from_json(Timeline, to_json(again)) == again


def test_nothing_is_looked_at_where_nothing_is_asked_for(film: Timeline, tmp_path: Path) -> None:
    def fail(_fraction: float, _note: str) -> None:
        raise AssertionError("worked")

    assert blurred(film, CensorConfig(level="strong"), Settings(aiditor_home=tmp_path), progress=fail) is film


def test_without_the_reader_it_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shared_ocr.cache_clear()
    monkeypatch.setattr("aiditor.detect.hud.ocr.find_spec", lambda _: None)
    with pytest.raises(MissingPart, match="text reader"):
        preflight(WordWish(blur_names=True).over(load("minimal")), Settings(aiditor_home=tmp_path))
    assert preflight(load("minimal"), Settings(aiditor_home=tmp_path)).speech is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Zorvex killed Mirelda", ["Zorvex", "Mirelda"]),
        ("[team] Quill: nice one", ["Quill"]),
        ("[12:41] <Quill>: nice one", ["Quill"]),
        ("Tarn：all right", ["Tarn"]),
        ("health 100", []),
    ],
)
def test_who_a_line_names(text: str, names: list[str]) -> None:
    from aiditor.censor.on_screen import Line

    assert list(namer("generic")(Line((0, 0, 9, 9), text, 0.9, ()))) == names


def test_a_name_read_with_a_slip_is_the_same_and_another_is_not() -> None:
    assert same_player("Mirelda", "mirelda")
    assert same_player("Mire1da", "Mirelda")
    assert not same_player("Mirror", "Mirelda")
    assert not same_player("Tam", "Tarn")
    assert not same_player("class", "")


def test_the_film_says_where_its_words_are() -> None:
    (one,) = [word for word in standing(1.0) if word.word == "fuck"]
    left, top, right, bottom = (round(value) for value in one.box)
    assert picture(30, 1.0)[top:bottom, left:right].max() > 230
