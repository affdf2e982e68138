"""What browsers can be made to do by other sites, and what is answered when something is wrong."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from given_users import SECRET, World
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from aiditor import errors
from aiditor.api import problems
from aiditor.api.guard import Guard, page_user
from aiditor.api.rates import address
from aiditor.api.shield import Shield, check_bind, is_loopback
from aiditor.errors import BadConfig
from aiditor.settings import Settings
from aiditor.store.db import Database

ADA, EVE = "ada@example.com", "eve@example.com"
SOCKET = "ws://127.0.0.1:7860/ws"  # whole: the test client joins no base to it
HERE, SAFE = "http://127.0.0.1:7860", "https://studio.example.com"


@pytest.fixture
def world_of(tmp_path):
    with Database(f"sqlite:///{tmp_path / 'tests.db'}") as db:
        db.migrate()
        yield lambda **settings: World.made(db, tmp_path / "home", **settings)


@pytest.fixture
def world(world_of):
    return world_of()


def cookies_of(answer) -> dict[str, set[str]]:
    """Each cookie that was set, with its attributes in lower case."""
    set_ones = {}
    for line in answer.headers.get_list("set-cookie"):
        name, *attributes = [part.strip() for part in line.split(";")]
        set_ones[name.split("=")[0]] = {one.lower() for one in attributes}
    return set_ones


def log_in(world, base, **more):
    world.users.by_password.register(ADA, SECRET)
    return world.client(base).post("/v2/auth/login", json={"email": ADA, "password": SECRET, "cookie": True}, **more)


def test_cookies_over_https_are_secure_and_of_this_host_only(world_of):
    answer = log_in(world_of(public_url=SAFE), SAFE)
    found = cookies_of(answer)
    assert set(found) == {"__Host-aiditor", "__Host-aiditor_csrf"}
    for attributes in found.values():
        assert {"secure", "path=/", "samesite=lax", "max-age=2592000"} <= attributes
        assert not any(one.startswith("domain") for one in attributes)
    assert "httponly" in found["__Host-aiditor"]
    assert "httponly" not in found["__Host-aiditor_csrf"]
    said = answer.json()
    assert said["access_token"] == said["refresh_token"] == ""


def test_cookies_on_loopback_need_no_https(world):
    found = cookies_of(log_in(world, HERE))
    assert set(found) == {"aiditor_session", "aiditor_csrf"}
    assert "secure" not in found["aiditor_session"]
    assert "httponly" in found["aiditor_session"]


def test_cookies_in_a_frame_of_a_space(world_of):
    world = world_of(space_host="ada-studio.hf.space", cookie_samesite="none")
    found = cookies_of(log_in(world, "https://ada-studio.hf.space"))
    assert {"secure", "samesite=none"} <= found["__Host-aiditor"]
    policy = world.client().get("/things/x").headers["content-security-policy"]
    assert "https://huggingface.co" in policy


def test_signing_out_takes_the_cookies_back(world):
    client = world.signed_in(ADA, cookie=True)
    assert client.get("/v2/auth/me").status_code == 200
    answer = client.post("/v2/auth/logout")
    assert all("max-age=0" in attributes for attributes in cookies_of(answer).values())
    assert client.get("/v2/auth/me").status_code == 401


def test_what_changes_something_needs_the_pages_own_token(world):
    client = world.signed_in(ADA, cookie=True)
    assert client.post("/things").status_code == 200
    other = world.signed_in(EVE, cookie=True)
    for token in ("", "x", "ü".encode("latin-1"), other.headers["x-csrf-token"]):
        answer = client.post("/things", headers={"x-csrf-token": token})
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:aiditor:problem:refused"
    del client.headers["x-csrf-token"]
    assert client.get("/v2/auth/me").status_code == 200
    assert client.post("/things").status_code == 403
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.request(method, "/v2/auth/me").status_code in (403, 405)
    assert len(world.users.page()) == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:7861"},
        {"origin": "http://127.0.0.1:7860.evil.example"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("auth", ["password", "none"])
def test_another_site_changes_nothing(world_of, sent, auth):
    world = world_of(aiditor_auth=auth)
    client = world.signed_in(ADA, cookie=True) if auth == "password" else world.client()
    assert client.post("/things", headers=sent).status_code == 403
    assert client.post("/v2/auth/login", json={"email": ADA, "password": SECRET}, headers=sent).status_code == 403


@pytest.mark.parametrize("sent", [{}, {"origin": HERE}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
def test_our_own_page_and_programs_do(world, sent):
    assert world.signed_in(ADA, cookie=True).post("/things", headers=sent).status_code == 200


def test_the_public_address_counts_behind_a_proxy(world_of):
    client = world_of(public_url=SAFE).signed_in(ADA, cookie=True, base=SAFE)
    sent = {"origin": SAFE, "host": "10.0.0.7:7860"}
    assert client.post("/things", headers=sent).status_code == 200
    assert client.post("/things", headers={**sent, "origin": "https://evil.example"}).status_code == 403


def test_a_bearer_token_comes_from_no_browser_by_itself(world):
    client = world.signed_in(ADA)
    assert client.post("/things", headers={"origin": "https://app.example"}).status_code == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "bearer a.b.c", "Bearer " + "x" * 5000, "Token x"]
)
def test_broken_authorization_is_nobody(world, value):
    answer = world.client().get("/v2/auth/me", headers={"authorization": value})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_token_beside_a_right_cookie_is_refused(world):
    client = world.signed_in(ADA, cookie=True)
    assert client.get("/v2/auth/me", headers={"authorization": "Bearer x"}).status_code == 401


def test_sockets_open_for_their_user_from_our_page_only(world):
    client = world.signed_in(ADA, cookie=True)
    me = client.get("/v2/auth/me").json()["id"]
    with client.websocket_connect(SOCKET, headers={"origin": HERE}) as socket:
        assert socket.receive_json() == {"of": me}
    bearer = world.signed_in(EVE)
    with bearer.websocket_connect(SOCKET) as socket:
        assert socket.receive_json() == {"of": bearer.get("/v2/auth/me").json()["id"]}
    for who, origin in ((client, "https://evil.example"), (world.client(), HERE)):
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            who.websocket_connect(SOCKET, headers={"origin": origin}),
        ):
            pass
        assert closed.value.code == 1008


def test_what_is_anothers_is_not_there(world):
    ada, eve = world.signed_in(ADA), world.signed_in(EVE)
    mine = ada.get("/v2/auth/me").json()["id"]
    assert ada.get(f"/things/{mine}").json() == {"of": mine}
    theirs, none = eve.get(f"/things/{mine}").json(), eve.get("/things/none").json()
    assert theirs["status"] == none["status"] == 404
    for said in (theirs, none):
        said.pop("request_id")
    assert theirs == none


def test_the_page_knows_its_user_without_a_csrf_token(world):
    known = page_user(Guard(world.users))
    app = FastAPI()

    @app.api_route("/who", methods=["GET", "POST"])
    def who(request: problems.Request) -> dict[str, str | None]:
        return {"is": known(request)}

    ada = world.signed_in(ADA, cookie=True)
    client = TestClient(app, base_url=HERE, cookies=dict(ada.cookies))
    me = ada.get("/v2/auth/me").json()["id"]
    assert client.post("/who", headers={"origin": HERE}).json() == {"is": me}
    assert client.post("/who", headers={"origin": "https://evil.example"}).json() == {"is": None}
    assert TestClient(app, base_url=HERE).get("/who").json() == {"is": None}


# --- the shield


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860", "LOCALHOST:80", "127.9.9.9"])
def test_the_local_studio_answers_by_local_names(world_of, host):
    assert world_of(aiditor_auth="none").client().get("/v2/auth/me", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:7860", "[::1"])
def test_the_local_studio_answers_by_no_other_name(world_of, host):
    answer = world_of(aiditor_auth="none").client().get("/v2/auth/me", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_sockets_of_the_local_studio_too(world_of):
    client = world_of(aiditor_auth="none").client()
    with client.websocket_connect(SOCKET, headers={"origin": HERE}) as socket:
        assert socket.receive_json()
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers={"host": "evil.example"}):
        pass


def test_the_local_studio_is_not_served_to_others(world_of):
    for host in ("127.0.0.1", "localhost", "::1", "[::1]"):
        check_bind(world_of(aiditor_auth="none").users.settings, host)
    for host in ("0.0.0.0", "::", "", "192.168.1.5", "studio.lan"):
        with pytest.raises(BadConfig, match="AIDITOR_OPEN=1"):
            check_bind(world_of(aiditor_auth="none").users.settings, host)
        check_bind(world_of(aiditor_auth="none", aiditor_open=True).users.settings, host)
        check_bind(world_of(aiditor_auth="password").users.settings, host)
    assert not is_loopback("evil.localhost.example")


def test_headers_keep_browsers_careful(world, world_of):
    headers = world.client().get("/things/x").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers
    assert "strict-transport-security" in world_of(public_url=SAFE).client(SAFE).get("/things/x").headers


def test_headers_that_a_route_sets_itself_stay(tmp_path):
    async def app(scope, receive, send):
        start = {"type": "http.response.start", "status": 200, "headers": [(b"referrer-policy", b"no-referrer")]}
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    settings = Settings(_env_file=None, aiditor_home=tmp_path)
    answer = TestClient(Shield(app, settings, csp="img-src 'self'"), base_url=HERE).get("/")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"].startswith("img-src 'self'; base-uri")


def test_each_request_has_an_id_which_a_caller_may_give(world):
    client = world.client()
    assert client.get("/things/x", headers={"x-request-id": "trace-12345"}).headers["x-request-id"] == "trace-12345"
    ids = {client.get("/things/x").headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    odd = client.get("/things/x", headers={"x-request-id": "<script>alert(1)</script>"})
    assert re.fullmatch(r"[0-9a-f]{32}", odd.headers["x-request-id"])
    assert odd.json()["request_id"] == odd.headers["x-request-id"]


# --- problems


def test_wrong_values_are_named_and_never_said_back(world):
    answer = world.client().post("/v2/auth/login", json={"email": 5, "password": ["hunter2hunter2"], "more": 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["type"] == "urn:aiditor:problem:invalid-request"
    assert {one["at"] for one in said["errors"]} == {"body.email", "body.password", "body.more"}
    assert "hunter2" not in answer.text


def test_a_fault_of_ours_tells_nothing_and_can_be_found_again(world, caplog):
    answer = world.client().get("/broken")
    said = answer.json()
    assert (answer.status_code, said["status"], said["title"]) == (500, 500, "Internal Server Error")
    assert "secret detail" not in answer.text
    assert said["request_id"] == answer.headers["x-request-id"]
    assert f"request {said['request_id']}, GET /broken" in caplog.text
    assert "ZeroDivisionError: a secret detail" in caplog.text


def test_no_such_route_and_no_such_method(world):
    client = world.client()
    assert client.get("/nowhere").json()["type"] == "urn:aiditor:problem:not-found"
    wrong = client.delete("/things")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"
    assert wrong.json()["type"] == "urn:aiditor:problem:method-not-allowed"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.BadInput("x", remedy="y"), 400, "bad-input"),
        (errors.NotFound("x"), 404, "not-found"),
        (errors.NotAllowed("x"), 401, "not-allowed"),
        (errors.LimitReached("x"), 403, "limit-reached"),
        (errors.UnreadableMedia("x"), 422, "unreadable-media"),
        (errors.UnsafeArchive("x"), 422, "unsafe-archive"),
        (errors.BadConfig("x"), 422, "bad-config"),
        (errors.NothingToKeep("x"), 422, "nothing-to-keep"),
        (errors.MissingPart("x"), 501, "missing-part"),
        (errors.DiskFull("x"), 507, "disk-full"),
        (errors.RenderFailed("x"), 500, "render-failed"),
        (errors.Cancelled("x"), 409, "cancelled"),
        (errors.AIditorError("x"), 500, "failed"),
        (problems.Refused("x"), 403, "refused"),
        (problems.Taken("x"), 409, "taken"),
        (problems.TooLarge("x"), 413, "too-large"),
        (problems.TooOften("x", retry_after_s=7), 429, "too-often"),
        (problems.Elsewhere("x"), 502, "elsewhere"),
    ],
)
def test_every_error_has_its_status(error, status, kind):
    answer = problems.response_to({"state": {"request_id": "r"}}, error)
    assert answer.status_code == status
    body = problems.Problem.model_validate_json(answer.body)
    assert (body.type, body.status, body.detail) == (f"urn:aiditor:problem:{kind}", status, "x")
    assert body.request_id == "r"
    assert answer.headers.get("retry-after") == ("7" if status == 429 else None)


def test_every_error_of_the_package_is_tried_above():
    (cases,) = (mark.args[1] for mark in test_every_error_has_its_status.pytestmark)
    classes = {type(error).__name__ for error, _, _ in cases}
    assert set(errors.__all__) <= classes


def test_a_problem_names_a_file_and_not_where_it_lies():
    error = errors.UnreadableMedia("it has no picture", remedy="export it again", file="/srv/data/users/7/clip.mov")
    answer = problems.response_to({}, error)
    assert b"/srv" not in answer.body
    said = problems.Problem.model_validate_json(answer.body)
    assert (said.file, said.remedy) == ("clip.mov", "export it again")


# --- how often


def test_who_signs_in_too_often_waits(world):
    client = world.client()
    body = {"email": ADA, "password": "wrong password"}
    answers = [client.post("/v2/auth/login", json=body) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"login";q=30;w=300'
    assert [re.match(r'"login";r=(\d+);t=\d+', one.headers["ratelimit"]).group(1) for one in answers[:3]] == [
        "29",
        "28",
        "27",
    ]
    last = answers[-1]
    assert last.headers["ratelimit"].startswith('"login";r=0;')
    assert 0 < int(last.headers["retry-after"]) <= 300
    assert last.json()["type"] == "urn:aiditor:problem:too-often"
    elsewhere = TestClient(world.app, base_url=HERE, client=("203.0.113.9", 5000))
    assert elsewhere.post("/v2/auth/login", json=body).status_code == 401


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::99%eth0", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_addresses_are_counted_by_customer(host, counted):
    scope = {"type": "http", "client": (host, 1) if host else None, "headers": []}
    assert address(problems.Request(scope)) == counted
