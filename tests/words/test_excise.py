"""Words cut out with their picture: on whole frames, with the beat kept where footage lies beside."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline_values import make_source

from aiditor.errors import NothingToKeep
from aiditor.timeline import Cut, Mute, Ramp, Timeline, Transition
from aiditor.words.excise import excised

FPS = 30
SOURCE = make_source(Path("/clips/a.mp4"), 60.0)
HEARD = {"a": ((0.0, 60.0),)}


def timeline(*cuts: Cut, gone: tuple[tuple[float, float], ...] = ()) -> Timeline:
    return Timeline((SOURCE,), cuts, mutes=tuple(Mute("a", low, high, method="cut") for low, high in gone))


def on_a_frame(t_s: float) -> bool:
    return abs(t_s * FPS - round(t_s * FPS)) < 1e-6


def shown(made: Timeline, t_s: float) -> list[float]:
    """Montage times at which source time `t_s` is seen."""
    return [cut.montage_s(t_s) for cut in made.cuts if cut.start_s <= t_s < cut.end_s]


def test_a_word_after_the_peak_is_made_up_for_behind():
    first, second = Cut("a", 10, 14, 0, 11, callout="#1", transition=Transition("flash", 0.2)), Cut("a", 30, 32, 4, 31)
    made = excised(timeline(first, second, gone=((12.01, 12.49),)), HEARD, fps=FPS)
    before, after, last = made.cuts
    assert (before.start_s, before.end_s) == (10, pytest.approx(12.0))
    assert (after.start_s, after.end_s) == (pytest.approx(12.5), pytest.approx(14.5))
    assert on_a_frame(after.at_s)
    assert (before.callout, after.callout) == ("#1", "")
    assert (before.transition is None, after.transition is None) == (False, True)
    assert before.montage_s(11) == first.montage_s(11), "the peak keeps its beat"
    assert (last.at_s, made.duration_s) == (pytest.approx(4), pytest.approx(6))
    assert "footage beside makes up for it" in made.notes[0]


def test_a_word_before_the_peak_is_made_up_for_in_front():
    cut = Cut("a", 10, 14, 0, 13)
    made = excised(timeline(cut, gone=((11.0, 11.5),)), HEARD, fps=FPS)
    assert made.cuts[0].start_s == pytest.approx(9.5)
    assert shown(made, 13.0) == [pytest.approx(3.0)]
    assert made.duration_s == pytest.approx(4)


def test_only_footage_that_was_listened_to_and_is_not_shown_elsewhere_makes_up():
    cut, other = Cut("a", 10, 14, 0, 11), Cut("a", 14.2, 16, 4, 15)
    made = excised(timeline(cut, other, gone=((12.0, 12.5), (9.5, 9.9))), {"a": ((9.9, 20.0),)}, fps=FPS)
    assert made.cuts[1].end_s == pytest.approx(14.2)
    assert made.cuts[0].start_s == pytest.approx(9.9)
    assert made.duration_s == pytest.approx(5.8 - 0.5 + 0.2 + 0.1)
    assert "shorter" in made.notes[0]


def test_slow_motion_is_split_with_the_cut():
    cut = Cut("a", 10, 13, 0, 11, ramp=Ramp(11, 12, 0.5))
    made = excised(timeline(cut, gone=((11.4, 11.6),)), HEARD, fps=FPS)
    first, second = made.cuts
    assert first.ramp is not None
    assert second.ramp is not None
    assert first.ramp.end_s <= 11.4
    assert second.ramp.start_s >= 11.6
    assert made.duration_s == pytest.approx(cut.duration_s)
    assert on_a_frame(second.at_s)


def test_a_cut_that_is_all_words_goes_and_an_empty_montage_is_refused():
    made = excised(timeline(Cut("a", 10, 11, 0, 10.5), Cut("a", 20, 22, 1, 21), gone=((9.9, 11.1),)), HEARD, fps=FPS)
    assert [(cut.start_s, cut.at_s) for cut in made.cuts] == [(20, 0)]
    with pytest.raises(NothingToKeep, match="cut out"):
        excised(timeline(Cut("a", 10, 11, 0, 10.5), gone=((9.9, 11.1),)), HEARD, fps=FPS)


def test_doing_it_again_changes_nothing():
    once = excised(timeline(Cut("a", 10, 14, 0, 11), gone=((12.0, 12.5),)), HEARD, fps=FPS)
    assert excised(once, HEARD, fps=FPS) == once


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_of_a_word_is_shown_and_cuts_stay_back_to_back(data):
    cuts, at_s = [], 0.0
    for k in range(data.draw(st.integers(1, 4))):
        start_s = 12.0 * k + data.draw(st.floats(2, 6))
        end_s = start_s + data.draw(st.floats(0.5, 4))
        peak_s = start_s + (end_s - start_s) * data.draw(st.floats(0, 1))
        ramp = (
            Ramp(peak_s, min(peak_s + 0.3, end_s), 0.5) if data.draw(st.booleans()) and peak_s < end_s - 0.1 else None
        )
        cuts.append(Cut("a", start_s, end_s, at_s, peak_s, ramp=ramp))
        at_s += cuts[-1].duration_s
    gone, low = [], 0.0
    for _ in range(data.draw(st.integers(0, 8))):
        low += data.draw(st.floats(0.1, 6))
        high = low + data.draw(st.floats(0.1, 1))
        gone.append((low, high))
        low = high
    planned = timeline(*cuts, gone=tuple(gone))
    try:
        made = excised(planned, HEARD, fps=FPS)
    except NothingToKeep:
        return
    ends = [cut.at_s + cut.duration_s for cut in made.cuts]
    assert made.cuts[0].at_s == 0
    assert all(abs(end - after.at_s) < 1e-6 for end, after in zip(ends, made.cuts[1:], strict=False))
    assert all(cut.duration_s > 0 and cut.start_s <= cut.peak_s <= cut.end_s for cut in made.cuts)
    assert made.duration_s <= planned.duration_s + 1e-6
    for cut in made.cuts:
        assert all(high <= cut.start_s + 1e-6 or cut.end_s <= low + 1e-6 for low, high in gone)
    spans = sorted((cut.start_s, cut.end_s) for cut in made.cuts)
    assert all(b[0] >= a[1] - 1e-6 for a, b in pairwise(spans)), "no footage is shown twice"
