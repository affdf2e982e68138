"""Accounts over HTTP: made, signed in to, recovered, left."""

from __future__ import annotations

import pytest
from given_users import SECRET, World

from aiditor.store.db import Database

ADA = "ada@example.com"


@pytest.fixture
def world_of(tmp_path):
    with Database(f"sqlite:///{tmp_path / 'tests.db'}") as db:
        db.migrate()
        yield lambda **settings: World.made(db, tmp_path / "home", **settings)


@pytest.fixture
def world(world_of):
    return world_of()


def test_a_client_registers_signs_in_refreshes_and_signs_out(world):
    client = world.client()
    assert client.post("/v2/auth/register", json={"email": ADA, "password": SECRET, "name": "Ada"}).status_code == 201
    entered = client.post("/v2/auth/login", json={"email": ADA, "password": SECRET})
    assert entered.status_code == 200
    assert entered.headers["cache-control"] == "no-store"
    assert "set-cookie" not in entered.headers
    said = entered.json()
    assert (said["user"]["name"], said["user"]["plan"]["name"], said["expires_in"]) == ("Ada", "free", 900)
    bearer = {"authorization": f"Bearer {said['access_token']}"}
    assert client.get("/v2/auth/me", headers=bearer).json()["email"] == ADA
    again = client.post("/v2/auth/refresh", json={"refresh_token": said["refresh_token"]}).json()
    bearer = {"authorization": f"bearer {again['access_token']}"}
    assert client.post("/v2/auth/logout", headers=bearer).status_code == 204
    assert client.get("/v2/auth/me", headers=bearer).status_code == 401
    assert client.post("/v2/auth/refresh", json={"refresh_token": again["refresh_token"]}).status_code == 401


def test_a_refresh_token_that_comes_again_ends_the_sign_in(world):
    world.users.by_password.register(ADA, SECRET)
    client = world.client()
    first = client.post("/v2/auth/login", json={"email": ADA, "password": SECRET}).json()
    second = client.post("/v2/auth/refresh", json={"refresh_token": first["refresh_token"]}).json()
    assert client.post("/v2/auth/refresh", json={"refresh_token": first["refresh_token"]}).status_code == 401
    assert client.post("/v2/auth/refresh", json={"refresh_token": second["refresh_token"]}).status_code == 401
    bearer = {"authorization": f"Bearer {second['access_token']}"}
    assert client.get("/v2/auth/me", headers=bearer).status_code == 401


def test_signing_in_wrongly_is_answered_the_same_for_everybody(world):
    world.users.by_password.register(ADA, SECRET)
    bodies = set()
    for email in (ADA, "nobody@example.com", "nonsense"):
        answer = world.client().post("/v2/auth/login", json={"email": email, "password": "wrong password"})
        assert answer.status_code == 401
        said = answer.json()
        said.pop("request_id")
        bodies.add(str(said))
    assert len(bodies) == 1


