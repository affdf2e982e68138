"""The Style tab: what the montage should be. Sliders and bounds come from the fields of `Wish`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from aiditor.errors import BadConfig
from aiditor.ui.studio import Studio, Wish

__all__ = ["StyleTab", "read_wish", "style_tab"]

ASPECTS = [("16:9 for YouTube", "landscape"), ("9:16 for Shorts, TikTok and Reels", "portrait")]
MUSIC = [("Composed for this montage", "composer"), ("My own track", "own"), ("No music", "none")]
QUALITY = [("Full HD", "full"), ("Draft: smaller, much sooner", "draft")]


@dataclass(frozen=True)
class StyleTab:
    inputs: list[Any]
    """In the order that `read_wish` takes their values."""
    forward: gr.Button


def read_wish(
    style: str = "hype",
    seconds: float = 30.0,
    aspects: list[str] | None = None,
    music: str = "composer",
    music_file: str | None = None,
    seed: str | float | None = None,
    watermark: str | None = None,
    quality: str = "full",
) -> Wish:
    """The wish that these values make. Raises BadConfig naming the field that is off."""
    try:
        return Wish.model_validate(
            {
                "style": style,
                "seconds": seconds,
                "aspects": tuple(aspects or ()),
                "music": music,
                "music_file": music_file or "",
                "seed": _number(seed),
                "watermark": watermark,
                "quality": quality,
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        if name == "aspects" and not aspects:
            raise BadConfig("no picture shape is chosen", remedy="choose 16:9, 9:16 or both on the Style tab") from None
        raise BadConfig(f"{name}: {first['msg'].lower()}", remedy="change it on the Style tab") from None


def _number(seed: str | float | None) -> int | str | None:
    """A whole number where it is one; else as it came, for the field to refuse."""
    if seed is None or not str(seed).strip():
        return None
    return int(seed) if isinstance(seed, float) and seed.is_integer() else str(seed).strip()


def style_tab(studio: Studio) -> StyleTab:
    """Builds and wires the tab."""
    field = Wish.model_fields
    longest_s = studio.settings.freemium_max_duration
    with gr.Tab("Style", id="style"):
        choices = [(f"{style.title}\n{style.description}", style.name) for style in studio.presets()]
        style = gr.Radio(choices, value="hype", label="Style", elem_id="style", elem_classes="ai-styles")
        with gr.Row():
            seconds = gr.Slider(
                field["seconds"].metadata[0].ge, longest_s, value=min(30, longest_s), step=1,
                label="Length (seconds)", info="Kept within 5 % where the clips hold enough.", elem_id="seconds",
            )  # fmt: skip
            aspects = gr.CheckboxGroup(ASPECTS, value=["landscape", "portrait"], label="Shapes", elem_id="aspects")
        with gr.Row():
            music = gr.Radio(MUSIC, value="composer", label="Music", elem_id="music")
            quality = gr.Radio(QUALITY, value="full", label="Quality", elem_id="quality")
        track = gr.File(
            label="Your track",
            file_count="single",
            file_types=["audio"],
            visible=False,
            height=120,
            elem_id="own-track",
        )
        with gr.Row():
            seed = gr.Textbox(
                "", label="Seed", info="The same number composes the same music again; empty is new each time.",
                placeholder="new each time", max_length=10, elem_id="seed",
            )  # fmt: skip
            watermark = gr.Textbox(
                studio.settings.watermark_text, label="Watermark", info="Small, in a corner; empty draws none.",
                max_length=60, elem_id="watermark",
            )  # fmt: skip
        forward = gr.Button("Render →", variant="primary", elem_id="to-render")

    def show_track(chosen: str) -> Any:
        return gr.update(visible=chosen == "own")

    music.change(show_track, music, track, api_visibility="private", show_progress="hidden")
    return StyleTab([style, seconds, aspects, music, track, seed, watermark, quality], forward)
