"""One try at a job: it says that it is alive, tells the task when to stop, and the rows how it ended."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from aiditor.clock import Report
from aiditor.errors import AIditorError, Cancelled
from aiditor.jobs.retries import failure_of, tries_of
from aiditor.store.job_states import Failure
from aiditor.store.leases import Also, Beat, Leases
from aiditor.store.tables import Job

__all__ = ["Attempt"]

log = logging.getLogger(__name__)
T = TypeVar("T")

BEAT_S = 1.0
REPORT_S = 0.33
"""Shortest time between two reports that are written: three a second."""
AGAIN_S = 0.5
ENDINGS = {"cancelled": "stopped by you", "stopping": "the server stops", "lost": "another worker has taken it over"}


class Attempt:
    """Leased for as long as the block lasts. `on_report` is for the task, one of `done`, `failed` for its end."""

    def __init__(self, job: Job, leases: Leases, *, lease_s: float, stopping: threading.Event) -> None:
        self.job = job
        self.timing: dict[str, float] = {}
        """Seconds in each stage, as reports came."""
        self._leases, self._lease_s, self._stopping = leases, lease_s, stopping
        self._over = threading.Event()
        self._asked = ""
        self._reported = self._answered = time.monotonic()
        self._stage, self._since = "", self._reported
        self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Attempt:
        self._beating.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._beating.join()

    @property
    def asked(self) -> str:
        """Why the task is to stop: "cancelled" by its user, "stopping" as the worker does, "lost" to another; or ""."""
        return self._asked or ("stopping" if self._stopping.is_set() else "")

    def on_report(self, report: Report) -> None:
        """Take a report of the task, and write three of them a second. Raises Cancelled when it is to stop."""
        self._check()
        now = time.monotonic()
        self.timing[report.stage] = self.timing.get(report.stage, 0.0) + now - self._since
        self._since = now
        fresh = report.stage != self._stage
        if fresh or now - self._reported >= REPORT_S:
            self._stage, self._reported = report.stage, now
            self._told(
                lambda: self._leases.report(
                    self.job, stage=report.stage, fraction=report.total, note=report.note, left_s=report.left_s
                )
            )
            self._check()

    def done(self, result: dict[str, Any], also: list[Also]) -> str:
        """The state that the job has now: "done", or "lost". Raises ValueError or TypeError for what is no JSON."""
        json.dumps(result, allow_nan=False)
        said = result.get("timing")
        timing = {**self.timing, **(said if isinstance(said, dict) else {})}
        rounded = {stage: round(seconds, 3) for stage, seconds in timing.items()}
        held = self._surely(lambda: self._leases.finish(self.job, result, timing=rounded, also=also))
        return "done" if held else "lost"

    def failed(self, error: BaseException) -> str:
        """The state that the job has now: "queued" again, "failed", "cancelled", or "lost"."""
        asked = self.asked
        if asked == "lost":
            return "lost"
        if asked == "stopping":
            return "queued" if self._surely(lambda: self._leases.release(self.job)) else "lost"
        if asked == "cancelled" or isinstance(error, Cancelled):
            return "cancelled" if self._surely(lambda: self._leases.stopped(self.job)) else "lost"
        return self._struck(failure_of(error, self.job.id), tries_of(error))

    def _struck(self, failure: Failure, tries: int) -> str:
        job = self._surely(lambda: self._leases.fail(self.job, failure, tries=tries))
        return "lost" if job is None else job.state

    def _check(self) -> None:
        asked = self.asked
        if asked:
            raise Cancelled(ENDINGS[asked])

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            self._told(lambda: self._leases.beat(self.job))

    def _told(self, say: Callable[[], Beat]) -> None:
        """Say it, and heed the answer; a database that is away for a moment is no reason to stop."""
        try:
            beat = say()
        except AIditorError as error:
            log.warning("could not report: %s", error)
            if time.monotonic() - self._answered > self._lease_s:
                self._asked = self._asked or "lost"
            return
        self._answered = time.monotonic()
        if not beat.held and not self._over.is_set():
            self._asked = "lost"
        elif beat.cancel:
            self._asked = self._asked or "cancelled"

    def _surely(self, say: Callable[[], T]) -> T:
        """Say it, again while the database does not answer, for as long as the lease lasts."""
        until = time.monotonic() + self._lease_s
        while True:
            try:
                return say()
            except AIditorError as error:
                if type(error) is not AIditorError or time.monotonic() > until:
                    raise
                log.warning("could not say how it ended: %s", error)
                time.sleep(AGAIN_S)
