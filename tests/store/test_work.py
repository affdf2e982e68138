"""Rows of jobs: who may work on which, and what comes of it. On SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from aiditor.errors import BadInput, NotFound
from aiditor.store.db import Database
from aiditor.store.job_states import KILLED_TRIES, Failure
from aiditor.store.leases import Leases
from aiditor.store.tables import Job, Project, User
from aiditor.store.work import Work

SLIP = Failure("OSError", "the disk did not answer", "try again")


class Clock:
    """The time, when told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def later(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class NoChance(random.Random):
    def random(self) -> float:
        return 0.0


class Shop:
    """A database with two users, and the two sides of its jobs on one clock."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock = db, Clock()
        self.work = Work(db, clock=self.clock)
        self.leases = Leases(db, lease_s=20, retry_s=2, clock=self.clock, chance=NoChance())
        self.ada, self.bob = self.user("Ada"), self.user("Bob")

    def user(self, name: str) -> str:
        with self.db.write() as session:
            user = User(name=name)
            session.add(user)
        return user.id

    def job(self, user_id: str | None = None, **more: object) -> Job:
        self.clock.later(0.001)
        return self.work.enqueue(user_id or self.ada, "make", {"clips": ["a"]}, **more)  # type: ignore[arg-type]

    def claimed(self, worker: str = "w1") -> Job:
        job = self.leases.claim(worker)
        assert job is not None
        return job

    def now(self, job: Job) -> Job:
        return self.work.get(job.id)


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


# --- from queued to its end


def test_a_job_is_claimed_reported_and_finished(shop):
    job = shop.job(title="Friday", priority=1)
    assert job.state == "queued"
    held = shop.claimed()
    assert (held.id, held.state, held.worker, held.attempts) == (job.id, "running", "w1", 1)
    assert held.request == {"clips": ["a"]}
    assert shop.leases.report(held, stage="detect", fraction=0.3, note="Looking", left_s=9).held
    seen = shop.now(job)
    assert (seen.stage, seen.fraction, seen.note, seen.left_s) == ("detect", 0.3, "Looking", 9)
    assert shop.leases.finish(held, {"cuts": 3}, timing={"detect": 1.5})
    done = shop.now(job)
    assert (done.state, done.result, done.timing, done.fraction) == ("done", {"cuts": 3}, {"detect": 1.5}, 1.0)
    assert done.worker == ""
    assert done.ended_at == shop.clock()
    assert shop.leases.claim("w1") is None


def test_every_change_is_seen_by_its_version(shop):
    job = shop.job()
    versions = [shop.work.version(job.id)]
    held = shop.claimed()
    versions.append(shop.work.version(job.id))
    shop.leases.beat(held)
    assert shop.work.version(job.id) == versions[-1], "a beat is nothing to see"
    shop.leases.report(held, stage="render", fraction=0.1)
    versions.append(shop.work.version(job.id))
    shop.work.cancel(job.id)
    versions.append(shop.work.version(job.id))
    shop.leases.stopped(held)
    versions.append(shop.work.version(job.id))
    assert versions == sorted(set(versions))


def test_progress_never_goes_back(shop):
    job, held = shop.job(), shop.claimed()
    for fraction in (0.2, 0.6, 0.1, 7.0):
        shop.leases.report(held, stage="render", fraction=fraction)
    assert shop.now(job).fraction == 1.0


def test_rows_of_the_end_are_written_with_it_or_not_at_all(shop):
    job, held = shop.job(), shop.claimed()

    def broken(session):
        session.add(Project(user_id=shop.ada, name="half"))
        session.flush()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        shop.leases.finish(held, {}, also=[broken])
    assert shop.now(job).state == "running"
    assert shop.leases.finish(held, {}, also=[lambda session: session.add(Project(user_id=shop.ada, name="whole"))])
    with shop.db.read() as session:
        assert [project.name for project in session.exec(select(Project))] == ["whole"]


def test_what_no_database_takes_is_made_plain(shop):
    job = shop.job(title="a\0b\udcff" + "x" * 400)
    held = shop.claimed()
    shop.leases.report(held, stage="s" * 99, fraction=0, note="\0" * 3 + "é" * 900)
    shop.leases.fail(held, Failure("E" * 300, "w\0" * 3000, "r" * 3000, "\udc80.mp4"))
    seen = shop.now(job)
    assert seen.title.startswith("ab?xxx")
    assert (len(seen.stage), seen.why[:3], seen.file) == (32, "www", "?.mp4")


def test_unknown_jobs_are_said_so(shop):
    for ask in (shop.work.get, shop.work.version, shop.work.cancel):
        with pytest.raises(NotFound, match="no such job"):
            ask("f" * 32)
    with pytest.raises(BadInput, match="is gone"):
        shop.work.enqueue("f" * 32, "make", {})


def test_jobs_are_listed_newest_first(shop):
    jobs = [shop.job(shop.ada if k % 2 else shop.bob) for k in range(5)]
    assert [job.id for job in shop.work.jobs()] == [job.id for job in reversed(jobs)]
    assert [job.id for job in shop.work.jobs(shop.bob)] == [jobs[k].id for k in (4, 2, 0)]
    assert [job.id for job in shop.work.jobs(limit=2, before=jobs[3].created_at)] == [jobs[2].id, jobs[1].id]
    shop.work.cancel(jobs[0].id)
    assert [job.id for job in shop.work.jobs(states=["cancelled"])] == [jobs[0].id]


# --- the same key


def test_the_same_key_is_the_same_job(shop):
    first = shop.job(idempotency_key="once")
    assert shop.job(idempotency_key="once").id == first.id
    assert shop.job(shop.bob, idempotency_key="once").id != first.id
    assert shop.job().id != shop.job().id


def test_the_same_key_from_many_at_once_is_one_job(shop):
    made, start = [], threading.Barrier(6)

    def ask():
        start.wait()
        made.append(Work(shop.db).enqueue(shop.ada, "make", {}, idempotency_key="once").id)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


# --- whose turn it is


def test_higher_priority_goes_first_then_who_came_first(shop):
    late, early, pro = shop.job(), shop.job(), shop.job(priority=10)
    assert [shop.claimed(f"w{k}").id for k in range(3)] == [pro.id, late.id, early.id]


def test_who_has_fewest_running_goes_first(shop):
    many = [shop.job(shop.ada) for _ in range(4)]
    few = [shop.job(shop.bob) for _ in range(2)]
    order = [shop.claimed(f"w{k}").id for k in range(6)]
    assert order == [many[0].id, few[0].id, many[1].id, few[1].id, many[2].id, many[3].id]


def test_fairness_never_lets_a_worker_idle(shop):
    for _ in range(3):
        shop.job(shop.ada)
    assert all(shop.leases.claim(f"w{k}") for k in range(3))


def test_what_waits_is_not_claimed_before_its_time(shop):
    shop.job()
    shop.leases.fail(shop.claimed(), SLIP, tries=3)
    assert not shop.leases.ready()
    assert shop.leases.claim("w1") is None
    shop.clock.later(2)
    assert shop.leases.ready()
    assert shop.claimed().attempts == 2


def test_two_claimers_never_get_the_same_job(shop):
    wanted = {shop.job().id for _ in range(12)}
    got, start = [], threading.Barrier(4)

    def work(name):
        leases = Leases(shop.db, clock=shop.clock)
        start.wait()
        while job := leases.claim(name):
            got.append(job.id)

    threads = [threading.Thread(target=work, args=(f"w{k}",)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(wanted)


# --- leases


def test_a_beat_makes_the_lease_longer(shop):
    shop.job()
    held = shop.claimed()
    for _ in range(3):
        shop.clock.later(15)
        assert shop.leases.beat(held).held
        assert shop.leases.claim("w2") is None


def test_a_worker_that_lost_its_lease_changes_nothing(shop):
    job, first = shop.job(), shop.claimed("w1")
    shop.clock.later(21)
    second = shop.claimed("w2")
    assert (second.id, second.attempts, second.strikes) == (job.id, 2, 1)
    before = shop.now(job)
    assert not shop.leases.beat(first).held
    assert not shop.leases.report(first, stage="render", fraction=0.9).held
    assert not shop.leases.finish(first, {"mine": True}, also=[lambda _: pytest.fail("written")])
    assert shop.leases.fail(first, SLIP) is None
    assert not shop.leases.stopped(first)
    assert not shop.leases.release(first)
    assert shop.now(job).model_dump() == before.model_dump()
    assert shop.leases.finish(second, {})


def test_an_earlier_try_of_the_same_worker_has_lost_it_too(shop):
    shop.job()
    first = shop.claimed("w1")
    shop.clock.later(21)
    second = shop.claimed("w1")
    assert not shop.leases.beat(first).held
    assert shop.leases.beat(second).held


def test_a_lease_that_ran_out_and_nobody_took_is_still_held(shop):
    shop.job()
    held = shop.claimed()
    shop.clock.later(25)
    assert shop.leases.beat(held).held
    assert shop.leases.claim("w2") is None


def test_a_job_that_goes_with_its_user_is_lost(shop):
    shop.job()
    held = shop.claimed()
    with shop.db.write() as session:
        session.delete(session.get(User, shop.ada))
    assert not shop.leases.beat(held).held
    assert not shop.leases.finish(held, {})


def test_a_released_job_goes_on_at_once_and_nothing_is_held_against_it(shop):
    job, held = shop.job(), shop.claimed()
    shop.leases.release(held)
    assert shop.now(job).strikes == 0
    assert shop.claimed("w2").id == job.id


# --- trying again


def test_what_may_pass_is_tried_again_later_and_later(shop):
    job, waits = shop.job(), []
    for _ in range(4):
        shop.clock.later(100)
        after = shop.leases.fail(shop.claimed(), SLIP, tries=5)
        waits.append((after.not_before - shop.clock()).total_seconds())
        assert after.state == "queued"
        assert after.note == "the disk did not answer; it is tried again"
    assert waits == [2, 4, 8, 16]
    shop.clock.later(100)
    failed = shop.leases.fail(shop.claimed(), SLIP, tries=5)
    assert (failed.state, failed.error_kind, failed.why, failed.remedy) == (
        "failed", "OSError", "the disk did not answer", "try again",
    )  # fmt: skip
    assert shop.now(job).ended_at == shop.clock()


def test_waits_are_spread_by_chance(database):
    shop = Shop(database)
    leases = Leases(database, retry_s=10, clock=shop.clock, chance=random.Random(1))
    waits = set()
    for _ in range(6):
        shop.job()
        after = leases.fail(leases.claim("w"), SLIP, tries=2)
        waits.add((after.not_before - shop.clock()).total_seconds())
    assert len(waits) == 6
    assert all(5 <= wait <= 10 for wait in waits)


def test_what_does_not_pass_fails_at_once(shop):
    shop.job()
    assert shop.leases.fail(shop.claimed(), SLIP, tries=1).state == "failed"


def test_getting_further_counts_for_a_job(shop):
    job = shop.job()
    for step in range(1, 9):  # more often than it may be interrupted in one place
        held = shop.claimed(f"w{step}")
        shop.leases.report(held, stage="render", fraction=step / 10)
        shop.leases.abandoned(f"w{step}")
        shop.clock.later(100)
        assert shop.now(job).strikes == 1
    assert shop.now(job).state == "queued"


@pytest.mark.parametrize("seen", [True, False], ids=["a dead worker is seen", "a lease runs out"])
def test_a_job_that_kills_its_workers_fails_in_the_end(shop, seen):
    job = shop.job()
    for k in range(KILLED_TRIES):
        held = shop.claimed(f"w{k}")
        shop.leases.report(held, stage="render", fraction=0.5)
        if seen:
            shop.leases.abandoned(f"w{k}")
        shop.clock.later(100)
    # The first of these got as far as the half; then as many more as it may.
    while shop.leases.claim("w"):
        shop.clock.later(100)
    failed = shop.now(job)
    assert (failed.state, failed.error_kind) == ("failed", "WorkerLost")
    assert failed.attempts == KILLED_TRIES
    assert "memory" in failed.remedy


def test_a_worker_ended_on_purpose_counts_against_no_job(shop):
    job = shop.job()
    for k in range(2 * KILLED_TRIES):
        shop.claimed(f"w{k}")
        assert [left.id for left in shop.leases.abandoned(f"w{k}", killed=False)] == [job.id]
    assert shop.now(job).strikes == 0


# --- cancelling


def test_a_queued_job_is_cancelled_at_once(shop):
    job = shop.job()
    assert shop.work.cancel(job.id).state == "cancelled"
    assert shop.leases.claim("w1") is None


def test_a_running_job_is_asked_to_stop(shop):
    job, held = shop.job(), shop.claimed()
    assert shop.work.cancel(job.id).state == "running"
    asked = shop.now(job).cancel_asked_at
    shop.clock.later(1)
    assert shop.work.cancel(job.id).cancel_asked_at == asked
    assert shop.leases.beat(held).cancel
    assert shop.leases.report(held, stage="render", fraction=0.2).cancel
    assert shop.leases.asked_to_stop(before=shop.clock()) == {"w1"}
    assert shop.leases.asked_to_stop(before=asked) == set()
    assert shop.leases.stopped(held)
    assert shop.now(job).state == "cancelled"


@pytest.mark.parametrize("how", ["fail", "release", "abandoned", "stopped on purpose", "lease"])
def test_whatever_happens_after_a_cancel_it_is_cancelled(shop, how):
    job, held = shop.job(), shop.claimed()
    shop.work.cancel(job.id)
    if how == "fail":
        shop.leases.fail(held, SLIP, tries=9)
    elif how == "release":
        shop.leases.release(held)
    elif how == "lease":
        shop.clock.later(30)
        assert shop.leases.claim("w2") is None
    else:
        shop.leases.abandoned("w1", killed=how == "abandoned")
    assert shop.now(job).state == "cancelled"


def test_a_job_whose_worker_is_gone_is_cancelled_at_once(shop):
    job = shop.job()
    shop.claimed()
    shop.clock.later(30)
    assert shop.work.cancel(job.id).state == "cancelled"


def test_what_has_ended_stays_as_it_is(shop):
    job, held = shop.job(), shop.claimed()
    shop.leases.finish(held, {"cuts": 1})
    assert shop.work.cancel(job.id).state == "done"
    assert shop.now(job).cancel_asked_at is None


# --- watching


def test_the_load_counts_states_waits_and_workers(shop):
    assert shop.work.load().states == {"queued": 0, "running": 0, "done": 0, "failed": 0, "cancelled": 0}
    for _ in range(3):
        shop.job()
    held = shop.claimed()
    shop.clock.later(5)
    load = shop.work.load()
    assert (load.states["queued"], load.states["running"], load.workers) == (2, 1, 1)
    assert load.waited_s == pytest.approx(5, abs=0.1)
    shop.leases.finish(held, {})
    assert shop.work.load().states["done"] == 1
