"""The frame grid: every frame belongs to one cut, and the sound is cut to the same length."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiditor.errors import BadConfig
from aiditor.render import RenderConfig, frame_rate, length_s, spans
from aiditor.render.grid import size_of
from aiditor.timeline import Cut, MediaInfo, Source, Timeline, VideoStream


def source(name: str, rate_hz: float, size: tuple[int, int] = (1920, 1080)) -> Source:
    video = VideoStream(
        0, "h264", *size, *size, "1/1", 0, rate_hz, False, "yuv420p", 8, "bt709", hdr=False, interlaced=False, start_s=0
    )
    return Source(name, f"{name}.mp4", MediaInfo("mp4", 60.0, 0.0, 1, video, ()))


def timeline(*cuts: tuple[str, float], sources: tuple[Source, ...]) -> Timeline:
    at_s, placed = 0.0, []
    for name, length in cuts:
        placed.append(Cut(name, 1.0, 1.0 + length, at_s, 1.0 + length / 2))
        at_s += length
    return Timeline(sources, tuple(placed))


@given(st.lists(st.floats(0.3, 9.0), min_size=1, max_size=30), st.sampled_from([30, 60]))
def test_cuts_share_out_all_frames_without_gap_or_overlap(lengths: list[float], fps: int) -> None:
    line = timeline(*(("a", length) for length in lengths), sources=(source("a", 60),))
    owned = spans(line, fps)
    assert [index for span in owned for index in span] == list(range(owned[-1].stop))
    assert owned[-1].stop / fps == pytest.approx(line.duration_s, abs=0.5 / fps + 1e-9)
    assert length_s(line, RenderConfig(fps=fps)) == owned[-1].stop / fps


def test_auto_rate_follows_most_of_the_montage() -> None:
    sources = (source("slow", 30), source("fast", 59.94))
    assert frame_rate(timeline(("slow", 3), ("fast", 4), sources=sources), RenderConfig()) == 60
    assert frame_rate(timeline(("slow", 5), ("fast", 4), sources=sources), RenderConfig()) == 30
    assert frame_rate(timeline(("slow", 5), sources=sources), RenderConfig(fps=60)) == 60


def test_source_size_takes_the_largest_that_is_used() -> None:
    sources = (source("small", 30, (1280, 720)), source("large", 30, (2561, 1441)), source("unused", 30, (3840, 2160)))
    line = timeline(("small", 2), ("large", 2), sources=sources)
    assert size_of("landscape", line, RenderConfig(landscape="source")) == (2560, 1440)
    assert size_of("portrait", line, RenderConfig()) == (1080, 1920)


def test_an_unknown_aspect_is_refused() -> None:
    line = timeline(("a", 2), sources=(source("a", 30),))
    with pytest.raises(BadConfig, match="square"):
        size_of("square", replace(line), RenderConfig())
