"""The offline engine hears the words that it listens for."""

from __future__ import annotations

import numpy as np
import pytest

from aiditor.errors import BadConfig
from aiditor.speech.config import SpeechConfig
from aiditor.speech.engine import RATE_HZ, open_engine
from aiditor.speech.spotter import Spotter, threshold


def test_silence_and_noise_say_nothing() -> None:
    spotter = Spotter(["sniper", "behind you"])
    assert spotter.hear(np.zeros(RATE_HZ * 2, np.float32)) == ()
    hiss = np.random.default_rng(0).normal(0, 0.05, RATE_HZ * 3).astype(np.float32)
    assert spotter.hear(hiss) == ()


def test_words_that_cannot_be_listened_for_are_named() -> None:
    assert Spotter(["sniper", "xqzzy"]).unknown == ("xqzzy",)
    with pytest.raises(BadConfig, match="whisper"), open_engine("pocketsphinx", SpeechConfig(words=("xqzzy",))):
        pass


def test_the_shorter_a_word_the_surer_it_must_be() -> None:
    values = [threshold(sounds) for sounds in range(2, 14)]
    assert values == sorted(values, reverse=True)
