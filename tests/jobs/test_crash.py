"""Thirty jobs whose workers are killed forty times, and the supervisor five times: each is done, once."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import select

from aiditor.store.files import open_files
from aiditor.store.tables import Render

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
JOBS, KILLS, FALLS = 30, 40, 5
ENDED = {"done", "failed", "cancelled"}


class Machine:
    """A supervisor as a process of its own, and its workers."""

    def __init__(self, home: Path, cwd: Path) -> None:
        self._env = {
            **os.environ, "AIDITOR_HOME": str(home), "WORKERS": "3", "JOB_TASKS": "jobs.tiny_tasks",
            "JOB_LEASE_S": "4", "JOB_RETRY_S": "0.1", "USE_HIGHLIGHT_MODEL": "0",
        }  # fmt: skip
        self._cwd = cwd
        self.start()

    def start(self) -> None:
        with (self._cwd / "log.txt").open("a") as log:
            command = [sys.executable, "-m", "aiditor.jobs.supervisor"]
            self.process = subprocess.Popen(command, env=self._env, cwd=self._cwd, stdout=log, stderr=log)

    def workers(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def fall(self) -> None:
        """The supervisor dies at once, and another is started."""
        self.process.kill()
        self.process.wait()
        self.start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def test_all_are_done_once_whatever_dies(settings, db, queue, user, tmp_path):
    chance = random.Random(7)
    log = tmp_path / "made.txt"
    jobs = [queue.enqueue(user, "stages", {"step_s": 0.6, "log": str(log)}) for _ in range(JOBS)]
    machine = Machine(settings.aiditor_home, tmp_path)
    killed = fallen = 0
    try:
        while killed < KILLS:
            time.sleep(chance.uniform(0.1, 0.7))
            workers = machine.workers()
            if not workers:
                continue
            os.kill(chance.choice(workers), signal.SIGKILL)
            killed += 1
            if killed % (KILLS // FALLS) == 0:
                machine.fall()
                fallen += 1
        left = sum(job.state not in ENDED for job in queue.jobs(user, limit=JOBS))
        assert left > 0, "it was over before everything had died"
        ends = [queue.wait(job.id, timeout_s=240) for job in jobs]
    finally:
        machine.stop()
    assert (killed, fallen) == (KILLS, FALLS)
    assert Counter(job.state for job in ends) == {"done": JOBS}, [(job.state, job.why) for job in ends]
    _are_whole(settings, db, ends)
    made = Counter(log.read_text().splitlines())
    assert set(made) == {f"{job.id} {step}" for job in jobs for step in range(4)}


def _are_whole(settings, db, ends) -> None:
    """One render a job, of the right content; nothing else is left, neither rows nor files."""
    files = open_files(settings)
    with db.read() as session:
        renders = list(session.exec(select(Render)))
    assert sorted(render.job_id for render in renders) == sorted(job.id for job in ends)
    assert sorted(files.keys()) == sorted(render.file_key for render in renders)
    for job in ends:
        data = job.id.encode()
        for _ in range(4):
            data = hashlib.sha512(data).digest() * 2000
        with files.local(f"users/{job.user_id}/renders/{job.id}/montage.bin") as path:
            assert path.read_bytes() == data
    assert not list(settings.jobs_dir.glob("*/*")), "every job's folder is gone"
