"""What the routes of accounts say of themselves is true, whatever is sent to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from given_users import SECRET, World
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aiditor.store.db import Database

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def asked(operation: Any, mode: GenerationMode, headers: Callable[[], dict[str, str]]) -> set[int]:
    """The statuses of what this route answered to a dozen requests, each as it is described."""
    statuses = set()

    @seed(5)
    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers=headers(), checks=CHECKS, allow_redirects=False)
        statuses.add(answer.status_code)

    ask()
    return statuses


@pytest.mark.slow
@pytest.mark.parametrize("auth", ["none", "password"])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_route_answers_as_its_description_says(auth, mode, tmp_path):
    with Database(f"sqlite:///{tmp_path / 'tests.db'}") as db:
        db.migrate()
        world = World.made(db, tmp_path / "home", aiditor_auth=auth)
        world.app.state.rates.take = lambda *_: None
        root = world.users.make_admin(world.users.by_password.register("root@example.com", SECRET).id).user

        def headers() -> dict[str, str]:
            sent = {"host": "127.0.0.1:7860"}
            if auth == "password":  # anew each time: one of the routes signs out everywhere
                sent["authorization"] = f"Bearer {world.users.sessions.open(root).access_token}"
            return sent

        schema = schemathesis.openapi.from_asgi("/openapi.json", world.app, headers=headers())
        answered = {}
        for found in schema.get_all_operations():
            operation = found.ok()
            takes_something = any(operation.iter_parameters()) or bool(operation.body)
            if operation.path.startswith("/v2/") and (mode.is_positive or takes_something):
                answered[operation.label] = asked(operation, mode, headers)
    if mode.is_positive:
        assert len(answered) >= 18
        assert answered["GET /v2/auth/me"] == answered["GET /v2/admin/users"] == {200}
    else:
        assert len(answered) >= 12
        assert 422 in answered["POST /v2/auth/register"] | answered["POST /v2/auth/refresh"]
    assert all(code < 500 for said in answered.values() for code in said)
    print(answered)