def test_asking_for_a_new_password_is_answered_the_same_for_everybody(world):
    world.users.by_password.register(ADA, SECRET)
    answers = [
        world.client().post("/v2/auth/reset/ask", json={"email": email}) for email in (ADA, "nobody@example.com", "")
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert [to for to, _, _ in world.letters.letters] == [ADA]


def test_without_mail_it_is_said_who_has_the_link(world):
    world.letters.configured = False
    said = world.client().post("/v2/auth/reset/ask", json={"email": ADA}).json()["detail"]
    assert "no mail is set up" in said


def test_a_forgotten_password_is_set_anew_and_all_else_is_signed_out(world):
    old = world.signed_in(ADA)
    client = world.client()
    client.post("/v2/auth/reset/ask", json={"email": ADA})
    body = {"token": world.letters.token("reset"), "password": "another good one", "cookie": True}
    assert client.post("/v2/auth/reset", json=body).status_code == 200
    assert client.get("/v2/auth/me").json()["email"] == ADA
    assert old.get("/v2/auth/me").status_code == 401
    assert client.post("/v2/auth/reset", json=body).status_code == 401


def test_registering_twice_is_a_conflict_where_accounts_are_open(world):
    body = {"email": ADA, "password": SECRET}
    client = world.client()
    assert client.post("/v2/auth/register", json=body).status_code == 201
    assert client.post("/v2/auth/register", json={**body, "email": "ADA@example.com"}).status_code == 409


def test_registering_tells_nothing_where_mail_is_confirmed(world_of):
    world = world_of(registration="confirmed", smtp_host="mail.example.com", smtp_from="s@example.com")
    client = world.client()
    body = {"email": ADA, "password": SECRET}
    answers = [client.post("/v2/auth/register", json=body) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {202}
    assert answers[0].text == answers[1].text
    assert client.post("/v2/auth/login", json=body).status_code == 401
    token = world.letters.token("confirm")
    assert client.post("/v2/auth/confirm", json={"token": token, "password": SECRET}).status_code == 200
    assert client.post("/v2/auth/login", json=body).status_code == 200
    assert client.post("/v2/auth/register", json=body).text == answers[0].text


def test_where_registration_is_closed_nobody_registers(world_of):
    answer = world_of(registration="closed").client().post("/v2/auth/register", json={"email": ADA, "password": SECRET})
    assert answer.status_code == 401
    assert "admin" in answer.json()["detail"]


def test_a_changed_password_ends_the_other_sign_ins(world):
    here = world.signed_in(ADA)
    there = world.client().post("/v2/auth/login", json={"email": ADA, "password": SECRET}).json()
    wrong = here.post("/v2/auth/password", json={"old": "wrong password", "new": "another good one"})
    assert wrong.status_code == 403  # signed in, and not allowed: no client shall think that it must sign in again
    assert here.post("/v2/auth/password", json={"old": SECRET, "new": "another good one"}).status_code == 204
    assert here.get("/v2/auth/me").status_code == 200
    bearer = {"authorization": f"Bearer {there['access_token']}"}
    assert world.client().get("/v2/auth/me", headers=bearer).status_code == 401


def test_devices_are_listed_and_signed_out(world):
    here = world.signed_in(ADA)
    there = world.client(headers={"user-agent": "A phone"})
    body = {"email": ADA, "password": SECRET}
    bearer = {"authorization": f"Bearer {there.post('/v2/auth/login', json=body).json()['access_token']}"}
    listed = here.get("/v2/auth/sessions").json()
    other = next(one for one in listed if not one["this_one"])
    assert other["device"] == "A phone"
    stranger = world.signed_in("eve@example.com")
    assert stranger.delete(f"/v2/auth/sessions/{other['id']}").status_code == 404
    assert here.delete(f"/v2/auth/sessions/{other['id']}").status_code == 204
    assert there.get("/v2/auth/me", headers=bearer).status_code == 401
    assert here.post("/v2/auth/logout-all").status_code == 204
    assert here.get("/v2/auth/me").status_code == 401


def test_an_account_is_deleted_by_who_knows_its_password(world):
    client = world.signed_in(ADA)
    assert client.request("DELETE", "/v2/auth/me", json={"password": "wrong password"}).status_code == 403
    assert client.delete("/v2/auth/me").status_code == 403
    assert client.request("DELETE", "/v2/auth/me", json={"password": SECRET}).status_code == 204
    assert client.get("/v2/auth/me").status_code == 401
    assert world.users.page() == []


def test_with_one_local_user_nobody_signs_in(world_of):
    client = world_of(aiditor_auth="none").client()
    me = client.get("/v2/auth/me").json()
    assert (me["role"], me["plan"]["name"]) == ("admin", "local")
    assert client.post("/things").json() == {"of": me["id"]}
    assert client.post("/v2/auth/logout").status_code == 204
    for path, body in (("register", {"email": ADA, "password": SECRET}), ("login", {"email": ADA, "password": SECRET})):
        answer = client.post(f"/v2/auth/{path}", json=body)
        assert answer.status_code == 403
        assert "AIDITOR_AUTH=password" in answer.json()["remedy"]
    assert client.delete("/v2/auth/me").status_code == 400


def test_admins_see_and_change_users_and_others_do_not(world):
    admin, ada = world.admin(), world.signed_in(ADA)
    ada_id = ada.get("/v2/auth/me").json()["id"]
    calls = [
        ("GET", "/v2/admin/users", None),
        ("POST", f"/v2/admin/users/{ada_id}/disable", None),
        ("POST", f"/v2/admin/users/{ada_id}/enable", None),
        ("POST", f"/v2/admin/users/{ada_id}/plan", {"plan": "pro"}),
        ("POST", f"/v2/admin/users/{ada_id}/role", {"admin": False}),
        ("DELETE", f"/v2/admin/users/{ada_id}", None),
    ]
    for method, path, body in calls:
        assert ada.request(method, path, json=body).status_code == 403, path
        assert world.client().request(method, path, json=body).status_code == 401, path
    listed = admin.get("/v2/admin/users", params={"find": "ada@"}).json()
    assert [one["email"] for one in listed["users"]] == [ADA]
    assert admin.post(calls[3][1], json={"plan": "pro"}).json()["plan"]["name"] == "pro"
    assert admin.post(calls[3][1], json={"plan": "gold"}).status_code == 422
    assert admin.post(calls[1][1]).json()["disabled"] is True
    assert ada.get("/v2/auth/me").status_code == 401
    assert admin.post(calls[2][1]).json()["disabled"] is False
    assert admin.post(calls[4][1], json={"admin": True}).json()["role"] == "admin"
    root = admin.get("/v2/auth/me").json()["id"]
    assert admin.post(f"/v2/admin/users/{root}/disable").status_code == 400
    assert admin.delete(calls[5][1]).status_code == 204
    assert admin.delete(calls[5][1]).status_code == 404


def test_the_list_of_users_goes_on_where_it_ended(world):
    admin = world.admin()
    for n in range(4):
        world.clock.ahead(seconds=1)
        world.users.by_password.register(f"user{n}@example.com", SECRET)
    seen, before = [], None
    while True:
        params = {"limit": 2} | ({"before": before} if before else {})
        page = admin.get("/v2/admin/users", params=params).json()
        seen += [one["email"] for one in page["users"]]
        before = page["before"]
        if before is None:
            break
    assert seen == [f"user{n}@example.com" for n in (3, 2, 1, 0)] + ["root@example.com"]


def test_where_all_share_one_user_nobody_from_outside_is_an_admin(world_of):
    client = world_of(aiditor_auth="none", aiditor_open=True).client("http://studio.lan:7860")
    assert client.get("/v2/auth/me").status_code == 200
    assert client.get("/v2/admin/users").status_code == 403
