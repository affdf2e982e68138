"""Who may do what: every route of the application, as nobody, as another user, as the owner and as an admin.

The list is held against the application's own routes: a new route without a line here fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from api.served import CLIP, Headers, person, serving, settings_of, uploaded
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from aiditor.store.tables import Clip, Render
from aiditor.studio import Studio

OK = (200, 201, 202, 204)
NO, GONE, FORBIDDEN = (401,), (404,), (403,)
ANY = (200, 201, 202, 204, 307, 400, 401, 403, 404, 409, 412, 422, 429)


@dataclass(frozen=True)
class Rule:
    """The answers that nobody, another user, the owner and an admin may get; and what is sent."""

    nobody: tuple[int, ...]
    other: tuple[int, ...]
    owner: tuple[int, ...]
    admin: tuple[int, ...]
    json: object = None
    headers: tuple[tuple[str, str], ...] = ()
    files: bool = False
    content: bytes = b""


def public(*owner: int) -> Rule:
    return Rule(owner, owner, owner, owner)


def mine(*owner: int, **sent: object) -> Rule:
    """Of what belongs to one user: an admin is another user here."""
    return Rule(NO, GONE, owner or OK, GONE, **sent)


def each(*status: int, **sent: object) -> Rule:
    """Everybody who is signed in, about their own things."""
    return Rule(NO, status or OK, status or OK, status or OK, **sent)


def admins(*status: int, **sent: object) -> Rule:
    return Rule(NO, FORBIDDEN, FORBIDDEN, status or OK, **sent)


def open_to_all(**sent: object) -> Rule:
    """Routes of signing in: what they answer without credentials is told by tests of their own, never a 500."""
    return Rule(ANY, ANY, ANY, ANY, **sent)


TUS = (("Tus-Resumable", "1.0.0"),)
PIECE = (*TUS, ("Upload-Offset", "0"), ("Content-Type", "application/offset+octet-stream"))
P, C, J, U = "/v2/projects/{project_id}", "/v2/projects/{project_id}/clips", "/v2/jobs/{job_id}", "/v2/uploads"
RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/docs"): public(200),
    ("GET", "/docs/oauth2-redirect"): public(200),
    ("GET", "/openapi.json"): public(200),
    ("GET", "/v2/health"): public(200),
    ("GET", "/sign-in"): Rule((200,), (303,), (303,), (303,)),
    ("GET", "/v2/admin/load"): admins(),
    ("GET", "/v2/styles"): each(),
    ("GET", "/v2/dashboard"): each(),
    ("GET", "/analytics/summary"): each(),
    ("POST", "/upload"): each(400, files=True),
    ("POST", "/upload-clips"): each(400, files=True),
    ("POST", "/v2/projects"): each(201, json={}),
    ("GET", "/v2/projects"): each(),
    ("GET", P): mine(),
    ("DELETE", P): mine(),
    ("POST", C): mine(404, json={"uploads": ["0" * 32]}),
    ("DELETE", C + "/{clip_id}"): mine(204),
    ("GET", "/v2/clips/{clip_id}/file"): mine(200),
    ("HEAD", "/v2/clips/{clip_id}/file"): mine(200),
    ("GET", P + "/moments"): mine(),
    ("GET", P + "/analysis"): mine(400),
    ("POST", P + "/choices"): mine(json={"kept": []}),
    ("POST", P + "/labels"): mine(400, json={"moment": 1, "says": "kill"}),
    ("GET", P + "/labels"): mine(),
    ("DELETE", P + "/labels/last"): mine(400),
    ("POST", P + "/words/listen"): mine(400, json={}),
    ("GET", P + "/words"): mine(400),
    ("POST", P + "/words/{word_id}"): mine(400, json={"keep": True}),
    ("POST", "/v2/jobs"): each(400, json={}),
    ("GET", "/v2/jobs"): each(),
    ("GET", J): mine(),
    ("GET", J + "/status"): mine(),
    ("POST", J + "/cancel"): mine(),
    ("GET", J + "/files"): mine(),
    ("GET", J + "/events"): mine(),
    ("GET", J + "/download"): mine(200),
    ("HEAD", J + "/download"): mine(200),
    ("WS", "/v2/ws/jobs/{job_id}"): Rule((4401,), (4404,), (1000,), (4404,)),
    ("OPTIONS", U): public(204),
    ("POST", U): each(201, headers=(*TUS, ("Upload-Length", "10"))),
    ("POST", U + "/file"): each(400, files=True),
    ("GET", U + "/{upload_id}"): mine(),
    ("HEAD", U + "/{upload_id}"): mine(headers=TUS),
    ("PATCH", U + "/{upload_id}"): mine(409, headers=PIECE, content=b"x"),
    ("DELETE", U + "/{upload_id}"): mine(headers=TUS),
    ("GET", "/v2/auth/me"): each(),
    ("DELETE", "/v2/auth/me"): Rule(NO, ANY, ANY, ANY),
    ("GET", "/v2/auth/sessions"): each(),
    ("DELETE", "/v2/auth/sessions/{session_id}"): each(404),
    ("POST", "/v2/auth/logout"): each(),
    ("POST", "/v2/auth/logout-all"): each(),
    ("POST", "/v2/auth/password"): Rule(NO, ANY, ANY, ANY, json={"old": "x" * 12, "new": "y" * 12}),
    ("GET", "/v2/admin/users"): admins(),
    ("POST", "/v2/admin/users/{user_id}/disable"): admins(),
    ("POST", "/v2/admin/users/{user_id}/enable"): admins(),
    ("POST", "/v2/admin/users/{user_id}/plan"): admins(json={"plan": "pro"}),
    ("POST", "/v2/admin/users/{user_id}/role"): admins(json={"admin": True}),
    ("DELETE", "/v2/admin/users/{user_id}"): admins(),
    **{
        ("POST", f"/v2/auth/{verb}"): open_to_all(json={})
        for verb in ("register", "confirm", "login", "refresh", "reset", "reset/ask")
    },
    ("GET", "/v2/auth/huggingface/login"): open_to_all(),
    ("GET", "/v2/auth/huggingface/callback"): open_to_all(),
}
WHO = ("nobody", "other", "owner", "admin")


def routes(listed: Iterable[BaseRoute], prefix: str = "") -> set[tuple[str, str]]:
    """All that these routes answer, those of included routers too, as method and path."""
    found: set[tuple[str, str]] = set()
    for route in listed:
        if isinstance(route, APIWebSocketRoute):
            found.add(("WS", prefix + route.path))
        elif isinstance(route, Route):
            # Starlette's own routes answer HEAD where they answer GET.
            named = route.methods if isinstance(route, APIRoute) else route.methods - {"HEAD"}
            found |= {(method, prefix + route.path) for method in named}
        else:
            included = getattr(route, "original_router", None)
            assert included is not None, f"a route of a kind that is not looked at: {route!r}"
            found |= routes(included.routes, prefix + route.include_context.prefix)
    return found


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio(settings_of(tmp_path / "home")) as studio:
        yield studio


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with serving(studio) as client:
        yield client


def test_every_route_has_its_line_and_every_line_its_route(client: TestClient) -> None:
    there = routes(client.app.routes)
    assert there - RULES.keys() == set(), "say in RULES who may do this"
    assert RULES.keys() - there == set(), "these are gone"


@dataclass(frozen=True)
class Stage:
    """One of each thing, all the owner's."""

    people: dict[str, Headers]
    ids: dict[str, str]


