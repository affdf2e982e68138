"""One open file, read by several threads at once: each gets all of its own packets, and none waits for ever."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from media_factory import flash_and_beep

from aiditor.media import demux
from aiditor.media.demux import SharedFile, packets
from aiditor.media.open import open_media
from aiditor.media.read import audio_blocks, keyframes


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    flash_and_beep(tmp_path / "clip.mp4", seconds=3.0, fps=30, size=(64, 48), every_s=1.0)
    return tmp_path / "clip.mp4"


def _in_threads(*jobs: threading.Thread) -> None:
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(timeout=20)
        assert not job.is_alive(), "a reader waits for ever"


def test_each_reader_gets_what_it_would_read_alone(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demux, "_MOST_WAITING", 2)  # so that they do wait for one another
    pictures: list[tuple[float, np.ndarray]] = []
    sound: list[np.ndarray] = []
    with SharedFile(clip, video=[0], audio=[0]) as shared:

        def see() -> None:
            pictures.extend(keyframes(clip, shared=shared))
            shared.leave("video", 0)

        def hear() -> None:
            sound.extend(block for _, block in audio_blocks(clip, rate_hz=16_000, shared=shared))
            shared.leave("audio", 0)

        _in_threads(threading.Thread(target=see), threading.Thread(target=hear))
    alone = [block for _, block in audio_blocks(clip, rate_hz=16_000)]
    assert np.array_equal(np.concatenate(sound, axis=1), np.concatenate(alone, axis=1))
    assert [time_s for time_s, _ in pictures] == [time_s for time_s, _ in keyframes(clip)]


def test_a_reader_that_leaves_is_not_waited_for(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demux, "_MOST_WAITING", 2)
    times: list[int | None] = []
    with SharedFile(clip, video=[0], audio=[0]) as shared:
        video = shared.container.streams.video[0]
        read = threading.Thread(target=lambda: times.extend(packet.pts for packet in shared.packets(video)))
        read.start()
        shared.leave("audio", 0)
        read.join(timeout=20)
        assert not read.is_alive(), "a reader waits for ever"
    with open_media(clip) as container:
        assert times == [packet.pts for packet in packets(container, container.streams.video[0])]
