"""What is drawn over each frame: in the safe area, the word being said, in every script, nothing of a masked word."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.captions import CaptionConfig, caption_pages
from aiditor.captions import fonts as fonts_module
from aiditor.captions.fonts import Fonts, can_shape, load
from aiditor.captions.pages import CaptionWord, Page, starred
from aiditor.captions.track import CaptionTrack, Patch, popped, written
from aiditor.media.graph import FilterGraph, PictureFormat, picture
from aiditor.render.transitions import overlay_spec
from aiditor.timeline import Cut, Timeline
from aiditor.transcript import Segment, Transcript, Word

LANDSCAPE, PORTRAIT = (1280, 720), (720, 1280)
SHIPPED = Fonts(())
shapes = pytest.mark.skipif(not can_shape(), reason="Arabic needs libfribidi")


def page(text: str, start_s: float = 0.0, each_s: float = 0.5, language: str = "en", cut: int = 0) -> Page:
    words = tuple(
        CaptionWord(word, start_s + at * each_s, start_s + (at + 1) * each_s) for at, word in enumerate(text.split())
    )
    return Page(words, start_s, start_s + each_s * len(words), language, cut)


def track(*pages: Page, size: tuple[int, int] = LANDSCAPE, fonts: Fonts = SHIPPED, **options: object) -> CaptionTrack:
    return CaptionTrack(pages, CaptionConfig.model_validate(options), *size, 30, fonts)


def over(patch: Patch | None, size: tuple[int, int]) -> np.ndarray:
    """Alpha of a whole picture, [H, W]."""
    whole = np.zeros((size[1], size[0]), np.uint8)
    if patch is not None:
        height, width = patch.pixels.shape[:2]
        whole[patch.top : patch.top + height, patch.left : patch.left + width] = patch.pixels[..., 3]
    return whole


def lit(patch: Patch, colour: str = "#ffd60a") -> tuple[float, int]:
    """Middle column, on the picture, of the pixels in `colour`, and how many they are."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    near = (np.abs(patch.pixels[..., :3].astype(int) - wanted).max(axis=2) < 12) & (patch.pixels[..., 3] > 200)
    columns = np.nonzero(near)[1]
    return (patch.left + float(columns.mean()) if len(columns) else -1.0), len(columns)


def mean_difference(one: Patch | None, other: Patch | None) -> float:
    return float(np.abs(over(one, LANDSCAPE).astype(int) - over(other, LANDSCAPE)).mean())


def expected_middle(track: CaptionTrack, word: int, at: int = 0) -> float:
    layout = track.layout(at)
    assert layout is not None
    edges = [(p.x + p.ink.left, p.x + p.ink.right) for p in layout.pieces if p.word == word]
    return (min(left for left, _ in edges) + max(right for _, right in edges)) / 2


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
@pytest.mark.parametrize("preset", ["karaoke", "pop", "minimal"])
def test_captions_are_drawn_inside_their_area(preset: str, size: tuple[int, int]) -> None:
    captions = track(page("I cannot believe that"), size=size, preset=preset)
    assert captions.warnings == ()
    for index in range(60):
        patch = captions.at(index)
        assert patch is not None
        alpha = over(patch, size)
        assert alpha.max() > 250
        inside = captions.area
        alpha[inside.top : inside.bottom, inside.left : inside.right] = 0
        assert not alpha.any()
        edges = [patch.pixels[0], patch.pixels[-1], patch.pixels[:, 0], patch.pixels[:, -1]]
        assert max(int(edge[..., 3].max()) for edge in edges) <= 3  # nothing is cut off
    assert captions.at(60) is None


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
def test_the_lit_word_is_the_one_being_said(size: tuple[int, int]) -> None:
    text = "push left right now"
    captions = track(page(text), size=size)
    for index in range(60):
        word = index // 15
        assert captions.spoken(index) == word
        patch = captions.at(index)
        assert patch is not None
        middle, count = lit(patch)
        assert count > 50
        assert middle == pytest.approx(expected_middle(captions, word), abs=size[0] * 0.015)


def test_words_pop_in_one_by_one() -> None:
    captions = track(page("one two three"), preset="pop")
    amounts = [int((over(captions.at(index), LANDSCAPE) > 128).sum()) for index in (12, 27, 42)]
    assert amounts[0] < amounts[1] < amounts[2]
    assert popped(0.0) < 1 < max(popped(t / 100) for t in range(20))
    assert popped(0.2) == 1.0


def test_nothing_new_is_the_same_object() -> None:
    captions = track(page("one two"))
    assert captions.at(1) is captions.at(2)
    assert captions.at(1) is not captions.at(20)
    places = {(patch.left, patch.top, patch.pixels.shape) for patch in map(captions.at, range(30)) if patch}
    assert len(places) == 1


