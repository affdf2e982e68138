"""The user's own track: its beats found, looped where short, faded at the end; and no music at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from aiditor.errors import BadConfig, BadInput
from aiditor.music import MusicConfig, engine
from aiditor.music.beats import ANALYSIS_RATE_HZ, track_beats

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
@pytest.mark.parametrize("tempo_bpm", [93.7, 128.0, 140.0])
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
