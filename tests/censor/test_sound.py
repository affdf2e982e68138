"""A mute never leaks, never clicks, and leaves the rest alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.censor import CensorConfig, Span, censored, measured
from aiditor.censor.sound import samples

RATE_HZ = 8_000
METHODS = ("mute", "bleep", "duck", "cut")


def noise(seconds: float = 2.0, seed: int = 0, rms: float = 0.1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, rms, (2, int(seconds * RATE_HZ))).astype(np.float32)


def in_blocks(sound: np.ndarray, sizes: list[int], found: list[Span], cfg: CensorConfig) -> np.ndarray:
    parts, start, turn = [], 0, 0
    while start < sound.shape[1]:
        stop = start + sizes[turn % len(sizes)]
        parts.append(censored(sound[:, start:stop], start, rate_hz=RATE_HZ, spans=found, cfg=cfg))
        start, turn = stop, turn + 1
    return np.concatenate(parts, axis=1)


SPANS = st.lists(st.tuples(st.floats(0, 2), st.floats(0.01, 0.6)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(SPANS, st.lists(st.integers(1, 5000), min_size=1, max_size=4), st.sampled_from(METHODS), st.floats(0.002, 0.1))
def test_a_mute_never_leaks_whatever_the_blocks(times, sizes, method, fade_s):
    cfg = CensorConfig(level="strong", method=method, fade_s=fade_s)
    found = [Span(start_s, start_s + length_s) for start_s, length_s in times]
    sound = noise()
    before = sound.copy()
    sizes = [max(size, 50) for size in sizes]
    after = in_blocks(sound, sizes, found, cfg)
    assert np.array_equal(sound, before)
    assert np.array_equal(after, censored(sound, 0, rate_hz=RATE_HZ, spans=found, cfg=cfg))
    left = after - in_blocks(np.zeros_like(sound), [sound.shape[1]], found, cfg)
    untouched = np.ones(sound.shape[1], bool)
    for span in found:
        first, stop = samples(span, RATE_HZ)
        limit = 10 ** (-60 / 20) * np.abs(sound[:, first:stop]) if method == "duck" else 0.0
        assert (np.abs(left[:, first:stop]) <= limit + 1e-7).all()
        fade = round(fade_s * RATE_HZ)
        untouched[max(first - fade, 0) : stop + fade] = False
    assert np.array_equal(after[:, untouched].view(np.uint32), sound[:, untouched].view(np.uint32))


def test_nothing_to_cover_costs_nothing():
    sound = noise()
    assert censored(sound, 0, rate_hz=RATE_HZ, spans=[Span(5, 6)], cfg=CensorConfig(level="strong")) is sound


def test_damaged_samples_do_not_leak():
    sound = noise()
    sound[:, 8000:8100] = np.nan
    after = censored(sound, 0, rate_hz=RATE_HZ, spans=[Span(0.9, 1.2)], cfg=CensorConfig(level="strong"))
    assert (after[:, 7200:9600] == 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_nothing_clicks(method):
    """A click is energy far above a 200 Hz tone's own; a hard cut has a thousand times what a fade has."""
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = (0.5 * np.sin(2 * np.pi * 200 * time_s))[None].astype(np.float32)
    cfg = CensorConfig(level="strong", method=method)
    span = Span(0.8013, 1.2027, speech_db=-15, floor_db=-75)
    after = censored(tone, 0, rate_hz=RATE_HZ, spans=[span], cfg=cfg)
    hard = tone.copy()
    hard[:, slice(*samples(span, RATE_HZ))] = 0

    def high(sound: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1]))) ** 2
        return float(spectrum[np.fft.rfftfreq(sound.shape[1], 1 / RATE_HZ) > 2000].sum())

    assert high(after) < high(hard) / 1000


def test_a_bleep_is_as_loud_as_the_speech_around_it():
    sound = noise(4, rms=1e-4)
    sound[:, 8000:24000] = noise(2, 1, rms=0.05)
    for size in (1000, 32000):
        blocks = [(at / RATE_HZ, sound[:, at : at + size]) for at in range(0, sound.shape[1], size)]
        (span,) = measured([Span(1.5, 2.0)], blocks, rate_hz=RATE_HZ)
        assert span.speech_db == pytest.approx(20 * np.log10(0.05), abs=0.3)
        assert span.floor_db == pytest.approx(-80, abs=2)
    cfg = CensorConfig(level="strong", method="bleep", bleep_gain_db=-3)
    after = censored(sound, 0, rate_hz=RATE_HZ, spans=[span], cfg=cfg)
    tone = after[0, 12000:16000].astype(np.float64)
    assert 20 * np.log10(np.sqrt(np.mean(tone**2))) == pytest.approx(span.speech_db - 3, abs=0.1)
    assert np.fft.rfftfreq(4000, 1 / RATE_HZ)[np.abs(np.fft.rfft(tone)).argmax()] == 1000


def test_the_noise_over_a_lowered_word_is_as_soft_as_the_room():
    span = Span(0.5, 1.5, speech_db=-20, floor_db=-50)
    cfg = CensorConfig(level="strong", method="duck")
    after = censored(np.zeros((1, 16000), np.float32), 0, rate_hz=RATE_HZ, spans=[span], cfg=cfg)
    inside = after[0, 4000:12000].astype(np.float64)
    assert 20 * np.log10(np.sqrt(np.mean(inside**2))) == pytest.approx(-50, abs=0.5)
    assert abs(inside.mean()) < 1e-3


def test_a_span_that_nothing_was_heard_near_stays_unmeasured():
    span = Span(100, 101)
    assert measured([span], [(0.0, noise())], rate_hz=RATE_HZ) == (span,)
