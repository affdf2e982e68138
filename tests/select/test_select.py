"""Selection: what is picked, how it is fitted to length and beat, and what never happens."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.errors import NothingToKeep
from aiditor.select import SelectConfig, select
from aiditor.select.windows import free_spans
from aiditor.timeline import (
    BeatGrid,
    Event,
    MediaInfo,
    Moment,
    Reason,
    Scores,
    Source,
    Timeline,
    VideoStream,
    from_json,
    to_json,
)

STEP_S = 0.25


def video() -> VideoStream:
    return VideoStream(0, "h264", 1280, 720, 1280, 720, "1/1", 0, 60.0, False, "yuv420p", 8, "bt709", False, False, 0.0)


def clip(name: str, duration_s: float, skip_s: tuple[tuple[float, float], ...] = ()) -> Source:
    return Source(name, f"/clips/{name}.mp4", MediaInfo("mp4", duration_s, 0.0, 1, video(), ()), skip_s=skip_s)


def curve(
    source: Source, peaks: dict[float, float], events: tuple[Event, ...] = (), voice: np.ndarray | None = None
) -> Scores:
    """A score curve with a moment of 0.8 s about each peak time, as strong as given."""
    steps = int(np.ceil(source.duration_s / STEP_S))
    values = np.full(steps, 0.05, np.float32)
    moments = []
    for t_s, score in peaks.items():
        values[int(t_s / STEP_S)] = score
        moments.append(
            Moment(t_s, max(0, t_s - 0.4), min(source.duration_s, t_s + 0.4), score, (Reason("loud burst", score),))
        )
    moments.sort(key=lambda m: -m.score)
    nothing = np.full(steps, np.nan, np.float32)
    said = np.zeros(steps, np.float32) if voice is None else voice
    return Scores(source.id, source.duration_s, STEP_S, values, nothing, said, tuple(moments), events)


def beats(tempo_bpm: float, up_to_s: float = 200.0) -> BeatGrid:
    times = np.arange(0, up_to_s, 60 / tempo_bpm)
    return BeatGrid(tempo_bpm, tuple(times), tuple(times[::4]))


def covers(timeline: Timeline, source_id: str, t_s: float) -> bool:
    return any(c.source_id == source_id and c.start_s <= t_s < c.end_s for c in timeline.cuts)


def test_the_strongest_moments_are_kept_whole():
    source = clip("a", 120)
    scores = curve(source, {10: 0.9, 40: 0.2, 60: 0.8, 90: 0.3, 110: 0.7})
    timeline = select([source], [scores], SelectConfig(target_s=11))
    assert all(covers(timeline, "a", t) for t in (9.6, 10, 10.39, 59.6, 60.39, 110))
    assert not covers(timeline, "a", 40)


def test_length_is_kept_on_beats():
    source = clip("a", 300)
    scores = curve(source, {t: 0.5 + t / 1000 for t in range(10, 290, 14)})
    grid = beats(128)
    timeline = select([source], [scores], SelectConfig(target_s=30), grid=grid)
    assert timeline.duration_s == pytest.approx(30, rel=0.05)
    starts = np.array([c.at_s for c in timeline.cuts])
    assert np.abs(starts[:, None] - np.array(grid.beats_s)).min(axis=1).max() < 1e-6


def test_strong_moments_peak_on_downbeats():
    source = clip("a", 300)
    scores = curve(source, {t: 0.5 + t / 1000 for t in range(10, 290, 14)})
    grid = beats(128)
    timeline = select([source], [scores], SelectConfig(target_s=30, strong_share=0.5), grid=grid)
    ranked = sorted(timeline.cuts, key=lambda c: -c.score)[: round(len(timeline.cuts) / 2)]
    for cut in ranked:
        at = cut.montage_s(cut.peak_s)
        assert np.abs(np.array(grid.downbeats_s) - at).min() < 1e-6


def test_near_moments_share_one_cut():
    source = clip("a", 60)
    timeline = select([source], [curve(source, {20: 0.9, 21.2: 0.8})], SelectConfig(target_s=5))
    assert [c for c in timeline.cuts if c.start_s <= 20 < c.end_s and c.start_s <= 21.2 < c.end_s]


def test_an_event_is_not_clipped():
    source = clip("a", 60)
    event = Event("multi_kill", 30, 27.5, 31.5, 0.9)
    timeline = select([source], [curve(source, {30: 0.9}, (event,))], SelectConfig(target_s=6), grid=beats(120))
    assert covers(timeline, "a", 27.5)
    assert covers(timeline, "a", 31.49)


def test_a_sentence_is_not_cut_in_the_middle():
    source = clip("a", 60)
    voice = np.zeros(240, np.float32)
    voice[int(27.5 / STEP_S) : int(28.75 / STEP_S)] = 1.0
    timeline = select([source], [curve(source, {30: 0.9}, voice=voice)], SelectConfig(target_s=4))
    cut = timeline.cuts[0]
    assert not 27.75 <= cut.start_s < 28.75


@pytest.mark.parametrize("order", ["time", "strength", "build"])
def test_order(order: str):
    source = clip("a", 200)
    scores = curve(source, {20: 0.5, 50: 0.9, 80: 0.6, 110: 0.8, 140: 0.7})
    cuts = select([source], [scores], SelectConfig(target_s=19, order=order)).cuts
    strengths = [c.score for c in cuts]
    if order == "time":
        assert [c.start_s for c in cuts] == sorted(c.start_s for c in cuts)
    elif order == "strength":
        assert strengths == sorted(strengths, reverse=True)
    else:
        assert strengths[-1] == max(strengths)
        assert strengths[1:] == sorted(strengths[1:])


def test_one_clip_does_not_take_it_all():
    loud, calm = clip("loud", 200), clip("calm", 200)
    scores = [curve(loud, dict.fromkeys(range(10, 190, 12), 0.9)), curve(calm, dict.fromkeys(range(10, 190, 12), 0.4))]
    timeline = select([loud, calm], scores, SelectConfig(target_s=30, share_per_clip=0.6))
    from_loud = sum(c.duration_s for c in timeline.cuts if c.source_id == "loud")
    assert from_loud <= 0.6 * 30 * 1.1


def test_dropped_moments_are_not_shown_and_kept_ones_are():
    source = clip("a", 120)
    scores = curve(source, {10: 0.9, 40: 0.2, 60: 0.8, 90: 0.05})
    timeline = select([source], [scores], SelectConfig(target_s=8), drop={("a", 10)}, keep={("a", 90)})
    assert not covers(timeline, "a", 10)
    assert covers(timeline, "a", 90)


def test_what_the_user_keeps_may_outgrow_the_length():
    source = clip("a", 120)
    scores = curve(source, dict.fromkeys(range(10, 110, 8), 0.5))
    timeline = select([source], [scores], SelectConfig(target_s=5), keep={("a", t) for t in range(10, 110, 8)})
    assert all(covers(timeline, "a", t) for t in range(10, 110, 8))
    assert "kept moments" in " ".join(timeline.notes)


def test_nothing_found_says_so_and_offers_the_liveliest():
    source = clip("a", 60)
    scores = curve(source, {})
    scores.values[100:120] = 0.12
    timeline = select([source], [scores], SelectConfig(target_s=5))
    assert timeline.duration_s == pytest.approx(5, rel=0.05)
    assert covers(timeline, "a", 27)
    assert "score found no moment" in timeline.notes[0]


def test_too_little_footage_is_all_used_and_said():
    source = clip("a", 7)
    timeline = select([source], [curve(source, {3: 0.9})], SelectConfig(target_s=30), grid=beats(120))
    assert timeline.duration_s > 6
    assert "the clips hold no more" in " ".join(timeline.notes)


def test_no_footage_at_all_is_an_error():
    source = clip("a", 0.2)
    with pytest.raises(NothingToKeep, match="add longer clips"):
        select([source], [curve(source, {})], SelectConfig())


def test_slow_motion_starts_at_the_peak_and_lasts_as_asked():
    source = clip("a", 120)
    cfg = SelectConfig(target_s=12, ramp_speed=0.5, ramp_s=0.6, ramp_share=1)
    timeline = select([source], [curve(source, {20: 0.9, 50: 0.8, 90: 0.7})], cfg, grid=beats(120))
    cut = timeline.cuts[0]
    assert cut.ramp is not None
    assert cut.montage_s(cut.ramp.end_s) - cut.montage_s(cut.peak_s) == pytest.approx(1.2)
    assert cut.end_s >= cut.ramp.end_s - 1e-9


def test_callouts_name_only_what_was_detected():
    source = clip("a", 120)
    scores = curve(source, {20: 0.9, 50: 0.8, 90: 0.7, 110: 0.6})
    cuts = select([source], [scores], SelectConfig(target_s=14, callouts="events")).cuts
    assert all(c.callout == "" for c in cuts)
    ranked = select([source], [scores], SelectConfig(target_s=14, callouts="rank")).cuts
    assert sorted(c.callout for c in ranked if c.callout) == ["#1", "#2", "#3"]


@st.composite
def batches(draw):
    sources, scores = [], []
    for index in range(draw(st.integers(1, 4))):
        duration = draw(st.floats(0.5, 90))
        skips = []
        if draw(st.booleans()):
            low = draw(st.floats(0, duration))
            skips = [(low, min(duration, low + draw(st.floats(0, 20))))]
        source = clip(f"s{index}", duration, tuple(skips))
        times = draw(st.lists(st.floats(0, duration), max_size=8, unique_by=lambda t: round(t / 2)))
        peaks = {t: draw(st.floats(0.01, 1)) for t in times if t < duration - 0.05}
        sources.append(source)
        scores.append(curve(source, peaks))
    return sources, scores


configs = st.builds(
    SelectConfig,
    target_s=st.floats(3, 60),
    order=st.sampled_from(["time", "strength", "build"]),
    share_per_clip=st.sampled_from([0.3, 0.6, 1.0]),
    ramp_speed=st.sampled_from([0.5, 1.0]),
    transitions=st.sampled_from([(), ("flash", "crossfade")]),
)
grids = st.one_of(st.none(), st.floats(70, 180).map(beats))


@settings(max_examples=150, deadline=None)
@given(batch=batches(), cfg=configs, grid=grids)
def test_cuts_never_overlap_nor_leave_their_source_and_the_length_is_kept(batch, cfg, grid):
    sources, scores = batch
    usable = sum(high - low for s in sources for low, high in free_spans(s) if high - low >= 0.5)
    try:
        timeline = select(sources, scores, cfg, grid=grid)
    except NothingToKeep:
        assert usable < 1
        return
    assert timeline.cuts[0].at_s == 0
    for before, after in pairwise(timeline.cuts):
        assert after.at_s == pytest.approx(before.at_s + before.duration_s, abs=1e-6)
    for source in sources:
        cuts = sorted((c for c in timeline.cuts if c.source_id == source.id), key=lambda c: c.start_s)
        for cut in cuts:
            assert -1e-9 <= cut.start_s < cut.end_s <= source.duration_s + 1e-9
            assert any(low - 1e-6 <= cut.start_s and cut.end_s <= high + 1e-6 for low, high in free_spans(source))
        for before, after in pairwise(cuts):
            assert before.end_s <= after.start_s + 1e-6
    if usable >= cfg.target_s * 1.1:
        assert timeline.duration_s == pytest.approx(cfg.target_s, rel=0.0501)
    assert timeline.duration_s <= cfg.target_s * 1.0501
    assert from_json(Timeline, to_json(timeline)) == timeline
