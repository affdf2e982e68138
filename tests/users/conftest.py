"""A deployment with quick password hashes, mail that is kept, and a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from given_users import Clock, Counting, Letterbox

from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.users.service import Users


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def letters() -> Letterbox:
    return Letterbox()


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Settings]:
    """Settings that no environment changes, in a data folder of the test."""

    def make(**values: object) -> Settings:
        defaults = {"aiditor_home": tmp_path / "home", "aiditor_auth": "password", "secret_key": "s" * 40}
        return Settings(_env_file=None, **{**defaults, **values})  # type: ignore[arg-type]

    return make


@pytest.fixture
def users_of(
    database: Database, settings_of: Callable[..., Settings], clock: Clock, letters: Letterbox
) -> Callable[..., Users]:
    """Users over an empty database, on SQLite and on PostgreSQL."""

    def make(*, wipe: Callable[[str], object] | None = None, **values: object) -> Users:
        return Users(database, settings_of(**values), mailer=letters, passwords=Counting(), clock=clock, wipe=wipe)

    return make


@pytest.fixture
def users(users_of: Callable[..., Users]) -> Users:
    return users_of()
