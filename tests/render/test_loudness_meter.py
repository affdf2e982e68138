"""Loudness and true peak against pyloudnorm and known signals; the limiter over all sorts of material."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from aiditor.render.limiter import level
from aiditor.render.loudness import RATE_HZ, SILENCE_LUFS, LoudnessMeter, Reader, integrated_lufs, true_peaks


def reader(sound: np.ndarray) -> Reader:
    return lambda start, stop: sound[:, start:stop].astype(np.float32)


def material(kind: str, seconds: float, seed: int) -> np.ndarray:
    """Sound of one kind, float32 [2, N]."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hiss = rng.normal(0, 1, (2, t.size))
    gain = 10 ** rng.uniform(-2.2, 0.3)
    if kind == "shots":
        sound = hiss * np.exp(-(t % rng.uniform(0.15, 0.8)) / rng.uniform(0.05, 0.2))
    elif kind == "bass":
        sound = np.tanh(3 * np.sin(2 * np.pi * rng.uniform(35, 90) * t)) + 0.05 * hiss
    elif kind == "quiet then loud":
        sound = hiss * np.where(t < seconds / 2, 0.01, 1.0)
    elif kind == "one side":
        sound = hiss * [[1.0], [0.0]]
    else:
        sound = hiss
    return (gain * sound).astype(np.float32)


KINDS = ("shots", "bass", "quiet then loud", "one side", "hiss")


@pytest.mark.parametrize("kind", KINDS)
def test_loudness_agrees_with_pyloudnorm(kind: str) -> None:
    sound = material(kind, 7.3, 1)
    ours = integrated_lufs(reader(sound), sound.shape[1])
    assert ours == pytest.approx(pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound.T.astype(float)), abs=0.1)


def test_a_full_scale_sine_of_1_khz_reads_as_the_standard_says() -> None:
    # BS.1770-4: 0 dBFS at 997 Hz in one channel is -3.01 LKFS.
    sine = np.sin(2 * np.pi * 997 * np.arange(5 * RATE_HZ) / RATE_HZ)
    assert integrated_lufs(reader(np.stack([sine, 0 * sine])), sine.size) == pytest.approx(-3.01, abs=0.02)


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 20_000), min_size=1, max_size=20))
def test_the_size_of_the_blocks_does_not_matter(sizes: list[int]) -> None:
    sound = material("shots", sum(sizes) / RATE_HZ + 0.01, 2)[:, : sum(sizes)]
    meter, at = LoudnessMeter(), 0
    for size in sizes:
        meter.add(sound[:, at : at + size])
        at += size
    assert meter.lufs == pytest.approx(integrated_lufs(reader(sound), at), abs=1e-3)


def test_true_peak_sees_between_the_samples() -> None:
    # A sine at a quarter of the rate, sampled 45 degrees off its crests, peaks 3 dB above its samples.
    wave = 0.5 * np.sin(np.pi / 2 * np.arange(RATE_HZ) + np.pi / 4)
    wave *= signal.windows.tukey(wave.size, 0.2)
    assert np.abs(wave).max() == pytest.approx(0.5 / 2**0.5, abs=1e-3)
    assert true_peaks(reader(np.stack([wave, wave])), wave.size).max() == pytest.approx(0.5, abs=0.01)


# Whole tenths of a second: what is left of a gating block at the end is counted by some meters and not by others.
@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    seconds=st.integers(15, 60).map(lambda tenths: tenths / 10),
    seed=st.integers(0, 1000),
    target_lufs=st.sampled_from([-14.0, -16.0, -23.0]),
)
def test_any_material_meets_its_loudness_and_never_passes_the_ceiling(
    kind: str, seconds: float, seed: int, target_lufs: float
) -> None:
    sound = material(kind, seconds, seed)
    found = level(reader(sound), sound.shape[1], target_lufs=target_lufs, ceiling_dbtp=-2.0)
    out = sound * found.gain(0, sound.shape[1])
    measured = pyloudnorm.Meter(RATE_HZ).integrated_loudness(out.T.astype(float))
    assert measured == pytest.approx(target_lufs, abs=0.5)
    assert found.integrated_lufs == pytest.approx(measured, abs=0.1)
    peak_dbtp = 20 * np.log10(np.abs(signal.resample_poly(out, 4, 1, axis=1)).max())
    assert peak_dbtp <= -1.99
    assert found.true_peak_dbtp == pytest.approx(peak_dbtp, abs=0.05)


def test_what_needs_no_limiting_is_only_turned_up_or_down() -> None:
    sound = material("hiss", 3, 5)
    found = level(reader(sound), sound.shape[1], target_lufs=-23, ceiling_dbtp=-1)
    assert np.ptp(found.gain_db) < 1e-6


def test_silence_stays_silent() -> None:
    silence = np.zeros((2, RATE_HZ), np.float32)
    found = level(reader(silence), RATE_HZ, target_lufs=-14, ceiling_dbtp=-1)
    assert found.integrated_lufs == SILENCE_LUFS
    assert not found.gain_db.any()


def test_a_lone_click_is_not_blown_up_past_the_ceiling() -> None:
    sound = np.zeros((2, 3 * RATE_HZ), np.float32)
    sound[:, RATE_HZ] = 0.5
    found = level(reader(sound), sound.shape[1], target_lufs=-14, ceiling_dbtp=-2)
    assert true_peaks(reader(sound * found.gain(0, sound.shape[1])), sound.shape[1]).max() <= 10 ** (-1.99 / 20)
    assert found.gain_db.max() <= 36.0
