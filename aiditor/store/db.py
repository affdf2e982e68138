"""The database: SQLite in WAL mode, or PostgreSQL, through one small class.

    db = Database.of(Settings())
    db.migrate()
    with db.write() as session:
        session.add(User(name="Ada"))
    with db.read() as session:
        users = session.exec(select(User)).all()

A `write` takes SQLite's one writer's lock at once, so that what it reads cannot change before it writes; keep it
short. On PostgreSQL, lock the rows that a decision rests on (`with_for_update`). Rows stay usable after the block.
A broken rule (a key that is there already) stays SQLAlchemy's IntegrityError: only the caller knows what it means.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import Session

from aiditor.errors import AIditorError, BadConfig, BadInput, DiskFull
from aiditor.settings import Settings

__all__ = ["Database"]

BUSY_MS = 15_000
"""How long a writer waits for another in SQLite."""
CONNECT_S = 10
MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_LOCK_ID = 0x41_49_44
"""Of PostgreSQL's advisory lock that migrations take."""


class Database:
    """The tables, wherever they are. Safe to use from many threads and processes; `close` lets the connections go."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy has it; nothing is asked yet. Raises BadConfig for one that leads nowhere."""
        self.url = _parsed(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.sqlite else _postgres(self.url)
        self._writing = self.engine.execution_options(immediate=True)
        self._migrating = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """The database of this deployment."""
        return cls(settings.database)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only looks. Raises AIditorError when the database does not answer."""
        with _named(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end of the block, and changes nothing when it raises.

        Raises AIditorError when the database does not answer, DiskFull when it has no room, BadInput for text that
        it cannot keep (a NUL, too long), SQLAlchemy's IntegrityError when a rule of the tables is broken.
        """
        with _named(), Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()

    def ping(self) -> None:
        """Ask for nothing. Raises AIditorError when no answer comes."""
        with _named(), self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to `revision`, wholly or not at all; safe when several processes start at once.

        Raises AIditorError when the database does not answer, or was made by a newer AIditor.
        """
        from alembic import command
        from alembic.util import CommandError

        down = revision == "base" or revision.startswith("-")
        with self._migrating, _named(), self._changing() as connection:
            try:
                (command.downgrade if down else command.upgrade)(self._alembic(connection), revision)
            except CommandError as error:
                why = f"the database was made by a newer AIditor, or is damaged ({error})"
                raise AIditorError(why, remedy="update AIditor, or point DATABASE_URL to another database") from error

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A transaction that may make tables anew.

        SQLite changes a column by copying the table and dropping the old one; with foreign keys on, that would delete
        whatever refers to its rows. So they are off meanwhile and looked through at the end, as
        sqlite.org/lang_altertable.html says in 7; inside a transaction the pragma does nothing.
        """
        with self._writing.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if self.sqlite:
                driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    if not self.sqlite:
                        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_ID})")
                    yield connection
                    if self.sqlite and (broken := driver.execute("PRAGMA foreign_key_check").fetchall()):
                        raise AIditorError(f"the new tables would lose what rows refer to ({broken[0]})")
            finally:
                if self.sqlite:
                    driver.execute("PRAGMA foreign_keys=ON")

    def _alembic(self, connection: Connection) -> Any:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        return config

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _named() -> Iterator[None]:
    """What the database says, as errors that tell what to do; statements and their values are never shown."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except DataError as error:
        raise BadInput(
            f"that cannot be kept ({_said(error)})", remedy="use shorter text of plain characters"
        ) from error
    except (DBAPIError, NoConnection) as error:
        said = _said(error)
        if "disk is full" in said or "No space left" in said:
            raise DiskFull("the database has no room left", remedy="free some space and try again") from error
        why = f"the database does not answer ({said})"
        raise AIditorError(why, remedy="try again; when it goes on, look at DATABASE_URL and the disk") from error


def _said(error: SQLAlchemyError) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else "no answer"


def _parsed(url: str) -> URL:
    remedy = "write sqlite:////folder/aiditor.db or postgresql://user:secret@host/database"
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise BadConfig("DATABASE_URL is no database's URL", remedy=remedy) from None  # it may hold a password
    if parsed.drivername in _POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise BadConfig(f"DATABASE_URL names {parsed.drivername}, which is not supported", remedy=remedy)
    return parsed


def _postgres(url: URL) -> Engine:
    # A server that hangs is not waited for.
    return create_engine(url, pool_pre_ping=True, pool_size=10, connect_args={"connect_timeout": CONNECT_S})


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = f"the database's folder {folder} cannot be made ({error.strerror})"
            raise BadConfig(why, remedy="set AIDITOR_HOME to a folder that you may write to") from error
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself: `_begun` does
        for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
