"""What the music gives way to: events before they are heard, words, loud moments, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.media.info import MediaInfo
from aiditor.render.ducking import STEP, duck_gain_db
from aiditor.render.loudness import RATE_HZ
from aiditor.render.prominence import half_beats, microphone_share, prominence, span_share
from aiditor.render.sound_config import SoundConfig
from aiditor.timeline import BeatGrid, Cut, Event, Music, Scores, Source, Timeline

STEP_S = STEP / RATE_HZ
SOURCE = Source("a", "a.mp4", MediaInfo("mp4", 60.0, 0.0, 1, None, ()))
BEATS_S = tuple(0.5 * k for k in range(41))
SONG = Music("song.flac", BeatGrid(120.0, BEATS_S, BEATS_S[::4]), 20.0, "song", "composer", "CC0-1.0")
CUTS = (Cut("a", 5.0, 15.0, 0.0, 7.0, score=0.3), Cut("a", 30.0, 40.0, 10.0, 38.0, score=0.9))
TIMELINE = Timeline((SOURCE,), CUTS, music=SONG)
COUNT = 2000


def kill(t_s: float, confidence: float = 1.0) -> Event:
    return Event("kill", t_s, t_s - 0.1, t_s + 0.2, confidence)


def known(*events: Event, voice: np.ndarray | None = None) -> dict[str, Scores]:
    empty = np.zeros(240, np.float32)
    return {"a": Scores("a", 60.0, 0.25, empty, empty, empty if voice is None else voice, events=events)}


def share(
    timeline: Timeline = TIMELINE,
    cfg: SoundConfig | None = None,
    scores: dict[str, Scores] | None = None,
    spoken: dict[str, list[tuple[float, float]]] | None = None,
    game_db: np.ndarray | None = None,
) -> np.ndarray:
    level_db = np.full(COUNT, -25.0, np.float32) if game_db is None else game_db
    return prominence(timeline, cfg or SoundConfig(), level_db, scores=scores or {}, spoken=spoken or {})


def at(t_s: float) -> int:
    return int(t_s / STEP_S)


def test_the_music_is_down_before_an_event_and_comes_back_on_the_beat() -> None:
    cfg = SoundConfig()
    found = share(scores=known(kill(9.13)))
    gain_db = duck_gain_db(found, cfg, half_beats(TIMELINE, COUNT))
    event_s = 4.13
    assert gain_db[at(event_s)] == pytest.approx(-cfg.duck_db)
    assert gain_db[at(event_s - 0.05)] == pytest.approx(-cfg.duck_db), "already down when it is heard"
    assert -cfg.duck_db < gain_db[at(event_s - 0.1)] < 0, "on its way down"
    assert gain_db[at(event_s - 0.3)] == 0
    back = np.flatnonzero(gain_db[at(event_s) :] > -cfg.duck_db + 1e-3)[0] + at(event_s)
    off_s = (back * STEP_S) % 0.25
    assert min(off_s, 0.25 - off_s) <= 0.02, "it begins to come back on a half beat"
    assert gain_db[at(event_s + 0.3 + 0.15 + 0.25 + cfg.duck_release_s) + 2] == 0


def test_an_unsure_event_asks_for_less_and_one_that_is_not_shown_for_nothing() -> None:
    assert share(scores=known(kill(11.0, 0.4)))[at(6.0)] == pytest.approx(0.4)
    assert not share(scores=known(kill(20.0)))[at(3.0) : at(17.0)].any(), "between the cuts of the source"
    assert share(cfg=SoundConfig(duck_under_events=False), scores=known(kill(9.0))).max() == 0


def test_a_recording_without_sound_leaves_the_music_alone() -> None:
    assert not share(scores=known(kill(9.0)), game_db=np.full(COUNT, -100.0, np.float32)).any()


def test_at_the_best_moment_the_music_has_its_drop() -> None:
    found = share()
    assert found[at(2.0)] == 1, "another cut's moment"
    assert found[at(18.1)] == pytest.approx(0.5)
    assert share(spoken={"a": [(37.0, 39.0)]})[at(18.1)] == 1, "but a voice is a voice"
    alone = replace(TIMELINE, music=None)
    assert share(alone)[at(18.1)] == 1


def test_words_are_taken_at_their_times_and_beat_the_detectors_guess() -> None:
    guess = np.ones(240, np.float32)
    by_curve = share(scores=known(voice=guess))
    assert by_curve.min() == 1
    by_words = share(scores=known(voice=guess), spoken={"a": [(11.0, 11.5), (12.0, 12.2)]})
    assert by_words[at(6.0) : at(6.5)].min() == 1
    assert by_words[at(5.92)] == 1, "a little before"
    assert by_words[at(6.75)] == 0
    assert by_words[at(9.0)] == 0
    assert share(cfg=SoundConfig(duck_under_voice=False), spoken={"a": [(11.0, 11.5)]})[at(6.2)] == 0


def test_level_alone_asks_for_half_and_near_an_event_for_all() -> None:
    game_db = np.full(COUNT, -45.0, np.float32)
    for loud_s in (6.0, 8.0, 9.5, 13.0):
        game_db[at(loud_s) : at(loud_s + 0.5)] = -12.0
    found = share(scores=known(kill(13.9)), game_db=game_db)
    assert found[at(6.2)] == pytest.approx(0.5)
    assert found[at(9.6)] == 1, "0.7 s after the kill at 8.9 s"
    assert share(cfg=SoundConfig(duck_under_game=False), game_db=game_db)[at(6.2)] == 0


@settings(max_examples=150, deadline=None)
@given(
    events_s=st.lists(st.floats(0, 60), max_size=6),
    words_s=st.lists(st.tuples(st.floats(0, 59), st.floats(0.05, 1.0)), max_size=6),
    loud_s=st.lists(st.floats(0, 19), max_size=4),
    release_s=st.floats(0.05, 2.0),
)
def test_nothing_ducks_where_neither_event_nor_voice_nor_loud_game_is(
    events_s: list[float], words_s: list[tuple[float, float]], loud_s: list[float], release_s: float
) -> None:
    cfg = SoundConfig(duck_release_s=release_s)
    game_db = np.full(COUNT, -45.0, np.float32)
    for t_s in loud_s:
        game_db[at(t_s) : at(t_s + 0.1)] = -12.0
    spoken = {"a": [(a, a + length) for a, length in words_s]}
    found = share(scores=known(*map(kill, events_s)), spoken=spoken, game_db=game_db)
    gain_db = duck_gain_db(found, cfg, half_beats(TIMELINE, COUNT))
    times_s = (np.arange(COUNT) + 0.5) * STEP_S
    near = np.zeros(COUNT, bool)
    after_s = cfg.duck_hold_s + 0.25 + release_s + 0.06
    before_s = cfg.duck_attack_s + 0.06
    for cut in CUTS:
        peaks_s = [cut.peak_s, *(t for t in events_s if cut.start_s <= t < cut.end_s)]
        spans_s = [(cut.montage_s(t) - 0.06, cut.montage_s(t) + 0.3) for t in peaks_s]
        shown = [(a, b) for a, b in spoken["a"] if b > cut.start_s and a < cut.end_s]
        spans_s += [(cut.montage_s(a) - 0.1, cut.montage_s(b) + 0.1) for a, b in shown]
        spans_s += [(t - 0.03, t + 0.13) for t in loud_s]
        for low_s, high_s in spans_s:
            near |= (times_s > low_s - before_s) & (times_s < high_s + after_s)
    assert (gain_db[~near] == 0).all()


@settings(max_examples=200, deadline=None)
@given(
    spans=st.lists(st.tuples(st.floats(0, 19), st.floats(0.01, 2.0), st.floats(0.05, 1.0)), max_size=8),
    duck_db=st.floats(0, 40),
    attack_s=st.floats(0.02, 0.5),
    hold_s=st.floats(0, 0.5),
    release_s=st.floats(0.02, 2.0),
    musical=st.booleans(),
)
def test_gains_are_bounded_and_never_jump(
    spans: list[tuple[float, float, float]],
    duck_db: float,
    attack_s: float,
    hold_s: float,
    release_s: float,
    musical: bool,
) -> None:
    cfg = SoundConfig(duck_db=duck_db, duck_attack_s=attack_s, duck_hold_s=hold_s, duck_release_s=release_s)
    asked = span_share([(a, a + length, strength) for a, length, strength in spans], COUNT)
    gain_db = duck_gain_db(asked, cfg, half_beats(TIMELINE, COUNT) if musical else None)
    assert gain_db.shape == (COUNT,)
    assert gain_db.max() <= 0
    assert gain_db.min() >= -duck_db - 1e-4
    assert (gain_db <= -asked * duck_db + 1e-3).all(), "as far down as asked"
    falls, rises = -np.diff(gain_db).min(initial=0), np.diff(gain_db).max(initial=0)
    assert falls <= 1.5 * duck_db * STEP_S / attack_s + 1e-3
    assert rises <= 1.5 * duck_db * STEP_S / release_s + 1e-3


def test_a_grid_that_stops_early_is_taken_to_go_on() -> None:
    short = replace(TIMELINE, music=replace(SONG, grid=BeatGrid(120.0, BEATS_S[:9], ()), offset_s=1.0))
    points = half_beats(short, COUNT)
    assert points is not None
    assert np.diff(points).max() <= 26
    assert points[0] <= 26
    assert points[-1] >= COUNT - 40
    assert half_beats(replace(TIMELINE, music=None), COUNT) is None
    assert half_beats(replace(TIMELINE, music=replace(SONG, grid=BeatGrid(120.0, (), ()))), COUNT) is None


def test_a_microphone_is_heard_by_its_words_not_its_hiss() -> None:
    rng = np.random.default_rng(0)
    level_db = rng.normal(-62, 1.5, COUNT).astype(np.float32)
    level_db[400:600] = rng.normal(-22, 4, 200)
    found = microphone_share(level_db)
    assert found[405:595].mean() > 0.95
    assert found[:390].max() == 0
    assert found[610:].max() == 0
    assert not microphone_share(np.full(COUNT, -100.0, np.float32)).any()
    assert microphone_share(np.zeros(0, np.float32)).size == 0