@pytest.fixture
def stage(client: TestClient, studio: Studio, tmp_path: Path) -> Stage:
    people: dict[str, Headers] = {
        "nobody": {},
        "other": person(studio, "other"),
        "owner": person(studio, "owner"),
        "admin": person(studio, "admin", role="admin"),
    }
    owner = people["owner"]
    me = studio.users.sessions.by_access(owner["Authorization"].split()[1]).user.id
    project = client.post("/v2/projects", json={}, headers=owner).json()["id"]
    job = studio.queue.enqueue(me, "make", {}, project_id=project)
    studio.queue.cancel(job.id)
    key = f"users/{me}/renders/{job.id}/a.mp4"
    (tmp_path / "a.mp4").write_bytes(CLIP)
    studio.files.put(key, tmp_path / "a.mp4")
    with studio.db.write() as session:
        clip = Clip(user_id=me, project_id=project, name="a.mp4", file_key=key)
        session.add(clip)
        session.add(Render(user_id=me, job_id=job.id, form="landscape", file_key=key))
    upload = uploaded(client, owner)
    ids = {"project_id": project, "job_id": job.id, "upload_id": upload, "clip_id": clip.id, "word_id": "1"}
    return Stage(people, {**ids, "session_id": "0" * 32, "user_id": me})


def answered(client: TestClient, stage: Stage, method: str, path: str, who: str) -> int:
    rule, there = RULES[method, path], path.format(**stage.ids)
    headers = {**stage.people[who], **dict(rule.headers)}
    if method == "WS":
        with client.websocket_connect(there, headers=headers) as socket:
            if who == "nobody":
                socket.send_text("no token")
            while (message := socket.receive())["type"] != "websocket.close":
                pass
        return message["code"]
    sent: dict[str, object] = {"content": rule.content} if rule.content else {}
    if rule.json is not None:
        sent = {"json": rule.json}
    if rule.files:
        sent = {"files": {"clips": ("a.mp4", b"")}}
    answer = client.request(method, there, headers=headers, follow_redirects=False, **sent)
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code


@pytest.mark.parametrize(("method", "path"), sorted(RULES), ids=lambda part: str(part))
def test_who_may(client: TestClient, stage: Stage, method: str, path: str) -> None:
    for who in WHO:  # the owner after those who must not: what they may not do changes nothing
        allowed = getattr(RULES[method, path], who)
        assert answered(client, stage, method, path, who) in allowed, f"{who}: {method} {path}"
