"""What captions may be told, and the presets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from aiditor.config import Config

__all__ = ["PRESETS", "CaptionConfig", "Platform", "Preset"]

Preset = Literal["karaoke", "pop", "minimal"]
Platform = Literal["all", "tiktok", "shorts", "reels"]

PRESETS: dict[str, dict[str, Any]] = {
    "karaoke": {},
    "pop": {"motion": "pop", "size": 0.105, "colour": "#ffffff", "words_per_page": 3, "stroke": 0.10},
    "minimal": {
        "motion": "none",
        "face": "text",
        "size": 0.055,
        "stroke": 0.055,
        "shadow": 0.5,
        "uppercase": False,
        "trim": False,
        "words_per_page": 7,
        "shortest_s": 0.8,
    },
}
"""What each preset sets; whatever it does not name has the field's own default."""

COLOUR = r"^#[0-9a-fA-F]{6}$"


class CaptionConfig(Config):
    """How spoken words look on the picture. A preset fills in what is not given beside it."""

    preset: Preset = Field(
        "karaoke",
        description="karaoke lights up the word being said, pop brings words in one by one, minimal is a plain line.",
    )
    motion: Literal["highlight", "pop", "none"] = Field(
        "highlight", description="What moves: the lit word, words that pop in, or nothing."
    )
    face: Literal["display", "text"] = Field(
        "display", description="display is narrow, tall type for capitals; text is type for whole sentences."
    )
    size: float = Field(
        0.095, ge=0.02, le=0.25, description="Height of the type, as a share of the picture's shorter side."
    )
    colour: str = Field("#ffffff", pattern=COLOUR, description="Colour of the words, as #rrggbb.")
    highlight: str = Field("#ffd60a", pattern=COLOUR, description="Colour of the word being said, as #rrggbb.")
    stroke_colour: str = Field("#0b0b10", pattern=COLOUR, description="Colour of the outline, as #rrggbb.")
    stroke: float = Field(0.085, ge=0, le=0.25, description="Width of the outline, as a share of the type's height.")
    shadow: float = Field(0.75, ge=0, le=1, description="How dark the shadow behind the words is; 0 for none.")
    position: Literal["bottom", "middle"] = Field(
        "bottom", description="At the lower end of the area that is free for captions, or in its middle."
    )
    platform: Platform = Field(
        "all", description="Whose buttons upright captions stay clear of; all is clear of every one of them."
    )
    uppercase: bool = Field(True, description="Write in capitals.")
    trim: bool = Field(True, description="Leave out full stops and commas at the end of words.")
    words_per_page: int = Field(4, ge=1, le=12, description="Words shown at once, at most.")
    lines: int = Field(2, ge=1, le=4, description="Lines shown at once, at most.")
    shortest_s: float = Field(0.5, ge=0.1, le=3, description="Seconds a page stands at least, where there is room.")
    hold_s: float = Field(0.3, ge=0, le=2, description="Seconds a page stays after its last word.")
    close_gap_s: float = Field(
        0.5, ge=0, le=3, description="Seconds between two pages below which the first stays until the second comes."
    )
    pause_s: float = Field(0.7, ge=0.1, le=5, description="Seconds of silence that end a page.")

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return {**PRESETS.get(str(given.get("preset", "karaoke")), {}), **given}
        return given
