"""Long work in the background, found again after a reload: a small in-process registry of jobs."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiditor.errors import AIditorError, BadInput, Cancelled
from aiditor.pipeline import OnReport, Report

__all__ = ["Job", "Jobs"]

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Jobs that run together; more wait their turn."""
KEPT = 200
"""Finished jobs that are remembered."""
FOLLOW_S = 0.25
"""Shortest time between two snapshots that a follower is given."""

ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(eq=False)
class Job:
    """A piece of work: what it is, how far it is, and what came of it."""

    id: str
    kind: str
    """"analyse" or "make"."""
    title: str
    created: datetime
    state: str = "queued"
    """queued, running, done, failed or cancelled."""
    report: Report | None = None
    result: Any = None
    error: AIditorError | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _version: int = 0

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def stopping(self) -> bool:
        """Asked to stop, and on its way."""
        return self._stop.is_set() and not self.ended

    def cancel(self) -> None:
        """Ask it to stop: it does at its next report, of which there are two a second at least."""
        self._stop.set()
        with self._changed:
            if self.state == "queued":
                self.state = "cancelled"
            self._version += 1
            self._changed.notify_all()

    def update(self, **changes: Any) -> None:
        """Set fields, and wake those who follow."""
        with self._changed:
            for name, value in changes.items():
                setattr(self, name, value)
            self._version += 1
            self._changed.notify_all()

    def on_report(self, report: Report) -> None:
        """Take a report from the pipeline. Raises Cancelled when the user asked to stop."""
        if self._stop.is_set():
            raise Cancelled("stopped by you")
        self.update(report=report)

    def follow(self) -> Iterator[Job]:
        """Yields the job now, at each change (a few times a second at most), and when it has ended."""
        seen = -1
        while True:
            seen, ended = self._next(seen)
            yield self
            if ended:
                return
            time.sleep(FOLLOW_S)

    def _next(self, seen: int) -> tuple[int, bool]:
        """Waits for a version other than `seen`; returns it, and whether it is the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen or self.ended, timeout=5.0)
            return self._version, self.ended

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether it ended within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.ended, timeout=timeout_s)


class Jobs:
    """All jobs of this process, newest first. A context manager: leaving it stops what still runs."""

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="job")

    def start(self, kind: str, title: str, work: Callable[[OnReport], Any]) -> Job:
        """Run `work(on_report)` in the background; what it returns becomes the job's result."""
        job = Job(uuid.uuid4().hex[:12], kind, title, datetime.now(UTC))
        with self._lock:
            self._jobs[job.id] = job
            self._forget()
        self._pool.submit(_run, job, work)
        return job

    def get(self, job_id: str) -> Job:
        """Raises BadInput when there is no such job."""
        try:
            return self._jobs[job_id]
        except KeyError:
            raise BadInput(f"there is no job {job_id!r}", remedy="list the jobs to see which there are") from None

    def all(self) -> list[Job]:
        """Newest first."""
        return list(reversed(self._jobs.values()))

    def close(self) -> None:
        """Cancel everything and wait for it to stop."""
        for job in self.all():
            job.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _forget(self) -> None:
        ended = [job.id for job in self._jobs.values() if job.ended]
        for job_id in ended[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[job_id]


def _run(job: Job, work: Callable[[OnReport], Any]) -> None:
    if job.ended:  # cancelled while it waited
        return
    job.update(state="running")
    try:
        job.update(result=work(job.on_report), state="done")
    except Cancelled as error:
        job.update(error=error, state="cancelled")
    except AIditorError as error:
        job.update(error=error, state="failed")
    except Exception as error:  # the thread's last stop: nobody else would ever see it
        log.exception("job %s (%s) broke", job.id, job.title)
        what = f"something broke that should not have ({type(error).__name__}: {error})"
        job.update(error=AIditorError(what, remedy="try again; the server's log has the details"), state="failed")