def test_few_drawings_are_kept() -> None:
    captions = track(*(page(f"word {at}", float(at)) for at in range(40)), size=(320, 180))
    first = captions.at(0)
    for index in range(30 * 40):
        captions.at(index)
    again = captions.at(0)
    assert first is not None
    assert again is not None
    assert again is not first
    assert np.array_equal(again.pixels, first.pixels)


def test_a_page_ends_with_its_cut_on_the_frame_grid() -> None:
    """A cut at 1.0166 s owns frames from 30 (1.0 s) on, and so does its page."""
    at_s = 30.498 / 30
    timeline = Timeline((), (Cut("clip", 0, at_s, 0.0, 0.0), Cut("clip", 10.0, 12.0, at_s, 10.0)))
    said = Transcript("clip", 20.0, "en", "given", (Segment((Word("a", 0.2, 1.0), Word("b", 10.0, 11.0))),))
    captions = track(*caption_pages([said], timeline, CaptionConfig()).pages, size=(320, 180))
    before, after = captions.at(29), captions.at(30)
    assert before is not None
    assert after is not None
    assert captions.layout(1) is not None
    assert after is captions.at(31)


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT])
def test_a_masked_word_is_drawn_the_same_whatever_it_was(size: tuple[int, int]) -> None:
    drawn = []
    for secret in ("fudge", "sugar"):
        timeline = Timeline((), (Cut("clip", 0, 3, 0.0, 0.0),))
        said = Transcript("clip", 9.0, "en", "given", (Segment((Word("oh", 0, 0.5), Word(secret, 0.5, 1))),))
        pages = caption_pages(
            [said], timeline, CaptionConfig(), mask=lambda w, s=secret: starred(w) if w == s else w
        ).pages
        captions = track(*pages, size=size)
        drawn.append([captions.at(index) for index in (0, 20)])
    for one, other in zip(*drawn, strict=True):
        assert np.array_equal(one.pixels, other.pixels)


def test_long_words_shrink_and_longer_ones_break() -> None:
    plain = track(page("go"), size=PORTRAIT).layout(0)
    shrunk = track(page("antidisestablishment"), size=PORTRAIT).layout(0)
    broken = track(page("a" * 120), size=PORTRAIT).layout(0)
    assert plain is not None
    assert shrunk is not None
    assert broken is not None
    assert plain.size > shrunk.size
    assert len(shrunk.pieces) == 1
    assert len(broken.pieces) > 1
    assert "".join(piece.text for piece in broken.pieces) == "A" * 120


def test_what_fits_at_no_size_is_reported() -> None:
    captions = track(page("m" * 3000), size=(64, 64))
    assert captions.at(0) is None
    assert "does not fit" in captions.warnings[0]


@shapes
def test_arabic_runs_from_right_to_left_with_the_right_word_lit() -> None:
    captions = track(page("مرحبا يا أصدقاء GTA 5", language="ar"))
    assert captions.warnings == ()
    middles = [lit(patch)[0] for patch in map(captions.at, (5, 20, 35, 50, 65)) if patch]
    assert middles[0] > middles[1] > middles[2] > middles[4] > middles[3]  # "GTA 5" stands left to right, at the left


@shapes
def test_arabic_letters_are_joined() -> None:
    captions = track(page("مرحبا", language="ar"))
    apart_layout, joined_layout = track(page("م ر ح ب ا", language="ar")).layout(0), captions.layout(0)
    assert joined_layout is not None
    assert apart_layout is not None
    assert joined_layout.pieces[0].ink.advance < sum(piece.ink.advance for piece in apart_layout.pieces)


def test_hebrew_runs_from_right_to_left() -> None:
    captions = track(page("שלום חברים", language="he"))
    first, second = captions.at(5), captions.at(20)
    assert first is not None
    assert second is not None
    assert lit(first)[0] > lit(second)[0]


def test_without_shaping_hebrew_is_the_same_and_arabic_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shaped, turned_round = (track(page(word, language="he")).at(0) for word in ("שלום", "םולש"))
    load.cache_clear()
    for module in ("fonts", "lettering", "track"):
        monkeypatch.setattr(sys.modules[f"aiditor.captions.{module}"], "can_shape", lambda: False)
    try:
        plain = CaptionTrack((page("שלום", language="he"),), CaptionConfig(), *LANDSCAPE, 30, Fonts(())).at(0)
        arabic = CaptionTrack((page("مرحبا yes", language="ar"),), CaptionConfig(), *LANDSCAPE, 30, Fonts(()))
        assert mean_difference(plain, shaped) * 3 < mean_difference(turned_round, shaped)
        assert "libfribidi" in arabic.warnings[0]
        layout = arabic.layout(0)
        assert layout is not None
        assert [piece.text for piece in layout.pieces] == ["YES"]
    finally:
        load.cache_clear()


