"""What every music engine has to do, whichever it is: one contract, run over all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from music.test_own_track import click_track
from music.twins import MODELS, home_with
from pydantic import ValidationError

from aiditor.errors import AIditorError, Cancelled
from aiditor.models.pool import Pool
from aiditor.music import MusicConfig, engine, engines, preflight
from aiditor.settings import Settings
from aiditor.timeline import Music

RATE_HZ = 48_000
QUICK = {"window_s": 2.0, "overlap_s": 0.5, "longest_s": 4.0}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """An engine with what it needs to play."""

    cfg: MusicConfig
    settings: Settings
    pool: Pool

    def make(self, out: Path, seconds: float = 5.5, **kwargs: object) -> Music | None:
        return engine(self.cfg, settings=self.settings, pool=self.pool).make(
            self.cfg, duration_s=seconds, out=out, **kwargs
        )  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pool():
    with Pool("cpu", budget_bytes=2**30) as pool:
        yield pool


@pytest.fixture(scope="module", params=engines())
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, pool: Pool) -> Case:
    home = tmp_path_factory.mktemp(request.param)
    settings = {"seed": 3, "engine": request.param}
    if request.param == "own":
        soundfile.write(home / "song.wav", click_track(120, 12), RATE_HZ)
        settings["path"] = str(home / "song.wav")
    if request.param in MODELS:
        home_with(home, request.param)
        settings |= QUICK
    return Case(MusicConfig(**settings), Settings(aiditor_home=home), pool)


@pytest.fixture(scope="module")
def made(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Music | None:
    return case.make(tmp_path_factory.mktemp("made") / "music.flac")


def test_the_track_is_as_long_as_the_montage_to_the_sample(case: Case, made: Music | None) -> None:
    if case.cfg.engine == "none":
        assert made is None
        return
    assert made is not None
    found = soundfile.info(made.path)
    assert (found.format, found.samplerate, found.channels) == ("FLAC", RATE_HZ, 2)
    assert found.frames == round(5.5 * RATE_HZ)
    assert made.duration_s == 5.5
    sound, _ = soundfile.read(made.path)
    assert np.isfinite(sound).all()
    assert 0.01 < np.abs(sound).max() <= 1.0
    assert np.abs(sound[-48:]).max() < 0.01, "it ends in silence, not in a click"


def test_beats_rise_inside_the_track_and_bars_are_beats(case: Case, made: Music | None) -> None:
    if made is None:
        return
    grid = made.grid
    assert grid.tempo_bpm > 0
    assert len(grid.beats_s) >= 3
    assert all(a < b for a, b in zip(grid.beats_s, grid.beats_s[1:], strict=False))
    assert grid.beats_s[0] >= 0
    assert grid.beats_s[-1] <= made.duration_s
    assert set(grid.downbeats_s) <= set(grid.beats_s)
    assert grid.downbeats_s[0] == pytest.approx(0, abs=1e-3), "the montage begins with a bar"


def test_cuts_can_be_planned_before_a_note_is_made(case: Case, made: Music | None) -> None:
    planned = engine(case.cfg, settings=case.settings, pool=case.pool).grid(case.cfg, 9.0)
    if made is None:
        assert planned is None
        return
    assert planned is not None
    assert planned.tempo_bpm == made.grid.tempo_bpm
    assert planned.beats_s[: len(made.grid.beats_s)] == made.grid.beats_s


def test_a_seed_gives_the_same_samples_anywhere(case: Case, made: Music | None, tmp_path: Path) -> None:
    if made is None:
        return
    elsewhere = Case(case.cfg, Settings(aiditor_home=tmp_path), case.pool)
    if case.cfg.engine in MODELS:
        (tmp_path / "models").symlink_to(case.settings.model_dir.resolve())
    again = elsewhere.make(tmp_path / "again.flac")
    assert again is not None
    assert np.array_equal(soundfile.read(made.path)[0], soundfile.read(again.path)[0])
    assert again.grid == made.grid
    if case.cfg.engine != "own":
        another = Case(case.cfg.model_copy(update={"seed": 4}), elsewhere.settings, case.pool)
        other = another.make(tmp_path / "other.flac")
        assert other is not None
        assert not np.array_equal(soundfile.read(made.path)[0], soundfile.read(other.path)[0])


def test_a_track_says_what_may_be_done_with_it(case: Case, made: Music | None) -> None:
    if made is None:
        return
    assert made.licence
    assert made.title
    assert made.engine == case.cfg.engine


def stop_after(fraction: float) -> Callable[[float, str], None]:
    def report(done: float, note: str) -> None:
        assert 0 <= done <= 1
        assert note
        if done >= fraction:
            raise Cancelled("stopped")

    return report


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.9])
def test_a_cancel_leaves_no_file(case: Case, made: Music | None, tmp_path: Path, fraction: float) -> None:
    if made is None:
        return
    with pytest.raises(Cancelled):
        case.make(tmp_path / "out.flac", progress=stop_after(fraction))
    assert list(tmp_path.iterdir()) == []


def test_the_montages_strength_may_be_told(case: Case, made: Music | None, tmp_path: Path) -> None:
    music = case.make(tmp_path / "a.flac", hits_s=(3.0, 1.0), intensity=((0.0, 0.2), (2.5, 1.0)))
    assert (music is None) == (made is None)
    if music is not None:
        assert soundfile.info(music.path).frames == round(5.5 * RATE_HZ)


def test_progress_rises_to_the_end(case: Case, made: Music | None, tmp_path: Path) -> None:
    if made is None:
        return
    heard: list[float] = []
    case.make(tmp_path / "out.flac", progress=lambda done, _: heard.append(done))
    assert heard[-1] == 1.0
    assert heard == sorted(heard)


def test_what_is_ready_passes_preflight(case: Case) -> None:
    preflight(case.cfg, case.settings)


def test_a_missing_part_is_told_before_work_starts(case: Case, tmp_path: Path) -> None:
    lacking = case.cfg.model_copy(update={"path": str(tmp_path / "gone.mp3")})
    bare = Settings(aiditor_home=tmp_path)
    if case.cfg.engine in ("composer", "none"):
        preflight(lacking, bare)
        return
    with pytest.raises(AIditorError) as caught:
        preflight(lacking, bare)
    assert caught.value.remedy
    if case.cfg.engine in MODELS:
        assert "aiditor models fetch" in caught.value.remedy


@pytest.mark.parametrize(
    "wrong",
    [{"engine": "band"}, {"tempo_bpm": (140, 90)}, {"window_s": 2.0, "overlap_s": 1.9}, {"guidance": 0}, {"tune": "x"}],
    ids=str,
)
def test_what_makes_no_sense_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        MusicConfig(**wrong)  # type: ignore[arg-type]
    assert next(iter(wrong)) in str(caught.value) or "overlap_s" in str(caught.value)
