"""The workers' side of the jobs: who may work on which, and what came of it.

A worker that claims a job holds a lease on it, which `beat` and `report` make longer. Once the lease has run out,
another may claim the job; whatever the first says afterwards changes nothing. Each change is one short transaction,
so that any number of processes can work on the same table.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from aiditor.store.db import Database
from aiditor.store.job_states import ENDED, KILLED, KILLED_TRIES, Failure, end, locked, plain, queue, strike
from aiditor.store.tables import Job, now

__all__ = ["Also", "Beat", "Leases"]

Also = Callable[[Session], None]
"""Writes further rows in the transaction that ends a job."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a worker is told when it says that it is alive."""

    held: bool
    """Whether the job is still its own."""
    cancel: bool
    """Whether the user asked to stop."""


class Leases:
    """Leases on the jobs of a database. Cheap to make; safe to use from many threads and processes.

    `lease_s` is how long a worker may be silent, `retry_s` the first wait before a job is tried again. `clock` gives
    the time in UTC.
    """

    def __init__(
        self,
        db: Database,
        *,
        lease_s: float = 20.0,
        retry_s: float = 2.0,
        clock: Callable[[], datetime] = now,
        chance: random.Random | None = None,
    ) -> None:
        self._db, self._now = db, clock
        self._lease, self._retry_s = timedelta(seconds=lease_s), retry_s
        self._chance = chance or random.Random()

    def ready(self) -> bool:
        """Whether `claim` would find something; takes no lock."""
        with self._db.read() as session:
            return session.exec(select(Job.id).where(self._claimable()).limit(1)).first() is not None

    def claim(self, worker: str) -> Job | None:
        """The next job, leased to `worker`; None when there is none.

        Higher priority goes first, then whose user has the fewest running, then who came first. A job whose lease
        has run out is taken over, unless it has been so too often: then it has failed. `worker` is a name that
        no other process has or had.
        """
        while True:
            with self._db.write() as session:
                job = session.exec(self._next()).first()
                if job is None:
                    return None
                if job.state == "running":
                    self._struck(job, KILLED, KILLED_TRIES)
                if job.state not in ENDED:
                    at = self._now()
                    job.state, job.worker, job.lease_until = "running", worker, at + self._lease
                    job.started_at = job.started_at or at
                    job.attempts += 1
                    job.version += 1
                session.add(job)
            if job.state == "running":
                return job

    def beat(self, job: Job) -> Beat:
        """Make the lease of `job`, as `claim` gave it, longer."""
        with self._db.write() as session:
            held = self._holding(session, job)
            if held is None:
                return Beat(held=False, cancel=False)
            held.lease_until = self._now() + self._lease
            session.add(held)
            return Beat(held=True, cancel=held.cancel_asked_at is not None)

    def report(self, job: Job, *, stage: str, fraction: float, note: str = "", left_s: float | None = None) -> Beat:
        """Say how far it is, which is a beat as well. `fraction` is of the whole; what was reached once stays."""
        with self._db.write() as session:
            held = self._holding(session, job)
            if held is None:
                return Beat(held=False, cancel=False)
            held.stage, held.note, held.left_s = plain(stage, 32), plain(note, 500), left_s
            held.fraction = max(held.fraction, min(fraction, 1.0))
            held.lease_until = self._now() + self._lease
            held.version += 1
            session.add(held)
            return Beat(held=True, cancel=held.cancel_asked_at is not None)

    def finish(
        self, job: Job, result: dict[str, Any], *, timing: dict[str, float] | None = None, also: Iterable[Also] = ()
    ) -> bool:
        """It is done, and what `also` writes is written with it, or none of it when the lease was lost (False)."""
        with self._db.write() as session:
            held = self._holding(session, job)
            if held is None:
                return False
            for write in also:
                write(session)
            held.result, held.timing, held.fraction = result, timing or {}, 1.0
            end(held, "done", at=self._now())
            session.add(held)
        return True

    def fail(self, job: Job, failure: Failure, *, tries: int = 1) -> Job | None:
        """It went wrong: tried again later, or failed when it got no further in `tries` tries.

        The job as it is now; None when the lease was lost.
        """
        with self._db.write() as session:
            held = self._holding(session, job)
            if held is not None:
                self._struck(held, failure, tries)
                session.add(held)
        return held

    def stopped(self, job: Job) -> bool:
        """It stopped because the user asked; False when the lease was lost."""
        with self._db.write() as session:
            held = self._holding(session, job)
            if held is not None:
                end(held, "cancelled", at=self._now())
                session.add(held)
        return held is not None

    def release(self, job: Job) -> bool:
        """Give it back, to be taken up by another at once; False when the lease was lost."""
        with self._db.write() as session:
            held = self._holding(session, job)
            if held is not None:
                queue(held, at=self._now())
                session.add(held)
        return held is not None

    # --- those who watch over workers

    def asked_to_stop(self, *, before: datetime) -> set[str]:
        """The workers that hold a job that was asked to stop before that time."""
        asked = select(Job.worker).where(Job.state == "running", col(Job.cancel_asked_at) < before)
        with self._db.read() as session:
            return set(session.exec(asked))

    def abandoned(self, worker: str, *, killed: bool = True) -> list[Job]:
        """`worker` is dead: its jobs go back in line, or end where that was asked for or has happened too often.

        `killed=False` when it was ended on purpose, which counts against no job.
        """
        with self._db.write() as session:
            left = list(session.exec(locked(self._db, select(Job).where(Job.worker == worker, Job.state == "running"))))
            for job in left:
                if killed or job.cancel_asked_at is not None:
                    self._struck(job, KILLED, KILLED_TRIES)
                else:
                    queue(job, at=self._now())
                session.add(job)
        return left

    # --- inside

    def _next(self) -> Any:
        busy = (
            select(col(Job.user_id), func.count().label("running"))
            .where(Job.state == "running", _lease() > self._now())
            .group_by(col(Job.user_id))
            .subquery()
        )
        asked = (
            select(Job)
            .outerjoin(busy, busy.c.user_id == Job.user_id)
            .where(self._claimable())
            .order_by(col(Job.priority).desc(), func.coalesce(busy.c.running, 0), col(Job.created_at), col(Job.id))
            .limit(1)
        )
        return locked(self._db, asked, of=Job, skip_locked=True)

    def _claimable(self) -> Any:
        at = self._now()
        waits = and_(col(Job.state) == "queued", col(Job.not_before) <= at)
        return or_(waits, and_(col(Job.state) == "running", _lease() <= at))

    def _holding(self, session: Session, job: Job) -> Job | None:
        """The row, when it is still what `claim` gave: the same worker's, and the same attempt."""
        where = (Job.id == job.id, Job.worker == job.worker, Job.attempts == job.attempts, Job.state == "running")
        found: Job | None = session.exec(locked(self._db, select(Job).where(*where))).first()
        return found

    def _struck(self, job: Job, failure: Failure, tries: int) -> None:
        strike(job, failure, tries=tries, at=self._now(), retry_s=self._retry_s, chance=self._chance.random())


def _lease() -> Any:
    return col(Job.lease_until)
