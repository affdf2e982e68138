"""How much is censored, and what is heard instead."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from aiditor.config import Config

__all__ = ["CensorConfig", "Level", "Method"]

Level = Literal["off", "slurs", "strong", "strict"]
Method = Literal["mute", "bleep", "duck", "cut"]
Spelled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]
ListName = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z]{2,3}([-_]\w+)?$")]


class CensorConfig(Config):
    """Which words go, how widely they are covered, and with what."""

    level: Level = Field(
        "off", description="Nothing, slurs only, strong words too, or everything listed; strict always takes slurs."
    )
    method: Method = Field(
        "mute", description="Silence, a bleep, soft noise over the lowered word, or the word cut out with its picture."
    )
    languages: tuple[ListName, ...] = Field(
        (), max_length=8, description="Word lists to use (en, de …; own for your words alone); none: as spoken."
    )
    own_words: tuple[Spelled, ...] = Field(
        (), max_length=1000, description="Words of your own, taken on every level but off; noob* takes noobs too."
    )
    exceptions: tuple[Spelled, ...] = Field(
        (), max_length=1000, description="Words never taken; a listed word stands for all of its forms."
    )
    pad_before_s: float = Field(0.1, ge=0, le=1, description="Seconds covered before a word: it may start early.")
    pad_after_s: float = Field(0.12, ge=0, le=1, description="Seconds covered after a word: it may end late.")
    least_word_s: float = Field(
        0.2, ge=0.05, le=1, description="No word is taken to be shorter, in seconds: engines cut some down to nothing."
    )
    merge_gap_s: float = Field(
        0.08, ge=0, le=1, description="Covered stretches closer than this become one, in seconds."
    )
    fade_s: float = Field(
        0.01, ge=0.002, le=0.1, description="Fade before and after a covered stretch, outside it, in seconds."
    )
    bleep_hz: float = Field(1000.0, ge=300, le=3000, description="Pitch of the bleep, in Hz.")
    bleep_gain_db: float = Field(
        -3.0, ge=-20, le=6, description="The bleep against the speech around it, both as RMS, in dB."
    )
    blur_words: bool = Field(
        False, description="Words of the lists that stand on the screen, in chat and feeds, are made unreadable too."
    )
    blur_names: bool = Field(
        False, description="Names of other players, in chat and feeds, are made unreadable; your own stays."
    )
    names: tuple[Spelled, ...] = Field(
        (), max_length=200, description="Names that are made unreadable wherever they stand on the screen."
    )
    duck_db: float = Field(
        66.0, ge=60, le=100, description="How far a word is lowered under soft noise, in dB; from 60 it is not heard."
    )

    @property
    def on_screen(self) -> bool:
        """Whether anything in the picture is to go."""
        return self.blur_words or self.blur_names or bool(self.names)
