"""Filter graphs: values that read as ffmpeg text, and the runner that takes them."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from aiditor.errors import RenderFailed
from aiditor.media.graph import Chain, FilterGraph, GraphSpec, PictureFormat, filter_of, picture

TICK = Fraction(1, 30)


def grey(level: int, size: tuple[int, int] = (64, 36)) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), level, np.uint8)).reformat(format="yuv420p")


def test_a_description_reads_as_ffmpeg_text() -> None:
    spec = GraphSpec(
        (
            Chain(("in",), (filter_of("split", outputs=2),), ("a", "b")),
            Chain(("a",), (filter_of("crop", label="window", w=32, h=36), filter_of("hflip")), ("left",)),
        )
    )
    assert str(spec) == "[in]split=outputs=2[a][b];[a]crop@window=w=32:h=36,hflip[left]"
    assert spec.inputs == ("in",)
    assert spec.outputs == ("b", "left")
    assert spec == GraphSpec(spec.chains)
    assert filter_of("x", in_=3) == filter_of("x", **{"in": 3})


def test_one_frame_in_comes_out_at_every_output() -> None:
    spec = GraphSpec(
        (
            Chain(("in",), (filter_of("split"),), ("a", "b")),
            Chain(("a",), (filter_of("scale", w=32, h=18),), ("small",)),
            Chain(("b",), (filter_of("null"),), ("same",)),
        )
    )
    with FilterGraph(spec, {"in": PictureFormat.of(grey(0))}, time_base=TICK) as graph:
        for index in range(5):
            graph.push("in", grey(40 * index), index)
            small, same = graph.need("small"), graph.need("same")
            assert (small.width, same.width) == (32, 64)
            assert small.pts == same.pts == index
            assert graph.pull("small") is None


def test_commands_take_hold_at_the_next_frame() -> None:
    spec = GraphSpec((Chain(("in",), (filter_of("crop", label="window", w=16, h=36, x=0, y=0),), ("out",)),))
    pixels = np.zeros((36, 64, 3), np.uint8)
    pixels[:, 32:] = 255
    frame = av.VideoFrame.from_ndarray(pixels).reformat(format="yuv420p")
    with FilterGraph(spec, {"in": PictureFormat.of(frame)}, time_base=TICK) as graph:
        assert graph.run(0, {"in": frame}).to_ndarray(format="gray").mean() < 20
        graph.command("window", "x", 40)
        assert graph.run(1, {"in": frame}).to_ndarray(format="gray").mean() > 230


def test_a_small_picture_is_laid_over_by_its_alpha() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., :3], pixels[:, 4:, 3] = 255, 255
    spec = GraphSpec((Chain(("main", "over"), (filter_of("overlay", x=16, y=4, format="yuv420"),), ("out",)),))
    over, main = picture(pixels), grey(20)
    forms = {"main": PictureFormat.of(main), "over": PictureFormat.of(over)}
    with FilterGraph(spec, forms, time_base=TICK) as graph:
        result = graph.run(0, {"main": main, "over": over}).to_ndarray(format="gray")
    assert result[8, 22] > 230, "opaque half"
    assert result[8, 17] < 40, "clear half"
    assert result[30, 50] < 40, "elsewhere"


def test_a_graph_that_cannot_be_is_explained() -> None:
    spec = GraphSpec((Chain(("in",), (filter_of("crop", w=9999),), ("out",)),))
    with pytest.raises(RenderFailed, match="crop=w=9999"):
        FilterGraph(spec, {"in": PictureFormat.of(grey(0))}, time_base=TICK)
