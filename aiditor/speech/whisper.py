"""Whisper (Radford et al. 2022) through faster-whisper: every word with its time, in a hundred languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from aiditor.errors import BadInput, MissingPart
from aiditor.models.pool import Pool, shared
from aiditor.models.spec import Spec
from aiditor.progress import Progress, silent
from aiditor.speech.config import SpeechConfig
from aiditor.speech.engine import RATE_HZ, Engine
from aiditor.speech.guards import Heard, believed
from aiditor.transcript import Word

__all__ = ["Whisper", "open_whisper"]

_NAME = "whisper"
_WORK = 1.5
"""Room beside the weights, as a share of them: what decoding keeps for each beam."""


@contextmanager
def open_whisper(cfg: SpeechConfig, pool: Pool | None = None) -> Iterator[Engine]:
    """Whisper with the weights in the folder `cfg.model`. Raises MissingPart without them."""
    yield Whisper(cfg, pool or shared())


class Whisper:
    """An `Engine` that takes the model from the pool for one stretch at a time, so that others get their turn."""

    name = "faster-whisper"
    draft = False

    def __init__(self, cfg: SpeechConfig, pool: Pool) -> None:
        folder = Path(cfg.model)
        if not cfg.model or not (folder / "model.bin").is_file():
            raise MissingPart(
                "the speech model is not on this computer", remedy="run `aiditor models fetch whisper-small`"
            )
        self._cfg, self._pool = cfg, pool
        self.language = cfg.language
        size = (folder / "model.bin").stat().st_size
        pool.register(
            _NAME,
            Spec(
                load=lambda device, dtype: _load(folder, device, dtype),
                estimate=lambda device, dtype: round(size * _WORK),  # noqa: ARG005
                unload=lambda model: model.model.unload_model(),
                dtypes={"cuda": "float16", "cpu": "int8"},
                key=str(folder.resolve()),
            ),
        )

    def hear(self, sound: np.ndarray, *, progress: Progress = silent) -> tuple[tuple[Word, ...], ...]:
        def waiting() -> bool:
            progress(0.0, "waiting for the speech model")  # raises where the user has stopped it
            return False

        found, self.language = self._pool.run(_NAME, lambda model: self._heard(model, sound, progress), stop=waiting)
        return found

    def _heard(self, model: Any, sound: np.ndarray, progress: Progress) -> tuple[tuple[tuple[Word, ...], ...], str]:
        from faster_whisper import BatchedInferencePipeline

        cfg = self._cfg
        segments, about = BatchedInferencePipeline(model).transcribe(
            np.ascontiguousarray(sound, np.float32),
            language=self.language or None,
            beam_size=cfg.beam,
            batch_size=cfg.batch,
            word_timestamps=True,
            vad_filter=True,
            compression_ratio_threshold=cfg.compression_most,
            log_prob_threshold=cfg.sure_least,
            no_speech_threshold=cfg.no_speech_most,
        )
        long_s = max(len(sound) / RATE_HZ, 1e-9)
        found = []
        for segment in segments:
            progress(min(segment.end / long_s, 1.0), "listening to what is said")
            words = tuple(Word(w.word, float(w.start), float(w.end), float(w.probability)) for w in segment.words or ())
            kept = believed(Heard(words, segment.no_speech_prob, segment.avg_logprob), cfg)
            if kept:
                found.append(kept)
        return tuple(found), about.language


def _load(folder: Path, device: str, dtype: str) -> Any:
    """The model on "cpu", "cuda" or "cuda:1". Raises BadInput where its files are damaged."""
    from faster_whisper import WhisperModel

    kind, _, index = device.partition(":")
    try:
        return WhisperModel(
            str(folder), device=kind, device_index=int(index or 0), compute_type=dtype, local_files_only=True
        )
    except (RuntimeError, ValueError, OSError) as error:
        if "memory" in str(error).lower():
            raise
        raise BadInput(
            f"the speech model in {folder.name} cannot be loaded ({str(error).splitlines()[0]})",
            remedy="look it over with `aiditor models verify`, and fetch it again",
            file=folder,
        ) from error
