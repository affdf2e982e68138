"""Jobs over HTTP: made, followed, stopped, downloaded, and nobody else's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from api.served import CLIP, Headers, person, serving, settings_of, uploaded, working
from api.small_tasks import FILM
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

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


@pytest.fixture
def bob(studio: Studio) -> Headers:
    return person(studio, "bob")


def created(client: TestClient, who: Headers, **wish: object) -> dict:
    asked = {"uploads": [uploaded(client, who)], "seconds": 10, **wish}
    answer = client.post("/v2/jobs", json=asked, headers=who)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v2/jobs/{answer.json()['id']}"
    return answer.json()


def ended(client: TestClient, who: Headers, job_id: str) -> dict:
    for _ in range(400):
        said = client.get(f"/v2/jobs/{job_id}", headers=who).json()
        if said["state"] in ("done", "failed", "cancelled"):
            return said
        time.sleep(0.02)
    raise AssertionError(f"the job goes on: {said}")


def test_a_job_of_an_upload_from_its_making_to_its_files(client: TestClient, studio: Studio, ada: Headers) -> None:
    job = created(client, ada)
    assert job["state"] == "queued"
    with working(studio):
        done = ended(client, ada, job["id"])
    assert done["state"] == "done", done
    assert done["fraction"] == 1.0
    assert done["formats"] == ["json", "landscape"]
    film = client.get(done["links"]["landscape"], headers=ada)
    assert film.content == FILM
    assert film.headers["content-type"] == "video/mp4"
    assert film.headers["content-disposition"].startswith("attachment; ")
    assert "landscape.mp4" in film.headers["content-disposition"]
    part = client.get(done["links"]["landscape"], headers={**ada, "Range": "bytes=-5"})
    assert (part.status_code, part.content) == (206, FILM[-5:])
    head = client.head(done["links"]["landscape"], headers=ada)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(FILM)))
    known = client.get(done["links"]["landscape"], headers={**ada, "If-None-Match": film.headers["etag"]})
    assert known.status_code == 304
    too_far = client.get(done["links"]["landscape"], headers={**ada, "Range": f"bytes={len(FILM)}-"})
    assert too_far.status_code == 416
    none = client.get(f"/v2/jobs/{job['id']}/download?format=portrait", headers=ada)
    assert none.status_code == 404
    assert "json, landscape" in none.json()["remedy"]


def test_a_player_gets_its_file_by_a_link_and_nothing_else(
    client: TestClient, studio: Studio, ada: Headers, bob: Headers
) -> None:
    job, other = created(client, ada), created(client, bob)
    with working(studio):
        ended(client, ada, job["id"])
        ended(client, bob, other["id"])
    files = client.get(f"/v2/jobs/{job['id']}/files", headers=ada).json()
    link = next(each["player_url"] for each in files if each["format"] == "landscape")
    shown = client.get(link)
    assert (shown.status_code, shown.content) == (200, FILM)
    assert shown.headers["content-disposition"].startswith("inline; ")
    for elsewhere in (
        link.replace("format=landscape", "format=json"),
        link.replace(job["id"], other["id"]),
        link.replace("token=", "token=x"),
        f"/v2/jobs/{job['id']}/download",
    ):
        assert client.get(elsewhere).status_code in (401, 404), elsewhere
    page = next(each["url"] for each in files if each["format"] == "json") + "&inline=true"
    assert client.get(page, headers=ada).headers["content-disposition"].startswith("attachment; ")


def test_a_failed_job_says_why_and_nothing_of_the_server(client: TestClient, studio: Studio, ada: Headers) -> None:
    job = created(client, ada, seed=1)
    with working(studio):
        failed = ended(client, ada, job["id"])
    assert failed["error"] == {
        "why": "clip.mp4 has no picture", "remedy": "export it again with video", "file": "clip.mp4",
    }  # fmt: skip
    assert "/srv" not in json.dumps(failed)


def test_a_key_that_comes_again_gives_the_same_job(client: TestClient, ada: Headers, bob: Headers) -> None:
    key = {"Idempotency-Key": "one"}
    asked = {"uploads": [uploaded(client, ada)], "seconds": 10}
    first = client.post("/v2/jobs", json=asked, headers={**ada, **key})
    again = client.post("/v2/jobs", json=asked, headers={**ada, **key})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    other = client.post("/v2/jobs", json={**asked, "seconds": 20}, headers={**ada, **key})
    assert other.status_code == 409
    theirs = client.post("/v2/jobs", json={"uploads": [uploaded(client, bob)], "seconds": 10}, headers={**bob, **key})
    assert theirs.json()["id"] != first.json()["id"]
    assert len(client.get("/v2/jobs", headers=ada).json()["jobs"]) == 1
    assert len(client.get("/v2/projects", headers=ada).json()["projects"]) == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"uploads": ["0" * 32]}, 404),
        ({"project": "0" * 32}, 404),
        ({"project": "a", "uploads": ["b"]}, 400),
        ({"seconds": "many"}, 422),
        ({"style": "no such style", "uploads": ["mine"]}, 422),
        ({"seconds": 900, "uploads": ["mine"]}, 403),
        ({"music_file": "/etc/passwd", "uploads": ["mine"]}, 422),
        ({"music": "own", "uploads": ["mine"]}, 400),
        ({"unknown": 1}, 422),
    ],
)
def test_what_cannot_be_made_is_refused_and_the_clips_stay(
    client: TestClient, ada: Headers, asked: dict, status: int
) -> None:
    upload = uploaded(client, ada)
    sent = {**asked, "uploads": [upload if each == "mine" else each for each in asked.get("uploads", [])]}
    answer = client.post("/v2/jobs", json=sent, headers=ada)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert client.get(f"/v2/uploads/{upload}", headers=ada).json()["done"]
    assert client.get("/v2/projects", headers=ada).json()["projects"] == []


def test_a_long_list_comes_in_pages(client: TestClient, studio: Studio, ada: Headers) -> None:
    me = studio.users.sessions.by_access(ada["Authorization"].split()[1]).user.id
    ids = [studio.queue.enqueue(me, "make", {}, title=str(n)).id for n in range(7)]
    for job_id in ids[:2]:
        studio.queue.cancel(job_id)
    found, there = [], "/v2/jobs?limit=3"
    while there:
        answer = client.get(there, headers=ada)
        page = answer.json()
        found += [job["id"] for job in page["jobs"]]
        there = page["next"]
        assert answer.headers.get("link", "") == (f'<{there}>; rel="next"' if there else "")
    assert found == ids[::-1]
    stopped = client.get("/v2/jobs?state=cancelled&limit=1", headers=ada).json()
    assert [job["id"] for job in stopped["jobs"]] == [ids[1]]
    assert "state=cancelled" in stopped["next"]


def events(text: str) -> list[dict[str, str]]:
    blocks = text.replace("\r\n", "\n").strip().split("\n\n")
    return [dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":")) for block in blocks]


def test_events_tell_each_change_and_the_end_and_go_on_where_they_broke_off(
    client: TestClient, studio: Studio, ada: Headers, bob: Headers
) -> None:
    job = created(client, ada)
    with working(studio):
        answer = client.get(f"/v2/jobs/{job['id']}/events", headers=ada)
    assert answer.headers["content-type"].startswith("text/event-stream")
    seen = events(answer.text)
    assert seen[-1]["event"] == "end"
    told = [json.loads(each["data"]) for each in seen[:-1]]
    assert told[-1]["state"] == "done"
    versions = [int(each["id"]) for each in seen[:-1]]
    assert versions == sorted(set(versions)) == [each["version"] for each in told]
    again = {**ada, "Last-Event-ID": str(versions[-1] - 1)}
    late = events(client.get(f"/v2/jobs/{job['id']}/events", headers=again).text)
    assert [each.get("id") for each in late] == [str(versions[-1]), None]
    over = client.get(f"/v2/jobs/{job['id']}/events", headers={**ada, "Last-Event-ID": str(versions[-1])})
    assert over.status_code == 204
    assert client.get(f"/v2/jobs/{job['id']}/events", headers=bob).status_code == 404


def token(who: Headers) -> str:
    return who["Authorization"].split()[1]


@pytest.mark.parametrize("how", ["query", "message", "header"])
def test_a_socket_says_the_same(client: TestClient, studio: Studio, ada: Headers, how: str) -> None:
    job = created(client, ada)
    path = f"/v2/ws/jobs/{job['id']}" + (f"?token={token(ada)}" if how == "query" else "")
    told = []
    with working(studio), client.websocket_connect(path, headers=ada if how == "header" else {}) as socket:
        if how == "message":
            socket.send_text(token(ada))
        while not told or told[-1]["state"] != "done":
            told.append(socket.receive_json())
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1000
    assert told[-1]["state"] == "done"


def test_a_socket_is_nobody_elses(client: TestClient, ada: Headers, bob: Headers) -> None:
    job = created(client, ada)
    path = f"/v2/ws/jobs/{job['id']}"

    def closed(headers: Headers, first: str = "") -> int:
        with client.websocket_connect(path, headers=headers) as socket:
            if first:
                socket.send_text(first)
            with pytest.raises(WebSocketDisconnect) as end:
                socket.receive_json()
            return end.value.code

    assert closed(bob) == 4404
    assert closed({}, "nonsense") == 4401
    assert closed({"Origin": "https://evil.example"}, token(ada)) == 4401


def test_a_job_is_stopped_by_its_owner_alone(client: TestClient, studio: Studio, ada: Headers, bob: Headers) -> None:
    job = created(client, ada, seed=2)
    with working(studio):
        while client.get(f"/v2/jobs/{job['id']}/status", headers=ada).json()["state"] != "running":
            time.sleep(0.02)
        for verb, path in (("GET", ""), ("GET", "/status"), ("POST", "/cancel"), ("GET", "/files"), ("GET", "/events")):
            assert client.request(verb, f"/v2/jobs/{job['id']}{path}", headers=bob).status_code == 404
        assert client.post(f"/v2/jobs/{job['id']}/cancel", headers=ada).status_code == 202
        assert ended(client, ada, job["id"])["state"] == "cancelled"


def test_a_project_step_by_step(client: TestClient, studio: Studio, ada: Headers, bob: Headers) -> None:
    made = client.post("/v2/projects", json={"name": "Friday"}, headers=ada)
    here = made.headers["location"]
    upload = uploaded(client, ada, "a <b>.mp4")
    assert client.post(f"{here}/clips", json={"uploads": [upload]}, headers=bob).status_code == 404
    looked = client.post(f"{here}/clips", json={"uploads": [upload]}, headers=ada)
    assert looked.status_code == 202, looked.text
    assert looked.json()["kind"] == "analyse"
    assert client.get(f"/v2/uploads/{upload}", headers=ada).status_code == 404  # it is a clip now
    project = client.get(here, headers=ada).json()
    assert [(clip["name"], clip["bytes"]) for clip in project["clips"]] == [("a _b_.mp4", len(CLIP))]
    with working(studio):
        assert ended(client, ada, looked.json()["id"])["state"] == "done"
    job = client.post("/v2/jobs", json={"project": project["id"], "seconds": 10}, headers=ada)
    assert job.status_code == 202
    for path, status in (("moments", 200), ("labels", 200), ("words", 400), ("analysis", 400)):
        assert client.get(f"{here}/{path}", headers=ada).status_code == status, path
        assert client.get(f"{here}/{path}", headers=bob).status_code == 404, path
    gone = client.delete(f"{here}/clips/{project['clips'][0]['id']}", headers=ada)
    assert gone.status_code == 204
    assert client.delete(here, headers=bob).status_code == 404
    assert client.delete(here, headers=ada).status_code == 204
    assert client.get(here, headers=ada).status_code == 404
    assert client.get(f"/v2/jobs/{job.json()['id']}", headers=ada).status_code == 404
    assert list(studio.files.keys()) == []
