"""Files over HTTP: in pieces and whole, with names and contents that mean harm."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from api.served import CLIP, Headers, person, serving, settings_of, uploaded
from starlette.testclient import TestClient

from aiditor.studio import Studio

TUS = {"Tus-Resumable": "1.0.0"}
PIECES = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(settings_of(tmp_path / "home", max_upload_bytes=1_000_000)) as studio:
        yield studio


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with serving(studio) as client:
        yield client


@pytest.fixture
def ada(studio: Studio) -> Headers:
    return person(studio, "ada")


@pytest.fixture
def bob(studio: Studio) -> Headers:
    return person(studio, "bob")


def begun(client: TestClient, who: Headers, size: int = len(CLIP), name: str = "clip.mp4") -> str:
    told = f"filename {base64.b64encode(name.encode()).decode()},filetype dmlkZW8vbXA0"
    answer = client.post("/v2/uploads", headers={**who, **TUS, "Upload-Length": str(size), "Upload-Metadata": told})
    assert answer.status_code == 201, answer.text
    assert answer.headers["upload-offset"] == "0"
    return answer.headers["location"]


def sent(client: TestClient, who: Headers, there: str, offset: int, body: bytes):
    return client.patch(there, headers={**who, **PIECES, "Upload-Offset": str(offset)}, content=body)


def kept(studio: Studio) -> list[Path]:
    return [path for path in studio.settings.upload_dir.rglob("*") if path.is_file()]


def test_what_is_spoken_is_said_to_anybody(client: TestClient) -> None:
    said = client.options("/v2/uploads")
    assert said.status_code == 204
    assert said.headers["tus-version"] == "1.0.0"
    assert said.headers["tus-max-size"] == "1000000"


def test_an_upload_in_pieces_is_gone_on_with_where_it_ended(client: TestClient, studio: Studio, ada: Headers) -> None:
    there = begun(client, ada)
    first = sent(client, ada, there, 0, CLIP[:3000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "3000")
    wrong = sent(client, ada, there, 100, CLIP[100:])
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "3000")
    head = client.head(there, headers={**ada, **TUS})
    assert (head.status_code, head.headers["upload-offset"], head.headers["upload-length"]) == (
        200, "3000", str(len(CLIP)),
    )  # fmt: skip
    assert head.headers["cache-control"] == "no-store"
    assert sent(client, ada, there, 3000, CLIP[3000:]).status_code == 204
    assert client.get(there, headers=ada).json()["done"]
    assert [path.read_bytes() for path in kept(studio)] == [CLIP]
    assert client.delete(there, headers={**ada, **TUS}).status_code == 204
    assert client.head(there, headers={**ada, **TUS}).status_code == 404
    assert kept(studio) == []


def test_an_upload_is_nobody_elses(client: TestClient, studio: Studio, ada: Headers, bob: Headers) -> None:
    there = begun(client, ada)
    assert sent(client, bob, there, 0, CLIP).status_code == 404
    for verb in ("GET", "HEAD", "DELETE"):
        assert client.request(verb, there, headers={**bob, **TUS}).status_code == 404
    done = uploaded(client, ada)
    assert client.post("/v2/jobs", json={"uploads": [done]}, headers=bob).status_code == 404
    assert client.get(there, headers=ada).json()["offset"] == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": "many"}, 422),
        ({"Upload-Length": "1000001"}, 413),
        ({"Upload-Length": "9" * 30}, 422),
        ({"Upload-Length": "10", "Upload-Metadata": "filename %%%"}, 400),
        ({"Upload-Length": "10", "Tus-Resumable": "0.2.2"}, 412),
    ],
)
def test_what_cannot_be_begun_is_refused(
    client: TestClient, studio: Studio, ada: Headers, headers: Headers, status: int
) -> None:
    answer = client.post("/v2/uploads", headers={**TUS, **ada, **headers})
    assert answer.status_code == status, answer.text
    assert kept(studio) == []


def test_pieces_that_are_no_pieces_or_too_many_are_refused(client: TestClient, ada: Headers) -> None:
    there = begun(client, ada)
    headers = {**ada, **TUS, "Upload-Offset": "0", "Content-Type": "video/mp4"}
    assert client.patch(there, headers=headers, content=CLIP).status_code == 415
    assert sent(client, ada, there, 0, CLIP + b"more").status_code == 413
    assert client.patch(there, headers={**ada, **PIECES}, content=CLIP).status_code == 422


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("clip.mp4", b"\x89PNG\r\n\x1a\n" + b"\0\1" * 5000),
        ("clip.mp4", b"<!doctype html><script>alert(1)</script>" * 200),
        ("clip.mp4", b"#EXTM3U\nhttp://10.0.0.1/secret\n"),
        ("clip.mp4", b"MZ\x90\0" + b"\0\1" * 5000),
        ("clip.mp4", b"PK\3\4" + b"\0\1" * 5000),
        ("clip.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
    ],
)
def test_what_only_says_that_it_is_a_clip_is_refused_and_not_kept(
    client: TestClient, studio: Studio, ada: Headers, name: str, body: bytes
) -> None:
    whole = client.post("/v2/uploads/file", files={"clips": (name, body, "video/mp4")}, headers=ada)
    assert whole.status_code == 415, whole.text
    assert whole.json()["remedy"]
    there = begun(client, ada, len(body), name)
    assert sent(client, ada, there, 0, body).status_code == 415
    assert client.get(there, headers=ada).status_code == 404
    assert kept(studio) == []


@pytest.mark.parametrize(
    "name",
    [
        "../../../../tmp/evil.mp4", "..\\..\\evil.mp4", "/etc/cron.d/evil.mp4", "a\0b.mp4", "CON.mp4", "....mp4",
        "<img src=x onerror=alert(1)>.mp4", "x" * 3000 + ".mp4", "\u202egpj.mp4", " ", "a\r\nSet-Cookie: x=1.mp4",
    ],
)  # fmt: skip
def test_no_name_leads_out_or_means_anything(
    client: TestClient, studio: Studio, ada: Headers, tmp_path: Path, name: str
) -> None:
    before = {path for path in tmp_path.rglob("*") if studio.settings.aiditor_home not in path.parents}
    there = begun(client, ada, name=name)
    assert sent(client, ada, there, 0, CLIP).status_code == 204
    shown = client.get(there, headers=ada).json()["name"]
    assert not set('/\\\0\r\n<>"\u202e') & set(shown)
    assert 0 < len(shown.encode()) <= 120
    (path,) = kept(studio)
    assert path.parent.parent == studio.settings.upload_dir
    assert path.name == shown
    after = {path for path in tmp_path.rglob("*") if studio.settings.aiditor_home not in path.parents}
    assert after == before


def test_a_form_brings_all_of_its_files_or_none(client: TestClient, studio: Studio, ada: Headers) -> None:
    good, large = ("a.mp4", CLIP), ("b.mp4", CLIP + b"x" * 1_000_000)
    both = client.post("/v2/uploads/file", files=[("clips", good), ("clips", ("b.mkv", CLIP))], headers=ada)
    assert [each["name"] for each in both.json()] == ["a.mp4", "b.mkv"]
    assert all(each["done"] and each["bytes"] == len(CLIP) for each in both.json())
    before = kept(studio)
    for files, status in (
        ([("clips", good), ("clips", large)], 413),
        ([("clips", good), ("clips", ("empty.mp4", b""))], 400),
        ([("clips", good), ("clips", ("p.mp4", b"GIF89a" + bytes(9000)))], 415),
    ):
        answer = client.post("/v2/uploads/file", files=files, headers=ada)
        assert answer.status_code == status, answer.text
        assert kept(studio) == before
    assert client.post("/v2/uploads/file", data={"a": "b"}, headers=ada).status_code == 400
    assert client.post("/v2/uploads/file", json={}, headers=ada).status_code == 400


def test_a_body_that_is_no_upload_may_not_be_large(client: TestClient, ada: Headers) -> None:
    huge = client.post("/v2/projects", content=b'{"name":"' + b"x" * 2_000_000 + b'"}', headers=ada)
    assert huge.status_code == 413
    assert huge.headers["content-type"] == "application/problem+json"

    def pieces() -> Iterator[bytes]:
        yield b'{"name":"'
        for _ in range(40):
            yield b"x" * 50_000

    headers = {**ada, "Content-Type": "application/json"}
    assert client.post("/v2/projects", content=pieces(), headers=headers).status_code == 413


def test_fifty_at_once_all_arrive(client: TestClient, studio: Studio, ada: Headers) -> None:
    bodies = {f"{number}.mp4": CLIP + bytes([number]) * 200_000 for number in range(50)}

    def one(name: str) -> str:
        there = begun(client, ada, len(bodies[name]), name)
        half = len(bodies[name]) // 2
        assert sent(client, ada, there, 0, bodies[name][:half]).status_code == 204
        assert sent(client, ada, there, half, bodies[name][half:]).status_code == 204
        return there

    with ThreadPoolExecutor(50) as pool:
        places = list(pool.map(one, bodies))
    assert len(set(places)) == 50
    assert {path.name: path.read_bytes() for path in kept(studio)} == bodies
