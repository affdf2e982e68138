"""How a picture is fitted to an output, as values: no file is opened here."""

from __future__ import annotations

import pytest

from aiditor.media.graph import Chain, PictureFormat, filter_of
from aiditor.media.info import VideoStream
from aiditor.render.colour import TAGS
from aiditor.render.config import RenderConfig
from aiditor.render.framing import Canvas, crop_size, fit, frame_chains, rotation, strip_cells
from aiditor.render.picture import source_spec

WIDE, TALL = Canvas("landscape", 1920, 1080), Canvas("portrait", 1080, 1920)


def video(width: int = 1920, height: int = 1080, rotation_deg: int = 0) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        width=width,
        height=height,
        coded_width=width,
        coded_height=height,
        pixel_aspect="1/1",
        rotation_deg=rotation_deg,
        rate_hz=60.0,
        variable_rate=False,
        pixel_format="yuv420p",
        bit_depth=8,
        transfer="bt709",
        hdr=False,
        interlaced=False,
        start_s=0.0,
    )


def test_a_source_of_the_right_size_is_not_scaled_and_portrait_is_cropped_from_the_source() -> None:
    spec = source_spec(PictureFormat(1920, 1080, "yuv420p", matrix=1), video(), [WIDE, TALL], RenderConfig())
    assert str(spec) == (
        "[in]split=outputs=2[landscape:in][portrait:in];"
        "[landscape:in]null[landscape:framed];"
        "[landscape:framed]setsar=sar=1,format=pix_fmts=yuv420p,"
        "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709[landscape];"
        "[portrait:in]crop@portrait_crop=w=608:h=1080:x=656:y=0:exact=1,scale=w=1080:h=1920:flags=bicubic"
        "[portrait:framed];"
        "[portrait:framed]setsar=sar=1,format=pix_fmts=yuv420p,"
        "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709[portrait]"
    )
    assert spec.inputs == ("in",)
    assert spec.outputs == ("landscape", "portrait")


def test_a_small_source_is_graded_before_it_is_scaled_and_a_large_one_after() -> None:
    cfg = RenderConfig(look="hype")

    def place(width: int, height: int) -> list[str]:
        spec = source_spec(PictureFormat(width, height, "yuv420p", matrix=1), video(width, height), [WIDE], cfg)
        return [item.name for chain in spec.chains for item in chain.filters if item.name in {"lutyuv", "scale"}]

    assert place(1280, 720) == ["lutyuv", "scale"]
    assert place(3840, 2160) == ["scale", "lutyuv"]


def test_letterbox_bars_leave_the_asked_shape_in_landscape_only() -> None:
    cfg = RenderConfig(letterbox=2.4)
    spec = source_spec(PictureFormat(1920, 1080, "yuv420p", matrix=1), video(), [WIDE, TALL], cfg)
    bars = [item for chain in spec.chains for item in chain.filters if item.name == "fillborders"]
    assert bars == [filter_of("fillborders", top=140, bottom=140, mode="fixed", color="black")]


@pytest.mark.parametrize(
    ("shape", "how"), [(16 / 9, "whole"), (1.75, "crop"), (1.82, "crop"), (4 / 3, "blur"), (21 / 9, "blur")]
)
def test_landscape_fills_by_a_sliver_of_crop_and_else_fits_over_a_blur(shape: float, how: str) -> None:
    assert fit(shape, WIDE) == how


def test_crops_are_even_and_count_in_decoded_pixels() -> None:
    assert crop_size(1920, 1080, 16 / 9, 9 / 16) == (608, 1080)
    assert crop_size(1440, 1080, 16 / 9, 9 / 16) == (456, 1080), "anamorphic: 1440 decoded pixels seen as 1920"
    assert crop_size(319, 179, 319 / 179, 16 / 9) == (318, 178), (
        "odd sizes are cut inside the picture, never rounded out of it"
    )
    assert crop_size(1080, 1920, 9 / 16, 16 / 9) == (1080, 608)


def test_rotation_turns_clockwise() -> None:
    assert rotation(video(rotation_deg=90)) == (filter_of("transpose", dir="clock"),)
    assert rotation(video(rotation_deg=270)) == (filter_of("transpose", dir="cclock"),)
    assert rotation(video()) == ()


def test_stack_lays_wide_parts_under_one_another_and_narrow_ones_side_by_side() -> None:
    cells, across = strip_cells([6.0, 6.0], TALL)
    assert (cells, across) == ([(1080, 180), (1080, 180)], False)
    cells, across = strip_cells([1.5, 1.5], TALL)
    assert (cells, across) == ([(540, 360), (540, 360)], True)


def test_stack_puts_the_kept_parts_above_the_action() -> None:
    chains = frame_chains("in", TALL, 1920, 1080, 16 / 9, "stack", ((0.0, 0.5, 0.25, 1.0),))
    assert chains[0] == Chain(("in",), (filter_of("split", outputs=2),), ("portrait:hud0:in", "portrait:play"))
    assert chains[-1] == Chain(("portrait:strip", "portrait:action"), (filter_of("vstack"),), ("portrait:framed",))


def test_outputs_are_tagged_bt709() -> None:
    assert dict(TAGS.options) == {
        "range": "tv",
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "colorspace": "bt709",
    }
