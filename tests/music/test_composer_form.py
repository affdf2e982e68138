"""The form: a drop on the best moment, sections that follow the montage, a last hit that ends it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.music import MusicConfig
from aiditor.music.arrange import write_score
from aiditor.music.composer import sketch
from aiditor.music.config import Style
from aiditor.music.form import beat_grid, plan_form
from aiditor.music.groove import DRUM_PITCHES, fill
from aiditor.music.kit import KITS
from aiditor.music.material import choose

STYLES: tuple[Style, ...] = ("hype", "cinematic", "chill", "esports", "meme", "minimal")


@settings(max_examples=200, deadline=None)
@given(
    duration_s=st.floats(0.5, 600),
    tempo_bpm=st.integers(60, 190),
    hits_s=st.lists(st.floats(0, 600), max_size=5),
    intensity=st.lists(st.floats(0, 1), max_size=8),
)
def test_a_form_always_fits(duration_s: float, tempo_bpm: int, hits_s: list[float], intensity: list[float]) -> None:
    curve = [(k * duration_s / 8, value) for k, value in enumerate(intensity)]
    form = plan_form(duration_s, tempo_bpm, hits_s, curve)
    beat_s = 60 / tempo_bpm
    assert [bar.index for bar in form.bars] == list(range(len(form.bars)))
    start = 0
    for bar in form.bars:
        assert bar.start == start, "bars lie end to end, on beats"
        assert bar.beats == 4 or (bar.kind == "build" and bar.last and 2 <= bar.beats <= 6)
        start += bar.beats
    assert form.end_s <= duration_s
    assert duration_s - form.end_s <= form.bar_s + 1.4 + 1e-6, "the last hit does not ring for ever"
    if len(form.bars) > 2:
        assert form.drops_s or form.best_s == form.end_s, "there is a drop, or the last hit is it"
    if hits_s and 2.5 * beat_s <= hits_s[0] <= duration_s - 1.4 - 4.5 * beat_s:
        assert form.best_s == pytest.approx(hits_s[0], abs=beat_s / 2 + 1e-6)
        assert form.best_s in form.drops_s, "a drop begins on the beat nearest to the best moment"
    assert form.grid().beats_s == beat_grid(tempo_bpm, duration_s).beats_s


@pytest.mark.parametrize("best_s", [1.4, 5.0, 12.3, 20.0, 26.9])
def test_wherever_the_best_moment_lies_it_is_built_up_to(best_s: float) -> None:
    form = plan_form(30.0, 128, [best_s])
    assert form.best_s is not None
    assert abs(form.best_s - best_s) <= form.beat_s / 2
    before = [bar for bar in form.bars if bar.start * form.beat_s < form.best_s - 1e-6]
    assert before[-1].kind == "build"
    assert form.drops_s[0] < 14, "a montage hooks early, even where its best comes last"


def test_a_best_moment_at_the_very_end_is_the_last_hit() -> None:
    form = plan_form(30.0, 140, [28.2])
    assert form.best_s == form.end_s == pytest.approx(28.2, abs=0.22)
    assert form.bars[-1].kind == "build"
    assert form.drops_s, "and it has had a drop before"


def test_drops_lie_where_the_montage_is_strong_and_rests_where_it_is_weak() -> None:
    strong_s = [(12.0, 26.0), (38.0, 58.0)]
    curve = [(float(t), 0.9 if any(a <= t < b for a, b in strong_s) else 0.1) for t in range(60)]
    form = plan_form(60.0, 120, [], curve)
    drops = [bar.intensity for bar in form.bars if bar.kind == "drop"]
    quiet = [bar.intensity for bar in form.bars if bar.kind != "drop"]
    assert np.mean(drops) > np.mean(quiet) + 0.6
    upside_down = plan_form(60.0, 120, [], [(t, 1 - value) for t, value in curve])
    assert upside_down.drops_s != form.drops_s


def test_stronger_stretches_are_played_denser() -> None:
    flavour, tempo_bpm, key = sketch(MusicConfig(style="hype", energy=0.5), 4)

    def strokes(level: float) -> int:
        curve = [(0.0, 0.5), (10.0, level), (20.0, 1 - level)]
        form = plan_form(30.0, tempo_bpm, [], curve)
        rng = np.random.default_rng(4)
        score = write_score(form, flavour, choose(flavour, key, rng), energy=0.5, hits_s=(), rng=rng)
        drums = next(part for part in score.instruments if part.name.startswith("drum"))
        inside = [bar for bar in form.bars if bar.kind == "drop" and 10 < bar.start * form.beat_s < 18]
        spans_s = [(bar.start * form.beat_s, (bar.start + bar.beats) * form.beat_s) for bar in inside]
        return sum(any(a <= note.start < b for a, b in spans_s) for note in drums.notes) // max(len(inside), 1)

    assert strokes(1.0) > strokes(0.0)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("best_s", [8.0, 21.5])
def test_the_drop_begins_with_everything_and_silence_goes_before(style: Style, best_s: float) -> None:
    flavour, tempo_bpm, key = sketch(MusicConfig(style=style), 3)
    form = plan_form(30.0, tempo_bpm, [best_s])
    rng = np.random.default_rng(3)
    score = write_score(form, flavour, choose(flavour, key, rng), energy=0.7, hits_s=[best_s], rng=rng)
    assert form.best_s is not None
    on_it = {
        part.name.split("/")[0]
        for part in score.instruments
        for note in part.notes
        if abs(note.start - form.best_s) < 0.06
    }
    assert {"drum", "bass", "chord"} <= on_it
    drums = next(part for part in score.instruments if part.name.startswith("drum"))
    kick = DRUM_PITCHES["kick"]
    assert any(n.pitch == kick and abs(n.start - form.best_s) < 1e-6 for n in drums.notes)
    if style not in ("chill", "minimal"):
        breath = [n for n in drums.notes if form.best_s - 0.9 * form.beat_s < n.start < form.best_s - 1e-6]
        assert not breath, "one beat of breath"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_ending_resolves_to_the_tonic(style: Style, seed: int) -> None:
    flavour, tempo_bpm, key = sketch(MusicConfig(style=style), seed)
    form = plan_form(24.0, tempo_bpm)
    rng = np.random.default_rng(seed)
    score = write_score(form, flavour, choose(flavour, key, rng), energy=0.7, hits_s=(), rng=rng)
    last = {p.name.split("/")[0]: [n for n in p.notes if n.start >= form.end_s - 1e-6] for p in score.instruments}
    assert [note.pitch % 12 for note in last["bass"]] == [key.tonic]
    triad = {pitch % 12 for pitch in key.chord(0)}
    assert {note.pitch % 12 for note in last["chord"] + last["pad"]} == triad
    assert {note.pitch % 12 for note in last["lead"]} == {key.tonic}
    before_s = form.bars[-1].start * form.beat_s
    basses = next(part for part in score.instruments if part.name.startswith("bass"))
    before = {note.pitch % 12 for note in basses.notes if before_s - 1e-6 <= note.start < form.end_s - 1e-6}
    assert key.tonic not in before or len(before) > 1, "it comes from somewhere else"


def test_every_kit_has_fills_of_its_own() -> None:
    played = {}
    for kit in KITS:
        rng = np.random.default_rng(0)
        played[kit] = {tuple(fill(kit, rng, steps=8)) for _ in range(40)}
        assert len(played[kit]) >= 4
        for strokes in played[kit]:
            assert all(8 <= step < 16 and 0 < strength <= 1 for step, _, strength in strokes)
    for one in KITS:
        for other in KITS:
            assert one == other or not played[one] & played[other]


@pytest.mark.parametrize("style", STYLES)
def test_no_two_of_a_hundred_seeds_write_alike(style: Style) -> None:
    pieces = []
    for seed in range(100):
        flavour, tempo_bpm, key = sketch(MusicConfig(style=style), seed)
        rng = np.random.default_rng([seed, 2])
        form = plan_form(14.0, tempo_bpm)
        score = write_score(form, flavour, choose(flavour, key, rng), energy=0.7, hits_s=(), rng=rng)
        pieces.append(
            {
                (part.name, round(note.start / form.beat_s * 4), note.pitch - key.tonic * (not part.is_drum))
                for part in score.instruments
                for note in part.notes
                if not part.name.startswith(("drum", "fx"))
            }
        )
    alike = [len(one & other) / len(one | other) for k, one in enumerate(pieces) for other in pieces[k + 1 :]]
    assert max(alike) < 0.75, "even with their keys made one"
    assert np.mean(alike) < 0.1


@pytest.mark.parametrize("style", STYLES)
def test_a_drop_is_not_one_bar_over_and_over(style: Style) -> None:
    shares = []
    for seed in range(6):
        flavour, tempo_bpm, key = sketch(MusicConfig(style=style), seed)
        rng = np.random.default_rng([seed, 2])
        form = plan_form(40.0, tempo_bpm)
        score = write_score(form, flavour, choose(flavour, key, rng), energy=0.7, hits_s=(), rng=rng)
        bars = [
            frozenset(
                (part.name, round((note.start / form.beat_s - bar.start) * 12), note.pitch)
                for part in score.instruments
                for note in part.notes
                if bar.start <= note.start / form.beat_s + 1e-6 < bar.start + bar.beats
            )
            for bar in form.bars
            if bar.kind == "drop"
        ]
        alike = [len(a & b) / len(a | b) for a, b in pairwise(bars)]
        shares.append(float(np.mean(alike)))
        assert len(set(bars)) >= 0.7 * len(bars), "few bars come back unchanged"
    assert np.mean(shares) < 0.6, "from bar to bar most of the notes change"
    assert np.mean(shares) > 0.1, "and yet it stays one piece"
