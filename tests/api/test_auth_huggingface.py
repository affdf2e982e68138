"""Signing in with Hugging Face, against a provider on loopback that keeps to OpenID Connect."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from given_users import SECRET, World
from services import oidc

from aiditor.store.db import Database

HERE = "http://127.0.0.1:7860"
BACK = "/v2/auth/huggingface/callback"


@pytest.fixture(scope="module")
def running_provider():
    with oidc.running() as provider:
        yield provider


@pytest.fixture
def provider(running_provider):
    fresh = oidc.Provider(running_provider.url)
    for name in ("person", "lies", "foreign_key", "refuses", "broken"):
        setattr(running_provider, name, getattr(fresh, name))
    running_provider.asked.clear()
    return running_provider


@pytest.fixture
def world_of(tmp_path, provider):
    with Database(f"sqlite:///{tmp_path / 'tests.db'}") as db:
        db.migrate()
        secrets = {"oauth_client_id": oidc.CLIENT_ID, "oauth_client_secret": oidc.CLIENT_SECRET}
        where = {"aiditor_auth": "huggingface", "openid_provider_url": provider.url, **secrets}
        yield lambda **settings: World.made(db, tmp_path / "home", **{**where, **settings})


@pytest.fixture
def world(world_of):
    return world_of()


def go(client, *, then="/"):
    """Click on "sign in", say yes at the provider; where that leads back to, as a path."""
    left = client.get("/v2/auth/huggingface/login", params={"then": then})
    assert left.status_code == 302, left.text
    back = httpx2.get(left.headers["location"]).headers["location"]
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}"


def test_somebody_signs_in_and_is_known_again(world, provider):
    client = world.client()
    entered = client.get(go(client, then="/?project=7"))
    assert entered.status_code == 302, entered.text
    assert entered.headers["location"] == "/?project=7"
    me = client.get("/v2/auth/me").json()
    assert (me["name"], me["provider"], me["email"], me["role"]) == ("ada", "huggingface", "", "user")
    other = world.client()
    other.get(go(other))
    assert other.get("/v2/auth/me").json()["id"] == me["id"]
    provider.person = {"sub": "43", "preferred_username": "ada"}
    stranger = world.client()
    stranger.get(go(stranger))
    assert stranger.get("/v2/auth/me").json()["id"] != me["id"]


def test_state_nonce_and_pkce_are_sent_and_new_each_time(world, provider):
    client = world.client()
    for _ in range(2):
        go(client)
    first, second = provider.asked
    assert first["code_challenge_method"] == "S256"
    assert first["scope"] == "openid profile"
    assert first["redirect_uri"] == f"{HERE}{BACK}"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 20
        assert first[name] != second[name]


def test_the_cookie_in_between_is_short_and_not_for_scripts(world):
    client = world.client()
    left = client.get("/v2/auth/huggingface/login")
    cookie = left.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=600" in cookie
    assert len(cookie) < 4000


def test_behind_https_it_comes_back_there(world_of, provider):
    client = world_of(public_url="https://studio.example.com/").client("https://studio.example.com")
    go(client)
    assert provider.asked[0]["redirect_uri"] == f"https://studio.example.com{BACK}"
    assert "secure" in client.get("/v2/auth/huggingface/login").headers["set-cookie"].lower()


def test_a_strict_cookie_would_not_come_back(world_of):
    client = world_of(cookie_samesite="strict").client()
    assert "samesite=lax" in client.get("/v2/auth/huggingface/login").headers["set-cookie"].lower()
    assert "samesite=strict" in client.get(go(client)).headers.get_list("set-cookie")[0].lower()


def refused(client, path, status=401):
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v2/auth/me").status_code == 401
    return answer.json()


def test_an_answer_that_we_did_not_ask_for_is_refused(world):
    client, eve = world.client(), world.client()
    path = go(eve)  # Eve's code, in Ada's browser: Ada would work in Eve's account
    refused(client, path)
    go(client)
    refused(client, path)


def test_each_answer_counts_once(world):
    client = world.client()
    path = go(client)
    again = world.client(cookies=dict(client.cookies))
    assert client.get(path).status_code == 302
    assert "invalid_grant" in refused(again, path)["detail"]


def test_a_forged_state_or_code_is_refused(world):
    client = world.client()
    asked = parse_qs(urlsplit(go(client)).query)
    refused(client, f"{BACK}?code={asked['code'][0]}&state=forged")
    refused(client, f"{BACK}?code={asked['code'][0]}")
    refused(client, BACK)
    asked = parse_qs(urlsplit(go(client)).query)
    refused(client, f"{BACK}?code=forged&state={asked['state'][0]}")


def test_who_comes_back_too_late_starts_again(world):
    client = world.client()
    path = go(client)
    world.clock.ahead(minutes=11)
    assert "expired" in refused(client, path)["detail"]


def test_who_says_no_is_not_signed_in(world, provider):
    provider.refuses = True
    client = world.client()
    said = refused(client, go(client))
    assert "access_denied" in said["detail"]


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(lambda c: {**c, "nonce": "another"}, id="nonce"),
        pytest.param(lambda c: {k: v for k, v in c.items() if k != "nonce"}, id="no nonce"),
        pytest.param(lambda c: {**c, "aud": "another-app"}, id="audience"),
        pytest.param(lambda c: {**c, "iss": "https://evil.example"}, id="issuer"),
        pytest.param(lambda c: {**c, "exp": int(time.time()) - 3600}, id="expired"),
        pytest.param(lambda c: {**c, "sub": ""}, id="nobody"),
        pytest.param(lambda c: None, id="no ID token"),
    ],
)
def test_an_id_token_that_is_not_right_is_refused(world, provider, lie):
    provider.lies = lie
    client = world.client()
    refused(client, go(client))
    assert world.users.page() == []


def test_an_id_token_of_another_key_is_refused(world, provider):
    provider.foreign_key = True
    client = world.client()
    refused(client, go(client))


def test_a_wrong_client_secret_is_said(world_of):
    client = world_of(oauth_client_secret="wrong").client()
    refused(client, go(client))


def test_a_provider_that_does_not_answer_is_said(world, provider, world_of):
    provider.broken = True
    said = refused(world.client(), "/v2/auth/huggingface/login", 502)
    assert "try again" in said["remedy"]
    nowhere = world_of(openid_provider_url="http://127.0.0.1:1").client()
    refused(nowhere, "/v2/auth/huggingface/login", 502)


@pytest.mark.parametrize(
    "then",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\r\nx: y", "evil"],
)
def test_nobody_is_led_elsewhere(world, then):
    client = world.client()
    assert client.get(go(client, then=then)).headers["location"] == "/"


def test_disabled_people_stay_out(world):
    client = world.client()
    client.get(go(client))
    world.users.disable(client.get("/v2/auth/me").json()["id"])
    again = world.client()
    assert "disabled" in refused(again, go(again))["detail"]


def test_there_are_no_passwords_here_and_no_hugging_face_elsewhere(world, world_of):
    body = {"email": "ada@example.com", "password": SECRET}
    assert world.client().post("/v2/auth/login", json=body).status_code == 403
    assert world_of(aiditor_auth="password").client().get("/v2/auth/huggingface/login").status_code == 403
    assert world_of(aiditor_auth="none").client().get(BACK).status_code == 403


def test_an_account_without_a_password_is_deleted_by_who_is_signed_in(world):
    client = world.client()
    client.get(go(client))
    client.headers["x-csrf-token"] = client.cookies["aiditor_csrf"]
    assert client.delete("/v2/auth/me").status_code == 204
    assert world.users.page() == []
