"""The curve, its moments and their reasons."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aiditor.score import EVENT_WEIGHTS, ScoreConfig, score
from aiditor.timeline import Event, Moment, Scores, Signals, load_npz, save_npz

STEP_S = 0.25


def signals_of(events: tuple[Event, ...] = (), **values: np.ndarray) -> Signals:
    count = len(next(iter(values.values())))
    return Signals("clip", count * STEP_S, STEP_S, {k: np.asarray(v, np.float32) for k, v in values.items()}, events)


def calm_with(*bursts_s: float, seconds: float = 60.0, calm: float = -45.0, loud: float = -10.0) -> np.ndarray:
    """Loudness in dB: `calm`, with 1.5 s of `loud` around each of `bursts_s`."""
    times_s = np.arange(round(seconds / STEP_S)) * STEP_S
    values = np.full(len(times_s), calm)
    for at in bursts_s:
        values[np.abs(times_s - at) <= 0.75] = loud
    return values


def adds_up(moment: Moment) -> bool:
    return sum(reason.weight for reason in moment.reasons) == pytest.approx(moment.score, abs=2e-3)


def test_bursts_become_moments_with_reasons() -> None:
    found = score(signals_of(loudness_db=calm_with(12.0, 40.0), high_db=calm_with(12.0, 40.0)))
    assert sorted(moment.t_s for moment in found.moments) == pytest.approx([12.0, 40.0], abs=0.5)
    for moment in found.moments:
        assert moment.start_s < moment.t_s < moment.end_s
        assert moment.end_s - moment.start_s < 3
        assert {reason.what for reason in moment.reasons} == {"loud burst", "cracks and bangs"}
        assert adds_up(moment)
    assert str(found.moments[0].reasons[0]).startswith("cracks and bangs +0.")


def test_the_strongest_moment_comes_first() -> None:
    loudness = np.maximum(calm_with(10.0, loud=-25.0), calm_with(40.0, loud=-10.0))
    found = score(signals_of(loudness_db=loudness, high_db=loudness - 5))
    assert [moment.t_s for moment in found.moments] == pytest.approx([40.0, 10.0], abs=0.5)
    assert found.moments[0].score > found.moments[1].score


def test_a_dull_clip_stays_below_a_lively_one() -> None:
    """Each is measured by its own calm, but small ups and downs are not blown up to fill the scale."""
    lively = score(signals_of(loudness_db=calm_with(20.0), high_db=calm_with(20.0)))
    dull = score(signals_of(loudness_db=calm_with(20.0, loud=-42.0), high_db=calm_with(20.0, loud=-42.0)))
    assert lively.values.max() > 0.6
    assert dull.values.max() < 0.25


def test_a_clip_that_is_all_action_is_not_taken_for_calm() -> None:
    loud = np.full(60, -8.0)
    assert score(signals_of(loudness_db=loud, high_db=loud - 8)).values.min() > 0.5


@pytest.mark.parametrize("level", [-100.0, -70.0])
def test_silence_scores_nothing(level: float) -> None:
    ripple = level + 12 * (np.arange(200) % 40 == 0)
    found = score(signals_of(loudness_db=ripple, high_db=ripple, onset=np.zeros(200), stir=np.full(200, 12.0)))
    assert found.values.max() == 0
    assert found.moments == ()


def test_nothing_known_scores_nothing() -> None:
    unknown = np.full(40, np.nan)
    found = score(signals_of(loudness_db=unknown, motion=unknown))
    assert not found.values.any()
    assert found.moments == ()


def test_without_sound_the_picture_decides() -> None:
    stir = np.full(240, 14.0)
    stir[100:106] = 19.0
    unknown = np.full(240, np.nan)
    found = score(signals_of(loudness_db=unknown, high_db=unknown, onset=unknown, stir=stir))
    assert found.moments[0].t_s == pytest.approx(25.75, abs=0.5)
    assert found.values.argmax() * STEP_S == pytest.approx(25.5, abs=0.5)
    assert 0.2 < found.values.max() <= 0.5  # one sense earns less trust than all


def test_motion_seen_closely_lifts_a_moment_and_never_lowers_one() -> None:
    loudness = calm_with(12.0, 40.0, loud=-35.0)
    motion = np.full(240, np.nan)
    motion[40:56] = 0.02
    motion[47:51] = 0.2
    plain = score(signals_of(loudness_db=loudness))
    seen = score(signals_of(loudness_db=loudness, motion=motion))
    assert (seen.values >= plain.values - 1e-6).all()
    assert seen.moments[0].t_s == pytest.approx(12.3, abs=0.7)
    assert "motion" in {reason.what for reason in seen.moments[0].reasons}
    assert adds_up(seen.moments[0])


@pytest.mark.parametrize("kind", sorted(EVENT_WEIGHTS))
def test_events_move_the_curve_their_way(kind: str) -> None:
    loudness = calm_with(20.0, loud=-28.0)
    event = Event(kind, 20.0, 19.5, 20.5, 0.9)
    plain, moved = score(signals_of(loudness_db=loudness)), score(signals_of((event,), loudness_db=loudness))
    change = float(moved.values[80] - plain.values[80])
    assert np.sign(np.round(change, 6)) == np.sign(EVENT_WEIGHTS[kind])
    if EVENT_WEIGHTS[kind] > 0:
        assert moved.moments[0].kind == kind
    assert all(adds_up(moment) for moment in moved.moments)


def test_an_event_makes_a_moment_in_silence() -> None:
    found = score(signals_of((Event("kill", 30.0, 30.0, 30.0, 0.9),), loudness_db=np.full(240, -100.0)))
    assert [moment.kind for moment in found.moments] == ["kill"]
    assert found.moments[0].t_s == pytest.approx(30.0, abs=0.25)
    assert [reason.what for reason in found.moments[0].reasons] == ["kill"]


def test_near_peaks_are_one_moment_and_far_ones_are_two() -> None:
    near = score(signals_of(loudness_db=calm_with(20.0, 21.75), high_db=calm_with(20.0, 21.75)))
    far = score(signals_of(loudness_db=calm_with(20.0, 26.0), high_db=calm_with(20.0, 26.0)))
    assert len(near.moments) == 1
    assert len(far.moments) == 2


def test_on_a_flat_curve_moments_do_not_overlap() -> None:
    flat = np.zeros(40)
    found = score(
        signals_of(loudness_db=flat, high_db=flat, onset=flat, flash=flat), ScoreConfig(hold=1.0, longest_s=6.0)
    )
    spans = sorted((moment.start_s, moment.end_s) for moment in found.moments)
    assert len(spans) > 1
    assert all(last[1] <= start[0] for last, start in pairwise(spans))


def test_what_is_known_is_passed_on() -> None:
    focus, voice = np.linspace(0, 1, 40, dtype=np.float32), np.full(40, 0.7, np.float32)
    voice[3] = np.nan
    given_ = signals_of(
        (Event("burst", 1.0, 0.5, 1.5, 0.5),), loudness_db=np.full(40, -40.0), focus_x=focus, voice=voice
    )
    found = score(given_)
    assert np.array_equal(found.focus_x, focus)
    assert found.voice[3] == 0
    assert found.events == given_.events


def test_scores_come_back_from_disk_the_same(tmp_path: Path) -> None:
    found = score(signals_of(loudness_db=calm_with(12.0, 40.0), high_db=calm_with(12.0, 40.0)))
    save_npz(found, tmp_path / "scores.npz")
    again = load_npz(Scores, tmp_path / "scores.npz")
    assert again.moments == found.moments
    assert np.array_equal(again.values, found.values)


levels_db = st.floats(-100, 0, width=32) | st.just(float("nan"))
shares = st.floats(0, 1, width=32) | st.just(float("nan"))
events = st.lists(
    st.tuples(st.sampled_from([*EVENT_WEIGHTS, "unheard of"]), st.floats(0, 10), st.floats(0, 2), st.floats(0, 1)),
    max_size=6,
).map(lambda rows: tuple(Event(kind, t, max(t - w, 0), min(t + w, 10), c) for kind, t, w, c in rows))


@settings(max_examples=150, deadline=None)
@given(
    loudness=arrays(np.float32, 40, elements=levels_db),
    onset=arrays(np.float32, 40, elements=st.floats(0, 60, width=32) | st.just(float("nan"))),
    motion=arrays(np.float32, 40, elements=shares),
    flash=arrays(np.float32, 40, elements=shares),
    events=events,
    floor=st.floats(0, 1),
    hold=st.floats(0.05, 1),
    longest_s=st.floats(0.5, 20),
)
def test_whatever_was_measured_the_result_is_sound(
    loudness: np.ndarray,
    onset: np.ndarray,
    motion: np.ndarray,
    flash: np.ndarray,
    events: tuple[Event, ...],
    floor: float,
    hold: float,
    longest_s: float,
) -> None:
    measured = signals_of(events, loudness_db=loudness, high_db=loudness, onset=onset, motion=motion, flash=flash)
    found = score(measured, ScoreConfig(floor=floor, hold=hold, longest_s=longest_s))
    assert found.values.dtype == np.float32
    assert ((found.values >= 0) & (found.values <= 1)).all()
    assert ((found.voice >= 0) & (found.voice <= 1)).all()
    assert list(found.moments) == sorted(found.moments, key=lambda moment: -moment.score)
    for moment in found.moments:
        assert 0 <= moment.start_s <= moment.t_s <= moment.end_s <= found.duration_s
        assert moment.end_s - moment.start_s <= longest_s + STEP_S
        assert moment.score >= floor
        assert adds_up(moment)
    spans = sorted((moment.start_s, moment.end_s) for moment in found.moments)
    assert all(last[1] <= start[0] for last, start in pairwise(spans))
