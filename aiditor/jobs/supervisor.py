"""Keeps worker processes alive: starts them, starts them again, and ends those that do not stop.

    with Supervisor(settings):
        ...                         # jobs are done while this block lasts

Also a process of its own, for a machine that only works: `python -m aiditor.jobs.supervisor`.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiditor
from aiditor.errors import AIditorError
from aiditor.jobs.machine import workers_of
from aiditor.jobs.tidying import sweep
from aiditor.jobs.worker import STOP_S, new_name
from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.store.files import open_files
from aiditor.store.leases import Leases
from aiditor.store.tables import now
from aiditor.store.work import Work

__all__ = ["Supervisor", "main"]

log = logging.getLogger(__name__)

LOOK_S = 0.2
CANCEL_S = 1.2
"""How long a job may go on after its user asked to stop; then its worker is ended."""
SWEEP_S = 60.0
SOUND_S = 10.0
"""A worker that lived so long was well: the next one starts at once."""
LONGEST_WAIT_S = 30.0


@dataclass
class _Place:
    """Where one worker is, or will be."""

    process: subprocess.Popen[bytes] | None = None
    name: str = ""
    began: float = 0.0
    due: float = 0.0
    """When the next one is started."""
    falls: int = 0
    """How many in a row died young."""


class Supervisor:
    """A context manager: workers live as long as the block. Leaving it cancels nothing; jobs wait for the next."""

    def __init__(self, settings: Settings, *, tasks: str = "", workers: int | None = None) -> None:
        """`tasks` are modules with commas between, JOB_TASKS by default; `workers` how many, WORKERS by default."""
        self._settings, self._tasks = settings, tasks or settings.job_tasks
        self._places = [_Place() for _ in range(workers or workers_of(settings))]
        self._db, self._files = Database.of(settings), open_files(settings)
        self._work = Work(self._db)
        self._leases = Leases(self._db, lease_s=settings.job_lease_s, retry_s=settings.job_retry_s)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._swept = float("-inf")

    def __enter__(self) -> Supervisor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ask the workers to give their jobs back and end; those that do not are ended."""
        if self._closing.is_set():
            return
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for place in self._places:
            _hang_up(place.process)
        until = time.monotonic() + STOP_S + 1
        for place in self._places:
            if place.process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    place.process.wait(max(0.0, until - time.monotonic()))
                _kill(place.process)
                try:
                    self._leases.abandoned(place.name, killed=False)
                except AIditorError as error:
                    log.warning("the jobs of %s wait until their lease runs out: %s", place.name, error)
        self._db.close()

    def alive(self) -> int:
        """How many workers there are now."""
        return sum(1 for place in self._places if place.process is not None and place.process.poll() is None)

    def pids(self) -> list[int]:
        """The workers' process ids."""
        return [place.process.pid for place in self._places if place.process is not None]

    # --- inside

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                self._look()
            except AIditorError as error:
                log.warning("could not look after the workers: %s", error)
            except OSError as error:
                log.warning("could not start a worker: %s", error)
            self._closing.wait(LOOK_S)

    def _look(self) -> None:
        for place in self._places:
            if place.process is not None and place.process.poll() is not None:
                self._bury(place)
            if place.process is None and time.monotonic() >= place.due:
                self._start(place)
        stuck = self._leases.asked_to_stop(before=now() - timedelta(seconds=CANCEL_S))
        for place in self._places:
            if place.process is not None and place.name in stuck:
                log.warning("%s did not stop its job: it is ended", place.name)
                _kill(place.process)
                self._bury(place)
        if time.monotonic() - self._swept > SWEEP_S:
            self._swept = time.monotonic()
            sweep(self._settings, self._files, self._work)

    def _bury(self, place: _Place) -> None:
        """The worker has ended: its job goes back in line or ends, and a new worker is due."""
        assert place.process is not None
        code = place.process.wait()
        left = self._leases.abandoned(place.name)
        if code != 0:
            log.warning("%s ended (%s)%s", place.name, code, "".join(f", job {job.id}: {job.state}" for job in left))
        young = code != 0 and not left and time.monotonic() - place.began < SOUND_S
        place.falls = place.falls + 1 if young else 0
        wait_s = min(2.0**place.falls / 2, LONGEST_WAIT_S) if young else 0.0
        _hang_up(place.process)
        place.process, place.due = None, time.monotonic() + wait_s
        if any(job.state != "queued" for job in left):
            self._swept = float("-inf")  # what the job left is removed at the next look

    def _start(self, place: _Place) -> None:
        place.name = new_name()
        command = [sys.executable, "-m", "aiditor.jobs.worker", "--supervised"]
        home = str(Path(aiditor.__file__).parents[1])
        paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        process = subprocess.Popen(
            [*command, "--name", place.name, "--tasks", self._tasks],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        place.process, place.began = process, time.monotonic()
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died at once: seen at the next look
            process.stdin.write(base64.b64encode(pickle.dumps(self._settings)) + b"\n")
            process.stdin.flush()


def _hang_up(process: subprocess.Popen[bytes] | None) -> None:
    """Close the pipe, at whose end the worker stops."""
    if process is not None and process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it and whatever it started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Keep workers alive until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="aiditor.jobs.supervisor", description="Keeps workers alive.")
    parser.add_argument("--tasks", default="", help="modules of tasks, with commas between; JOB_TASKS by default")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    settings = Settings()
    with Database.of(settings) as db:
        db.migrate()
    with Supervisor(settings, tasks=given.tasks):
        stopping.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
