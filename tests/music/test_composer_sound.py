"""The composer's sound: six styles that can be told apart, a drop that is heard, no clicks, no clipping."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy import signal

from aiditor.music import MusicConfig, engine
from aiditor.music.character import CHARACTERS
from aiditor.music.config import Style
from aiditor.music.form import Form, plan_form, sections_of
from aiditor.music.master import mastered, shaped, true_peak

RATE_HZ = 48_000
STYLES: tuple[Style, ...] = ("hype", "cinematic", "chill", "esports", "meme", "minimal")


def piece(folder: Path, style: Style, seed: int, seconds: float, best_s: float) -> tuple[np.ndarray, Form]:
    """A piece as float32 [2, N], and its form."""
    cfg = MusicConfig(style=style, seed=seed)
    music = engine(cfg).make(cfg, duration_s=seconds, hits_s=[best_s], out=folder / f"{style}{seed}.flac")
    assert music is not None
    sound, _ = soundfile.read(music.path, dtype="float32")
    return sound.T, plan_form(seconds, music.grid.tempo_bpm, [best_s])


def features(sound: np.ndarray, tempo_bpm: float) -> list[float]:
    """What a listener would name: tempo, brightness, weight, drums, harmony, dynamics, width."""
    hz, _, spectrum = signal.stft(sound.mean(axis=0), RATE_HZ, nperseg=2048, noverlap=1024, boundary=None)
    power = np.abs(spectrum) ** 2
    total = power.sum(axis=0) + 1e-12
    loud_db = 10 * np.log10(total)
    heard = loud_db > np.percentile(loud_db, 90) - 30
    centroid = np.log2(((power * hz[:, None]).sum(axis=0) / total)[heard] + 1).mean()
    rise = np.maximum(np.diff(np.log1p(300 * np.abs(spectrum) / np.abs(spectrum).max()), axis=1), 0)
    chroma = np.zeros((12, power.shape[1]))
    tonal = (hz > 110) & (hz < 2000)
    np.add.at(chroma, np.round(12 * np.log2(hz[tonal] / 440)).astype(int) % 12, power[tonal])
    chroma /= chroma.sum(axis=0) + 1e-12
    harmony = -(chroma * np.log2(chroma + 1e-9)).sum(axis=0)[heard].mean()
    shares = [power[(hz >= a) & (hz < b)].sum() / power.sum() for a, b in ((20, 120), (120, 500), (5000, 16_000))]
    halves = np.sqrt((sound[:, : sound.shape[1] // 24_000 * 24_000].reshape(2, -1, 24_000) ** 2).mean(axis=(0, 2)))
    dynamics_db = 20 * np.log10(np.percentile(halves, 90) / np.percentile(halves, 20))
    sides_db = 10 * np.log10(((sound[0] - sound[1]) ** 2).mean() / ((sound[0] + sound[1]) ** 2).mean() + 1e-9)
    onsets = [_onsets_hz(rise.sum(axis=0)), _onsets_hz(rise[hz >= 5000].sum(axis=0))]
    tone_db = [10 * np.log10(share + 1e-9) for share in shares]
    return [np.log2(tempo_bpm), centroid, *tone_db, *onsets, harmony, dynamics_db, sides_db]


def _onsets_hz(flux: np.ndarray) -> float:
    """Onsets a second: peaks that stand out of their half second."""
    usual = signal.medfilt(flux, 21) + 0.15 * np.percentile(flux, 95)
    peaks = (flux[1:-1] > flux[:-2]) & (flux[1:-1] >= flux[2:]) & (flux[1:-1] > usual[1:-1])
    return float(peaks.sum()) / (flux.size * 1024 / RATE_HZ)


@pytest.mark.slow
def test_a_listener_can_tell_the_six_styles_apart(tmp_path: Path) -> None:
    rows, styles = [], []
    for style in STYLES:
        for seed in range(5):
            sound, form = piece(tmp_path, style, seed, 14.0, 6.0)
            rows.append(features(sound, 60 / form.beat_s))
            styles.append(style)
    table, named = np.array(rows), np.array(styles)
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    right = 0
    for row in range(len(table)):
        others = np.arange(len(table)) != row
        centroids = [table[others & (named == style)].mean(axis=0) for style in STYLES]
        guess = STYLES[int(np.argmin([((table[row] - centroid) ** 2).sum() for centroid in centroids]))]
        right += guess == named[row]
    assert right / len(table) > 0.9, "by the nearest centroid of the other pieces"


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_the_drop_is_heard_and_nothing_clips(tmp_path: Path, style: Style) -> None:
    sound, form = piece(tmp_path, style, 5, 26.0, 17.0)
    assert form.best_s == pytest.approx(17.0, abs=form.beat_s / 2)
    assert 20 * np.log10(true_peak(sound)) < -1.0
    assert 20 * np.log10(np.abs(signal.resample_poly(sound, 8, 1, axis=1)).max()) < -1.0, "by another measure"
    assert np.abs(sound[:, [0, -1]]).max() < 1e-4
    assert abs(float(sound.mean())) < 1e-3
    levels = [
        (first.kind, _lufs(sound, first.start * form.beat_s, (last.start + last.beats) * form.beat_s))
        for first, last in sections_of(form)
    ]
    drops = [lufs for kind, lufs in levels if kind == "drop"]
    for (kind, lufs), (after_kind, after) in pairwise(levels):
        if after_kind == "drop":
            assert after > lufs + 1.5, f"the {kind} before a drop is softer"
    assert drops == sorted(drops), "the best moment's is the loudest"
    before_db = _bass_db(sound, form.best_s - form.bar_s, form.best_s)
    step_db = _bass_db(sound, form.best_s, form.best_s + form.bar_s) - before_db
    assert step_db > (2 if style == "chill" else 3), "and its bass steps up"


def _lufs(sound: np.ndarray, start_s: float, end_s: float) -> float:
    import pyloudnorm

    part = sound[:, round(start_s * RATE_HZ) : round(end_s * RATE_HZ)].T.astype(np.float64)
    return float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(part))


def _bass_db(sound: np.ndarray, start_s: float, end_s: float) -> float:
    low = signal.butter(4, 130, fs=RATE_HZ, output="sos")
    part = sound[:, round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    return 10 * float(np.log10(np.mean(signal.sosfilt(low, part, axis=1) ** 2) + 1e-12))


@pytest.mark.parametrize("style", STYLES)
def test_levels_move_from_section_to_section_without_a_click(style: Style) -> None:
    form = plan_form(20.0, 128, [12.0])
    t = np.arange(20 * RATE_HZ) / RATE_HZ
    tone = 0.2 * np.sin(2 * np.pi * 300 * t)
    moved = shaped(np.stack([tone, tone]).astype(np.float32), form, CHARACTERS[style])
    high = signal.butter(6, 3000, "highpass", fs=RATE_HZ, output="sos")
    residue = np.abs(signal.sosfilt(high, moved[0].astype(np.float64))[2400:-2400])
    assert residue.max() < 0.2 * 10 ** (-60 / 20), "nothing but the tone is heard"
    loud = np.abs(moved[0]).reshape(-1, 960).max(axis=1)
    assert loud.max() > 1.3 * loud.min(), "though it moves"


def test_too_hot_a_piece_comes_out_under_the_true_peak_limit() -> None:
    form = plan_form(4.0, 120)
    rng = np.random.default_rng(0)
    t = np.arange(4 * RATE_HZ) / RATE_HZ
    # A quarter of the rate, between the samples: the classic case that sample peaks miss.
    hot = np.sin(2 * np.pi * 12_000 * t + np.pi / 4) + rng.normal(0, 0.2, t.size)
    made = mastered(np.stack([hot, -hot]).astype(np.float32) * 5, form)
    assert 20 * np.log10(np.abs(signal.resample_poly(made, 8, 1, axis=1)).max()) < -1.0
    assert np.isfinite(made).all()
    silent = mastered(np.zeros((2, RATE_HZ), np.float32), plan_form(1.0, 120))
    assert not silent.any()
