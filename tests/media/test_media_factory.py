"""The media that other tests lean on is what it says it is."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest
from media_factory import beeps, flash_and_beep, make_clip, noise, uneven_times


@pytest.mark.parametrize("variable", [False, True])
def test_a_flash_and_its_beep_start_together(tmp_path: Path, variable: bool) -> None:
    path = tmp_path / "sync.mp4"
    times_s = flash_and_beep(path, seconds=3, variable=variable)
    with av.open(str(path)) as media:
        flashes = [f.time for f in media.decode(video=0) if f.to_ndarray(format="gray").mean() > 200]
    with av.open(str(path)) as media:
        frames = list(media.decode(audio=0))
    sound = np.concatenate([f.to_ndarray()[0] for f in frames])
    loud = np.flatnonzero(np.abs(sound) > 0.3) / 48_000 + frames[0].time
    onsets = loud[np.flatnonzero(np.diff(loud, prepend=-1.0) > 0.2)]
    assert flashes == pytest.approx(times_s, abs=1e-4)
    assert onsets == pytest.approx(times_s, abs=0.003)


def test_variable_rate_frames_keep_the_times_they_were_given(tmp_path: Path) -> None:
    times_s = uneven_times(2, 60)
    path = make_clip(tmp_path / "vfr.mp4", times_s=times_s, seconds=2, sounds=[])
    with av.open(str(path)) as media:
        assert [f.time for f in media.decode(video=0)] == pytest.approx(times_s, abs=1e-4)


@pytest.mark.parametrize("wave", [beeps(), noise(seed=3)])
def test_a_wave_is_the_same_wherever_it_is_read_from(wave) -> None:
    times_s = np.arange(48_000) / 48_000
    assert np.allclose(wave(times_s)[1000:2000], wave(times_s[1000:2000]))
    assert np.abs(wave(times_s)).max() <= 1


def test_making_av1_leaves_the_thread_as_it_was(tmp_path: Path) -> None:
    before = os.sched_getscheduler(0)
    make_clip(tmp_path / "clip.mp4", seconds=0.2, codec="libsvtav1", sounds=[])
    assert os.sched_getscheduler(0) == before
