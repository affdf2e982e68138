"""Colours: HDR lands sensibly, and looks do what their names say, measured on the graph they run in."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from aiditor.media.graph import Chain, FilterGraph, GraphSpec, PictureFormat, filter_of
from aiditor.render.colour import hdr_table, normalise
from aiditor.render.looks import LOOKS, look_filters

PQ, HLG = 16, 18


def coded_grey(table: np.ndarray, value: float) -> float:
    """What a grey of the coded `value` becomes, in [0, 1]."""
    size = table.shape[0]
    diagonal = table[range(size), range(size), range(size)].mean(axis=1)
    return float(np.interp(value, np.linspace(0, 1, size), diagonal))


def pq(nits: float) -> float:
    """SMPTE ST 2084 inverse EOTF."""
    y = (nits / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32)


def test_pq_grey_and_white_land_where_a_viewer_expects_them() -> None:
    table = hdr_table(PQ, size=65)
    assert coded_grey(table, pq(0)) == pytest.approx(0, abs=0.01)
    assert coded_grey(table, pq(203 * 0.18)) == pytest.approx(0.18 ** (1 / 2.4), abs=0.03), "mid grey stays mid grey"
    assert 0.82 < coded_grey(table, pq(203)) < 0.95, "white of 203 cd/m2 is white, with room above it"
    assert coded_grey(table, pq(600)) > coded_grey(table, pq(203)) + 0.03, "highlights keep their shape"
    assert coded_grey(table, pq(1000)) == pytest.approx(1, abs=0.01)


def test_hlg_reference_white_lands_like_pq_reference_white() -> None:
    assert coded_grey(hdr_table(HLG, size=65), 0.75) == pytest.approx(
        coded_grey(hdr_table(PQ, size=65), pq(203)), abs=0.03
    )


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_brighter_never_gets_darker(transfer: int) -> None:
    table = hdr_table(transfer)
    diagonal = table[range(33), range(33), range(33)].mean(axis=1)
    assert (np.diff(diagonal) >= -1e-6).all()


def filtered(rgb: tuple[int, int, int], look: str, strength: float = 1.0) -> np.ndarray:
    """One colour through a look: float [3] RGB."""
    frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), rgb, np.uint8)).reformat(
        format="yuv420p", dst_colorspace="itu709"
    )
    spec = GraphSpec((Chain(("in",), look_filters(look, strength) or (filter_of("null"),), ("out",)),))
    with FilterGraph(spec, {"in": PictureFormat(32, 32, "yuv420p", 1)}, time_base=Fraction(1, 30)) as graph:
        graded = graph.run(0, {"in": frame})
    return graded.reformat(format="rgb24", src_colorspace="itu709").to_ndarray().reshape(-1, 3).mean(axis=0)


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_keeps_black_dark_white_bright_and_order(look: str) -> None:
    greys = [filtered((level, level, level), look).mean() for level in (0, 50, 100, 150, 200, 255)]
    assert greys[0] < 22
    assert greys[-1] > 225
    assert all(low < high for low, high in pairwise(greys))


def test_looks_differ_as_their_names_say() -> None:
    red = {look: filtered((180, 90, 90), look) for look in LOOKS}
    strength = {look: float(np.ptp(colour) / colour.mean()) for look, colour in red.items()}
    assert strength["meme"] > strength["hype"] > strength["none"] > strength["chill"]
    red_low, _, blue_low = filtered((40, 40, 40), "cinematic")
    red_high, _, blue_high = filtered((220, 220, 220), "cinematic")
    assert blue_low > red_low, "cool shadows"
    assert red_high > blue_high, "warm highlights"


def test_strength_zero_and_none_are_no_filter_at_all() -> None:
    assert look_filters("hype", 0) == ()
    assert look_filters("none", 1) == ()


def test_plain_bt709_is_left_alone_and_others_are_converted() -> None:
    assert normalise(PictureFormat(1920, 1080, "yuv420p", matrix=1)) == ()
    assert normalise(PictureFormat(1920, 1080, "yuv420p")) == (), "HD that says nothing is bt709"
    assert normalise(PictureFormat(1920, 1080, "yuv444p10le", matrix=1))[-1] == filter_of("format", pix_fmts="yuv420p")
    (small,) = normalise(PictureFormat(640, 360, "yuv420p"))
    assert dict(small.options)["ispace"] == "smpte170m"
    (full,) = normalise(PictureFormat(1920, 1080, "yuvj420p", matrix=1, full_range=True))
    assert dict(full.options)["irange"] == "pc"
