"""The offline engine hears words that were said aloud, when they were said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from aiditor.speech.engine import RATE_HZ
from aiditor.speech.spotter import Spotter
from tests.speech import espeak

pytestmark = pytest.mark.slow


def test_the_voice_begins_a_word_when_it_says_so():
    """After a comma it is silent up to the time that it gives, and loud from then on."""
    for voice in espeak.VOICES:
        spoken = espeak.speak(["man,", "man,", "man,", "man"], voice)
        for start_s, _ in spoken.times[1:]:
            at = round(start_s * espeak.RATE_HZ)
            before, after = spoken.samples[at - 1000 : at - 100], spoken.samples[at : at + 2000]
            assert np.std(before) < 0.02 * np.std(after), voice


def test_words_run_into_one_share_their_time():
    times = espeak.speak(["son", "of", "a", "bitch", "now"]).times
    assert all(0.03 < end - start < 0.6 for start, end in times)
    assert [start for start, _ in times[1:]] == [end for _, end in times[:-1]]


def test_what_is_heard_was_said_then():
    """Hardly every second phrase: the engine knows people's voices better than espeak-ng's."""
    said = ("we push the left wall now enemy reinforcements what the hell is that over there " * 3).split()
    spotter = Spotter(["enemy reinforcements", "what the hell", "bathroom"])
    heard = 0
    for voice in ("en-US", "en-US+f1", "en-US+klatt", "en-US-nyc"):
        spoken = espeak.speak(said, voice, words_per_minute=150)
        for (word,) in spotter.hear(signal.resample_poly(spoken.samples, 320, 441).astype(np.float32)):
            first = word.text.split()[0]
            starts_s = [spoken.times[at][0] for at, one in enumerate(said) if one == first]
            heard += min((abs(word.start_s - start_s) for start_s in starts_s), default=9.0) < 0.1
    assert 4 <= heard <= 24


def test_the_engine_hears_at_sixteen_thousand():
    assert RATE_HZ * 441 == espeak.RATE_HZ * 320
