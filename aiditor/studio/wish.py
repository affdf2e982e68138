"""What a montage should be, as the studio is asked for it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aiditor.config import Config
from aiditor.select import SelectConfig
from aiditor.words import WordWish

__all__ = ["Wish"]


class Wish(Config):
    """What the montage should be."""

    style: str = Field("hype", description="A preset's name.")
    seconds: float = Field(
        30.0, ge=SelectConfig.model_fields["target_s"].metadata[0].ge, le=1800, description="Length, in seconds."
    )
    aspects: tuple[Literal["landscape", "portrait"], ...] = Field(
        ("landscape", "portrait"), min_length=1, description="16:9, 9:16 or both."
    )
    music: Literal["composer", "musicgen", "own", "none"] = Field(
        "composer", description="Composed, generated from words, your own track, or none."
    )
    prompt: str = Field("", max_length=1000, description="Words for generated music; empty asks for the style's own.")
    music_file: str = Field("", description="Your own track.")
    seed: int | None = Field(None, ge=0, lt=2**32, description="The same seed composes the same piece again.")
    watermark: str | None = Field(None, max_length=60, description="Text in the corner; none takes the deployment's.")
    quality: Literal["full", "draft"] = Field("full", description="draft is a quarter of the picture, much sooner.")
    words: WordWish = Field(WordWish(), description="Captions, and the words that go.")
