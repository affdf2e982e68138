"""The composer: a piece of exactly the montage's length, on its grid, the same for a seed and never the same twice."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pydantic import ValidationError

from aiditor.errors import Cancelled
from aiditor.music import MusicConfig, engine
from aiditor.music.arrange import write_score
from aiditor.music.composer import sketch
from aiditor.music.flavours import FLAVOURS, Flavour
from aiditor.music.form import plan_form
from aiditor.music.material import choose
from aiditor.music.produce import produce
from aiditor.music.theory import Key

RATE_HZ = 48_000


def compose(out: Path, seconds: float = 6.0, **settings: object) -> tuple[np.ndarray, tuple[float, ...]]:
    """The samples [N, 2] and the downbeats of a piece."""
    cfg = MusicConfig(**settings)  # type: ignore[arg-type]
    music = engine(cfg).make(cfg, duration_s=seconds, out=out)
    assert music is not None
    assert music.path == str(out)
    sound, rate_hz = soundfile.read(out)
    assert rate_hz == RATE_HZ
    return sound, music.grid.downbeats_s


def test_the_same_seed_gives_the_same_samples_and_another_seed_another_piece(tmp_path: Path) -> None:
    first, _ = compose(tmp_path / "a.flac", seed=7)
    again, _ = compose(tmp_path / "b.flac", seed=7)
    other, _ = compose(tmp_path / "c.flac", seed=8)
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first[:, 0], other[:, 0])[0, 1]) < 0.3


def test_without_a_seed_every_piece_is_new_but_one_engine_keeps_to_its_own(tmp_path: Path) -> None:
    cfg = MusicConfig()
    one, two = engine(cfg), engine(cfg)
    music = one.make(cfg, duration_s=6, out=tmp_path / "a.flac")
    assert music is not None
    assert music.seed is not None
    assert one.grid(cfg, 6.0) == music.grid
    other = two.make(cfg, duration_s=6, out=tmp_path / "b.flac")
    assert other is not None
    assert other.seed != music.seed


def test_seeds_differ_in_what_is_written_not_only_in_how_it_sounds() -> None:
    def written(seed: int) -> tuple[object, ...]:
        flavour, tempo_bpm, key = sketch(MusicConfig(style="esports"), seed)
        material = choose(flavour, key, np.random.default_rng([seed, 2]))
        return (tempo_bpm, key, material.progression, material.kicks, material.motifs, material.voices)

    pieces = [written(seed) for seed in range(40)]
    assert len({str(piece) for piece in pieces}) == 40
    for part in range(6):
        assert len({str(piece[part]) for piece in pieces}) >= 5, "every part of a piece is drawn anew"


@pytest.mark.slow
@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: flavour.name)
def test_every_flavour_plays_audibly_from_start_to_end_without_clipping(flavour: Flavour) -> None:
    rng = np.random.default_rng(3)
    form = plan_form(14.0, flavour.tempo_bpm[0])
    material = choose(flavour, Key(9, flavour.modes[0]), rng)
    score = write_score(form, flavour, material, energy=0.7, hits_s=(), rng=rng)
    sound = produce(score, form, flavour, energy=0.7, seed=3)
    assert sound.shape == (2, 14 * RATE_HZ)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 0.95
    seconds = np.sqrt((sound[:, : 12 * RATE_HZ].reshape(2, 12, RATE_HZ) ** 2).mean(axis=(0, 2)))
    assert seconds.min() > 0.003, "no second is silent"
    drop = seconds[int(form.drops_s[0]) + 1 :]
    assert 20 * np.log10(drop.mean()) > -24
    low, high = _share(sound, 30, 200), _share(sound, 2000, 16_000)
    assert low > 0.1, "there is a bass"
    assert high > 0.003, "there are highs: not a telephone"


def _share(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(sound.mean(axis=0))) ** 2
    hz = np.fft.rfftfreq(sound.shape[1], 1 / RATE_HZ)
    return float(power[(hz >= low_hz) & (hz < high_hz)].sum() / power.sum())


@pytest.mark.parametrize("seconds", [0.7, 2.0, 5.123, 13.31])
def test_a_piece_is_as_long_as_the_montage_to_the_sample_and_ends(tmp_path: Path, seconds: float) -> None:
    sound, _ = compose(tmp_path / "a.flac", seconds, seed=5, style="hype")
    assert len(sound) == round(seconds * RATE_HZ)
    last = sound[-RATE_HZ // 100 :]
    assert np.abs(last).max() < 0.003, "it has died away"
    assert np.abs(sound).max() > 0.05


@pytest.mark.parametrize("style", ["hype", "cinematic", "esports"])
def test_the_last_hit_falls_on_a_downbeat_and_rings_out(tmp_path: Path, style: str) -> None:
    sound, downbeats_s = compose(tmp_path / "a.flac", 12.0, seed=4, style=style)
    end_s = [t for t in downbeats_s if t <= 12.0 - 1.4][-1]

    def level(start_s: float, stop_s: float) -> float:
        return float(np.sqrt((sound[int(start_s * RATE_HZ) : int(stop_s * RATE_HZ)] ** 2).mean()))

    hit = level(end_s, end_s + 0.25)
    assert hit > level(end_s - 0.06, end_s), "it is a hit"
    ring_s = np.linspace(end_s + 0.1, 11.9, 5)
    rings = [level(a, b) for a, b in pairwise(ring_s)]
    assert rings == sorted(rings, reverse=True), "energy only falls after it"
    assert rings[-1] < 0.25 * hit


@pytest.mark.slow
@pytest.mark.parametrize(("style", "seed"), [("esports", 2), ("hype", 3), ("meme", 1), ("chill", 3)])
def test_what_is_heard_falls_on_the_grid(tmp_path: Path, style: str, seed: int) -> None:
    sound, downbeats_s = compose(tmp_path / "a.flac", 24.0, seed=seed, style=style)
    late_s = [_attack_s(sound, t) - t for t in downbeats_s if 10 < t < 20]
    assert len(late_s) >= 3
    assert np.abs(np.median(late_s)) <= 0.010
    assert np.mean(np.abs(late_s) <= 0.010) >= 0.7


def _attack_s(sound: np.ndarray, near_s: float) -> float:
    """Where the spectrum brightens most within 60 ms of a time: an onset, by spectral flux."""
    size, hop = 256, 48
    start = round((near_s - 0.06) * RATE_HZ) - size // 2
    frames = np.stack([sound[start + k * hop : start + k * hop + size].mean(axis=1) for k in range(120)])
    level = np.log1p(1000 * np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)))
    flux = np.maximum(level[4:] - level[:-4], 0).sum(axis=1)
    return (start + size // 2 + (int(np.argmax(flux)) + 2) * hop) / RATE_HZ


def test_every_note_of_a_straight_piece_starts_on_a_step_of_the_grid() -> None:
    flavour, tempo_bpm, key = sketch(MusicConfig(style="esports"), 11)
    form = plan_form(30.0, tempo_bpm)
    rng = np.random.default_rng(1)
    score = write_score(form, flavour, choose(flavour, key, rng), energy=0.8, hits_s=(), rng=rng)
    step_s = form.bar_s / 16
    for part in score.instruments:
        if part.name.startswith("fx"):
            continue
        for note in part.notes:
            off = note.start / (step_s / 3) if part.is_drum else note.start / step_s
            half = note.start / (step_s / 2)
            assert min(abs(off - round(off)), abs(half - round(half))) < 1e-6


def test_lesser_moments_get_an_accent_at_their_time() -> None:
    flavour, tempo_bpm, key = sketch(MusicConfig(seed=6, style="esports"), 6)
    hits_s = [8.0, 13.337]
    form = plan_form(20, tempo_bpm, hits_s)
    rng = np.random.default_rng([6, 2])
    score = write_score(form, flavour, choose(flavour, key, rng), energy=0.7, hits_s=hits_s, rng=rng)
    effects = next(part for part in score.instruments if part.name == "fx/kit")
    near = min(abs(note.start - 13.337) for note in effects.notes if note.pitch == 49)
    assert near <= 0.03


def test_moments_move_no_beat_of_the_promised_grid(tmp_path: Path) -> None:
    cfg = MusicConfig(seed=6, style="esports")
    composer = engine(cfg)
    promised = composer.grid(cfg, 9)
    made = composer.make(cfg, duration_s=9, hits_s=[5.3], out=tmp_path / "a.flac")
    assert promised is not None
    assert made is not None
    assert made.grid.beats_s == promised.beats_s
    assert set(made.grid.downbeats_s) <= set(promised.beats_s)
    assert min(abs(t - 5.3) for t in made.grid.downbeats_s) <= 30 / promised.tempo_bpm, "the drop begins a bar"


@pytest.mark.parametrize(
    ("asked", "low", "high"), [(140.0, 140, 140), ((126.0, 129.0), 126, 129), (63.0, 63, 63), (None, 50, 200)]
)
def test_the_tempo_asked_for_is_kept(asked: object, low: float, high: float) -> None:
    cfg = MusicConfig(style="esports", tempo_bpm=asked, seed=1)  # type: ignore[arg-type]
    grid = engine(cfg).grid(cfg, 10.0)
    assert grid is not None
    assert low <= grid.tempo_bpm <= high
    assert np.allclose(np.diff(grid.beats_s), 60 / grid.tempo_bpm)
    assert grid.downbeats_s == grid.beats_s[::4]
    assert grid.beats_s[0] == 0.0


def test_key_and_mode_asked_for_are_kept() -> None:
    _, _, key = sketch(MusicConfig(key="F#", mode="dorian"), 3)
    assert str(key) == "F# dorian"


def test_a_tempo_range_upside_down_is_refused() -> None:
    with pytest.raises(ValidationError, match="lowest tempo comes first"):
        MusicConfig(tempo_bpm=(150.0, 120.0))


def test_cancelling_leaves_no_file(tmp_path: Path) -> None:
    def stop(fraction: float, note: str) -> None:
        if fraction > 0.5:
            raise Cancelled("stopped")

    cfg = MusicConfig(seed=1)
    with pytest.raises(Cancelled):
        engine(cfg).make(cfg, duration_s=8, out=tmp_path / "a.flac", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_licence_says_whose_the_music_is(tmp_path: Path) -> None:
    cfg = MusicConfig(seed=1)
    music = engine(cfg).make(cfg, duration_s=3, out=tmp_path / "a.flac")
    assert music is not None
    assert music.licence.startswith("CC0-1.0 (composed by AIditor")
    assert "TimGM6mb" in music.licence
    assert music.engine == "composer"
