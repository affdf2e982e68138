"""The Style tab: what the montage should be. Sliders and bounds come from the fields of `Wish`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import gradio as gr
from pydantic import ValidationError

from aiditor.errors import BadConfig
from aiditor.studio import Studio, Wish
from aiditor.words import WordWish

__all__ = ["StyleTab", "read_wish", "style_tab"]

ASPECTS = [("16:9 for YouTube", "landscape"), ("9:16 for Shorts, TikTok and Reels", "portrait")]
MUSIC = [
    ("Composed for this montage", "composer"),
    ("Generated from words", "musicgen"),
    ("My own track", "own"),
    ("No music", "none"),
]
CAPTIONS = [("As the style says", "style"), ("Karaoke", "karaoke"), ("Pop", "pop"), ("Minimal", "minimal"),
            ("None", "none")]  # fmt: skip
CENSOR = [("As the style says", "style"), ("Nothing", "off"), ("Slurs", "slurs"), ("Strong words too", "strong"),
          ("Everything listed", "strict")]  # fmt: skip
METHOD = [("As the style says", "style"), ("Silence", "mute"), ("Bleep", "bleep"), ("Soft noise", "duck"),
          ("Cut out with its picture", "cut")]  # fmt: skip
BLUR = [("Bad words", "words"), ("Other players' names", "names")]
QUALITY = [("Full HD", "full"), ("Draft: smaller, much sooner", "draft")]
FIELDS = {*Wish.model_fields, *WordWish.model_fields}


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
    captions: str = "style",
    censor: str = "style",
    method: str = "style",
    mute_words: str = "",
    language: str = "",
    blur: list[str] | None = None,
    prompt: str = "",
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
                "prompt": (prompt or "").strip(),
                "seed": _number(seed),
                "watermark": watermark,
                "quality": quality,
                "words": {
                    "captions": captions,
                    "censor": censor,
                    "method": method,
                    "blur_words": "words" in (blur or ()),
                    "blur_names": "names" in (blur or ()),
                    "mute_words": tuple(filter(None, (word.strip() for word in re.split("[,;\n]", mute_words or "")))),
                    "language": (language or "").strip().lower(),
                },
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(next(part for part in reversed(first["loc"]) if isinstance(part, str) and part in FIELDS))
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
        prompt = gr.Textbox(
            "", label="What it should sound like", visible=False, max_length=1000, elem_id="prompt",
            placeholder="the style's own words", info="MusicGen makes it. Its public weights are for "
            "non-commercial use only (CC-BY-NC 4.0); on a computer without a GPU it takes minutes.",
        )  # fmt: skip
        with gr.Row():
            seed = gr.Textbox(
                "", label="Seed", info="The same number composes the same music again; empty is new each time.",
                placeholder="new each time", max_length=10, elem_id="seed",
            )  # fmt: skip
            watermark = gr.Textbox(
                studio.settings.watermark_text, label="Watermark", info="Small, in a corner; empty draws none.",
                max_length=60, elem_id="watermark",
            )  # fmt: skip
        spoken = _words()
        forward = gr.Button("Render →", variant="primary", elem_id="to-render")

    def show_track(chosen: str) -> tuple[Any, Any]:
        return gr.update(visible=chosen == "own"), gr.update(visible=chosen == "musicgen")

    music.change(show_track, music, [track, prompt], api_visibility="private", show_progress="hidden")
    return StyleTab([style, seconds, aspects, music, track, seed, watermark, quality, *spoken, prompt], forward)


def _words() -> list[Any]:
    """Captions and censoring: choices and their hints are those of the fields."""
    field = WordWish.model_fields
    with gr.Row():
        captions = gr.Radio(
            CAPTIONS, value="style", label="Captions", info=field["captions"].description, elem_id="captions"
        )
        censor = gr.Radio(
            CENSOR, value="style", label="Take words out", info=field["censor"].description, elem_id="censor"
        )
    method = gr.Radio(METHOD, value="style", label="In their place", elem_id="censor-method")
    with gr.Row():
        mute_words = gr.Textbox(
            "", label="Words of your own", info=f"{field['mute_words'].description} Separate them by commas.",
            placeholder="none", elem_id="mute-words",
        )  # fmt: skip
        language = gr.Textbox(
            "", label="Spoken language", info="Two letters, as en or de; empty to find it out.",
            placeholder="found out", max_length=3, elem_id="language",
        )  # fmt: skip
    blur = gr.CheckboxGroup(
        BLUR, value=[], label="Blur in the picture", elem_id="blur",
        info="In chat and kill feeds. Every frame is looked at: it takes a few seconds for each second shown.",
    )  # fmt: skip
    return [captions, censor, method, mute_words, language, blur]
