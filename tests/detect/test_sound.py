"""Sound levels in known units."""

from __future__ import annotations

import numpy as np
import pytest

from aiditor.detect.sound import RATE_HZ, SOUND_SIGNALS, SoundMeter
from aiditor.detect.voice import VoiceMeter


def tone(pitch_hz: float, seconds: float, level: float = 1.0) -> np.ndarray:
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * pitch_hz * times_s)).astype(np.float32)


def test_a_full_scale_sine_is_3_db_under_full_scale() -> None:
    found = SoundMeter(0.25).measure(tone(1000, 2.0))
    assert found["loudness_db"] == pytest.approx(np.full(8, -3.01), abs=0.05)


def test_bands_hold_their_pitches() -> None:
    high = SoundMeter(0.25).measure(tone(4000, 2.0, 0.1))
    low = SoundMeter(0.25).measure(tone(94, 2.0, 0.1))
    assert high["high_db"][4] == pytest.approx(-23, abs=0.5)
    assert high["low_db"][4] < -60
    assert low["low_db"][4] == pytest.approx(-23, abs=1.5)
    assert low["high_db"][4] < -60


def test_noise_is_flat_and_a_tone_is_not() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE_HZ).astype(np.float32)
    assert SoundMeter(0.25).measure(noise)["flatness"][4] > 0.8
    assert SoundMeter(0.25).measure(tone(1000, 2.0))["flatness"][4] < 0.01


def test_onset_is_where_a_sound_starts_not_where_it_lasts() -> None:
    sound = np.concatenate([np.zeros(RATE_HZ, np.float32), tone(1000, 1.0)])
    found = SoundMeter(0.25).measure(sound)
    for name in ("onset", "attack"):
        assert found[name].argmax() == 4
        assert found[name][6] < 0.1 * found[name][4]
        assert found[name][2] == 0


def test_digital_silence_is_minus_100_db_and_has_no_shape() -> None:
    found = SoundMeter(0.25).measure(np.zeros(RATE_HZ, np.float32))
    assert (found["loudness_db"] == -100).all()
    assert (found["onset"] == 0).all()
    assert (found["flatness"] == 0).all()


def test_blocks_give_what_the_whole_gives() -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)
    sound[RATE_HZ : 2 * RATE_HZ] *= 0.01
    whole = SoundMeter(0.25).measure(sound)
    meter = SoundMeter(0.25)
    parts = [meter.measure(block) for block in np.split(sound, 4)]
    for name in SOUND_SIGNALS:
        assert np.concatenate([part[name] for part in parts]) == pytest.approx(whole[name], rel=1e-4, abs=1e-4)


def test_noise_and_tones_are_no_voice() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, RATE_HZ).astype(np.float32)
    meter = VoiceMeter(RATE_HZ // 4)
    for block in (noise, tone(440, 1.0, 0.3)):
        meter.listen(block)
    voice = meter.steps(10)
    assert np.nanmax(voice[:8]) < 0.5
    assert np.isnan(voice[9])


def test_voice_does_not_depend_on_the_blocks() -> None:
    random = np.random.default_rng(2)
    pulses = np.zeros(2 * RATE_HZ, np.float32)
    pulses[::120] = 0.5  # a 133 Hz buzz through two formants is enough of a vowel to move the network
    vowel = np.convolve(pulses, tone(700, 0.01) + tone(1100, 0.01), "same") + random.normal(0, 1e-3, len(pulses))
    sound = vowel.astype(np.float32)
    whole, parts = VoiceMeter(RATE_HZ // 4), VoiceMeter(RATE_HZ // 4)
    whole.listen(sound)
    for block in np.array_split(sound, 7):
        parts.listen(block)
    assert parts.steps(8) == pytest.approx(whole.steps(8), abs=1e-4)