def test_a_script_that_no_font_has_is_reported_and_left_out() -> None:
    captions = track(page("你好 clutch 🔥", language="zh"))
    assert len(captions.warnings) == 2
    assert "你" in captions.warnings[0]
    assert "Cjk" in captions.warnings[0]
    layout = captions.layout(0)
    assert layout is not None
    assert [piece.text for piece in layout.pieces] == ["CLUTCH"]
    only = track(page("你好", language="zh"))
    assert only.at(0) is None


def test_cjk_is_drawn_by_a_font_that_has_it_and_wraps_anywhere(made_fonts: Path) -> None:
    captions = track(page("今日本当 試合すごい今日本当。", language="ja"), size=PORTRAIT, fonts=Fonts([made_fonts]))
    assert captions.warnings == ()
    layout = captions.layout(0)
    assert layout is not None
    assert len({piece.baseline for piece in layout.pieces}) == 2
    assert all(not piece.text.startswith("。") for piece in layout.pieces)
    patch = captions.at(0)
    assert patch is not None
    assert lit(patch)[1] > 1000


def test_emoji_keep_their_colours_and_are_never_lit(made_fonts: Path) -> None:
    captions = track(page("🔥 ace"), fonts=Fonts([made_fonts]))
    assert captions.warnings == ()
    patch = captions.at(0)
    assert patch is not None
    assert lit(patch)[1] == 0
    assert lit(patch, "#ff0000")[1] > 500


def test_fonts_are_looked_for_once_and_chosen_word_by_word(made_fonts: Path) -> None:
    fonts = Fonts([made_fonts, made_fonts / "nowhere"])
    runs, missing = fonts.runs("ace你", "display")
    assert [run.text for run in runs] == ["ace", "你"]
    assert missing == ()
    greek, _ = fonts.runs("Ωmega", "display")
    assert len(greek) == 1  # one face for a word, the one that has all of it
    assert fonts_module.system_folders()


def test_capitals_follow_the_language() -> None:
    cfg = CaptionConfig()
    assert written("istiyor,", "tr", cfg) == "İSTİYOR"
    assert written("καλημέρα.", "el", cfg) == "ΚΑΛΗΜΕΡΑ"
    assert written("...", "en", cfg) == "..."
    assert written("Straße,", "de", CaptionConfig(preset="minimal")) == "Straße,"


def test_patches_are_laid_on_by_the_renderers_overlay() -> None:
    captions = track(page("ace"), size=(320, 180))
    patch = captions.at(0)
    assert patch is not None
    grey = av.VideoFrame.from_ndarray(np.full((270, 320), 128, np.uint8), format="yuv420p")
    over_it = picture(patch.pixels)
    forms = {"main": PictureFormat.of(grey), "over": PictureFormat.of(over_it)}
    with FilterGraph(overlay_spec(patch.left, patch.top), forms, time_base=Fraction(1, 30)) as graph:
        luma = graph.run(0, {"main": grey, "over": over_it}).to_ndarray(format="gray")
    assert luma.max() > 180
    area = captions.area
    outside = luma.astype(int)
    outside[area.top : area.bottom, area.left : area.right] = outside[0, 0]
    assert np.ptp(outside) <= 1


WORDS = st.sampled_from(
    ["I", "clutch!", "supercalifragilisticexpialidocious", "שלום", "مرحبا", "😀", "☠", "你好", "Ça", "5"]
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(WORDS, min_size=1, max_size=9),
    st.sampled_from(["karaoke", "pop", "minimal"]),
    st.sampled_from([(320, 180), (180, 320), (360, 640), (240, 240)]),
    st.sampled_from(["bottom", "middle"]),
    st.floats(0.02, 0.25),
)
def test_no_pixel_leaves_the_area(
    words: list[str], preset: str, size: tuple[int, int], position: str, share: float
) -> None:
    cfg = CaptionConfig.model_validate({"preset": preset, "position": position, "size": share})
    captions = CaptionTrack((page(" ".join(words), each_s=0.2),), cfg, *size, 30, SHIPPED)
    for index in range(0, 6 * len(words), 3):
        patch = captions.at(index)
        if patch is None:
            continue
        height, width = patch.pixels.shape[:2]
        assert patch.left % 2 == patch.top % 2 == width % 2 == height % 2 == 0
        assert captions.area.left <= patch.left
        assert captions.area.top <= patch.top
        assert patch.left + width <= captions.area.right
        assert patch.top + height <= captions.area.bottom
        edges = [patch.pixels[0], patch.pixels[-1], patch.pixels[:, 0], patch.pixels[:, -1]]
        assert max(int(edge[..., 3].max()) for edge in edges) <= 24
