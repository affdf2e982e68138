"""`python app.py` on a free port, run as it is on a Space, with a data folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["CHROMIUM", "FLAGS", "LONG_MS", "serving"]

APP = Path(__file__).parents[1] / "app.py"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONG_MS = 120_000


@contextmanager
def serving(home: Path, *, app: Path = APP, **settings: str) -> Iterator[str]:
    """The studio's address, for as long as the block; fails when its log holds a traceback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "AIDITOR_HOME": str(home), "WATERMARK_TEXT": "", "GRADIO_SERVER_NAME": "127.0.0.1"}
    env |= {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(home / "gradio"), "PYTHONUNBUFFERED": "1"}
    log = home / "log.txt"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, str(app)], cwd=home, env={**env, **settings}, stdout=output, stderr=output
        )
    try:
        _wait_for(server, port, log)
        yield f"http://127.0.0.1:{port}"
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        server.terminate()
        server.wait(15)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the studio did not start:\n{log.read_text()}")
