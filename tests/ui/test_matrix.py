"""Who may call which named endpoint: every one of them, by nobody, by somebody else, by the owner and by an admin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from serving import serving

pytestmark = pytest.mark.slow
PASSWORD = "a long walk at dusk"
NONE: dict[str, Any] = {}


@dataclass
class Theirs:
    """What belongs to ana."""

    project: str
    job: str
    source: str


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("matrix"), AIDITOR_AUTH="password", ADMIN_EMAILS="root@example.com") as url:
        yield url


@pytest.fixture(scope="module")
def clients(studio: str) -> Iterator[dict[str, Client]]:
    """A client for each person."""
    made = {}
    for name in ("ana", "ben", "root"):
        who = {"email": f"{name}@example.com", "password": PASSWORD}
        httpx.post(f"{studio}/v2/auth/register", json=who).raise_for_status()
        token = httpx.post(f"{studio}/v2/auth/login", json=who).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        made[name] = Client(studio, headers=headers, verbose=False, analytics_enabled=False)
    yield made
    for client in made.values():
        client.close()


@pytest.fixture(scope="module")
def anas(clients: dict[str, Client], action_clip) -> Theirs:
    found = clients["ana"].predict([handle_file(action_clip)], api_name="/analyse")
    job = clients["ana"].predict(
        [], "minimal", 3, ["portrait"], quality="draft", project=found["project"], api_name="/create_job"
    )
    assert list(clients["ana"].submit(job["id"], api_name="/follow_job"))[-1]["state"] == "done"
    return Theirs(found["project"], job["id"], found["clips"][0]["source_id"])


# What each endpoint is asked about ana's things, and whether somebody else finds nothing ("not found") or an answer
# without them (the check).
ABOUT: dict[str, tuple[Callable[[Theirs], dict[str, Any]], Callable[[Any], bool] | None]] = {
    "/create_job": (lambda t: {"clips": [], "style": "minimal", "seconds": 3, "project": t.project}, None),
    "/job_status": (lambda t: {"job_id": t.job}, None),
    "/follow_job": (lambda t: {"job_id": t.job}, None),
    "/cancel_job": (lambda t: {"job_id": t.job}, None),
    "/download": (lambda t: {"job_id": t.job, "form": "portrait"}, None),
    "/label_moment": (lambda t: {"source": t.source, "time": "1.0", "says": "kill", "project": t.project}, None),
    "/words": (lambda t: {"project": t.project, "captions": "none", "mute_words": "sniper"}, None),
    "/keep_word": (lambda t: {"project": t.project, "word": "0123"}, None),
    "/list_jobs": (lambda _: NONE, lambda answer: answer == []),
    "/labels": (lambda t: {"source": t.source}, lambda answer: answer == []),
    "/analyse": (lambda _: {"clips": []}, None),
    "/styles": (lambda _: NONE, lambda answer: len(answer) >= 6),
}


def test_no_endpoint_is_forgotten(clients):
    named = set(clients["ana"].view_api(return_format="dict")["named_endpoints"])
    assert named == set(ABOUT)


@pytest.mark.parametrize("endpoint", ABOUT)
@pytest.mark.parametrize("name", ["ben", "root"])
def test_nobody_else_gets_at_it_not_even_an_admin(clients, anas, endpoint, name):
    asked, empty = ABOUT[endpoint]
    if empty is not None:
        assert empty(clients[name].predict(**asked(anas), api_name=endpoint))
        return
    with pytest.raises(AppError, match=r"there is no |no clips were given"):
        clients[name].predict(**asked(anas), api_name=endpoint)
    assert clients["ana"].predict(anas.job, api_name="/job_status")["state"] == "done"


@pytest.mark.parametrize("endpoint", ["/job_status", "/download", "/list_jobs", "/label_moment", "/labels"])
def test_the_owner_does(clients, anas, endpoint):
    asked, _ = ABOUT[endpoint]
    assert clients["ana"].predict(**asked(anas), api_name=endpoint)


def test_tools_are_for_who_is_signed_in(clients, studio, anas):
    async def told(name: str) -> tuple[set[str], str]:
        async with (
            httpx.AsyncClient(headers=clients[name].headers) as http,
            streamable_http_client(f"{studio}/gradio_api/mcp/", http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {tool.name for tool in (await session.list_tools()).tools}
            answer = await session.call_tool("job_status", {"job_id": anas.job})
            return tools, str(answer.content)

    tools, mine = asyncio.run(told("ana"))
    assert {"create_job", "job_status", "analyse"} <= tools
    assert "done" in mine
    assert "there is no job" in asyncio.run(told("ben"))[1]


def test_who_is_not_signed_in_gets_nothing(studio, clients):
    for path in ("config", "gradio_api/info", "gradio_api/upload", "gradio_api/queue/join", "gradio_api/mcp/schema"):
        method = "POST" if path.endswith(("upload", "join")) else "GET"
        assert httpx.request(method, f"{studio}/{path}", json={} if method == "POST" else None).status_code in (
            401, 403,
        ), path  # fmt: skip
    for endpoint in ABOUT:
        assert httpx.post(f"{studio}/gradio_api/call{endpoint}", json={"data": []}).status_code in (401, 403), endpoint
