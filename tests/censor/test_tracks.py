"""Words on the screen are followed from their first frame to their last."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from aiditor.censor import CensorConfig
from aiditor.censor.finder import finder
from aiditor.censor.on_screen import Line, Look, Spot, spots
from aiditor.censor.tracks import Track, tracked

FONT = Path(__file__).resolve().parents[2] / "aiditor" / "render" / "fonts" / "DejaVuSans-Bold.ttf"
SIZE = (320, 180)
FPS = 30


@lru_cache(maxsize=1)
def font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), 14)


def frame(number: int, words: list[tuple[str, float, float, float]]) -> np.ndarray:
    """Uint8 [180, 320]: a scene that moves, and (text, left, top, opacity) on it."""
    y, x = np.mgrid[0:180, 0:320]
    scene = 90 + 40 * np.sin((x + 5 * number) / 23) + 30 * np.cos((y + x / 2) / 17)
    picture = Image.fromarray(scene.astype(np.uint8))
    for text, left, top, alpha in words:
        layer = Image.new("L", SIZE, 0)
        ImageDraw.Draw(layer).text((left, top), text, font=font(), fill=round(255 * alpha))
        picture.paste(Image.new("L", SIZE, 240), (0, 0), layer)
    return np.asarray(picture)


def spot(number: int, text: str, left: float, top: float) -> Spot:
    wide = font().getlength(text)
    box = (left, top, left + wide, top + 18)
    return Spot(number / FPS, box, box, "word", text)


def followed(frames: list[np.ndarray], found: list[Spot]) -> list[Track]:
    return tracked(((number / FPS, picture) for number, picture in enumerate(frames)), found)


def covers(track: Track, number: int, left: float, top: float, wide: float) -> bool:
    box = track.boxes.get(number / FPS)
    return (
        box is not None
        and box[0] <= left + 2
        and box[1] <= top + 5
        and box[2] >= left + wide - 2
        and box[3] >= top + 13
    )


def test_a_word_is_covered_from_before_it_was_read_until_it_goes() -> None:
    shown = range(12, 60)
    frames = [frame(n, [("damnit", 60, 80, 1.0)] if n in shown else []) for n in range(80)]
    (track,) = followed(frames, [spot(30, "damnit", 60, 80), spot(40, "damnit", 60, 80)])
    wide = font().getlength("damnit")
    assert all(covers(track, n, 60, 80, wide) for n in shown)
    assert min(track.boxes) >= 1 / FPS
    assert max(track.boxes) <= 70 / FPS


def test_fading_text_is_covered_while_anything_of_it_is_seen() -> None:
    alpha = [min(max((n - 10) / 12, 0), 1, max((70 - n) / 15, 0)) for n in range(90)]
    frames = [frame(n, [("damnit", 60, 80, a)] if (a := alpha[n]) > 0 else []) for n in range(90)]
    (track,) = followed(frames, [spot(30, "damnit", 60, 80)])
    wide = font().getlength("damnit")
    assert all(covers(track, n, 60, 80, wide) for n in range(90) if alpha[n] > 0.1)


def test_a_line_that_jumps_up_is_covered_in_the_frame_in_which_it_does() -> None:
    top = [100 if n < 33 else 78 if n < 47 else 56 for n in range(60)]
    frames = [frame(n, [("damnit", 60, top[n], 1.0), ("innocent", 60, top[n] + 22, 1.0)]) for n in range(60)]
    (track,) = followed(frames, [spot(20, "damnit", 60, 100), spot(50, "damnit", 60, 56)])
    wide = font().getlength("damnit")
    assert all(covers(track, n, 60, top[n], wide) for n in range(60))
    assert all(track.boxes[n / FPS][3] < top[n] + 26 for n in range(60))


def test_what_takes_its_place_is_not_covered() -> None:
    frames = [frame(n, [("damnit" if n < 30 else "cocktail", 60, 80, 1.0)]) for n in range(60)]
    (track,) = followed(frames, [spot(20, "damnit", 60, 80)])
    assert 29 / FPS <= max(track.boxes) <= 30 / FPS


def test_a_flash_does_not_uncover_it() -> None:
    frames = [frame(n, [("damnit", 60, 80, 1.0)]) for n in range(50)]
    for n in (24, 25, 26):
        frames[n] = np.full_like(frames[n], 250)
    (track,) = followed(frames, [spot(15, "damnit", 60, 80), spot(45, "damnit", 60, 80)])
    assert len(track.boxes) == 50


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 2**16), st.integers(8, 30), st.integers(3, 12), st.lists(st.integers(0, 59), min_size=1, max_size=4)
)
def test_a_box_never_vanishes_between_its_first_frame_and_its_last(
    seed: int, gone: int, length: int, read: list[int]
) -> None:
    random = np.random.default_rng(seed)
    tops = 90 + np.cumsum(random.integers(-3, 4, 60))
    hidden = range(gone, gone + length)
    frames = [
        frame(n, [] if n in hidden else [("damnit", 60, int(tops[n]), float(random.uniform(0.3, 1)))])
        for n in range(60)
    ]
    found = [spot(n, "damnit", 60, int(tops[n])) for n in sorted(set(read)) if n not in hidden]
    for track in followed(frames, found):
        numbers = [round(t_s * FPS) for t_s in track.boxes]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
    covered = {round(t_s * FPS) for track in followed(frames, found) for t_s in track.boxes}
    assert {round(one.t_s * FPS) for one in found} <= covered


def test_words_and_names_are_found_in_lines_and_lookalikes_are_not() -> None:
    def line(text: str) -> Line:
        at = tuple((k + 0.5) / len(text) for k in range(len(text)))
        return Line((100.0, 50.0, 100.0 + 10 * len(text), 70.0), text, 0.9, at)

    texts = ("Brisk: what the fuck", "sh1t happens", "off to Scunthorpe", "a class cocktail")
    look = Look(1.0, tuple(map(line, texts)))
    found = list(spots(look, finder(CensorConfig(level="strong"), "en"), ("brisk",), lambda a, b: a.casefold() == b))
    assert [(one.what, one.text) for one in found] == [("word", "fuck"), ("name", "Brisk"), ("word", "sh1t")]
    fuck = found[0].box
    assert fuck[0] == pytest.approx(255, abs=6)
    assert 300 <= fuck[2] <= 310
