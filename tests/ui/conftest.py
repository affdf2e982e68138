"""The page served on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app.py"


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
