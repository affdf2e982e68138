"""The database: SQLite in WAL mode, or PostgreSQL, through one small class.

    db = Database.of(Settings())
    db.migrate()
    with db.write() as session:
        session.add(User(name="Ada"))
    with db.read() as session:
        users = session.exec(select(User)).all()

A `write` takes SQLite's one writer's lock at once, so that what it reads cannot change before it writes; keep it
short. Rows stay usable after the block.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import Session

from aiditor.errors import AIditorError, BadConfig
from aiditor.settings import Settings

__all__ = ["Database"]

BUSY_MS = 15_000
"""How long a writer waits for another in SQLite."""
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_ID = 0x41_49_44
"""Of PostgreSQL's advisory lock that migrations take."""


class Database:
    """The tables, wherever they are. Safe to use from many threads and processes; `close` lets the connections go."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy has it. Raises BadConfig for one that it does not understand."""
        try:
            parsed = make_url(url)
        except SQLAlchemyError as error:
            raise BadConfig(f"DATABASE_URL {url!r} is no database", remedy="see docs/settings.md") from error
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = _sqlite(parsed) if self.sqlite else create_engine(parsed, pool_pre_ping=True, pool_size=10)
        self._writing = self.engine.execution_options(immediate=True)
        self._migrating = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """The database of this deployment."""
        return cls(settings.database)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only looks."""
        with _open(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end of the block, and changes nothing when it raises."""
        with _open(self._writing) as session:
            yield session
            session.commit()

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to `revision`; safe when several processes start at once. Raises AIditorError."""
        from alembic import command

        with self._migrating, self._writing.begin() as connection:
            if not self.sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_ID})")
            down = revision == "base" or revision.startswith("-")
            (command.downgrade if down else command.upgrade)(self._alembic(connection), revision)

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
def _open(engine: Engine) -> Iterator[Session]:
    try:
        with Session(engine, expire_on_commit=False) as session:
            yield session
    except OperationalError as error:
        said = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        why = f"the database does not answer ({said})"
        raise AIditorError(why, remedy="try again; when it goes on, look at DATABASE_URL and the disk") from error


def _sqlite(url: Any) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself: `_begun` does
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
