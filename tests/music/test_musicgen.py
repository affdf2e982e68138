"""MusicGen's own ways: how sounds are drawn, how windows go on, what is kept, how a tune is followed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from music.twins import home_with

from aiditor.errors import AIditorError, BadConfig, BadInput, Cancelled, MissingPart
from aiditor.models.debug import tiny_melody
from aiditor.models.pool import Pool
from aiditor.music import MusicConfig, engine, preflight, refuse_unlicensed
from aiditor.music.beats import Beats
from aiditor.music.growing import grow
from aiditor.music.licence import non_commercial
from aiditor.music.melody import chroma, turned
from aiditor.music.musicgen import MusicGen, open_musicgen
from aiditor.music.prompts import PROMPTS, prompt
from aiditor.music.sampling import Sampler, draw, undelayed
from aiditor.music.snap import joined
from aiditor.music.token_model import About
from aiditor.settings import Settings
from aiditor.timeline import BeatGrid, Music

QUICK = {"engine": "musicgen", "window_s": 2.0, "overlap_s": 0.5, "longest_s": 4.0, "seed": 3}


# --- drawing


def test_draws_are_as_likely_as_the_model_says() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.15, 0.05]]))
    rng = np.random.default_rng(0)
    counts = Counter(int(draw(logits, rng, temperature=1.0, top_k=0)[0]) for _ in range(8000))
    assert [counts[token] / 8000 for token in range(4)] == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.02)


def test_only_the_likeliest_are_drawn_and_cold_draws_take_the_first() -> None:
    logits = np.random.default_rng(1).normal(size=(4, 50))
    rng = np.random.default_rng(2)
    best = np.argsort(-logits, axis=1)[:, :3]
    drawn = np.array([draw(logits, rng, temperature=1.0, top_k=3) for _ in range(300)])
    for row in range(4):
        assert set(drawn[:, row]) == set(best[row])
    assert np.array_equal(draw(logits, rng, temperature=1e-6, top_k=0), logits.argmax(axis=1))


@given(books=st.integers(1, 8), frames=st.integers(1, 40))
def test_the_delay_between_books_is_undone(books: int, frames: int) -> None:
    codes = np.arange(books * frames).reshape(books, frames)
    steps = [
        np.array([codes[k, t - k] if 0 <= t - k < frames else -1 for k in range(books)])
        for t in range(frames + books - 1)
    ]
    assert np.array_equal(undelayed(steps, frames), codes)


def test_guidance_goes_beyond_the_words_and_leaves_one_choice() -> None:
    import torch

    scores = torch.tensor([[1.0, 0.0, 0.9], [0.0, 0.0, 5.0]])  # with words, and without
    sampler = Sampler(np.random.default_rng(0), True, 3.0, 1e-6, 0, lambda steps: None)
    only = sampler(None, scores)
    assert sampler.picked[0].tolist() == [0]
    assert only.argmax(dim=1).tolist() == [0, 0]


def test_numbers_that_are_none_are_told_instead_of_played() -> None:
    import torch

    sampler = Sampler(np.random.default_rng(0), False, 1.0, 1.0, 0, lambda steps: None)
    with pytest.raises(AIditorError, match="went beyond"):
        sampler(None, torch.full((4, 8), float("nan")))


# --- windows


class Clicks:
    """A model in numbers alone: plays a click every half second, and tells which frames it was asked for."""

    about = About("clicks", "1", "CC0-1.0")
    words = "clicks"
    rate_hz, frame, books = 8_000, 160, 2

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, float]] = []

    def play(self, before, frames, *, at_s, seed, progress):
        progress(0.0, "clicking")
        held = before.shape[1]
        self.asked.append((held, frames, at_s))
        rng = np.random.default_rng(seed)
        begin = round(at_s * 50)
        new = np.stack([np.arange(begin + held, begin + held + frames), rng.integers(0, 9, frames)])
        times = np.concatenate([before, new], axis=1)[0]
        assert np.array_equal(times, np.arange(begin, begin + held + frames)), "prompted with what came just before"
        clock = (begin * self.frame + np.arange((held + frames) * self.frame)) / self.rate_hz
        sound = (np.sin(2 * np.pi * 220 * clock) * np.exp(-((clock % 0.5) / 0.03))).astype(np.float32)
        progress(1.0, "clicked")
        return new, sound


def piece(folder: Path, count: int, *, overlap_s: float = 1.0, model: Clicks | None = None):
    return grow(
        folder, model or Clicks(), window_s=4.0, overlap_s=overlap_s, seed=1,
        enough=lambda windows: count, progress=lambda done, note: None,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("overlap_s", [0.5, 1.0, 3.0])
def test_windows_follow_one_another_without_a_seam(tmp_path: Path, overlap_s: float) -> None:
    windows = piece(tmp_path, 4, overlap_s=overlap_s)
    sound = np.concatenate([window.sound for window in windows])
    clock = np.arange(sound.size) / Clicks.rate_hz
    truth = np.sin(2 * np.pi * 220 * clock) * np.exp(-((clock % 0.5) / 0.03))
    assert sound.size == pytest.approx((4 + 3 * (4 - overlap_s) - 0.1) * Clicks.rate_hz, abs=1)
    assert np.abs(sound - truth).max() < 1e-4
    beats_s = windows[-1].beats.beats_s
    assert np.diff(beats_s) == pytest.approx(0.5, abs=0.02)


@pytest.mark.slow
def test_a_longer_piece_begins_as_the_shorter_one_and_nothing_is_made_twice(tmp_path: Path) -> None:
    model = Clicks()
    short = piece(tmp_path / "a", 2, model=model)
    longer = piece(tmp_path / "a", 4, model=model)
    at_once = piece(tmp_path / "b", 4)
    assert len(model.asked) == 4
    for one, two, three in zip(longer, at_once, short, strict=False):
        assert np.array_equal(one.sound, two.sound)
        assert np.array_equal(one.sound, three.sound)
    assert np.array_equal(longer[-1].beats.beats_s, at_once[-1].beats.beats_s)
    held = longer[1].beats.beats_s.size
    assert np.array_equal(longer[-1].beats.beats_s[:held], longer[1].beats.beats_s)


@pytest.mark.slow
def test_a_damaged_window_is_made_again_and_a_stopped_one_leaves_whole_files(tmp_path: Path) -> None:
    before = piece(tmp_path, 3)
    (tmp_path / "001.npz").write_bytes(b"half a file")
    after = piece(tmp_path, 3)
    assert np.array_equal(before[1].sound, after[1].sound)
    (tmp_path / "001.npz").unlink()

    def stop(done: float, note: str) -> None:
        if done > 0.4:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        grow(tmp_path, Clicks(), window_s=4.0, overlap_s=1.0, seed=1, enough=lambda windows: 3, progress=stop)
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["000.npz", "002.npz"]
    assert not list(tmp_path.glob(".*part*"))


beat_lists = st.lists(st.floats(0.05, 1.2), min_size=1, max_size=40).map(lambda gaps: np.cumsum(gaps))


@given(first=beat_lists, later=st.lists(beat_lists, max_size=4), tempo=st.floats(60, 180))
@settings(deadline=None)
def test_joined_beats_rise_keep_their_beginning_and_leave_no_hole(first, later, tempo) -> None:
    known = Beats(tempo, first, 1)
    for number, times in enumerate(later):
        grown = joined(known, Beats(100.0, times + 2.0 * number, 0))
        assert np.array_equal(grown.beats_s[: known.beats_s.size], known.beats_s)
        added = np.diff(grown.beats_s[known.beats_s.size - 1 :])
        assert (added > 0.49 * 60 / tempo).all()
        assert (added < 1.51 * 60 / tempo).all()
        assert (grown.phase, grown.tempo_bpm) == (1, tempo)
        known = grown


# --- words


def test_every_style_asks_for_music_of_its_own() -> None:
    asked = {style: prompt(MusicConfig(style=style), 1) for style in PROMPTS}
    assert len(set(asked.values())) == 6
    assert all("bpm" in words for words in asked.values())


def test_what_the_user_says_goes_before_the_style() -> None:
    assert prompt(MusicConfig(prompt="solo harp"), 1) == "solo harp"
    assert prompt(MusicConfig(prompt="solo harp", tempo_bpm=90, key="D", mode="minor"), 1) == (
        "solo harp, in D minor, 90 bpm"
    )
    tempi = {prompt(MusicConfig(prompt="harp", tempo_bpm=(90, 140)), seed) for seed in range(20)}
    assert len(tempi) > 5


# --- licences


@pytest.mark.parametrize(
    ("licence", "kept"),
    [("CC-BY-NC-4.0", True), ("cc-by-nc-sa-3.0", True), ("for non-commercial use", True), ("CC0-1.0", False),
     ("supplied by the user", False), ("CC-BY-4.0 (composed in sync)", False)],
)  # fmt: skip
def test_non_commercial_licences_are_told_apart(licence: str, kept: bool) -> None:
    assert non_commercial(licence) is kept


def test_a_paid_export_refuses_what_may_not_be_sold_unless_the_right_is_stated() -> None:
    music = Music("a.flac", BeatGrid(120, (0.0,), (0.0,)), 1.0, "t", "musicgen", "CC-BY-NC-4.0")
    with pytest.raises(BadConfig, match="non-commercial") as caught:
        refuse_unlicensed(music, licence_held=False)
    assert "licence_held" in caught.value.remedy
    refuse_unlicensed(music, licence_held=True)
    refuse_unlicensed(replace(music, licence="CC0-1.0"), licence_held=False)
    refuse_unlicensed(None, licence_held=False)


# --- the tune


def tone(midi: float, seconds: float = 2.0) -> np.ndarray:
    t = np.arange(round(32_000 * seconds)) / 32_000
    return (0.5 * np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * t)).astype(np.float32)


@pytest.mark.slow
def test_the_tune_is_heard_as_tones_whatever_their_octave() -> None:
    def heard(midi: int) -> int:
        found = chroma(tone(midi))
        assert set(found.sum(axis=1)) == {1.0}
        return int(found[4:-4].argmax(axis=1)[0])

    assert heard(69) == heard(81) == heard(57)
    assert [(heard(60 + step) - heard(60)) % 12 for step in range(12)] == list(range(12))
    two = chroma(np.concatenate([tone(60), tone(64)]))
    assert np.array_equal(turned(two, 0.0), two)
    assert turned(two, 2.2)[0].argmax() == heard(64)
    assert turned(two, 4.224).argmax() == two[1 % len(two)].argmax()


# --- the whole


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with(tmp_path_factory.mktemp("home"), "musicgen")


@pytest.fixture(scope="module")
def pool():
    with Pool("cpu", budget_bytes=2**30) as pool:
        yield pool


@pytest.mark.slow
def test_a_generated_track_tells_where_it_comes_from(home: Path, pool: Pool, tmp_path: Path) -> None:
    cfg = MusicConfig(**QUICK, prompt="solo harp")
    music = engine(cfg, settings=Settings(aiditor_home=home), pool=pool).make(
        cfg, duration_s=3.0, out=tmp_path / "a.flac"
    )
    assert music is not None
    assert music.licence == "CC-BY-NC-4.0"
    assert (music.model, music.prompt, music.seed) == ("musicgen-small", "solo harp", 3)
    assert music.revision
    assert "facebook/musicgen-small" in music.attribution
    loaded = {model.name: model for model in pool.metrics().loaded}["musicgen-small"]
    assert (loaded.dtype, loaded.holders) == ("float32", 0)


@pytest.mark.slow
def test_drawn_tokens_hang_on_no_global_random_numbers(home: Path, pool: Pool) -> None:
    import torch

    cfg = MusicConfig(**QUICK)
    model = open_musicgen(cfg, 3, Settings(aiditor_home=home), pool)
    harp = open_musicgen(MusicConfig(**QUICK, prompt="solo harp"), 3, Settings(aiditor_home=home), pool)
    nothing = np.zeros((model.books, 0), np.int64)

    def play(seed: int, model: MusicGen = model) -> np.ndarray:
        return model.play(nothing, 20, at_s=0.0, seed=(seed, 0), progress=lambda done, note: None)[0]

    first = play(1)  # which loads the model, and that draws what is then overwritten
    state = torch.random.get_rng_state()
    assert np.array_equal(play(1), first)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(7)
    assert np.array_equal(play(1), first)
    assert not np.array_equal(play(2), first)
    assert not np.array_equal(play(1, harp), first), "words matter"
    assert first.shape == (4, 20)


@pytest.mark.slow
def test_a_stop_comes_through_in_the_middle_of_a_window(home: Path, pool: Pool, tmp_path: Path) -> None:
    cfg = MusicConfig(**{**QUICK, "seed": 99})
    heard: list[float] = []

    def stop(done: float, note: str) -> None:
        heard.append(done)
        if "generating" in note and len(heard) > 20:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine(cfg, settings=Settings(aiditor_home=home), pool=pool).make(
            cfg, duration_s=3.0, out=tmp_path / "a.flac", progress=stop
        )
    assert len(heard) < 25
    assert heard == sorted(heard)
    assert not list(tmp_path.iterdir())
    assert pool.metrics().loaded[0].holders == 0


@pytest.mark.slow
def test_the_melody_model_follows_a_tune_and_others_say_that_they_cannot(
    home: Path, pool: Pool, tmp_path: Path
) -> None:
    tiny_melody(home / "models" / "musicgen-melody")
    soundfile.write(tmp_path / "tune.wav", np.concatenate([tone(60), tone(67)]), 32_000)
    soundfile.write(tmp_path / "other.wav", np.concatenate([tone(62), tone(66)]), 32_000)
    settings = Settings(aiditor_home=home)

    def play(tune: str) -> np.ndarray:
        cfg = MusicConfig(**QUICK, model="melody", melody=str(tmp_path / tune) if tune else "")
        music = engine(cfg, settings=settings, pool=pool).make(cfg, duration_s=2.5, out=tmp_path / "a.flac")
        assert music is not None
        return soundfile.read(music.path)[0]

    one, same, other = play("tune.wav"), play("tune.wav"), play("other.wav")
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    with pytest.raises(BadConfig, match="follows no tune"):
        preflight(MusicConfig(**QUICK, melody=str(tmp_path / "tune.wav")), settings)
    with pytest.raises(BadInput, match="does not exist"):
        preflight(MusicConfig(**QUICK, model="melody", melody=str(tmp_path / "gone.wav")), settings)


@pytest.mark.slow
def test_weights_that_are_not_there_or_not_whole_say_what_to_do(home: Path, pool: Pool, tmp_path: Path) -> None:
    bare = Settings(aiditor_home=tmp_path)
    with pytest.raises(MissingPart, match="aiditor models fetch musicgen-small"):
        preflight(MusicConfig(**QUICK), bare)
    with pytest.raises(BadConfig, match="no music model is called"):
        preflight(MusicConfig(**QUICK, model="huge"), bare)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadConfig, match="holds no model"):
        preflight(MusicConfig(**QUICK, model=str(tmp_path / "empty")), bare)
    own = tmp_path / "mine"
    home_with(tmp_path, "musicgen").joinpath("models", "musicgen-small").rename(own)
    preflight(MusicConfig(**QUICK, model=str(own)), bare)
    tensors = own / "model.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:1000])
    cfg = MusicConfig(**QUICK, model=str(own))
    with pytest.raises(BadInput, match="cannot be loaded"):
        engine(cfg, settings=bare, pool=pool).make(cfg, duration_s=2, out=tmp_path / "a.flac")
    (own / "config.json").write_text("{}")
    with pytest.raises(BadInput, match="holds no MusicGen"):
        engine(cfg, settings=bare, pool=pool).grid(cfg, 2.0)
    assert not (tmp_path / "a.flac").exists()
