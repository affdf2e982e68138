"""What must not be read is unreadable in the frames of a source, and nothing else of them changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import media_factory
import numpy as np
import pytest

from aiditor.media.pixelate import pixelated
from aiditor.media.probe import probe
from aiditor.render import RenderConfig, render
from aiditor.render.screen import Screen, turned
from aiditor.timeline import Blur, Cut, Source, Timeline, from_json, to_json

FORMATS = ["yuv420p", "yuvj420p", "nv12", "yuv422p", "yuv444p", "yuv420p10le", "p010le", "rgb24", "gray", "gbrp"]


def noisy(form: str, size: tuple[int, int] = (96, 64)) -> av.VideoFrame:
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=form)
    frame.pts = 7
    return frame


def grey(frame: av.VideoFrame) -> np.ndarray:
    return frame.reformat(format="gray").to_ndarray().astype(int)


@pytest.mark.parametrize("form", FORMATS)
def test_inside_nothing_is_left_and_outside_nothing_changes(form: str) -> None:
    frame = noisy(form)
    before = grey(frame)
    after = pixelated(frame, [(16, 20, 64, 36)])
    assert (after.format.name, after.pts) == (form, 7)
    assert np.array_equal(grey(frame), before)  # decoders predict from it
    assert (after.colorspace, after.color_range) == (frame.colorspace, frame.color_range)
    changed = grey(after) != before
    assert changed[20:36, 16:64].mean() > 0.9
    changed[20:36, 16:64] = False
    assert not changed.any()
    inside = grey(after)[20:36, 16:64]
    assert np.abs(np.diff(inside, axis=0)).max() <= 1
    assert np.abs(np.diff(inside, axis=1)).max() <= 12


def test_packed_formats_are_made_unreadable_too() -> None:
    after = pixelated(noisy("yuyv422"), [(16, 20, 64, 36)])
    assert np.abs(np.diff(grey(after)[20:36, 16:64], axis=0)).max() <= 1


@pytest.mark.parametrize(
    "area", [(-20, -20, 8, 8), (90, 60, 200, 200), (0, 0, 96, 64), (10, 10, 11, 11), (300, 5, 310, 9)]
)
def test_areas_at_the_rim_and_beyond(area: tuple[int, int, int, int]) -> None:
    assert pixelated(noisy("yuv420p"), [area]).width == 96


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_a_box_of_the_upright_picture_lies_where_the_player_turns_it(rotation_deg: int) -> None:
    upright = np.zeros((40, 80), bool)
    upright[4:12, 20:60] = True
    coded = np.rot90(upright, rotation_deg // 90)  # what a player turns clockwise into `upright`
    left, top, right, bottom = turned((20 / 80, 4 / 40, 60 / 80, 12 / 40), rotation_deg)
    high, wide = coded.shape
    mask = np.zeros_like(coded)
    mask[round(top * high) : round(bottom * high), round(left * wide) : round(right * wide)] = True
    assert np.array_equal(mask, coded)


def test_boxes_hold_from_their_frame_to_the_next_ones() -> None:
    blur = Blur("a", "word", ((1.0, 0.1, 0.1, 0.3, 0.3), (2.0, 0.5, 0.5, 0.7, 0.7)), 3.0)
    screen, frame = Screen("a", [blur, replace(blur, source_id="b")], 0), noisy("gray")
    for t_s, first, second in ((0.99, 0, 0), (1.0, 1, 0), (1.9, 1, 0), (2.0, 0, 1), (3.0, 0, 1), (3.01, 0, 0)):
        changed = grey(screen.over(frame, t_s)) != grey(frame)
        assert (changed[8:16, 12:26].any(), changed[34:42, 50:64].any()) == (bool(first), bool(second))
    assert screen.over(frame, 5.0) is frame
    assert from_json(Timeline, to_json(Timeline((), (), blurs=(blur,)))).blurs == (blur,)


def test_both_shapes_have_it_and_the_frames_beside_do_not(tmp_path: Path) -> None:
    def picture(number: int, t_s: float) -> np.ndarray:
        pixels = np.full((180, 320, 3), 100, np.uint8)
        pixels[80:100, 140:180:2] = 240
        return pixels

    clip = media_factory.make_clip(tmp_path / "a.mp4", seconds=2, fps=30, size=(320, 180), picture=picture, sounds=[])
    blur = Blur("a", "word", ((0.5, 138 / 320, 78 / 180, 182 / 320, 102 / 180),), 1.0)
    timeline = Timeline((Source("a", str(clip), probe(clip)),), (Cut("a", 0.0, 2.0, 0.0, 1.0),), blurs=(blur,))
    cfg = RenderConfig(landscape=(320, 180), portrait=(180, 320), preset="ultrafast", fps=30, encoder="libx264")
    out = {"landscape": tmp_path / "wide.mp4", "portrait": tmp_path / "tall.mp4"}
    render(timeline, cfg, out=out)
    for path in out.values():
        with av.open(str(path)) as container:
            rough = [np.abs(np.diff(grey(f), axis=1)).max() for f in container.decode(video=0)]
        assert [value < 60 for value in rough] == [15 <= number <= 30 for number in range(60)]
