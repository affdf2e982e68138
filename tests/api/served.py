"""The API over a studio of its own, with people who are signed in and a worker in the test's own process."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from starlette.testclient import TestClient

from aiditor.api.app import create_app
from aiditor.jobs.tasks import load_tasks
from aiditor.jobs.worker import Worker
from aiditor.settings import Settings
from aiditor.store import people
from aiditor.store.tables import User, UserAuth, new_id
from aiditor.studio import Studio

HOST = "http://127.0.0.1"
CLIP = b"\0\0\0\x20ftypisom" + bytes(range(256)) * 40
"""Looks like an MP4 to who looks at its first bytes only."""
Headers = dict[str, str]
SERVER = """
import sys
from pathlib import Path
import uvicorn
from aiditor.api.app import create_app
from aiditor.memory import bound_heaps
from aiditor.settings import Settings
bound_heaps()
settings = Settings(aiditor_home=Path(sys.argv[1]), _env_file=None)
app = create_app(settings, workers=sys.argv[3] == "workers")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
"""


def settings_of(home: Path, **more: object) -> Settings:
    return Settings(aiditor_home=home, aiditor_auth="password", use_highlight_model=False, **more)


def person(studio: Studio, name: str, *, role: str = "user") -> Headers:
    """Somebody who has an account, and what their client sends."""
    user = User(id=new_id(), name=name, role=role)
    with studio.db.write() as session:
        people.add(session, user, UserAuth(user_id=user.id, provider="password", subject=f"{name}@example.com"))
    return {"Authorization": f"Bearer {studio.users.sessions.open(user).access_token}"}


@contextmanager
def working(studio: Studio, tasks: str = "api.small_tasks") -> Iterator[None]:
    """A worker does the studio's jobs for as long as the block lasts."""
    stopping = threading.Event()
    worker = Worker(studio.settings, load_tasks(tasks), stopping=stopping)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
        worker.close()


@contextmanager
def serving(studio: Studio) -> Iterator[TestClient]:
    """A client of the API; it sends no cookies of its own."""
    with TestClient(create_app(studio.settings, studio=studio, workers=False), base_url=HOST) as client:
        yield client


def uploaded(client: TestClient, who: Headers, name: str = "clip.mp4", body: bytes = CLIP) -> str:
    """The id of an upload that has arrived."""
    answer = client.post("/v2/uploads/file", files={"clips": (name, body)}, headers=who)
    assert answer.status_code == 201, answer.text
    return answer.json()[0]["id"]


@contextmanager
def server(home: Path, *, workers: bool = False) -> Iterator[tuple[httpx.Client, int]]:
    """A client of a server that is a process of its own, with one user, and that process's id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(home), str(port), "workers" if workers else ""])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            for _ in range(600):
                try:
                    client.get("/v2/styles").raise_for_status()
                    break
                except httpx.TransportError:
                    assert process.poll() is None, "the server ended"
                    time.sleep(0.1)
            yield client, process.pid
    finally:
        process.terminate()
        process.wait(30)
