"""A data folder with a database, a user, and jobs that are tiny."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aiditor.jobs.queue import LocalQueue
from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.store.tables import User


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # workers find their tasks there
    return Settings(
        aiditor_home=tmp_path / "home", workers=1, job_lease_s=4, job_retry_s=0.1, job_tasks="jobs.tiny_tasks"
    )


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    with Database.of(settings) as database:
        database.migrate()
        yield database


@pytest.fixture
def queue(db: Database) -> LocalQueue:
    return LocalQueue(db)


@pytest.fixture
def user(db: Database) -> str:
    with db.write() as session:
        ada = User(name="Ada")
        session.add(ada)
    return ada.id
