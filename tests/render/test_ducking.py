"""Ducks reach their depth under the sound, and never leak outside attack, hold and release."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.render.ducking import STEP, duck_gain_db, levels_db, loud_share
from aiditor.render.loudness import RATE_HZ
from aiditor.render.sound_config import SoundConfig

STEP_S = STEP / RATE_HZ


@settings(max_examples=200, deadline=None)
@given(
    spans=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 120), st.floats(0.05, 1.0)), max_size=6),
    duck_db=st.floats(0, 24),
    attack_s=st.floats(0, 0.5),
    hold_s=st.floats(0, 0.5),
    release_s=st.floats(0, 2.0),
)
def test_ducks_never_leak(
    spans: list[tuple[int, int, float]], duck_db: float, attack_s: float, hold_s: float, release_s: float
) -> None:
    cfg = SoundConfig(duck_db=duck_db, duck_attack_s=attack_s, duck_hold_s=hold_s, duck_release_s=release_s)
    share = np.zeros(1000, np.float32)
    for first, count, strength in spans:
        share[first : first + count] = np.maximum(share[first : first + count], strength)
    gain_db = duck_gain_db(share, cfg)
    assert gain_db.shape == share.shape
    assert gain_db.max() <= 0, "ducking never turns the music up"
    assert gain_db.min() >= -duck_db - 1e-6
    assert (gain_db <= -share * duck_db + 1e-4).all(), "inside, the music is as far down as asked"
    near = np.zeros(1000, bool)
    before, after = int(np.ceil(attack_s / STEP_S)) + 1, int(np.ceil((hold_s + release_s) / STEP_S)) + 2
    for index in np.flatnonzero(share):
        near[max(index - before, 0) : index + after + 1] = True
    assert (gain_db[~near] == 0).all(), "outside, the music is untouched"


def test_the_music_is_back_within_the_release() -> None:
    cfg = SoundConfig(duck_db=12, duck_attack_s=0.1, duck_hold_s=0.2, duck_release_s=0.5)
    share = np.zeros(300, np.float32)
    share[100:120] = 1
    gain_db = duck_gain_db(share, cfg)
    assert gain_db[89] == 0
    assert gain_db[100] == -12
    assert gain_db[119 + 20] == -12, "held"
    assert -12 < gain_db[119 + 45] < 0, "coming back"
    assert gain_db[119 + 72] == 0


def test_shots_stand_out_and_steady_sound_does_not() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(10 * RATE_HZ) / RATE_HZ
    steady = rng.normal(0, 0.1, (2, t.size))
    shots = 0.02 * steady + rng.normal(0, 0.3, (2, t.size)) * np.exp(-((t - 0.5) % 2.0) / 0.05) * ((t % 2.0) > 0.5)

    def share(sound: np.ndarray) -> np.ndarray:
        return loud_share(levels_db(lambda a, b: sound[:, a:b].astype(np.float32), sound.shape[1]))

    assert share(steady).max() < 0.3
    found = share(shots)
    for shot_s in (0.5, 2.5, 4.5, 6.5, 8.5):
        at = int(shot_s / STEP_S)
        assert found[at : at + 5].max() > 0.9
        assert found[at + 60 : at + 140].max() == 0
    assert share(np.zeros((2, RATE_HZ))).max() == 0
