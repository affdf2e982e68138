"""A studio in a folder of its own, clips with something to find in them, and the page served on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from media_factory import Sound, make_clip

from aiditor.settings import Settings
from aiditor.ui import Studio

APP = Path(__file__).parents[2] / "app.py"


def bursts(times_s: np.ndarray) -> np.ndarray:
    """A hum with a bang at 2 s and one at 6 s."""
    hum = 0.01 * np.sin(2 * np.pi * 90 * times_s)
    bang = np.zeros_like(times_s)
    for at_s in (2.0, 6.0):
        since = times_s - at_s
        bang += np.where(since >= 0, np.exp(-6 * np.clip(since, 0, 9)), 0) * np.sin(2 * np.pi * 700 * times_s**1.1)
    return np.clip(hum + 0.8 * bang, -1, 1)


@pytest.fixture(scope="session")
def action_clip(media_dir: Path) -> Path:
    """Eight seconds of 320x180 with two bangs."""
    return make_clip(media_dir / "raid night.mp4", seconds=8, sounds=[Sound(wave=bursts)])


@pytest.fixture
def banging(tmp_path: Path) -> Callable[[str, float], Path]:
    """Makes a clip of that name and length, with the same two bangs."""
    return lambda name, seconds: make_clip(tmp_path / f"{name}.mp4", seconds=seconds, sounds=[Sound(wave=bursts)])


@pytest.fixture(scope="session")
def not_a_clip(media_dir: Path) -> Path:
    path = media_dir / "notes.mp4"
    path.write_text("this is no video at all")
    return path


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(Settings(aiditor_home=tmp_path / "home", watermark_text="", freemium_max_duration=60))
    yield made
    made.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `python app.py`, run as it is on a Space, with a data folder of its own."""
    home = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "AIDITOR_HOME": str(home), "WATERMARK_TEXT": "", "GRADIO_SERVER_NAME": "127.0.0.1"}
    env |= {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(home / "gradio"), "PYTHONUNBUFFERED": "1"}
    log = home / "log.txt"
    with log.open("w") as output:
        server = subprocess.Popen([sys.executable, str(APP)], cwd=home, env=env, stdout=output, stderr=output)
    try:
        _wait_for(server, port, log)
        yield f"http://127.0.0.1:{port}"
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the studio did not start:\n{log.read_text()}")
