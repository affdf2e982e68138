"""A stand-in for Whisper under tests: it says given words at a steady pace in whatever it hears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from aiditor.errors import BadInput
from aiditor.progress import Progress, silent
from aiditor.settings import Settings
from aiditor.speech.config import SpeechConfig
from aiditor.speech.engine import RATE_HZ
from aiditor.transcript import Segment, Transcript, Word
from aiditor.words import Words

STEP_S, LONG_S = 0.5, 0.4


class Reader:
    """An `Engine`. One that is given fewer words than it needs begins again."""

    name = "reader"
    draft = False
    language = "en"

    def __init__(self, text: str) -> None:
        self.words = text.split()
        self.asked_s: list[float] = []
        self.fails: BadInput | None = None
        """Raised instead, the next time that it listens."""

    def hear(self, sound: np.ndarray, *, progress: Progress = silent) -> tuple[tuple[Word, ...], ...]:
        progress(0.5, "reading")
        self.asked_s.append(len(sound) / RATE_HZ)
        if self.fails is not None:
            failure, self.fails = self.fails, None
            raise failure
        count = int((len(sound) / RATE_HZ - LONG_S) / STEP_S)
        said = (self.words[n % len(self.words)] for n in range(count))
        return (tuple(Word(text, n * STEP_S, n * STEP_S + LONG_S, 0.9) for n, text in enumerate(said)),)

    @contextmanager
    def opened(self, cfg: SpeechConfig) -> Iterator[Reader]:
        yield self


def with_weights(settings: Settings, folder: Path) -> Settings:
    """Settings that find a model in `folder`, so that what asks for one goes on to the engine."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(b"weights")
    return settings.model_copy(update={"whisper_model": str(folder)})


def given(*said: tuple[str, float, Sequence[tuple[str, float, float]]], alone: bool = False, track: int = 0) -> Words:
    """Words that a person wrote down: (source id, its length in seconds, (word, start, end) of each) a source."""
    transcripts = tuple(
        Transcript(
            name, length_s, "en", "given",
            (Segment(tuple(Word(*word) for word in words)),) if words else (), track=track, alone=alone,
        )
        for name, length_s, words in said
    )  # fmt: skip
    return Words(
        transcripts=transcripts, heard_s=tuple((one.source_id, ((0.0, one.duration_s),)) for one in transcripts)
    )
