"""What a render may be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from aiditor.config import Config
from aiditor.render.sound_config import SoundConfig

__all__ = ["RenderConfig"]

Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"]
Region = tuple[float, float, float, float]


class RenderConfig(Config):
    """Size, quality, framing and looks of the finished files."""

    fps: Literal["auto", 30, 60] = Field(
        "auto", description="Frames a second of the output; auto takes 60 when most of the footage has 50 or more."
    )
    landscape: Literal["source"] | tuple[int, int] = Field(
        (1920, 1080), description='Width and height of the 16:9 file in pixels; "source" takes the largest source\'s.'
    )
    portrait: tuple[int, int] = Field((1080, 1920), description="Width and height of the 9:16 file in pixels.")
    crf: int = Field(20, ge=10, le=40, description="Constant quality: lower is better and larger; 18 to 23 is usual.")
    preset: Preset = Field("veryfast", description="x264's preset: slower ones make smaller files.")
    gop_s: float = Field(2.0, ge=0.5, le=10, description="Seconds between keyframes.")
    encoder: Literal["auto", "libx264", "h264_nvenc"] = Field(
        "auto", description="auto tries NVENC and falls back to libx264; so does h264_nvenc where it does not open."
    )
    threads: int = Field(0, ge=0, le=64, description="Threads of each encoder and filter; 0 for one a core.")
    framing: Literal["crop", "blur", "stack"] = Field(
        "crop",
        description="Portrait: crop follows the action, blur fits the whole picture over a blurred copy, "
        "stack puts the kept HUD parts above the action.",
    )
    hud_keep: tuple[Region, ...] = Field(
        (),
        max_length=4,
        description="Parts of the picture to keep in portrait, each (left, top, right, bottom) in shares of the "
        "picture from 0 to 1.",
    )
    follow_speed: float = Field(
        0.35, gt=0, le=2, description="Fastest pan of the portrait crop, in picture widths a second."
    )
    look: Literal["none", "hype", "cinematic", "chill", "esports", "meme", "minimal"] = Field(
        "none", description="Colour grade."
    )
    look_strength: float = Field(1.0, ge=0, le=1, description="0 leaves the colours alone, 1 is the whole look.")
    letterbox: float = Field(
        0.0, ge=0, le=3, description="Aspect ratio of the picture inside black bars in landscape (2.39); 0 for none."
    )
    slow_motion: Literal["blend", "repeat"] = Field(
        "blend", description="How a speed ramp fills in missing frames: mixed from its neighbours, or repeated."
    )
    callouts: bool = Field(True, description="Pop up each cut's callout text at its peak.")
    sound: SoundConfig = Field(default_factory=SoundConfig, description="Levels, ducking and loudness of the mix.")
    watermark_text: str = Field("", max_length=60, description="Text drawn small in a corner; empty for none.")

    @field_validator("landscape", "portrait")
    @classmethod
    def _even(cls, size: tuple[int, int] | str) -> tuple[int, int] | str:
        if not isinstance(size, str) and any(side % 2 or not 64 <= side <= 8192 for side in size):
            raise ValueError("width and height are even numbers of pixels from 64 to 8192")
        return size

    @field_validator("hud_keep")
    @classmethod
    def _inside(cls, regions: tuple[Region, ...]) -> tuple[Region, ...]:
        for left, top, right, bottom in regions:
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise ValueError("a region is (left, top, right, bottom), each from 0 to 1")
        return regions
