"""What the highlight net is asked and how large it is: known without importing torch."""

from __future__ import annotations

from pydantic import Field

from aiditor.config import Config
from aiditor.detect.sound import MEL_HZ

__all__ = ["KINDS", "MEL_RATE", "OUTPUTS", "STEP_S", "NetConfig"]

KINDS = ("kill", "headshot", "multi_kill", "clutch", "death", "other_kill", "score")
"""Kinds of event, in the order of the net's outputs; the highlight score comes after them."""
OUTPUTS = len(KINDS) + 1
STEP_S = 0.25
MEL_RATE = round(MEL_HZ * STEP_S)
"""Spectra a step."""


class NetConfig(Config):
    """The net's size; kept with its weights."""

    audio_width: int = Field(24, ge=4, le=128, description="Channels of the audio eye's first layer.")
    picture_width: int = Field(16, ge=4, le=128, description="Channels of the picture eye's first layer.")
    embedding: int = Field(96, ge=8, le=512, description="Length of each eye's vector.")
    head: int = Field(128, ge=8, le=512, description="Channels of the head.")
    dilations: tuple[int, ...] = Field((1, 2, 4, 8, 16, 32, 1), description="Of the head's layers, in steps.")
    dropout: float = Field(0.2, ge=0.0, lt=1.0)
