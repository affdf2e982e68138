"""What the mix may be told."""

from __future__ import annotations

from pydantic import Field

from aiditor.config import Config

__all__ = ["SoundConfig"]


class SoundConfig(Config):
    """Levels, ducking, fades and loudness of the finished sound.

    Before the gains, game sound and music are each brought to a usual level, so that 0 dB suits quiet and loud
    recordings alike.
    """

    game_gain_db: float = Field(0.0, ge=-60, le=24, description="Game sound against its usual level, in dB.")
    microphone_gain_db: float = Field(0.0, ge=-60, le=24, description="Microphone tracks against the game's, in dB.")
    music_gain_db: float = Field(0.0, ge=-60, le=24, description="Music against its usual level, in dB.")
    duck_db: float = Field(7.0, ge=0, le=40, description="How far the music steps back under action and voice, in dB.")
    duck_attack_s: float = Field(
        0.08, ge=0, le=1, description="How long before a sound the music starts to step back, in seconds."
    )
    duck_hold_s: float = Field(
        0.15, ge=0, le=2, description="How long after a sound the music stays back, in seconds: it bridges shots."
    )
    duck_release_s: float = Field(
        0.45, ge=0, le=5, description="How long the music takes to come back, from a beat on, in seconds."
    )
    duck_under_events: bool = Field(True, description="Step back just before a kill or another event is heard.")
    duck_under_game: bool = Field(True, description="Step back under loud game sound, most near an event.")
    duck_under_voice: bool = Field(True, description="Step back where somebody speaks.")
    cut_fade_s: float = Field(
        0.008, ge=0, le=0.25, description="Fade in and out at every cut, in seconds: long enough not to click."
    )
    mute_fade_s: float = Field(
        0.015, ge=0, le=0.25, description="Fade before and after a muted word, outside its span, in seconds."
    )
    end_fade_s: float = Field(0.4, ge=0, le=10, description="Fade of the game sound at the montage's end, in seconds.")
    target_lufs: float = Field(-14.0, ge=-40, le=-8, description="Integrated loudness of the result, in LUFS.")
    true_peak_dbtp: float = Field(-1.0, ge=-12, le=0, description="Highest true peak of the published file, in dBTP.")
    encoder_headroom_db: float = Field(
        2.5, ge=0, le=6, description="Kept under the true peak before encoding, in dB: lossy codecs overshoot."
    )
