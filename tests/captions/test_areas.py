"""Where captions may lie, held against what the renderer lays there."""

from __future__ import annotations

import numpy as np
import pytest

from aiditor.captions.areas import PLATFORMS, Box, caption_area, margins_for
from aiditor.captions.config import PRESETS, CaptionConfig
from aiditor.render.framing import Canvas
from aiditor.render.text import OVERSHOOT, Lettering, draw_callout, draw_watermark

SIZES = [(1920, 1080), (1280, 720), (320, 180), (3840, 2160), (2560, 1080), (1080, 1920), (720, 1280), (360, 640)]


def inked(lettering: Lettering) -> Box:
    rows, columns = np.nonzero(lettering.pixels[..., 3] > 8)
    return Box(
        lettering.left + int(columns.min()),
        lettering.top + int(rows.min()),
        lettering.left + int(columns.max()) + 1,
        lettering.top + int(rows.max()) + 1,
    )


def apart(one: Box, other: Box) -> bool:
    return (
        one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top
    )  # fmt: skip


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_captions_lie_clear_of_callouts_and_the_watermark(width: int, height: int) -> None:
    canvas = Canvas("landscape" if width > height else "portrait", width, height)
    area = caption_area(width, height)
    for callout in ("ACE", "DOUBLE KILL", "AN UNBELIEVABLE QUADRUPLE KILL"):
        assert apart(inked(draw_callout(callout, canvas, OVERSHOOT, 1.0)), area)
    assert apart(inked(draw_watermark("Aiditor Free", canvas)), area)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("platform", ["all", *PLATFORMS])
def test_areas_are_inside_the_margins_even_and_centred(width: int, height: int, platform: str) -> None:
    area = caption_area(width, height, platform)
    assert all(edge % 2 == 0 for edge in (area.left, area.top, area.right, area.bottom))
    assert abs(area.left - (width - area.right)) <= 1
    assert area.width > width * 0.5
    assert area.height > height * 0.2
    if height > width:
        margins = margins_for(platform)
        assert area.left >= margins.left * width
        assert area.right <= (1 - margins.right) * width
        assert area.bottom <= (1 - margins.bottom) * height
    else:
        assert area.left >= 0.05 * width
        assert area.bottom <= 0.95 * height


def test_all_platforms_together_are_clear_of_each() -> None:
    together = caption_area(1080, 1920, "all")
    assert all(caption_area(1080, 1920, platform).holds(together) for platform in PLATFORMS)
    assert all(margins.source for margins in PLATFORMS.values())


def test_a_preset_fills_in_what_is_not_given() -> None:
    assert CaptionConfig(preset="pop").motion == "pop"
    assert CaptionConfig(preset="minimal", size=0.08).size == 0.08
    for name in PRESETS:
        cfg = CaptionConfig(preset=name)
        assert CaptionConfig.model_validate_json(cfg.model_dump_json()) == cfg
