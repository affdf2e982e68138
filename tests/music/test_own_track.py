"""The user's own track: its beats found, looped where short, faded at the end; and no music at all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from aiditor.errors import BadConfig, BadInput
from aiditor.music import MusicConfig, engine
from aiditor.music.beats import ANALYSIS_RATE_HZ, Beats, track_beats
from aiditor.music.laying import Track
from aiditor.music.sections import meeting, section_bars

RATE_HZ = 48_000


def click_track(tempo_bpm: float, seconds: float, *, rate_hz: int = RATE_HZ, first_s: float = 0.0) -> np.ndarray:
    """A song to a click: kick on every beat, a deep note on the first of four, hats between: float64 [N]."""
    rng = np.random.default_rng(0)
    sound = np.zeros(int(seconds * rate_hz))
    beat_s = 60 / tempo_bpm
    t = np.arange(int(0.2 * rate_hz)) / rate_hz
    kick = np.sin(2 * np.pi * 60 * t) * np.exp(-t / 0.05)
    bass = np.sin(2 * np.pi * 45 * t) * np.exp(-t / 0.12)
    hat = rng.normal(0, 0.15, t.size) * np.exp(-t / 0.01)
    for step in range(int((seconds - first_s) / beat_s * 2)):
        at = round((first_s + step * beat_s / 2) * rate_hz)
        wave = hat if step % 2 else kick + hat + (2 * bass if step % 8 == 0 else 0)
        count = min(wave.size, sound.size - at)
        sound[at : at + count] += 0.3 * wave[:count]
    return sound


def near(found_s: np.ndarray, truth_s: np.ndarray) -> np.ndarray:
    """How far each found time lies from the closest true one, in seconds."""
    return np.abs(found_s[:, None] - truth_s[None]).min(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("tempo_bpm", [76.0, 93.7, 128.0, 140.0, 174.0])
def test_beats_and_bars_of_a_song_are_found(tempo_bpm: float) -> None:
    sound = click_track(tempo_bpm, 30, rate_hz=ANALYSIS_RATE_HZ, first_s=0.31)
    beats = track_beats(sound.astype(np.float32))
    assert beats.tempo_bpm == pytest.approx(tempo_bpm, abs=0.3)
    true_s = 0.31 + np.arange(0, 30, 60 / tempo_bpm)
    inside = beats.beats_s[beats.beats_s > 0.3]
    assert near(inside, true_s).max() < 0.02
    downbeats_s = beats.downbeats_s[beats.downbeats_s > 0.3]
    assert near(downbeats_s, true_s[::4]).max() < 0.02


def test_sound_without_a_pulse_still_gets_a_grid() -> None:
    beats = track_beats(np.full(ANALYSIS_RATE_HZ * 5, 0.1, np.float32))
    assert beats.tempo_bpm == 120
    assert np.allclose(np.diff(beats.beats_s), 0.5)


def test_a_track_starts_on_a_bar_and_fades_to_silence_at_the_end(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    soundfile.write(song, click_track(120, 30), RATE_HZ)
    cfg = MusicConfig(engine="own", path=str(song), start_s=4.1)
    music = engine(cfg).make(cfg, duration_s=12.5, out=tmp_path / "out.flac")
    assert music is not None
    assert music.licence == "supplied by the user"
    assert music.title == "song"
    assert music.grid.downbeats_s[0] == pytest.approx(0, abs=0.02)
    assert near(np.array(music.grid.beats_s), np.arange(0, 13, 0.5)).max() < 0.02
    sound, _ = soundfile.read(music.path)
    assert len(sound) == 600_000
    assert np.abs(sound[-480:]).max() < 1e-3
    assert np.abs(sound[: RATE_HZ // 10]).max() > 0.1


def test_a_short_track_is_looped_on_a_bar_and_its_beats_go_on(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    soundfile.write(song, click_track(120, 9.2), RATE_HZ)
    cfg = MusicConfig(engine="own", path=str(song), start_s=0)
    music = engine(cfg).make(cfg, duration_s=25, out=tmp_path / "out.flac")
    assert music is not None
    beats_s = np.array(music.grid.beats_s)
    assert len(beats_s) >= 48
    assert np.diff(beats_s) == pytest.approx(0.5, abs=0.015)
    assert np.diff(music.grid.downbeats_s) == pytest.approx(2.0, abs=0.03)
    sound, _ = soundfile.read(music.path)
    for start_s in range(22):
        assert np.abs(sound[start_s * RATE_HZ : (start_s + 1) * RATE_HZ]).max() > 0.1
    # A click at a join would be a jump far beyond what the song itself holds.
    song_jump = np.abs(np.diff(click_track(120, 9.2))).max()
    assert np.abs(np.diff(sound[:, 0])).max() < 1.3 * song_jump


def test_left_to_choose_it_brings_the_drop_into_the_montage(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    sound = click_track(120, 60)
    sound[: 32 * RATE_HZ] *= 0.15
    soundfile.write(song, sound, RATE_HZ)
    cfg = MusicConfig(engine="own", path=str(song), drop_after_s=6)
    made = engine(cfg).make(cfg, duration_s=20, out=tmp_path / "out.flac")
    assert made is not None
    heard, _ = soundfile.read(made.path)
    seconds = np.sqrt((heard[: 18 * RATE_HZ, 0].reshape(18, RATE_HZ) ** 2).mean(axis=1))
    drop_s = int(np.argmax(np.diff(seconds))) + 1
    assert 5 <= drop_s <= 8


def song_of(sections: list[tuple[int, str]], tempo_bpm: float = 120.0) -> tuple[np.ndarray, list[float]]:
    """A song to a click of (bars, "pad" | "verse" | "drop") sections, float64 [N], and when each begins in seconds."""
    beat_s = 60 / tempo_bpm
    rng = np.random.default_rng(0)
    t = np.arange(int(0.25 * RATE_HZ)) / RATE_HZ
    kick = np.sin(2 * np.pi * 55 * t) * np.exp(-t / 0.06)
    bass = np.sin(2 * np.pi * 82 * t) * np.exp(-t / 0.2)
    snare = rng.normal(0, 0.5, t.size) * np.exp(-t / 0.05)
    hat = rng.normal(0, 0.2, t.size) * np.exp(-t / 0.01)
    bars = sum(count for count, _ in sections)
    sound = np.zeros(round((bars * 4 * beat_s + 0.3) * RATE_HZ))
    starts_s, bar = [], 0
    for count, kind in sections:
        starts_s.append(bar * 4 * beat_s)
        for step in range(count * 8):
            at = round((bar * 4 + step / 2) * beat_s * RATE_HZ)
            wave = 0.3 * hat + (0.3 * kick if step % 8 == 0 else 0)
            if kind == "verse":
                wave = wave + (0.4 * kick if step % 4 == 0 else 0.2 * snare if step % 4 == 2 else 0)
            if kind == "drop":
                wave = 1.2 * hat + bass + (kick if step % 2 == 0 else 0) + (snare if step % 4 == 2 else 0)
                wave = wave + (bass if step % 8 == 0 else 0)
            sound[at : at + wave.size] += 0.3 * wave[: sound.size - at]
        bar += count
    chord = sum(np.sin(2 * np.pi * hz * np.arange(sound.size) / RATE_HZ) for hz in (220, 277, 330))
    return sound + 0.01 * chord, starts_s


def rise_s(sound: np.ndarray) -> float:
    """When the music rises most, to 50 ms, by two seconds on either side: float64 [N, 2]."""
    step = RATE_HZ // 20
    power = (sound[: len(sound) // step * step] ** 2).reshape(-1, step, 2).mean(axis=(1, 2))
    change = [power[k : k + 40].mean() - power[k - 40 : k].mean() for k in range(40, power.size - 40)]
    return (int(np.argmax(change)) + 40) * 0.05


def test_sections_of_a_song_are_found() -> None:
    sound, starts_s = song_of([(8, "pad"), (8, "verse"), (16, "drop"), (8, "pad"), (12, "drop")])
    sound = sound[:: RATE_HZ // 24_000].astype(np.float32)
    downbeats_s = np.arange(52) * 2.0
    assert [downbeats_s[bar] for bar in section_bars(sound, 24_000, downbeats_s)] == starts_s
    assert section_bars(sound, 24_000, downbeats_s[:5]) == (0,), "too short to have sections"
    assert section_bars(np.full(24_000 * 40, 0.1, np.float32), 24_000, np.arange(20) * 2.0) == (0,)


@pytest.mark.parametrize("best_s", [6.0, 16.5, 27.9, 41.0])
def test_the_drop_meets_the_best_moment(tmp_path: Path, best_s: float) -> None:
    song = tmp_path / "song.wav"
    sound, _ = song_of([(4, "pad"), (4, "verse"), (12, "drop")])
    soundfile.write(song, sound, RATE_HZ)
    cfg = MusicConfig(engine="own", path=str(song), fade_out_s=1.0)
    own = engine(cfg)
    promised = own.grid(cfg, 60)
    made = own.make(cfg, duration_s=48.0, hits_s=[best_s, 2.0], out=tmp_path / "out.flac")
    assert promised is not None
    assert made is not None
    heard, _ = soundfile.read(made.path)
    assert len(heard) == 48 * RATE_HZ
    assert rise_s(heard) == pytest.approx(best_s, abs=0.31), "half a beat, and what the measure sees"
    assert near(np.array(made.grid.beats_s), np.array(promised.beats_s)).max() < 0.02, "the beats stay"
    assert len(made.grid.beats_s) == pytest.approx(96, abs=2), "through every repeat"
    seconds = np.sqrt((heard[: 46 * RATE_HZ].reshape(46, -1) ** 2).mean(axis=1))
    assert seconds.min() > 0.003, "it never stops"
    assert np.abs(np.diff(heard, axis=0)).max() < 1.3 * np.abs(np.diff(sound)).max(), "and never clicks"


@settings(max_examples=150, deadline=None)
@given(
    bars=st.lists(st.integers(4, 12), min_size=2, max_size=5),
    phase=st.integers(0, 3),
    best_s=st.floats(0, 120),
    more_s=st.floats(0, 120),
)
def test_pieces_lie_end_to_end_on_beats_wherever_the_drop_is_wanted(
    bars: list[int], phase: int, best_s: float, more_s: float
) -> None:
    starts = np.concatenate([[0], np.cumsum(bars)])
    beats = Beats(120.0, 0.2 + 0.5 * np.arange(4 * int(starts[-1]) + phase), phase)
    level = np.repeat([0.2 if k % 2 == 0 else 1.0 for k in range(len(bars))], bars)
    length_s = float(beats.beats_s[-1] + 0.6)
    track = Track("", length_s, beats, level, lambda _a, _b: np.zeros((2, 0)), tuple(int(s) for s in starts[:-1]))
    up_to_s = best_s + more_s
    laid = meeting(track, best_s, up_to_s)
    assert laid is not None
    lead_s = 0.5 * round(best_s / 0.5)
    drops_s = beats.beats_s[phase + 4 * starts[1:-1:2]]
    meets = [
        p for p in laid for d in drops_s if p.start_s <= d < p.end_s and abs(p.at_s + d - p.start_s - lead_s) < 1e-6
    ]
    assert meets, "a drop lies where it is wanted"
    assert laid[0].at_s == 0
    for piece, after in pairwise(laid):
        assert after.at_s == pytest.approx(piece.at_s + piece.end_s - piece.start_s)
        assert near(np.array([piece.start_s, piece.end_s]), beats.beats_s).max() < 1e-9
    for piece in laid[1:]:
        assert near(np.array([piece.start_s]), beats.downbeats_s).max() < 1e-9, "joined on bar lines"
        assert 0 <= piece.start_s < piece.end_s <= length_s
    assert laid[-1].at_s + laid[-1].end_s - laid[-1].start_s >= up_to_s - 1e-6


def test_a_place_named_by_the_user_is_kept_whatever_the_moments(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    soundfile.write(song, song_of([(4, "pad"), (8, "drop")])[0], RATE_HZ)
    cfg = MusicConfig(engine="own", path=str(song), start_s=4.0)
    plain = engine(cfg).make(cfg, duration_s=8, out=tmp_path / "a.flac")
    moved = engine(cfg).make(cfg, duration_s=8, hits_s=[6.0], out=tmp_path / "b.flac")
    assert plain is not None
    assert moved is not None
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


def test_grid_and_music_of_one_engine_agree(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    soundfile.write(song, click_track(100, 20), RATE_HZ)
    cfg = MusicConfig(engine="own", path=str(song))
    own = engine(cfg)
    grid = own.grid(cfg, 30)
    music = own.make(cfg, duration_s=22, out=tmp_path / "out.flac")
    assert grid is not None
    assert music is not None
    assert grid.beats_s[: len(music.grid.beats_s)] == music.grid.beats_s


def test_what_cannot_be_used_says_why(tmp_path: Path) -> None:
    def make(path: Path, **settings: float) -> None:
        cfg = MusicConfig(engine="own", path=str(path), **settings)  # type: ignore[arg-type]
        engine(cfg).make(cfg, duration_s=5, out=tmp_path / "out.flac")

    with pytest.raises(BadInput, match="does not exist"):
        make(tmp_path / "gone.mp3")
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"this is not music" * 100)
    with pytest.raises(BadInput) as caught:
        make(broken)
    assert caught.value.remedy
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(RATE_HZ * 3), RATE_HZ)
    with pytest.raises(BadInput, match="silent"):
        make(silent)
    short = tmp_path / "short.wav"
    soundfile.write(short, click_track(120, 0.4), RATE_HZ)
    with pytest.raises(BadInput, match="shorter than a second"):
        make(short)
    song = tmp_path / "song.wav"
    soundfile.write(song, click_track(120, 5), RATE_HZ)
    with pytest.raises(BadInput, match="cannot start at 90 s"):
        make(song, start_s=90)
    with pytest.raises(BadConfig, match="none is named"):
        engine(MusicConfig(engine="own"))
    assert not (tmp_path / "out.flac").exists()


def test_no_music_is_an_engine_too(tmp_path: Path) -> None:
    cfg = MusicConfig(engine="none")
    assert engine(cfg).grid(cfg, 10) is None
    assert engine(cfg).make(cfg, duration_s=10, out=tmp_path / "a.flac") is None
    assert not (tmp_path / "a.flac").exists()
