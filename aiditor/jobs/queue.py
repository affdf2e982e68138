"""The line of jobs, as faces see it: put in, look, cancel, follow, wait."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any, Protocol

from aiditor.store.db import Database
from aiditor.store.job_states import ENDED
from aiditor.store.tables import Job
from aiditor.store.work import Load, Work

__all__ = ["ENDED", "LocalQueue", "Queue"]

FOLLOW_S = 0.25
"""Shortest time between two looks at a job: four a second."""


def _never() -> bool:
    return False


class Queue(Protocol):
    """A line of jobs. All raise NotFound for a job that there is not, AIditorError when no answer comes."""

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
        """A new job; with a key that this user has given before, the job it was given for."""

    def get(self, job_id: str) -> Job:
        """The job as it is now."""

    def with_key(self, user_id: str, idempotency_key: str) -> Job | None:
        """The job that this user's key was given for, if there is one."""

    def versions(self, job_ids: Collection[str]) -> dict[str, int]:
        """The versions of those jobs that there are, by id: what goes up with every change."""

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

    def cancel(self, job_id: str) -> Job:
        """Ask it to stop; it is cancelled within two seconds. One that has ended stays as it is."""

    def follow(self, job_id: str, *, stop: Callable[[], bool] = _never) -> Iterator[Job]:
        """The job now, at each change (four a second at most), and when it has ended; until `stop()` says so."""

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """The job when it has ended, or as it is after `timeout_s`."""

    def load(self) -> Load:
        """How much there is to do, and how much is being done."""


class LocalQueue:
    """The line is the table of jobs itself: any process with the database sees it."""

    def __init__(self, db: Database) -> None:
        work = self._work = Work(db)
        self.enqueue, self.get, self.jobs = work.enqueue, work.get, work.jobs
        self.cancel, self.load = work.cancel, work.load
        self.with_key, self.versions = work.with_key, work.versions

    def follow(self, job_id: str, *, stop: Callable[[], bool] = _never) -> Iterator[Job]:
        """Asks for the job's version four times a second, and for the job when that has changed."""
        seen = -1
        while not stop():
            if self._work.version(job_id) != seen:
                job = self._work.get(job_id)
                seen = job.version
                yield job
                if job.state in ENDED:
                    return
            time.sleep(FOLLOW_S)

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """As `follow`, to its end."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        seen = deque(self.follow(job_id, stop=lambda: until is not None and time.monotonic() >= until), maxlen=1)
        return seen[0] if seen and seen[0].state in ENDED else self.get(job_id)
