"""How moments become cuts: lengths, order, beats and dressing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aiditor.config import Config

__all__ = ["Callouts", "Order", "SelectConfig", "TransitionKind"]

Order = Literal["time", "strength", "build"]
Callouts = Literal["none", "events", "rank"]
TransitionKind = Literal["crossfade", "whip", "flash", "zoom_punch"]


class SelectConfig(Config):
    """Every choice between the scored curve and the finished timeline."""

    target_s: float = Field(30.0, ge=3, le=1800, description="Length of the montage, in seconds.")
    floor: float = Field(0.15, ge=0, le=1, description="Moments scored under this are only used to fill.")
    pre_roll_s: float = Field(1.6, ge=0.2, le=10, description="Seconds shown before a moment's peak.")
    post_roll_s: float = Field(1.2, ge=0.2, le=10, description="Seconds shown after its action ends.")
    shortest_cut_s: float = Field(1.2, ge=0.4, le=20, description="No cut is shorter than this.")
    longest_cut_s: float = Field(6.0, ge=1, le=60, description="No cut is longer, unless footage is short.")
    merge_gap_s: float = Field(1.0, ge=0, le=10, description="Moments closer than this share one cut.")
    order: Order = Field("time", description="By time, strongest first, or building up to the strongest.")
    share_per_clip: float = Field(
        1.0, gt=0, le=1, description="Most of the montage that one clip may fill; given up when footage is short."
    )
    on_beat: bool = Field(True, description="Cuts start on beats of the music; strong moments peak on downbeats.")
    strong_share: float = Field(0.4, ge=0, le=1, description="The strongest share of cuts: on downbeats, and dressed.")
    transitions: tuple[TransitionKind, ...] = Field((), description="Ways into a strong cut, taken in turn.")
    transition_share: float = Field(0.5, ge=0, le=1, description="Share of cuts entered by a transition.")
    transition_s: float = Field(0.3, ge=0.1, le=1.5, description="How long a transition lasts, in seconds.")
    ramp_speed: float = Field(1.0, ge=0.25, le=1, description="Playback speed at the strongest peaks; 1 is off.")
    ramp_s: float = Field(0.5, ge=0.1, le=2, description="Seconds of footage slowed at such a peak.")
    ramp_share: float = Field(0.25, ge=0, le=1, description="Share of cuts that are slowed, strongest first.")
    callouts: Callouts = Field(
        "none", description="Text at the peak: what was detected (events), or the three best counted down (rank)."
    )
