"""Many followers of many jobs, with one look at the database for all of them, four times a second.

    async with following.running():
        async for job in following.follow(job_id): ...

No thread waits with a follower: a look takes one for a moment, whoever many there are.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio import to_thread

from aiditor.errors import AIditorError, NotFound
from aiditor.jobs.queue import ENDED, Queue
from aiditor.store.tables import Job

__all__ = ["Following"]

log = logging.getLogger(__name__)

LOOK_S = 0.25
"""Time between two looks."""
AWAY_S = 1.0
"""And after one that got no answer."""


class _Seat:
    """One follower: the job as it was seen last, and whether that is news."""

    def __init__(self, job: Job) -> None:
        self.job: Job | None = job
        self.news = anyio.Event()

    def tell(self, job: Job | None) -> None:
        self.job = job
        self.news.set()


class Following:
    """Belongs to one event loop; its methods must be called there."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._seats: dict[str, set[_Seat]] = {}
        self._seen: dict[str, int] = {}
        self._wanted = anyio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks are taken for as long as the block lasts."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._run)
            yield
            tasks.cancel_scope.cancel()

    async def follow(self, job_id: str) -> AsyncIterator[Job]:
        """The job now, at each change (four a second at most), and when it has ended. Raises NotFound, then too."""
        job = await to_thread.run_sync(self._queue.get, job_id)
        seat = _Seat(job)
        self._sit(job_id, seat, job.version)
        try:
            yield job
            while job.state not in ENDED:
                await seat.news.wait()
                seat.news = anyio.Event()
                if seat.job is None:
                    raise NotFound("the job was deleted", remedy="list your jobs to see which there are")
                if seat.job.version != job.version:
                    job = seat.job
                    yield job
        finally:
            self._leave(job_id, seat)

    async def wait(self, job_id: str) -> Job:
        """The job when it has ended. Raises NotFound."""
        last: Job | None = None
        async for job in self.follow(job_id):
            last = job
        assert last is not None
        return last

    def _sit(self, job_id: str, seat: _Seat, version: int) -> None:
        self._seats.setdefault(job_id, set()).add(seat)
        self._seen[job_id] = min(version, self._seen.get(job_id, version))
        self._wanted.set()

    def _leave(self, job_id: str, seat: _Seat) -> None:
        seats = self._seats.get(job_id, set())
        seats.discard(seat)
        if not seats:
            self._seats.pop(job_id, None)
            self._seen.pop(job_id, None)

    async def _run(self) -> None:
        while True:
            if not self._seats:
                self._wanted = anyio.Event()
                await self._wanted.wait()
            try:
                news = await to_thread.run_sync(self._look, dict(self._seen))
            except AIditorError as error:
                log.warning("jobs cannot be followed: %s", error)
                await anyio.sleep(AWAY_S)
                continue
            for job_id, job in news.items():
                if job is not None and job_id in self._seen:
                    self._seen[job_id] = job.version
                for seat in self._seats.get(job_id, ()):
                    seat.tell(job)
            await anyio.sleep(LOOK_S)

    def _look(self, seen: dict[str, int]) -> dict[str, Job | None]:
        """Those that changed; None for those that are gone."""
        versions = self._queue.versions(list(seen))
        return {job_id: self._got(job_id) for job_id in seen if versions.get(job_id) != seen[job_id]}

    def _got(self, job_id: str) -> Job | None:
        try:
            return self._queue.get(job_id)
        except NotFound:
            return None
