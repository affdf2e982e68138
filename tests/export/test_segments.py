from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timeline_values import make_source

from aiditor.export.segments import audible, frame_at, segments, source_rate
from aiditor.timeline import Cut, Mute, Ramp, Timeline


@pytest.mark.parametrize(
    ("rate_hz", "exact"),
    [(60, Fraction(60)), (29.97002997, Fraction(30000, 1001)), (59.94, Fraction(60000, 1001)), (35, Fraction(35)),
     (23.976, Fraction(24000, 1001)), (12.5, Fraction(25, 2))],
)  # fmt: skip
def test_rates_are_exact(rate_hz, exact):
    assert source_rate(make_source(Path("a.mp4"), rate_hz), 60) == exact


def test_a_variable_rate_source_counts_at_the_montages_rate():
    assert source_rate(make_source(Path("a.mp4"), 41.7, variable=True), 30) == 30


def test_a_frame_is_the_last_one_at_or_before():
    assert frame_at(1.0, Fraction(35)) == 35
    assert frame_at(0.0999999, Fraction(30)) == 3  # 0.1 s less a float's rounding
    assert frame_at(0.099, Fraction(30)) == 2


def test_a_ramp_divides_its_cut_in_three(montage):
    ramped = [part for part in segments(montage, 60) if part.number == 2]
    assert [(part.at, part.frames, part.speed) for part in ramped] == [(270, 60, 1.0), (330, 48, 0.5), (378, 36, 1.0)]
    assert [part.start_s for part in ramped] == pytest.approx([4.0, 5.0, 5.4])


def test_a_dissolve_is_kept_only_where_the_clip_before_has_footage_left(montage):
    mixes = {part.number: part.mix for part in segments(montage, 60) if part.mix}
    assert mixes == {1: 15, 4: 12}
    short = make_source(Path("desktop.mkv"), 41.7, duration_s=2.85, variable=True)
    ends = Timeline(
        (*montage.sources[:3], short.__class__(id="desktop", path=short.path, info=short.info)), montage.cuts
    )
    assert {part.number for part in segments(ends, 60) if part.mix} == {1}


@given(
    lengths=st.lists(st.floats(0.2, 4.0), min_size=1, max_size=12),
    speeds=st.lists(st.one_of(st.none(), st.floats(0.25, 1.0)), min_size=12, max_size=12),
    fps=st.sampled_from([30, 60]),
)
def test_segments_own_every_frame_once(lengths, speeds, fps):
    source, cuts, at_s = make_source(Path("a.mp4"), 35), [], 0.0
    for length, speed in zip(lengths, speeds, strict=False):
        ramp = Ramp(5 + length * 0.3, 5 + length * 0.7, speed) if speed else None
        cuts.append(Cut("a", 5.0, 5.0 + length, at_s, 5.1, ramp=ramp))
        at_s += cuts[-1].duration_s
    timeline = Timeline((source,), tuple(cuts))
    parts = segments(timeline, fps)
    assert parts[0].at == 0
    assert all(before.end == after.at for before, after in pairwise(parts))
    assert abs(parts[-1].end - timeline.duration_s * fps) <= 0.5 + 1e-6


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0.01, 3)), max_size=6), st.floats(0.25, 1.0))
def test_a_mute_never_leaks(spans, speed):
    cut = Cut("a", 10.0, 14.0, 0.0, 12.0, ramp=Ramp(11.0, 12.0, speed))
    timeline = Timeline((make_source(Path("a.mp4"), 60),), (cut,))
    mutes = [Mute("a", start, start + length) for start, length in spans]
    for part in segments(timeline, 60):
        parts = audible(part, mutes, 60)
        assert sum(high - low for low, high, _ in parts) == part.frames
        for low, high, heard in parts:
            for mute in mutes if heard else ():
                overlap = min(high / 60, cut.montage_s(mute.end_s)) - max(low / 60, cut.montage_s(mute.start_s))
                assert overlap <= 1e-6
