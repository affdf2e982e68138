"""Routes of before v2: clips in, wait, montage out, in one request."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import ValidationError

from aiditor.api.dependencies import FollowingDep, Me, StudioDep
from aiditor.api.following import Following
from aiditor.api.guard import current_user
from aiditor.api.models import JobOut, job_out
from aiditor.api.problems import PROBLEMS, problem
from aiditor.api.rates import limited
from aiditor.api.taking import drop_quietly, taken
from aiditor.api.uploads import FORM, received
from aiditor.errors import BadInput
from aiditor.jobs.queue import ENDED
from aiditor.store.tables import Job, Upload
from aiditor.studio import Studio, Wish

__all__ = ["router"]

LONGEST_S = 900.0
"""How long a request is kept waiting; then it gets 202, and the job goes on."""
LOOK_S = 0.5

router = APIRouter(tags=["legacy"], responses=PROBLEMS)
_rate = Depends(limited("create", "120/minute", user=current_user))
_DOC: dict[str, Any] = {
    "status_code": 200,
    "openapi_extra": {"requestBody": FORM},
    "dependencies": [_rate],
    "responses": {202: {"model": JobOut, "description": "It takes longer: follow the job."}},
}
Prefer = Annotated[str, Header(max_length=200, description="`wait=20` waits 20 s at most (RFC 7240).")]


@router.post("/upload", **_DOC)
async def upload(
    request: Request, response: Response, studio: StudioDep, following: FollowingDep, me: Me, prefer: Prefer = ""
) -> JobOut:
    """A ZIP of clips as a form, with `style` and `seconds` if wanted; answers with the montage's links."""
    found, fields = await received(request, studio, me)
    packed = [one for one in found if one.name.lower().endswith(".zip")]
    if len(found) != 1 or not packed:
        await _forget(studio, me, found)
        raise BadInput("this is not one ZIP", remedy="send one .zip here, or clips to /upload-clips")
    return await _made(request, response, studio, following, me, found, fields, prefer)


@router.post("/upload-clips", **_DOC)
async def upload_clips(
    request: Request, response: Response, studio: StudioDep, following: FollowingDep, me: Me, prefer: Prefer = ""
) -> JobOut:
    """Clips as a form, with `style` and `seconds` if wanted; answers with the montage's links."""
    found, fields = await received(request, studio, me)
    return await _made(request, response, studio, following, me, found, fields, prefer)


async def _made(
    request: Request,
    response: Response,
    studio: Studio,
    following: Following,
    me: str,
    found: list[Upload],
    fields: dict[str, str],
    prefer: str,
) -> JobOut:
    """The job, once it is done; 202 where that takes too long. Who goes away stops it."""
    try:
        wish = _wish(fields)
        job = await to_thread.run_sync(_created, studio, me, found, wish)
    except BaseException:
        await _forget(studio, me, found)
        raise
    ended = await _waited(request, studio, following, me, job, _patience(prefer))
    if ended.state == "failed":
        said = {"remedy": ended.remedy, "file": ended.file}
        return problem(request, 422, "job-failed", ended.why, **said)  # type: ignore[return-value]
    response.status_code = 200 if ended.state in ENDED else 202
    response.headers["Location"] = f"/v2/jobs/{job.id}"
    return job_out(ended)


async def _waited(request: Request, studio: Studio, following: Following, me: str, job: Job, longest_s: float) -> Job:
    """The job when it has ended, or as it is after so long, or cancelled when the client has gone."""
    latest = job

    async def follow(scope: anyio.CancelScope) -> None:
        nonlocal latest
        latest = await following.wait(job.id)
        scope.cancel()

    async def watch(scope: anyio.CancelScope) -> None:
        nonlocal latest
        while not await request.is_disconnected():
            await anyio.sleep(LOOK_S)
        latest = await to_thread.run_sync(studio.cancel, me, job.id)
        scope.cancel()

    with anyio.move_on_after(longest_s):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow, tasks.cancel_scope)
            tasks.start_soon(watch, tasks.cancel_scope)
    return latest if latest is not job else await to_thread.run_sync(studio.job, me, job.id)


def _created(studio: Studio, me: str, found: list[Upload], wish: Wish) -> Job:
    with taken(studio, me, [one.id for one in found]) as paths:
        return studio.create(me, paths, wish, move=True)


async def _forget(studio: Studio, me: str, found: list[Upload]) -> None:
    def forget() -> None:
        for one in found:
            drop_quietly(studio, me, one.id)

    with anyio.CancelScope(shield=True):
        await to_thread.run_sync(forget)


def _wish(fields: dict[str, str]) -> Wish:
    """Of the form's fields those that were there before v2. Raises BadInput."""
    given = {name: fields[name] for name in ("style", "seconds") if fields.get(name)}
    try:
        return Wish.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise BadInput(why, remedy="see GET /v2/styles for styles, and send seconds as a number") from error


def _patience(prefer: str) -> float:
    for wanted in prefer.split(","):
        name, _, value = wanted.strip().partition("=")
        if name.lower() == "wait" and value.isdigit():
            return min(float(value), LONGEST_S)
    return LONGEST_S
