"""Worker processes: kept alive, ended when they do not listen, and gone with their supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aiditor.jobs.supervisor import Supervisor

pytestmark = pytest.mark.slow


def until(true: Callable[[], object], timeout_s: float = 30.0) -> bool:
    """Whether that came to be in time."""
    end = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def supervisor(settings):
    with Supervisor(settings, workers=1) as made:
        assert until(lambda: made.alive() == 1)
        yield made


def test_a_worker_that_was_killed_is_replaced_and_its_job_goes_on(supervisor, queue, user, tmp_path):
    job = queue.enqueue(user, "stages", {"step_s": 0.4, "log": str(tmp_path / "log")})
    assert until(lambda: queue.get(job.id).fraction > 0.3)
    (pid,) = supervisor.pids()
    os.kill(pid, signal.SIGKILL)
    done = queue.wait(job.id, timeout_s=40)
    assert (done.state, done.attempts) == ("done", 2)
    assert supervisor.pids() != [pid]
    stages = [line.split()[1] for line in (tmp_path / "log").read_text().splitlines()]
    assert stages == ["0", "1", "2", "3"], "what was finished was not made again"


@pytest.mark.parametrize("kind", ["polite", "deaf"])
def test_a_cancelled_job_stops_within_two_seconds(supervisor, settings, queue, user, kind):
    job = queue.enqueue(user, kind, {})
    assert until(lambda: queue.get(job.id).stage == kind)
    began = time.monotonic()
    queue.cancel(job.id)
    assert queue.wait(job.id, timeout_s=10).state == "cancelled"
    assert time.monotonic() - began < 2.0 + 0.5  # half a second for a machine that does other things
    assert until(lambda: not list(settings.aiditor_home.glob(f"files/objects/users/{user}/renders/{job.id}/*")))


def test_closing_cancels_nothing_and_another_goes_on(settings, queue, user, tmp_path):
    with Supervisor(settings, workers=1):
        job = queue.enqueue(user, "stages", {"step_s": 0.4, "log": str(tmp_path / "log")})
        assert until(lambda: queue.get(job.id).fraction > 0.3)
    assert queue.get(job.id).state == "queued"
    with Supervisor(settings, workers=1):
        assert queue.wait(job.id, timeout_s=40).state == "done"


def test_workers_end_when_their_supervisor_is_killed(settings, db, tmp_path):
    env = {**os.environ, "AIDITOR_HOME": str(settings.aiditor_home), "WORKERS": "2", "JOB_TASKS": "jobs.tiny_tasks"}
    process = subprocess.Popen([sys.executable, "-m", "aiditor.jobs.supervisor"], env=env, cwd=tmp_path)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")

    def workers() -> list[int]:
        tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    try:
        assert until(lambda: len(workers()) == 2), children
        pids = workers()
        process.kill()
        process.wait()
        assert until(lambda: all(map(gone, pids)), timeout_s=15)
    finally:
        process.kill()
        process.wait()
