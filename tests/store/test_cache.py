"""The cache gives back what was put in, remakes what is damaged, and stays within its size."""

from dataclasses import dataclass

import numpy as np
import pytest

from aiditor.store.cache import Cache
from aiditor.timeline import Event, Evidence, Moment, Reason, Scores, Signals


def signals() -> Signals:
    ramp = np.linspace(0, 1, 8, dtype=np.float32)
    event = Event("burst", 1.0, 0.5, 1.5, 0.7, (Evidence("audio", "loud burst"),))
    return Signals("abc", 2.0, 0.25, {"loudness_db": ramp, "hud": ramp * np.nan}, (event,), (0.75,), 0.1, 0.2)


def test_arrays_come_back_the_same_and_are_made_once(tmp_path):
    cache, made = Cache(tmp_path), []

    def make() -> Signals:
        made.append(1)
        return signals()

    first = cache.array(Signals, "detect", "k", make)
    again = cache.array(Signals, "detect", "k", make)
    assert made == [1]
    assert again.events == first.events
    assert again.shots_s == first.shots_s
    for name in first.values:
        np.testing.assert_array_equal(again.values[name], first.values[name])


def test_scores_come_back_the_same(tmp_path):
    row = np.linspace(0, 1, 8, dtype=np.float32)
    scores = Scores("abc", 2.0, 0.25, row, row, row, (Moment(1, 0.5, 1.5, 0.9, (Reason("motion", 0.3),)),))
    Cache(tmp_path).array(Scores, "score", "k", lambda: scores)
    again = Cache(tmp_path).array(Scores, "score", "k", lambda: pytest.fail("made again"))
    assert again.moments == scores.moments
    np.testing.assert_array_equal(again.values, row)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not really", b"\x00" * 300])
def test_a_damaged_entry_is_made_anew(tmp_path, damage):
    cache = Cache(tmp_path)
    cache.array(Signals, "detect", "k", signals)
    (tmp_path / "detect" / "k.npz").write_bytes(damage)
    assert cache.array(Signals, "detect", "k", signals).source_id == "abc"


@dataclass(frozen=True, slots=True)
class Word:
    text: str


def test_json_values_and_files(tmp_path):
    cache = Cache(tmp_path)
    assert cache.value(Word, "speech", "k", lambda: Word("hi")) == Word("hi")
    assert cache.value(Word, "speech", "k", lambda: Word("other")) == Word("hi")
    path = cache.file("music", "k", "wav", lambda p: p.write_bytes(b"x"))
    assert cache.file("music", "k", "wav", lambda p: pytest.fail("made again")) == path


def test_a_failed_write_leaves_nothing(tmp_path):
    def fail(path):
        path.write_bytes(b"half")
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        Cache(tmp_path).file("music", "k", "wav", fail)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_the_oldest_goes_first(tmp_path):
    import os

    cache = Cache(tmp_path, max_bytes=250)
    for age, name in enumerate(["new", "middle", "old"]):
        path = cache.file("music", name, "wav", lambda p: p.write_bytes(b"x" * 100))
        os.utime(path, (1e9 - age, 1e9 - age))
    assert cache.prune() == 100
    assert sorted(p.stem for p in tmp_path.rglob("*.wav")) == ["middle", "new"]
