"""How detection looks, and how much of the picture it may look at."""

from __future__ import annotations

from pydantic import Field

from aiditor.config import Config

__all__ = ["DetectConfig"]


class DetectConfig(Config):
    """Settings of `aiditor.detect.detect`."""

    detectors: tuple[str, ...] = Field(
        ("signals",),
        min_length=1,
        description="Which detectors look for events; their events are added up.",
    )
    model: str = Field("", description="The trained model's weights; empty for those that AIditor ships.")
    model_version: str = Field("", description="Names the weights, so that kept results of others are not read.")
    player: str = Field(
        "", max_length=60, description="The player's name as the game shows it; empty to find it out from the feed."
    )
    game: str = Field("generic", description="Whose text rules to read by: a name in configs/games.")
    read_text: bool = Field(True, description="Read what the game prints, where the trained model is used.")
    text_share: float = Field(
        0.025, ge=0.0, le=1.0, description="Time that reading text may take, as a share of the recording's length."
    )
    step_s: float = Field(0.25, ge=0.1, le=1.0, description="Seconds between samples of every signal.")
    keyframe_gap_s: float = Field(
        1.0,
        ge=0.1,
        le=10.0,
        description="Keyframes closer than this to the last one are passed by, in seconds.",
    )
    dense_share: float = Field(
        0.10,
        ge=0.0,
        le=1.0,
        description="Share of the frames that may be decoded around the best candidates: more finds more, slower.",
    )
    dense_share_without_sound: float = Field(
        0.15, ge=0.0, le=1.0, description="The same share for a clip without sound, where the picture is all there is."
    )
    dense_least_s: float = Field(
        6.0, ge=0.0, le=60.0, description="Seconds of picture that are looked at however short the clip is."
    )
    dense_before_s: float = Field(1.5, ge=0.0, le=10.0, description="Looked at before a candidate, in seconds.")
    dense_after_s: float = Field(1.0, ge=0.1, le=10.0, description="Looked at after a candidate, in seconds.")
    dense_every_s: float = Field(
        0.0625, ge=0.02, le=0.5, description="Seconds between the pictures compared around candidates."
    )
    voice: bool = Field(True, description="Look for voices. Without it the voice signal is NaN.")
    burst_db: float = Field(
        3.0,
        ge=0.5,
        le=20.0,
        description="How far the action must stand out of its scene to be a burst, in dB.",
    )
    scene_s: float = Field(600.0, ge=5.0, le=3600.0, description="Seconds around a moment that count as its scene.")
    burst_gap_s: float = Field(2.0, ge=0.25, le=30.0, description="Least distance between two bursts, in seconds.")
