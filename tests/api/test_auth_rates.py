"""How often somebody may ask, counted by user or by address."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Depends
from given_users import World

from aiditor.api.guard import current_user
from aiditor.api.rates import limited
from aiditor.store.db import Database


@pytest.fixture
def world(tmp_path):
    with Database(f"sqlite:///{tmp_path / 'tests.db'}") as db:
        db.migrate()
        world = World.made(db, tmp_path / "home")

        @world.app.get("/mine", dependencies=[Depends(limited("mine", "2/minute", user=current_user))])
        def mine() -> str:
            return "yes"

        @world.app.get("/open")
        def of_all(_: Annotated[None, Depends(limited("open", "3/minute"))]) -> str:
            return "yes"

        yield world


def test_users_behind_one_address_do_not_take_from_one_another(world):
    ada, bob = world.signed_in("ada@example.com"), world.signed_in("bob@example.com")
    assert [ada.get("/mine").status_code for _ in range(3)] == [200, 200, 429]
    assert bob.get("/mine").status_code == 200
    assert world.client().get("/mine").status_code == 401


def test_who_is_not_signed_in_is_counted_by_address(world):
    client = world.client()
    answers = [client.get("/open") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit"].startswith('"open";r=2;t=')
    assert client.get("/things/x").headers.get("ratelimit") is None


def test_what_was_refused_takes_nothing_from_later(world):
    client = world.client()
    for _ in range(10):
        last = client.get("/open")
    wait_s = int(last.headers["retry-after"])
    assert wait_s <= 60
    assert last.json()["remedy"] == f"wait {wait_s} s and try again"
