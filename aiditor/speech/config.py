"""What is listened for, and by what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aiditor.config import Config

__all__ = ["SpeechConfig"]


class SpeechConfig(Config):
    """Settings of `aiditor.speech.transcribe`."""

    engine: Literal["auto", "faster-whisper", "pocketsphinx"] = Field(
        "auto", description="Who listens: Whisper where its weights are, else the offline keyword spotter."
    )
    model: str = Field(
        "", description="Folder with Whisper's weights in CTranslate2's form; empty where there is none."
    )
    language: str = Field("", pattern=r"^([a-z]{2,3})?$", description="ISO 639-1; empty to find it out.")
    beam: int = Field(5, ge=1, le=10, description="Whisper's beam: wider is slower and a little better.")
    batch: int = Field(8, ge=1, le=64, description="Stretches that Whisper hears at the same time.")
    words: tuple[str, ...] = Field((), description="What the keyword spotter listens for; Whisper hears everything.")
    voice_least: float = Field(
        0.35, ge=0.0, le=1.0, description="Stretches in which a voice is never surer than this are not listened to."
    )
    margin_s: float = Field(
        1.5, ge=0.5, le=10.0, description="Seconds heard before and after what is shown, so that words there are whole."
    )
    pause_s: float = Field(0.5, ge=0.1, le=5.0, description="A pause this long, in seconds, ends a segment.")
    stretch_s: float = Field(
        240.0, ge=30.0, le=1200.0, description="Longest stretch held in memory, in seconds; cut at a pause."
    )
    no_speech_most: float = Field(
        0.6, ge=0.0, le=1.0, description="A segment that is more likely no speech than this, and unsure, is dropped."
    )
    sure_least: float = Field(
        -1.0, ge=-10.0, le=0.0, description="Mean log-probability of a word below which a segment is unsure."
    )
    compression_most: float = Field(
        2.4, ge=1.0, le=10.0, description="A text that zlib shrinks by more is a loop, and dropped."
    )
    repeats_most: int = Field(
        3, ge=1, le=20, description="The same few words in a row more often than this are a loop."
    )
