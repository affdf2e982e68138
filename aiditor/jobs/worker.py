"""A process that works on jobs, one at a time: `python -m aiditor.jobs.worker`.

It ends, giving its job back, when it is told to (SIGTERM), when the supervisor that started it is gone (the pipe to
it closes), and now and then after some jobs, so that what libraries keep does not add up. One job's error, a full
disk or a lack of memory ends that job, not the worker.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import logging
import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from aiditor.errors import AIditorError
from aiditor.jobs.attempt import Attempt
from aiditor.jobs.tasks import Here, Tasks, load_tasks
from aiditor.jobs.tidying import folder_of, tidy
from aiditor.memory import bound_heaps
from aiditor.models.spec import out_of_memory
from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.store.files import open_files
from aiditor.store.leases import Leases
from aiditor.store.tables import Job, new_id

__all__ = ["Worker", "main"]

log = logging.getLogger(__name__)

POLL_S = 0.25
"""How often an idle worker looks for a job."""
AWAY_S = 2.0
"""How long it waits for a database that does not answer."""
STOP_S = 3.0
"""How long a task may take to stop before the process ends without it."""
RECYCLE = 50
"""Jobs after which the process makes room for a fresh one."""
NICENESS = 6
"""The page must answer while montages are made."""
FIRST_TO_GO = 500
"""Of the kernel, when memory runs out: rather a worker than the page."""


class Worker:
    """Takes jobs until `stopping` is set, or `recycle` of them are done."""

    def __init__(
        self,
        settings: Settings,
        tasks: Tasks,
        *,
        name: str = "",
        stopping: threading.Event | None = None,
        recycle: int = RECYCLE,
    ) -> None:
        self.name = name or new_name()
        self.stopping = stopping or threading.Event()
        self._settings, self._tasks, self._left = settings, tasks, recycle
        self._db, self._files = Database.of(settings), open_files(settings)
        self._leases = Leases(self._db, lease_s=settings.job_lease_s, retry_s=settings.job_retry_s)
        self.job: Job | None = None
        """What it works on now."""

    def run(self) -> None:
        """Work until there is a reason to end."""
        while self._left > 0 and not self.stopping.is_set():
            try:
                self.job = self._leases.claim(self.name) if self._leases.ready() else None
            except AIditorError as error:
                log.warning("no job can be taken: %s", error)
                self.stopping.wait(AWAY_S)
                continue
            if self.job is None:
                self.stopping.wait(POLL_S)
                continue
            self._left -= 1
            self._do(self.job)
            self.job = None

    def give_back(self) -> None:
        """Let another go on with the job at once, without waiting for the task: the process must end after this."""
        job = self.job
        if job is not None:
            self._leases.release(job)

    def close(self) -> None:
        self._db.close()

    def _do(self, job: Job) -> None:
        log.info("job %s (%s) taken, try %d", job.id, job.kind, job.attempts)
        folder = folder_of(self._settings, job.user_id, job.id)
        lease_s = self._settings.job_lease_s
        with Attempt(job, self._leases, lease_s=lease_s, stopping=self.stopping) as attempt:
            here = Here(self._settings, self._db, self._files, folder, attempt.on_report)
            try:
                folder.mkdir(parents=True, exist_ok=True)
                state = attempt.done(self._task(job)(job, here), here.also)
            except Exception as error:  # the last stop of whatever a task raises: it becomes the job's reason
                if not isinstance(error, AIditorError):
                    log.exception("job %s (%s) broke", job.id, job.kind)
                if out_of_memory(error):
                    self._left = 0  # a fresh process has what this one's libraries keep
                state = attempt.failed(error)
        log.info("job %s (%s) is %s", job.id, job.kind, state)
        if state in ("done", "failed", "cancelled"):
            tidy(self._settings, self._files, job.user_id, job.id, state)

    def _task(self, job: Job):
        if job.kind not in self._tasks:
            raise AIditorError(f"nobody here knows how to do a {job.kind} job", remedy="update the workers")
        return self._tasks[job.kind]


def new_name() -> str:
    """A name that no other worker has or had."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{new_id()[:12]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until told to stop. Settings come from the environment, or from the supervisor."""
    parser = argparse.ArgumentParser(prog="aiditor.jobs.worker", description="Works on jobs, one at a time.")
    parser.add_argument("--supervised", action="store_true", help="settings come on standard input, which stays open")
    parser.add_argument("--name", default="", help="what the rows call this worker; must be new")
    parser.add_argument("--tasks", default="", help="modules of tasks, with commas between; JOB_TASKS by default")
    given = parser.parse_args(arguments)
    settings = pickle.loads(base64.b64decode(sys.stdin.readline())) if given.supervised else Settings()
    logging.basicConfig(
        level=logging.INFO, format=f"%(asctime)s %(levelname)s worker {os.getpid()} %(name)s: %(message)s"
    )
    _modest()
    bound_heaps()
    worker = Worker(settings, load_tasks(given.tasks or settings.job_tasks), name=given.name)
    _watch(worker, supervised=given.supervised)
    worker.run()
    worker.close()
    return 0


def _watch(worker: Worker, *, supervised: bool) -> None:
    """Let signals, and the supervisor's end, stop the worker: kindly first, then at once."""
    stopping = worker.stopping

    def told(*_: object) -> None:
        stopping.set()

    def ends() -> None:
        stopping.wait()
        over.wait(STOP_S)
        log.warning("the task did not stop: ending without it")
        with contextlib.suppress(AIditorError):  # its lease runs out by itself
            worker.give_back()
        os._exit(1)

    def reads() -> None:
        while sys.stdin.read(4096):
            pass
        stopping.set()

    over = threading.Event()  # never set: the process is over before, or ended here
    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, signal.SIG_IGN if supervised else told)
    threading.Thread(target=ends, name="ending", daemon=True).start()
    if supervised:
        threading.Thread(target=reads, name="supervisor", daemon=True).start()


def _modest() -> None:
    """Behind the page, for the processor and when memory runs out; where the system has no such wish, as before."""
    os.nice(NICENESS)
    for name, value in (("autogroup", NICENESS), ("oom_score_adj", FIRST_TO_GO)):
        with contextlib.suppress(OSError):
            Path(f"/proc/self/{name}").write_text(str(value), encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
