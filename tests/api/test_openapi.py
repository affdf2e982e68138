"""What the API says of itself is true: whatever is sent, the answer is one that is described."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api.served import CLIP, settings_of, uploaded
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from aiditor.api.app import create_app
from aiditor.store.tables import Clip, Render
from aiditor.studio import Studio

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
HOST = {"host": "127.0.0.1"}
OURS = ("/v2/jobs", "/v2/projects", "/v2/uploads", "/v2/styles", "/v2/dashboard", "/v2/clips", "/v2/health", "/upload")
OURS += ("/analytics", "/v2/admin/load")


@schemathesis.serializer("application/offset+octet-stream")
def _pieces(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(tmp_path: Path) -> None:
    with Studio(settings_of(tmp_path)) as studio:
        described = create_app(studio.settings, studio=studio, workers=False).openapi()
    verbs = {"get", "post", "put", "patch", "delete", "head", "options"}
    named = [o for path in described["paths"].values() for verb, o in path.items() if verb in verbs]
    assert len(named) > 40
    assert all(operation.get("description") and operation.get("tags") for operation in named)
    names = [operation["operationId"] for operation in named]
    assert len(names) == len(set(names))


def things(client: TestClient, studio: Studio, tmp_path: Path) -> dict[str, str]:
    """One of each, to be asked for."""
    me = studio.local_user()
    project = client.post("/v2/projects", json={"name": "x"}).json()["id"]
    job = studio.queue.enqueue(me, "make", {}, project_id=project)
    studio.queue.cancel(job.id)
    key = f"users/{me}/renders/{job.id}/a.mp4"
    (tmp_path / "a.mp4").write_bytes(CLIP)
    studio.files.put(key, tmp_path / "a.mp4")
    clip = Clip(user_id=me, project_id=project, name="a.mp4", file_key=key)
    with studio.db.write() as session:
        session.add(clip)
        session.add(Render(user_id=me, job_id=job.id, form="landscape", file_key=key))
    ids = {"project_id": project, "job_id": job.id, "clip_id": clip.id, "upload_id": uploaded(client, {})}
    return {**ids, "word_id": "1"}


def asked(operation: Any, mode: GenerationMode, ids: dict[str, str]) -> set[int]:
    """The statuses of ten answers; every other request is about things that there are."""
    statuses, turn = set(), itertools.count()

    @seed(7)
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        if next(turn) % 2 == 0:
            case.path_parameters = {name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()}
        answer = case.call_and_validate(headers=HOST, checks=CHECKS, allow_redirects=False)
        statuses.add(answer.status_code)

    ask()
    return statuses


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_one_that_is_described(mode: GenerationMode, tmp_path: Path) -> None:
    answered: dict[str, set[int]] = {}
    home = settings_of(tmp_path / "home").model_copy(update={"aiditor_auth": "none"})
    with Studio(home) as studio:
        app = create_app(home, studio=studio, workers=False)
        app.state.rates.take = lambda *_: None
        with TestClient(app, base_url="http://127.0.0.1") as client:
            schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HOST)
            for found in schema.get_all_operations():
                operation = found.ok()
                takes = any(operation.iter_parameters()) or bool(operation.body)
                if operation.path.startswith(OURS) and (mode.is_positive or takes):
                    answered[operation.label] = asked(operation, mode, things(client, studio, tmp_path))
    assert all(code < 500 for said in answered.values() for code in said), answered
    if mode.is_positive:
        assert len(answered) >= 30
        assert 200 in answered["GET /v2/jobs/{job_id}"] & answered["GET /v2/projects/{project_id}"]
        assert 201 in answered["POST /v2/projects"]
    else:
        assert len(answered) >= 20
