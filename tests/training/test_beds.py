"""What lies under training films: kept once, never silent where it should sound, and mixed as powers are."""

from pathlib import Path

import numpy as np
import pytest

from aiditor.detect.sound import MEL_BANDS, RATE_HZ
from training import beds as module
from training.augment import lay_under, mixed
from training.beds import beds, room, voices


def test_voices_come_and_go_and_a_room_never_stops():
    talk, still = (make(np.random.default_rng(3), 12.0) for make in (voices, room))
    for sound in (talk, still):
        assert sound.shape == (12 * RATE_HZ,)
        assert sound.dtype == np.float32
        assert np.abs(sound).max() < 4
    loud = [np.sqrt(np.mean(np.square(sound.reshape(-1, RATE_HZ // 4)), axis=1)) for sound in (talk, still)]
    assert (loud[0] < 1e-6).any()
    assert (loud[0] > 0.01).any()
    assert loud[1].min() > 0.005
    np.testing.assert_array_equal(voices(np.random.default_rng(3), 12.0), talk)


def test_beds_are_made_once_and_a_failed_one_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_LENGTH_S", 6.0)
    monkeypatch.setattr(module, "_PIECES", 0)
    monkeypatch.setattr(module, "_TALKS", 2)
    monkeypatch.setattr(module, "_ROOMS", 1)
    found = beds(tmp_path)
    assert [bed.shape for bed in found] == [(6 * 64, MEL_BANDS)] * 3
    made = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(made) == 3
    beds(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == made

    def fails(*_: object) -> None:
        raise OSError("no room")

    next(iter(made)).unlink()
    monkeypatch.setattr(module.np, "save", fails)
    with pytest.raises(OSError, match="no room"):
        beds(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_the_composer_plays_under_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_LENGTH_S", 8.0)
    piece = module._music("hype", 0)
    assert piece.shape == (8 * RATE_HZ,)
    assert np.sqrt(np.mean(piece**2)) > 0.01


def test_what_lies_under_fills_the_silence_and_leaves_the_loud_parts_as_loud():
    random = np.random.default_rng(0)
    mel = np.full((640, MEL_BANDS), -2.0, np.float32)
    mel[::4] = 2.0  # the recording's loud level, by definition of normal_mel
    bed = np.full((100, MEL_BANDS), 2.0, np.float32)
    for _ in range(20):
        mixed = lay_under(mel, mel.max(axis=1), bed, random)
        assert mixed.shape == mel.shape
        assert mixed.dtype == np.float32
        assert mixed[1::4].min() > -0.5  # no silence is left
        assert (mixed[::4] >= mixed[1::4].max()).all()  # what was louder is not softer now
        assert abs(np.percentile(mixed.max(axis=1), 90) - 2) < 0.2  # and the recording is at its own level again


def test_two_films_at_once_are_as_loud_as_both():
    random = np.random.default_rng(1)
    soft, loud = (np.full((64, MEL_BANDS), level, np.float32) for level in (-2.0, 2.0))
    np.testing.assert_allclose(mixed(loud, soft, random), loud, atol=0.41)
    both = mixed(loud, loud, random)
    assert (both > 2.0).all()
    assert (both < 2.16).all()  # twice the power is 3 dB, 0.15 units
