"""What music is wanted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from aiditor.config import Config

__all__ = ["EngineName", "MusicConfig", "Style"]

Style = Literal["hype", "cinematic", "chill", "esports", "meme", "minimal"]
EngineName = Literal["composer", "musicgen", "audiocraft", "own", "none"]
Tempo = Annotated[float, Field(ge=50, le=200)]


class MusicConfig(Config):
    """The same configuration with the same seed gives the same samples."""

    engine: EngineName = Field(
        "composer",
        description="composer writes a new piece, musicgen and audiocraft generate one from words, own lays your track "
        "under the montage, none plays nothing.",
    )
    style: Style = Field("hype", description="What the composer writes, and what a generated piece is asked to be.")
    tempo_bpm: Tempo | tuple[Tempo, Tempo] | None = Field(
        None,
        description="Beats a minute: one value, or [lowest, highest] to choose between; empty lets the style choose.",
    )
    key: Literal["any", "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"] = Field(
        "any", description="Tonic of the piece; any lets the seed choose."
    )
    mode: Literal["any", "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "harmonic minor"] = Field(
        "any", description="Scale of the piece; any lets the style choose."
    )
    energy: float = Field(
        0.7, ge=0, le=1, description="From sparse and soft (0) to dense, bright and driven (1), as a share."
    )
    seed: int | None = Field(
        None, ge=0, lt=2**32, description="The same seed writes the same piece again; empty writes a new one each time."
    )
    path: str = Field("", description="Your own track, for the engine own.")
    start_s: float | None = Field(
        None, ge=0, description="Where in your own track the montage starts, in seconds; empty finds a place."
    )
    drop_after_s: float = Field(
        6.0,
        ge=0,
        le=60,
        description="Where your own track's drop is wanted, in seconds, when no moment stands out or the track's tempo "
        "drifts; else it falls on the best moment.",
    )
    fade_out_s: float = Field(
        2.5,
        ge=0,
        le=20,
        description="Shortest fade at the end of your own or a generated track, in seconds; it starts on a bar.",
    )
    model: str = Field(
        "small",
        min_length=1,
        description="Which MusicGen generates: small, medium, large, melody, or the path of a folder with your own.",
    )
    prompt: str = Field(
        "", max_length=1000, description="Words for the music to be generated; empty asks for the style's own."
    )
    melody: str = Field("", description="A track whose tune a generated piece follows; the model melody can do that.")
    guidance: float = Field(
        3.0, ge=1, le=10, description="How closely a generated piece keeps to its words; 1 does without guiding."
    )
    temperature: float = Field(
        1.0, ge=0.1, le=2, description="How much generation dares: under 1 plainer, over 1 wilder."
    )
    top_k: int = Field(
        250, ge=0, le=2048, description="From how many of the likeliest sounds each next one is drawn; 0 for all."
    )
    window_s: float = Field(
        30.0, ge=1, le=30, description="Seconds generated in one go; MusicGen has learned pieces of 30."
    )
    overlap_s: float = Field(
        10.0, ge=0.5, le=25, description="Seconds of what was last played that each next window goes on from."
    )
    longest_s: float = Field(
        60.0, ge=1, le=600, description="Most seconds to generate; a longer montage repeats the piece from a bar line."
    )
    licence_held: bool = Field(
        False,
        description="You state that you may use music commercially though its model or track is for non-commercial "
        "use only.",
    )

    @model_validator(mode="after")
    def _tempo_in_order(self) -> MusicConfig:
        if isinstance(self.tempo_bpm, tuple) and self.tempo_bpm[0] > self.tempo_bpm[1]:
            raise ValueError("tempo_bpm: the lowest tempo comes first")
        return self

    @model_validator(mode="after")
    def _windows_go_on(self) -> MusicConfig:
        if self.overlap_s > 0.9 * self.window_s:
            raise ValueError("overlap_s: windows of window_s overlap by nine tenths at most")
        return self
