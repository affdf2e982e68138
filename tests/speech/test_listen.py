"""From a recording to its transcript, whoever listens: here a program that hears every beep as a word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from media_factory import Sound, beeps, make_clip, noise

from aiditor.errors import BadConfig, Cancelled
from aiditor.media.probe import probe
from aiditor.progress import Progress, silent
from aiditor.speech import SpeechConfig, spoken_track, transcribe
from aiditor.speech.engine import RATE_HZ, open_engine, register
from aiditor.timeline import Source
from aiditor.transcript import Word

CFG = SpeechConfig(engine="auto")


class Beeps:
    """Every loud stretch is a word."""

    name = "beeps"
    draft = False
    language = "en"

    def __init__(self) -> None:
        self.heard_s: list[float] = []

    def hear(self, sound: np.ndarray, *, progress: Progress = silent) -> tuple[tuple[Word, ...], ...]:
        progress(0.5, "hearing beeps")
        self.heard_s.append(len(sound) / RATE_HZ)
        loud = np.abs(sound[: len(sound) // 160 * 160]).reshape(-1, 160).max(axis=1) > 0.2
        edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]]))).reshape(-1, 2) / 100
        return (tuple(Word("beep", low, high) for low, high in edges.tolist()),)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Beeps:
    one = Beeps()

    @contextmanager
    def opened(cfg: SpeechConfig) -> Iterator[Beeps]:
        yield one

    register("beeps", opened)
    monkeypatch.setattr("aiditor.speech.listen._engine_of", lambda cfg: "beeps")
    return one


def source_of(path: Path) -> Source:
    return Source(id=path.stem, path=str(path), info=probe(path))


@pytest.fixture(scope="module")
def beeping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70 s, a beep of 0.2 s every 2 s."""
    wave = beeps(every_s=2.0, length_s=0.2)
    return make_clip(
        tmp_path_factory.mktemp("speech") / "beeping.mkv", seconds=70, fps=5, size=(64, 36), sounds=[Sound(wave=wave)]
    )


def test_words_are_timed_on_the_recordings_own_clock(engine: Beeps, beeping: Path) -> None:
    found = list(transcribe(source_of(beeping), CFG).words)
    assert [round(word.start_s) for word in found] == list(range(0, 70, 2))
    assert all(abs(word.start_s - round(word.start_s)) < 0.03 for word in found)
    assert len(engine.heard_s) == 1


def test_a_long_recording_is_heard_in_stretches_and_no_word_is_cut(engine: Beeps, beeping: Path) -> None:
    found = list(transcribe(source_of(beeping), SpeechConfig(stretch_s=30)).words)
    assert len(engine.heard_s) > 2
    assert max(engine.heard_s) <= 30
    assert len(found) == 35
    assert all(0.15 < word.end_s - word.start_s < 0.26 for word in found)


def test_only_what_was_asked_for_is_heard(engine: Beeps, beeping: Path) -> None:
    found = list(transcribe(source_of(beeping), CFG, spans_s=[(9.5, 13.0), (40.0, 44.5)]).words)
    assert [round(word.start_s) for word in found] == [10, 12, 40, 42, 44]
    assert sum(engine.heard_s) == pytest.approx(8.0, abs=0.01)


def test_where_nobody_speaks_nobody_listens(engine: Beeps, beeping: Path) -> None:
    voice = np.zeros(280, np.float32)
    voice[80:88] = 0.9
    voice[200:204] = np.nan
    found = list(transcribe(source_of(beeping), CFG, voice=voice).words)
    assert [round(word.start_s) for word in found] == [20, 22, 50]
    assert sum(engine.heard_s) < 6


def test_pauses_end_segments(engine: Beeps, beeping: Path) -> None:
    transcript = transcribe(source_of(beeping), SpeechConfig(pause_s=2.5))
    assert len(transcript.segments) == 1
    assert len(transcribe(source_of(beeping), SpeechConfig(pause_s=1.0)).segments) == 35


def test_the_microphones_own_track_is_heard_alone(engine: Beeps, tmp_path: Path) -> None:
    microphone = Sound("Mic/Aux", layout="mono", wave=beeps(every_s=1.0, length_s=0.2))
    path = make_clip(tmp_path / "two.mkv", seconds=3, sounds=[Sound("Game", wave=noise(level=0.9)), microphone])
    source = source_of(path)
    transcript = transcribe(source, CFG)
    assert spoken_track(source) == source.info.audio[1]
    assert (transcript.track, transcript.alone) == (1, True)
    assert len(list(transcript.words)) == 3


def test_a_clip_without_sound_says_nothing(engine: Beeps, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "silent.mp4", seconds=1, sounds=[])
    assert transcribe(source_of(path), CFG).segments == ()
    assert engine.heard_s == []


def test_listening_can_be_stopped(engine: Beeps, beeping: Path) -> None:
    def stop(fraction: float, note: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        transcribe(source_of(beeping), CFG, progress=stop)


def test_an_unknown_engine_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BadConfig, match="pocketsphinx"):
        open_engine("parrot", CFG)
