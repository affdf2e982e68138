"""Followers of jobs share one look at the database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import delete

from aiditor.api.following import Following
from aiditor.errors import AIditorError, NotFound
from aiditor.jobs.queue import LocalQueue
from aiditor.store.db import Database
from aiditor.store.leases import Leases
from aiditor.store.tables import Job, User


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(f"sqlite:///{tmp_path / 'jobs.db'}") as database:
        database.migrate()
        yield database


@pytest.fixture
def user(db: Database) -> str:
    with db.write() as session:
        ada = User(name="Ada")
        session.add(ada)
    return ada.id


class Counted(LocalQueue):
    """Counts what the database is asked."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.asked = self.got = 0
        self.away = False
        versions, get = self.versions, self.get

        def counted_versions(job_ids):
            self.asked += 1
            if self.away:
                raise AIditorError("the database does not answer")
            return versions(job_ids)

        def counted_get(job_id):
            self.got += 1
            return get(job_id)

        self.versions, self.get = counted_versions, counted_get


async def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about within five seconds")


def test_fifty_followers_of_five_jobs_see_every_end_with_one_look_at_a_time(db: Database, user: str) -> None:
    queue, leases = Counted(db), Leases(db)
    jobs = [queue.enqueue(user, "make", {}) for _ in range(5)]
    seen: dict[int, list[str]] = {number: [] for number in range(50)}

    async def follow(following: Following, number: int) -> None:
        async for job in following.follow(jobs[number % 5].id):
            seen[number].append(job.state)

    async def scene() -> int:
        following = Following(queue)
        async with following.running():
            tasks = [asyncio.create_task(follow(following, number)) for number in range(50)]
            await until(lambda: all(seen.values()))
            before, queue.got = queue.asked, 0
            for _ in jobs:
                leases.finish(leases.claim("worker"), {}, timing={})
            threads = threading.active_count()
            await asyncio.gather(*tasks)
            assert queue.asked - before <= 8  # five jobs and fifty followers: still one question a look
            assert queue.got <= 10
            await until(lambda: not following._seats)
            return threads

    threads = asyncio.run(scene())
    assert all(states[0] == "queued" and states[-1] == "done" for states in seen.values())
    assert threads < 45  # threads of the pool that fetched the first look; none of them waits


def test_a_job_that_has_ended_is_told_once(db: Database, user: str) -> None:
    queue = LocalQueue(db)
    job = queue.cancel(queue.enqueue(user, "make", {}).id)

    async def scene() -> list[str]:
        following = Following(queue)
        async with following.running():
            return [each.state async for each in following.follow(job.id)]

    assert asyncio.run(scene()) == ["cancelled"]


def test_a_job_that_is_not_there_or_is_deleted_meanwhile_is_not_found(db: Database, user: str) -> None:
    queue = LocalQueue(db)
    job = queue.enqueue(user, "make", {})

    async def scene() -> None:
        following = Following(queue)
        async with following.running():
            with pytest.raises(NotFound):
                await following.wait("0" * 32)
            waiting = asyncio.create_task(following.wait(job.id))
            await until(lambda: bool(following._seats))
            with db.write() as session:
                session.exec(delete(Job))
            with pytest.raises(NotFound):
                await waiting

    asyncio.run(scene())


def test_a_database_that_is_away_for_a_while_is_waited_for(
    db: Database, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiditor.api.following.AWAY_S", 0.05)
    queue = Counted(db)
    job = queue.enqueue(user, "make", {})

    async def scene() -> str:
        following = Following(queue)
        async with following.running():
            waiting = asyncio.create_task(following.wait(job.id))
            await until(lambda: bool(following._seats))
            queue.away = True
            queue.cancel(job.id)
            before = queue.asked
            await until(lambda: queue.asked > before + 2)
            queue.away = False
            return (await waiting).state

    assert asyncio.run(scene()) == "cancelled"


def test_nobody_follows_nobody_asks(db: Database, user: str) -> None:
    queue = Counted(db)
    job = queue.enqueue(user, "make", {})

    async def scene() -> None:
        following = Following(queue)
        async with following.running():
            follower = following.follow(job.id)
            await anext(follower)
            await until(lambda: queue.asked > 0)
            await follower.aclose()
            await asyncio.sleep(0.3)
            before = queue.asked
            await asyncio.sleep(0.6)
            assert queue.asked == before

    asyncio.run(scene())
