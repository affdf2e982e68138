"""What counts, and how much."""

from __future__ import annotations

from pydantic import Field

from aiditor.config import Config

__all__ = ["EVENT_WEIGHTS", "SIGNAL_RULES", "ScoreConfig", "SignalRule"]


class SignalRule(Config):
    """How one signal of `aiditor.detect` adds to the curve."""

    weight: float = Field(ge=0.0, le=1.0, description="Share of the curve that this signal can make up.")
    least_span: float = Field(
        gt=0.0,
        description="How far the signal must rise over the source's calm to count in full, in its own unit, "
        "even where the source never rises so far: dull footage stays low.",
    )
    calm_most: float | None = Field(
        None, description="The calm is never taken to be higher than this, so that a clip that is all action counts."
    )
    smooth_s: float = Field(1.0, ge=0.0, le=10.0, description="Averaged over about so many seconds.")
    says: str = Field(min_length=1, description="The reason in words.")


SIGNAL_RULES: dict[str, SignalRule] = {
    "highlight": SignalRule(
        weight=1.0, least_span=0.6, calm_most=0.05, smooth_s=0.5, says="the model sees a highlight"
    ),
    "high_db": SignalRule(weight=0.4, least_span=20.0, calm_most=-38.0, smooth_s=1.5, says="cracks and bangs"),
    "loudness_db": SignalRule(weight=0.3, least_span=18.0, calm_most=-25.0, smooth_s=1.5, says="loud burst"),
    "low_db": SignalRule(weight=0.1, least_span=20.0, calm_most=-30.0, smooth_s=1.5, says="deep rumble"),
    "onset": SignalRule(weight=0.1, least_span=1.5, smooth_s=1.5, says="rapid hits"),
    "stir": SignalRule(weight=0.1, least_span=2.0, smooth_s=1.5, says="change in the picture"),
    "motion": SignalRule(weight=0.05, least_span=0.12, smooth_s=0.5, says="motion"),
    "flash": SignalRule(weight=0.05, least_span=0.25, smooth_s=0.25, says="flash"),
}
"""Motion and flashes weigh only where the picture was looked at, and little: around the kills of recorded Doom (eight
films of six maps) motion told anything from the wrong to the right (area under the ROC curve 0.26 to 0.86), while
high_db averaged over a second told most (0.78 to 0.99). Among a hundred random choices of these weights the share
of a montage near kills differed less than from map to map, so the numbers are round and every part of the sound has
its say. The trained model's own curve, where there is one, says as much as all the others together."""

EVENT_WEIGHTS: dict[str, float] = {
    "kill": 0.7,
    "headshot": 0.3,
    "multi_kill": 0.6,
    "clutch": 0.6,
    "score": 0.6,
    "burst": 0.0,
    "other_kill": -0.2,
    "death": -0.3,
}
"""Share of the way to 1 (or, below zero, to 0) that a sure event of the kind moves the curve. `burst` is made
of the same signals that the curve is made of, so it counts for nothing more."""


class ScoreConfig(Config):
    """Settings of `aiditor.score.score`."""

    signals: dict[str, SignalRule] = Field(SIGNAL_RULES, min_length=1, description="How each signal adds to the curve.")
    event_weights: dict[str, float] = Field(EVENT_WEIGHTS, description="What an event of each kind adds, from -1 to 1.")
    event_spread_s: float = Field(1.0, ge=0.1, le=10.0, description="How far around an event it lifts the curve.")
    calm_share: float = Field(
        0.25, ge=0.0, le=0.9, description="The quietest share of the source, which counts as its calm."
    )
    quiet_db: float = Field(
        -55.0,
        ge=-100.0,
        le=0.0,
        description="Sound below this level (dB full scale) adds nothing, however it stands out.",
    )
    floor: float = Field(0.2, ge=0.0, le=1.0, description="Peaks below this are no moments.")
    hold: float = Field(
        0.85, gt=0.0, le=1.0, description="The action lasts while the curve keeps this share of its peak."
    )
    merge_gap_s: float = Field(0.5, ge=0.0, le=10.0, description="Moments closer than this are one, in seconds.")
    peak_gap_s: float = Field(2.5, ge=0.25, le=30.0, description="Least distance between two peaks, in seconds.")
    longest_s: float = Field(3.0, ge=0.5, le=120.0, description="No moment is longer, in seconds.")
