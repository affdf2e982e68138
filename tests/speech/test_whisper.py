"""Whisper's own loading and decoding, with a tiny net of made-up words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from aiditor.errors import BadInput, Cancelled, MissingPart
from aiditor.models.debug import tiny_whisper
from aiditor.models.pool import Pool
from aiditor.speech.config import SpeechConfig
from aiditor.speech.engine import RATE_HZ, open_engine
from aiditor.speech.whisper import Whisper, open_whisper

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper(tmp_path_factory.mktemp("whisper"))


def voice(seconds: float) -> np.ndarray:
    """Vowels on a gliding pitch, three syllables a second: what a voice detector takes for speech."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * times)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    formants = ((700, 110), (1200, 120), (2500, 160))
    sound = np.zeros_like(times)
    for harmonic in range(1, 30):
        weight = sum(np.exp(-0.5 * ((harmonic * pitch - centre) / width) ** 2) for centre, width in formants)
        sound += (weight + 0.02) * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 3 * times), 0, 1)
    return (0.3 * syllables * sound / np.abs(sound).max()).astype(np.float32)


def test_what_it_says_has_the_words_times(folder: Path) -> None:
    # Nothing is beyond belief here: the tiny net has learnt nothing, and what it says is noise.
    cfg = SpeechConfig(model=str(folder), no_speech_most=1.0, sure_least=-10.0, compression_most=10.0, beam=1, batch=2)
    with Pool("cpu") as pool, open_whisper(cfg, pool) as engine:
        segments = engine.hear(voice(6.0))
        assert pool.metrics().leases == 1
        assert [one.dtype for one in pool.metrics().loaded] == ["int8"]
        assert len(engine.language) == 2
    words = [word for segment in segments for word in segment]
    assert words
    assert all(0 <= word.start_s < word.end_s <= 6.5 for word in words)
    assert all(before.end_s <= after.start_s for segment in segments for before, after in pairwise(segment))


def test_silence_says_nothing(folder: Path) -> None:
    with Pool("cpu") as pool, open_whisper(SpeechConfig(model=str(folder), language="en"), pool) as engine:
        assert engine.hear(np.zeros(RATE_HZ * 3, np.float32)) == ()


def test_the_model_is_free_between_stretches(folder: Path) -> None:
    with Pool("cpu") as pool:
        Whisper(SpeechConfig(model=str(folder), language="en"), pool).hear(np.zeros(RATE_HZ, np.float32))
        assert [one.holders for one in pool.metrics().loaded] == [0]


def test_stopping_gives_the_model_back(folder: Path) -> None:
    def stop(fraction: float, note: str) -> None:
        raise Cancelled("stopped")

    with Pool("cpu") as pool:
        whisper = Whisper(SpeechConfig(model=str(folder), no_speech_most=1.0, sure_least=-10.0, beam=1), pool)
        with pytest.raises(Cancelled):
            whisper.hear(voice(4.0), progress=stop)
        assert all(one.holders == 0 for one in pool.metrics().loaded)


def test_without_weights_it_says_what_to_run() -> None:
    with pytest.raises(MissingPart, match="aiditor models fetch"), open_engine("faster-whisper", SpeechConfig()):
        pass


def test_damaged_weights_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1000])
    with Pool("cpu") as pool, pytest.raises(BadInput, match="aiditor models verify"):
        Whisper(SpeechConfig(model=str(tmp_path)), pool).hear(np.zeros(RATE_HZ, np.float32))
