"""Clips in, montage out, in one request; and what of that is refused."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from api.served import CLIP, HOST, Headers, person, serving, settings_of, working
from api.small_tasks import FILM
from starlette.testclient import TestClient

from aiditor.api.app import create_app
from aiditor.studio import Studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(settings_of(tmp_path / "home")) as studio:
        yield studio


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with serving(studio) as client:
        yield client


@pytest.fixture
def ada(studio: Studio) -> Headers:
    return person(studio, "ada")


def packed(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, CLIP)
    return held.getvalue()


def test_a_zip_and_clips_wait_for_their_montage(client: TestClient, studio: Studio, ada: Headers) -> None:
    with working(studio):
        for path, files in (
            ("/upload", {"file": ("clips.zip", packed("a.mp4"))}),
            ("/upload-clips", [("files", ("a.mp4", CLIP)), ("files", ("b.mp4", CLIP + b"b"))]),
        ):
            made = client.post(path, files=files, data={"seconds": "10", "style": "hype"}, headers=ada)
            assert made.status_code == 200, made.text
            assert made.json()["state"] == "done"
            assert client.get(made.json()["links"]["landscape"], headers=ada).content == FILM
    assert client.get("/v2/projects", headers=ada).json()["projects"]
    assert not [path for path in studio.settings.upload_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("path", "files", "fields", "status"),
    [
        ("/upload", {"file": ("clip.mp4", CLIP)}, {}, 400),
        ("/upload", [("a", ("a.zip", packed("a.mp4"))), ("b", ("b.zip", packed("b.mp4")))], {}, 400),
        ("/upload-clips", {"file": ("clip.mp4", CLIP)}, {"seconds": "long"}, 400),
        ("/upload-clips", {"file": ("clip.mp4", CLIP)}, {"style": "nothing"}, 422),
        ("/upload-clips", {"file": ("clip.mp4", CLIP)}, {"seconds": "900"}, 403),
        ("/upload-clips", {"file": ("clip.mp4", b"\x89PNG\r\n" + b"\0\1" * 5000)}, {}, 415),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    client: TestClient, studio: Studio, ada: Headers, path: str, files: object, fields: dict, status: int
) -> None:
    answer = client.post(path, files=files, data=fields, headers=ada)
    assert answer.status_code == status, answer.text
    assert not [path for path in studio.settings.upload_dir.rglob("*") if path.is_file()]
    assert client.get("/v2/jobs", headers=ada).json()["jobs"] == []


def test_who_waits_no_longer_gets_the_job_instead(client: TestClient, ada: Headers) -> None:
    answer = client.post("/upload-clips", files={"f": ("a.mp4", CLIP)}, headers={**ada, "Prefer": "wait=0"})
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert client.get(answer.headers["location"], headers=ada).status_code == 200


def test_a_zip_bomb_and_a_path_out_of_the_archive_end_the_job_and_write_nothing_outside(
    client: TestClient, studio: Studio, ada: Headers, tmp_path: Path
) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.mp4", bytes(60_000_000))
    before = {path for path in tmp_path.rglob("*") if studio.settings.aiditor_home not in path.parents}
    with working(studio, "aiditor.studio.tasks"):
        for name, body in (("bomb.zip", held.getvalue()), ("out.zip", packed("../../../../evil.mp4"))):
            refused = client.post("/upload", files={"file": (name, body)}, headers=ada)
            assert refused.status_code == 422, refused.text
            assert refused.json()["remedy"]
            assert str(tmp_path) not in refused.text
    after = {path for path in tmp_path.rglob("*") if studio.settings.aiditor_home not in path.parents}
    assert after == before
    assert not list(tmp_path.rglob("evil.mp4"))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 20_000_000


def test_who_hangs_up_stops_the_job(studio: Studio, ada: Headers) -> None:
    app = create_app(studio.settings, studio=studio, workers=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{HOST}:{port}/upload-clips", files={"f": ("a.mp4", CLIP)}, headers=ada,
                timeout=httpx.Timeout(20, read=3),
            )  # fmt: skip
        me = studio.users.sessions.by_access(ada["Authorization"].split()[1]).user.id
        (job,) = studio.jobs(me)
        assert studio.queue.wait(job.id, timeout_s=5).state == "cancelled"
    finally:
        server.should_exit = True
        thread.join()
