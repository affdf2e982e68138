"""Rows of one kind as Parquet files in a folder, asked with DuckDB.

Each write is one new small file, written under another name and then renamed, so that any number of processes write
and read at once and none ever meets half a file. Each question opens an in-memory connection of its own: nothing is
locked but the putting together and the forgetting, which take turns. A file that cannot be read is set aside, and
the log names it. Any program may ask the same files.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import logging
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from aiditor.errors import AIditorError

__all__ = ["FORMATS", "ParquetTable", "connected", "copied"]

log = logging.getLogger(__name__)

ATTEMPTS = 8
"""Readings tried while other processes put files together under our hands."""
STALE_S = 3600.0
"""A half-written file this old was left by a process that died."""
FORMATS = {".parquet": "FORMAT parquet", ".csv": "FORMAT csv, HEADER", ".json": "FORMAT json, ARRAY true"}
CONFIG = {"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}

Connection = duckdb.DuckDBPyConnection


class ParquetTable:
    """The rows under `folder`, whose `columns` map names to DuckDB's types. Cheap to make; holds nothing open."""

    def __init__(self, folder: Path, columns: Mapping[str, str], *, what: str) -> None:
        """`what` names the rows in messages ("labels")."""
        self.folder = folder
        self.columns = dict(columns)
        self.what = what

    def files(self) -> list[Path]:
        """The files with rows, oldest first."""
        return sorted(self.folder.glob("*.parquet"))

    def set_aside(self) -> list[Path]:
        """Files that could not be read."""
        return sorted(self.folder.glob("*.broken"))

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """Keep these rows, all or none, as one file. Raises AIditorError when they cannot be written."""
        if not rows:
            return
        with connected() as connection:
            self.fill(connection, rows)
            self._write(connection, "FROM row")

    def fill(self, connection: Connection, rows: Sequence[Sequence[object]]) -> None:
        """Make a table `row` of these rows."""
        connection.execute(f"CREATE TABLE row ({', '.join(f'{n} {kind}' for n, kind in self.columns.items())})")
        if rows:
            values = ", ".join(f"CAST(? AS {kind})" for kind in self.columns.values())
            connection.executemany(f"INSERT INTO row VALUES ({values})", rows)

    @contextmanager
    def opened(self, where: str = "TRUE", values: Sequence[object] = ()) -> Iterator[Connection]:
        """A connection with a table `row` of all rows for which `where` holds, as they are at one moment."""
        with connected() as connection:
            self._load(connection, where, values)
            yield connection

    def compact(self, query: str = "SELECT DISTINCT * FROM whole") -> int:
        """Put the files together into one; returns how many there were, 0 while another process does it.

        `query` says what is kept of `whole`. Safe while others read and write: a file goes only after its rows lie in
        the new one; where a process dies in between, rows lie in two files for a while.
        """
        with self._turn(wait=False) as mine, connected() as connection:
            files = self._sound_files(connection) if mine else []
            if len(files) < 2:
                return 0
            try:
                connection.execute(f"CREATE TABLE whole AS SELECT * FROM {_read(files, union=True)}")
            except duckdb.Error:
                return 0  # another process has just set one aside: the next write tries again
            self._write(connection, query)
            for file in files:
                file.unlink(missing_ok=True)
            self._sweep()
        return len(files)

    def forget(self, column: str, value: object) -> int:
        """Take away every row that has this value there; returns how many. Raises AIditorError.

        Files that were set aside go too, since nobody can say whose rows they hold.
        """
        if not self.folder.is_dir():
            return 0
        gone, other = 0, f"({column} IS DISTINCT FROM $1)"
        with self._turn(wait=True), connected() as connection:
            for file in self._sound_files(connection):
                asked = f"SELECT count(*) FILTER (WHERE NOT {other}), count(*) FROM {_read([file])}"
                mine, every = connection.execute(asked, [value]).fetchall()[0]
                if mine == every:
                    file.unlink(missing_ok=True)
                elif mine:
                    kept = f"SELECT * FROM {_read([file])} WHERE {other}"
                    connection.execute(f"CREATE OR REPLACE TABLE kept AS {kept}", [value])
                    copied(connection, "FROM kept", file, FORMATS[".parquet"])
                gone += mine
            for file in self.set_aside():
                file.unlink(missing_ok=True)
            self._sweep()
        return gone

    # --- reading and writing

    def _load(self, connection: Connection, where: str, values: Sequence[object]) -> None:
        for _ in range(ATTEMPTS):
            files = self.files()
            if not files:
                return self.fill(connection, [])
            try:
                asked = f"SELECT {', '.join(self.columns)} FROM {_read(files)} WHERE {where}"
                connection.execute(f"CREATE TABLE row AS {asked}", list(values))
                return None
            except duckdb.Error:  # one is broken, or another process has just put some together
                self._sound_files(connection)
        raise AIditorError(f"the {self.what} cannot be read", remedy="try again in a moment", file=self.folder)

    def _sound_files(self, connection: Connection) -> list[Path]:
        """Those that can be read; the broken ones are renamed, so that nobody stumbles over them again."""
        sound = []
        for file in self.files():
            try:
                connection.execute(f"SELECT count(*), {self._checked()} FROM {_read([file])}").fetchall()
                sound.append(file)
            except duckdb.OutOfMemoryException:
                raise
            except duckdb.Error as error:
                if self._is_whole(file):
                    self._put_aside(file, error)
        return sound

    def _checked(self) -> str:
        """Reads every column, so that a damaged page or a missing column shows."""
        return ", ".join(f"max(hash(CAST({name} AS {kind})))" for name, kind in self.columns.items())

    def _is_whole(self, file: Path) -> bool:
        """Whether the disk gives the file: then what is wrong lies in it. False once another process took it away."""
        try:
            file.read_bytes()
        except FileNotFoundError:
            return False
        except OSError as error:
            why = f"the {self.what} in {file.name} cannot be read ({error.strerror})"
            raise AIditorError(why, remedy=f"check the rights of {file.parent}", file=file) from error
        return True

    def _put_aside(self, file: Path, error: Exception) -> None:
        aside = file.with_name(f"{file.name}.broken")
        with contextlib.suppress(FileNotFoundError):  # another process did it first
            file.replace(aside)
            why = str(error).splitlines()[0]
            log.warning("%s in %s cannot be read (%s): set aside as %s", self.what, file, why, aside.name)

    def _write(self, connection: Connection, query: str) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        path = self.folder / f"{stamp}-{uuid.uuid4().hex[:8]}.parquet"
        copied(connection, query, path, FORMATS[".parquet"])
        return path

    def _sweep(self) -> None:
        """Take away what processes that died had half written."""
        for file in self.folder.glob(".*.part"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > STALE_S:
                    file.unlink()

    @contextmanager
    def _turn(self, *, wait: bool) -> Iterator[bool]:
        """Whether it is this process's turn to take files away. The turn of a process that dies is over."""
        path = self.folder.with_name(f"{self.folder.name}.lock")
        try:
            file = path.open("w")
        except OSError as error:
            why = f"{path.name} cannot be written ({error.strerror})"
            raise AIditorError(why, remedy=f"check the space and the rights of {path.parent}", file=path) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True


@contextmanager
def connected() -> Iterator[Connection]:
    """A database in memory, closed at the end."""
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        yield connection


def copied(connection: Connection, query: str, path: Path, form: str) -> None:
    """The answer to `query` as the file `path`, whole or not at all. Raises AIditorError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection.execute(f"COPY ({query}) TO {_quoted(str(partial))} ({form})")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, duckdb.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error).splitlines()[0]
        remedy = f"check the space and the rights of {path.parent}"
        raise AIditorError(f"{path.name} cannot be written ({why})", remedy=remedy, file=path) from error


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _read(files: Iterable[Path], *, union: bool = False) -> str:
    """The files as a table; their names are not patterns. `union` takes the columns of them all."""
    names = ", ".join(_quoted(glob.escape(str(file))) for file in files)
    return f"read_parquet([{names}], union_by_name = {union})"
