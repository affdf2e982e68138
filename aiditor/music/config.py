"""What music is wanted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from aiditor.config import Config

__all__ = ["MusicConfig", "Style"]

Style = Literal["hype", "cinematic", "chill", "esports", "meme", "minimal"]
Tempo = Annotated[float, Field(ge=50, le=200)]


class MusicConfig(Config):
    """The same configuration with the same seed gives the same samples."""

    engine: Literal["composer", "own", "none"] = Field(
        "composer",
        description="composer writes a new piece, own lays your track under the montage, none plays nothing.",
    )
    style: Style = Field("hype", description="What the composer writes.")
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
        6.0, ge=0, le=60, description="How far into the montage your own track's drop is wanted, in seconds."
    )
    fade_out_s: float = Field(
        2.5, ge=0, le=20, description="Shortest fade at the end of your own track, in seconds; it starts on a bar."
    )

    @model_validator(mode="after")
    def _tempo_in_order(self) -> MusicConfig:
        if isinstance(self.tempo_bpm, tuple) and self.tempo_bpm[0] > self.tempo_bpm[1]:
            raise ValueError("tempo_bpm: the lowest tempo comes first")
        return self
