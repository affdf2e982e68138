"""What a worker does with one job after another: here in the test's own process."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlmodel import select

from aiditor.errors import AIditorError, BadConfig
from aiditor.jobs.machine import workers_of
from aiditor.jobs.queue import LocalQueue
from aiditor.jobs.tasks import load_tasks
from aiditor.jobs.tidying import folder_of, sweep
from aiditor.jobs.worker import Worker
from aiditor.settings import Settings
from aiditor.store.files import open_files
from aiditor.store.leases import Leases
from aiditor.store.tables import Render, User
from aiditor.store.work import Work

TASKS = "jobs.tiny_tasks"


@pytest.fixture
def work(settings, queue):
    """Works until a job has ended; `work(job, jobs=n)` takes n jobs at most."""

    def until_ended(job, *, jobs: int = 10, stop_after_s: float = 20.0):
        worker = Worker(settings, load_tasks(TASKS), recycle=jobs)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            return queue.wait(job.id, stop_after_s)
        finally:
            worker.stopping.set()
            thread.join()
            worker.close()

    return until_ended


def kept(settings: Settings) -> list[Path]:
    keys = open_files(settings).keys("")
    return [settings.aiditor_home / key for key in keys]


def test_a_job_is_done_its_rows_written_and_its_folder_gone(settings, db, queue, user, work, tmp_path):
    job = queue.enqueue(user, "stages", {"step_s": 0.05, "log": str(tmp_path / "log")})
    done = work(job)
    assert (done.state, done.fraction, done.attempts, done.strikes) == ("done", 1.0, 1, 0)
    assert set(done.timing) == {f"stage{k}" for k in range(4)}
    with db.read() as session:
        (render,) = session.exec(select(Render))
    assert render.bytes == 128_000
    assert open_files(settings).stat(render.file_key).sha256 == done.result["sha256"]
    assert not folder_of(settings, user, job.id).exists()
    assert len(kept(settings)) == 1


def test_a_tasks_own_timing_goes_before_what_reports_tell(queue, user, work):
    assert work(queue.enqueue(user, "quick", {})).timing == {"made": 0.25}


@pytest.mark.parametrize(
    ("how", "tries", "kind", "why"),
    [
        ("input", 1, "BadInput", "clip.mp4 is no video"),
        ("bug", 1, "KeyError", "something broke that should not have (KeyError)"),
        ("memory", 2, "OutOfMemory", "the memory did not suffice"),
        ("disk", 3, "DiskFull", "the disk is full"),
        ("full", 3, "DiskFull", "the disk is full"),
        ("hiccup", 4, "OSError", "the disk or the network gave up (Input/output error)"),
    ],
)
def test_errors_fail_that_job_with_a_reason(settings, queue, user, work, how, tries, kind, why):
    job = queue.enqueue(user, "raises", {"how": how})
    other = queue.enqueue(user, "quick", {})
    failed = None
    while failed is None or failed.state == "queued":  # a worker ends when memory was short: the next goes on
        failed = work(job, stop_after_s=3)
    assert (failed.state, failed.attempts, failed.error_kind, failed.why) == ("failed", tries, kind, why)
    assert failed.remedy
    assert "secret" not in failed.model_dump_json(), "where the server keeps things is nobody's business"
    assert failed.file == ("clip.mp4" if how == "input" else "")
    assert work(other).state == "done"
    assert not kept(settings)


def test_what_passes_is_done_in_the_end(queue, user, work):
    done = work(queue.enqueue(user, "raises", {"how": "hiccup", "times": 2}))
    assert (done.state, done.result["tries"], done.why) == ("done", 3, "")


def test_a_result_that_is_no_json_fails_the_job(queue, user, work):
    assert work(queue.enqueue(user, "nan", {})).error_kind == "ValueError"


def test_a_kind_that_nobody_knows_is_said_so(queue, user, work):
    failed = work(queue.enqueue(user, "unheard", {}))
    assert (failed.state, failed.attempts) == ("failed", 4)
    assert "knows how to do a unheard job" in failed.why


def test_a_running_job_stops_when_asked_and_leaves_nothing(settings, queue, user, work):
    job = queue.enqueue(user, "polite", {})

    def soon() -> None:
        while queue.get(job.id).stage != "polite":
            time.sleep(0.02)
        queue.cancel(job.id)

    thread = threading.Thread(target=soon)
    thread.start()
    ended = work(job)
    thread.join()
    assert ended.state == "cancelled"
    assert (ended.ended_at - ended.cancel_asked_at).total_seconds() < 2
    deadline = time.monotonic() + 2
    while kept(settings) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not kept(settings)


def test_a_worker_that_stops_gives_its_job_back(settings, db, queue, user, tmp_path):
    job = queue.enqueue(user, "polite", {})
    worker = Worker(settings, load_tasks(TASKS))
    thread = threading.Thread(target=worker.run)
    thread.start()
    while queue.get(job.id).stage != "polite":
        time.sleep(0.02)
    worker.stopping.set()
    thread.join(3)
    worker.close()
    given_back = queue.get(job.id)
    assert (given_back.state, given_back.strikes, given_back.worker) == ("queued", 0, "")
    assert folder_of(settings, user, job.id).is_dir(), "what was done is kept for the next"


def test_a_worker_whose_lease_was_taken_leaves_the_job_alone(settings, db, queue, user):
    job = queue.enqueue(user, "polite", {})
    worker = Worker(settings, load_tasks(TASKS), recycle=1)
    thread = threading.Thread(target=worker.run)
    thread.start()
    while queue.get(job.id).stage != "polite":
        time.sleep(0.02)
    leases = Leases(db, retry_s=0)
    leases.abandoned(worker.name)
    second = leases.claim("w2")
    thread.join(5)
    assert not thread.is_alive(), "it went on with a job that is another's"
    worker.close()
    assert leases.beat(second).held
    assert folder_of(settings, user, job.id).is_dir()


def test_finished_stages_are_not_made_again(settings, queue, user, work, tmp_path):
    log = tmp_path / "log"
    job = queue.enqueue(user, "stages", {"step_s": 0.2, "log": str(log)})
    stops = 0
    while queue.get(job.id).state != "done":
        work(job, stop_after_s=0.5)
        stops += 1
    lines = log.read_text().split("\n")[:-1]
    assert lines == [f"{job.id} {step}" for step in range(4)]
    assert stops > 1


def test_following_a_job_shows_each_change_and_its_end(queue, user, work, tmp_path):
    job = queue.enqueue(user, "stages", {"step_s": 0.3, "log": str(tmp_path / "log")})
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(queue.follow(job.id)))
    thread.start()
    work(job)
    thread.join(5)
    assert (seen[0].state, seen[-1].state) == ("queued", "done")
    assert [job.version for job in seen] == sorted({job.version for job in seen})
    assert {"stage0", "stage3"} <= {job.stage for job in seen}
    assert [job.fraction for job in seen] == sorted(job.fraction for job in seen)


def test_following_ends_when_it_is_told_to(queue, user):
    job = queue.enqueue(user, "quick", {})
    begun = time.monotonic()
    assert len(list(queue.follow(job.id, stop=lambda: time.monotonic() - begun > 0.5))) == 1
    assert queue.wait(job.id, 0.1).state == "queued"


def test_what_a_dead_worker_left_is_swept(settings, db, queue, user):
    files = open_files(settings)
    states = {}
    for state in ("done", "failed", "cancelled", "queued", "gone"):
        owner = user
        if state == "gone":
            with db.write() as session:
                bob = User(name="Bob")
                session.add(bob)
            owner = bob.id
        job = queue.enqueue(owner, "quick", {})
        folder = folder_of(settings, owner, job.id)
        folder.mkdir(parents=True)
        (folder / "stage").write_bytes(b"x")
        files.put(f"users/{owner}/renders/{job.id}/montage", folder / "stage")
        with db.write() as session:
            row = session.get(type(job), job.id)
            row.state = state if state != "gone" else "running"
            session.add(row)
            if state == "gone":
                session.delete(session.get(User, owner))
        states[job.id] = state
    assert sweep(settings, files, Work(db)) == 4
    left = [states[folder.name.partition(".")[2]] for folder in settings.jobs_dir.iterdir()]
    assert left == ["queued"]
    rendered = [states[key.split("/")[3]] for key in files.keys("users/")]
    assert sorted(rendered) == ["done", "queued"]


def test_tasks_are_found_by_their_kind():
    assert {"stages", "quick"} <= load_tasks(TASKS).keys()
    for modules, why in (("jobs.nowhere", "no module"), ("aiditor.clock", "no tasks"), (f"{TASKS},{TASKS}", "another")):
        with pytest.raises(BadConfig, match=why):
            load_tasks(modules)


def test_as_many_workers_as_the_machine_bears(monkeypatch):
    machine = "aiditor.jobs.machine"
    monkeypatch.setattr(f"{machine}._cgroup", lambda name: {"cpu.max": "400000 100000", "memory.max": "max"}[name])
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(16), raising=False)
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 2**12, "SC_PHYS_PAGES": 2**23}.get)
    if not Path("/proc/driver/nvidia/gpus").exists():
        assert workers_of(Settings(workers=0)) == 2
    assert workers_of(Settings(workers=7)) == 7
    monkeypatch.setattr(f"{machine}._cgroup", lambda name: str(2**30))
    assert workers_of(Settings(workers=0)) == 1


def test_a_database_that_is_away_for_a_moment_stops_no_job(settings, queue, user, work, monkeypatch, tmp_path):
    def away(*_, **__):
        raise AIditorError("the database does not answer")

    job = queue.enqueue(user, "stages", {"step_s": 0.2, "log": str(tmp_path / "log")})
    real, calls = Leases.finish, []

    def finish(self, *args, **more):
        calls.append(args)
        return away() if len(calls) < 3 else real(self, *args, **more)

    monkeypatch.setattr(Leases, "report", away)
    monkeypatch.setattr(Leases, "finish", finish)
    assert work(job).state == "done"
    assert len(calls) == 3


def test_the_queue_is_what_faces_were_promised(queue, user):
    from aiditor.jobs.queue import Queue

    promised = [name for name in vars(Queue) if not name.startswith("_")]
    assert all(callable(getattr(LocalQueue(queue._work._db), name)) for name in promised)
    assert queue.load().states["queued"] == 0
