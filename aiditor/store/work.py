"""Rows of jobs, for those who want work done: put in line, look, cancel. `Leases` is the workers' side."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from aiditor.errors import BadInput, NotFound
from aiditor.store.db import Database
from aiditor.store.job_states import STATES, end, locked, plain
from aiditor.store.tables import Job, now

__all__ = ["Load", "Work"]


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is to do."""

    states: dict[str, int]
    """Jobs in each of `STATES`."""
    waited_s: float
    """How long the job that is first in time has been ready and not taken; 0 when none is."""
    workers: int
    """Workers that hold a job now."""


class Work:
    """The jobs of a database. Cheap to make; safe to use from many threads and processes.

    `clock` gives the time in UTC.
    """

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = now) -> None:
        self._db, self._now = db, clock

    def enqueue(
        self,
        user_id: str,
        kind: str,
        request: dict[str, Any],
        *,
        project_id: str | None = None,
        title: str = "",
        priority: int = 0,
        idempotency_key: str | None = None,
    ) -> Job:
        """A new job; with a key that this user has given before, the job it was given for.

        Raises BadInput when the user or the project is gone.
        """
        at = self._now()
        job = Job(
            user_id=user_id, kind=kind, request=request, project_id=project_id, title=plain(title, 300),
            priority=priority, idempotency_key=idempotency_key, created_at=at, not_before=at,
        )  # fmt: skip
        try:
            with self._db.write() as session:
                known = _with_key(session, user_id, idempotency_key)
                if known is not None:
                    return known
                session.add(job)
        except IntegrityError as error:  # another had the same key at the same time, or the user is gone
            with self._db.read() as session:
                known = _with_key(session, user_id, idempotency_key)
            if known is None:
                remedy = "reload the page to see what there is"
                raise BadInput("the user or the project of this job is gone", remedy=remedy) from error
            return known
        return job

    def get(self, job_id: str) -> Job:
        """Raises NotFound."""
        with self._db.read() as session:
            return _there(session.get(Job, job_id))

    def version(self, job_id: str) -> int:
        """What goes up with every change, alone: cheap to ask for often. Raises NotFound."""
        with self._db.read() as session:
            found = session.exec(select(Job.version).where(Job.id == job_id)).first()
        return found if found is not None else _there(None)

    def versions(self, job_ids: Collection[str]) -> dict[str, int]:
        """The versions of those jobs that there are, by id: for one who follows many at once."""
        if not job_ids:
            return {}
        with self._db.read() as session:
            return dict(session.exec(select(Job.id, Job.version).where(col(Job.id).in_(job_ids))).all())

    def with_key(self, user_id: str, idempotency_key: str) -> Job | None:
        """The job that this user's key was given for."""
        with self._db.read() as session:
            return _with_key(session, user_id, idempotency_key)

    def jobs(
        self,
        user_id: str | None = None,
        *,
        states: Collection[str] = (),
        project_id: str | None = None,
        before: datetime | None = None,
        limit: int = 50,
    ) -> list[Job]:
        """Jobs, newest first: of one user or all, in these states or any, made before that time."""
        asked = select(Job)
        if user_id is not None:
            asked = asked.where(Job.user_id == user_id)
        if states:
            asked = asked.where(col(Job.state).in_(states))
        if project_id is not None:
            asked = asked.where(Job.project_id == project_id)
        if before is not None:
            asked = asked.where(Job.created_at < before)
        with self._db.read() as session:
            return list(session.exec(asked.order_by(col(Job.created_at).desc(), col(Job.id).desc()).limit(limit)))

    def cancel(self, job_id: str) -> Job:
        """A queued job is cancelled at once, and so is one whose worker is gone; a running one is asked to stop.

        One that has ended stays as it is. Raises NotFound.
        """
        with self._db.write() as session:
            job = _there(session.exec(locked(self._db, select(Job).where(Job.id == job_id))).first())
            if job.state == "queued" or (job.state == "running" and _past(job.lease_until, self._now())):
                end(job, "cancelled", at=self._now())
            elif job.state == "running" and job.cancel_asked_at is None:
                job.cancel_asked_at, job.note = self._now(), "stopping"
                job.version += 1
            session.add(job)
        return job

    def load(self) -> Load:
        """Counts for those who watch over the service."""
        at = self._now()
        with self._db.read() as session:
            counted = dict(session.exec(select(Job.state, func.count()).group_by(col(Job.state))).all())
            ready = select(func.min(Job.not_before)).where(Job.state == "queued", Job.not_before <= at)
            first = session.exec(ready).one()
            busy = select(func.count(col(Job.worker).distinct())).where(
                Job.state == "running", col(Job.lease_until) > at
            )
            workers = session.exec(busy).one()
        waited_s = (at - first).total_seconds() if first else 0.0
        return Load({state: counted.get(state, 0) for state in STATES}, waited_s, workers)


def _past(lease_until: datetime | None, at: datetime) -> bool:
    return lease_until is None or lease_until <= at


def _there(job: Job | None) -> Any:
    if job is None:
        raise NotFound("there is no such job", remedy="list your jobs to see which there are")
    return job


def _with_key(session: Session, user_id: str, key: str | None) -> Job | None:
    if key is None:
        return None
    return session.exec(select(Job).where(Job.user_id == user_id, Job.idempotency_key == key)).first()
