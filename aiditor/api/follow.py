"""Jobs as they go on, over server-sent events and over a WebSocket: the same messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import anyio
from anyio import to_thread
from fastapi import APIRouter, Header, Response, WebSocket, WebSocketDisconnect
from sse_starlette import EventSourceResponse, ServerSentEvent

from aiditor.api.dependencies import FollowingDep, JobId, Me, StudioDep, of_socket
from aiditor.api.models import job_status
from aiditor.api.problems import PROBLEMS
from aiditor.errors import NotAllowed, NotFound
from aiditor.jobs.queue import ENDED
from aiditor.studio import Studio

__all__ = ["router"]

router = APIRouter(prefix="/v2", tags=["jobs"], responses=PROBLEMS)

HEARTBEAT_S = 15
"""Something is sent at least so often, so that no proxy takes the stream for dead."""
FIRST_MESSAGE_S = 10
_TEXT = {"type": "string"}
_EVENT = {"type": "object", "properties": {"event": _TEXT, "id": _TEXT, "data": _TEXT}}
"""One event: `job` with a JobStatus as JSON, or `end`."""


@router.get(
    "/jobs/{job_id}/events",
    response_class=EventSourceResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": _EVENT}}},
        204: {"description": "The job has ended, and you have seen that."},
    },
)
async def follow_job(
    job_id: JobId,
    studio: StudioDep,
    following: FollowingDep,
    me: Me,
    seen: Annotated[int, Header(alias="Last-Event-ID", ge=-1, description="The version that you saw last.")] = -1,
) -> Response:
    """Server-sent events: the job now and at each change, until it has ended. Each event's id is the job's version."""
    job = await to_thread.run_sync(studio.job, me, job_id)
    if job.state in ENDED and job.version <= seen:
        return Response(status_code=204)  # a browser would come back for ever otherwise
    return EventSourceResponse(_events(following.follow(job_id), seen), ping=HEARTBEAT_S)


async def _events(jobs: Any, seen: int) -> AsyncIterator[ServerSentEvent]:
    async with aclosing(jobs):
        try:
            async for job in jobs:
                if job.version > seen:
                    yield ServerSentEvent(job_status(job).model_dump_json(), event="job", id=str(job.version))
            yield ServerSentEvent("{}", event="end")
        except NotFound:
            yield ServerSentEvent("{}", event="end")


@router.websocket("/ws/jobs/{job_id}")
async def follow_by_socket(socket: WebSocket, job_id: JobId) -> None:
    """The messages of `/events`, each a text of JSON; closed with 1000 when the job has ended.

    Who asks is told by the session's cookie, by `?token=`, or by a first message that is an access token. Closed with
    4401 without, with 4404 for a job that is not theirs.
    """
    studio: Studio = socket.app.state.studio
    await socket.accept()
    try:
        me = await _who(socket)
        await to_thread.run_sync(studio.job, me, job_id)
    except (NotAllowed, TimeoutError):
        await socket.close(4401, "sign in first")
        return
    except NotFound:
        await socket.close(4404, "there is no such job")
        return
    except WebSocketDisconnect:
        return
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_until_gone, socket, tasks.cancel_scope)
        await _tell(socket, socket.app.state.following.follow(job_id))
        tasks.cancel_scope.cancel()


async def _who(socket: WebSocket) -> str:
    """Raises NotAllowed, TimeoutError when no token comes, WebSocketDisconnect."""
    me = await of_socket(socket, socket.query_params.get("token", ""))
    if me is not None:
        return me
    with anyio.fail_after(FIRST_MESSAGE_S):
        first = await socket.receive()
    if first["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(first.get("code", 1000))
    me = await of_socket(socket, (first.get("text") or "").strip())
    if me is None:
        raise NotAllowed("you are not signed in", remedy="send an access token as the first message")
    return me


async def _tell(socket: WebSocket, jobs: Any) -> None:
    async with aclosing(jobs):
        try:
            async for job in jobs:
                await socket.send_text(job_status(job).model_dump_json())
            await socket.close(1000)
        except NotFound:
            await socket.close(4404, "the job was deleted")
        except WebSocketDisconnect:
            return


async def _until_gone(socket: WebSocket, scope: anyio.CancelScope) -> None:
    """What the client says further is not listened to; that it left is."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    scope.cancel()
