"""Jobs: make, look, cancel."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from aiditor.api.dependencies import Before, JobId, Limit, Me, StudioDep, next_page
from aiditor.api.guard import current_user
from aiditor.api.models import JobOut, JobsPage, JobStatus, NewJob, State, as_wish, job_out, job_status
from aiditor.api.problems import PROBLEMS, Taken
from aiditor.api.rates import limited
from aiditor.api.taking import taken
from aiditor.errors import BadInput
from aiditor.store.tables import Job
from aiditor.studio import Studio

__all__ = ["router"]

router = APIRouter(prefix="/v2", tags=["jobs"], responses=PROBLEMS)

TURNS = tuple(threading.Lock() for _ in range(64))
"""Requests with one idempotency key are done one after the other; two keys rarely share a turn."""

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$", description="Sent again, it "
           "gives the same job instead of a second one."),
]  # fmt: skip


@router.post("/jobs", status_code=202, dependencies=[Depends(limited("create", "120/minute", user=current_user))])
def create_job(asked: NewJob, response: Response, studio: StudioDep, me: Me, key: Key = None) -> JobOut:
    """Start a montage, of a project or of uploads."""
    with _turn(me, key):
        job = _before(studio, me, key, asked) or _new(studio, me, key, asked)
    response.headers["Location"] = f"/v2/jobs/{job.id}"
    return job_out(job)


@router.get("/jobs")
def list_jobs(
    request: Request,
    response: Response,
    studio: StudioDep,
    me: Me,
    state: Annotated[list[State], Query(max_length=5, description="Only jobs in these states.")] = [],  # noqa: B006
    before: Before = None,
    limit: Limit = 50,
) -> JobsPage:
    """Your jobs, newest first."""
    found = studio.jobs(me, states=state, before=before, limit=limit)
    then = next_page(request, response, found[-1].created_at) if len(found) == limit else None
    return JobsPage(jobs=[job_out(job) for job in found], next=then)


@router.get("/jobs/{job_id}")
def get_job(job_id: JobId, studio: StudioDep, me: Me) -> JobOut:
    """One job, with the files that it made."""
    job = studio.job(me, job_id)
    return job_out(job, list(studio.rows.renders(job.id).values()))


@router.get("/jobs/{job_id}/status")
def get_status(job_id: JobId, studio: StudioDep, me: Me) -> JobStatus:
    """How far a job is: small, to be asked for often."""
    return job_status(studio.job(me, job_id))


@router.post("/jobs/{job_id}/cancel", status_code=202)
def cancel_job(job_id: JobId, studio: StudioDep, me: Me) -> JobOut:
    """Stop a job, within two seconds; one that has ended stays as it is."""
    return job_out(studio.cancel(me, job_id))


# --- making


@contextmanager
def _turn(me: str, key: str | None) -> Iterator[None]:
    if key is None:
        yield
        return
    number = int.from_bytes(hashlib.blake2b(f"{me} {key}".encode(), digest_size=2).digest()) % len(TURNS)
    with TURNS[number]:
        yield


def _before(studio: Studio, me: str, key: str | None, asked: NewJob) -> Job | None:
    """The job that this key was given for. Raises Taken when something else was asked for then."""
    job = studio.queue.with_key(me, key) if key else None
    if job is None:
        return None
    then = job.request.get("wish", {})
    now = as_wish(asked, music_file=then.get("music_file", "")).model_dump(mode="json")
    if then != now or (asked.project and asked.project != job.project_id):
        raise Taken(
            f"the Idempotency-Key {key!r} was used for another request", remedy="use a new key for a new request"
        )
    return job


def _new(studio: Studio, me: str, key: str | None, asked: NewJob) -> Job:
    if bool(asked.project) == bool(asked.uploads):
        raise BadInput("a job is made of a project or of uploads", remedy="name one of them")
    with taken(studio, me, [asked.music_upload] if asked.music_upload else [], keep=True) as music:
        wish = as_wish(asked, music_file=str(music[0]) if music else "")
        if asked.project:
            return studio.make(me, asked.project, wish, idempotency_key=key)
        with taken(studio, me, asked.uploads) as clips:
            return studio.create(me, clips, wish, move=True, idempotency_key=key)
