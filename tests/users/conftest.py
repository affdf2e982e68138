"""A deployment with quick password hashes, mail that is kept, and a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.users.passwords import Passwords
from aiditor.users.service import Users


@dataclass
class Clock:
    """Tells the time it was set to."""

    at: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def ahead(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Letterbox:
    """Keeps what would be mailed."""

    configured: bool = True
    letters: list[tuple[str, str, str]] = field(default_factory=list)

    def send(self, to: str, subject: str, text: str) -> None:
        self.letters.append((to, subject, text))

    def token(self, kind: str) -> str:
        """The one in the last letter's link."""
        return self.letters[-1][2].split(f"#{kind}=")[1].split()[0]


class Counting(Passwords):
    """Quick, and counts how often a password was compared."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.compared = 0

    def right(self, kept: str, password: str) -> bool:
        self.compared += 1
        return super().right(kept, password)


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
