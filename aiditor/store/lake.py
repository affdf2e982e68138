"""The lake: labels as Parquet files, asked with DuckDB.

`<AIDITOR_HOME>/lake/labels/*.parquet`; each write is one new small file, written under another name and
then renamed, so that any number of processes write and read at once and none ever meets half a file.
Each question opens an in-memory connection of its own: nothing is locked. Nothing is ever changed in
place either: the last label of a moment counts, and one that is taken back is a label that says so.
A notebook may ask the same files: `duckdb.sql("FROM 'data/lake/labels/*.parquet'")`.
"""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from aiditor.errors import AIditorError, BadInput
from aiditor.settings import Settings
from aiditor.store.labels import SCHEMA, TAKEN_BACK, Label

__all__ = ["FORMATS", "Lake"]

log = logging.getLogger(__name__)

MANY_FILES = 64
"""From this many files on, a write also puts them together."""
ATTEMPTS = 8
"""Readings tried while other processes put files together under our hands."""
SQL_TYPES = {"str": "VARCHAR", "float": "DOUBLE", "int": "INTEGER", "datetime": "TIMESTAMP"}
COLUMNS = {spec.name: SQL_TYPES[str(spec.type)] for spec in fields(Label)}
"""The columns of a file, as `Label` has them; `labelled_at` is UTC."""
READ = ", ".join("epoch_us(labelled_at)" if name == "labelled_at" else name for name in COLUMNS)
ORDER = f"WHERE schema = {SCHEMA} ORDER BY labelled_at, says"
FORMATS = {".parquet": "FORMAT parquet", ".csv": "FORMAT csv, HEADER", ".json": "FORMAT json, ARRAY true"}
CONFIG = {"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}


class Lake:
    """The labels under `root`. Cheap to make; holds nothing open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "labels"

    @classmethod
    def of(cls, settings: Settings) -> Lake:
        """The lake of this deployment."""
        return cls(settings.aiditor_home / "lake")

    def add_labels(self, labels: Iterable[Label]) -> int:
        """Keep these labels, all or none; returns how many. Raises AIditorError when they cannot be written."""
        rows = list({(label.moment, label.labelled_at): label for label in labels}.values())
        if not rows:
            return 0
        with _connected() as connection:
            connection.execute(_table())
            connection.executemany(f"INSERT INTO label VALUES ({', '.join('?' * len(COLUMNS))})", list(map(_row, rows)))
            self._write(connection, "FROM label")
        if len(self.files()) >= MANY_FILES:
            self.compact()
        return len(rows)

    def labels(
        self,
        *,
        since: datetime | None = None,
        source: str | Collection[str] | None = None,
        project: str | None = None,
        by: str | None = None,
        history: bool = False,
    ) -> tuple[Label, ...]:
        """The last label of each moment, oldest first.

        `by` looks at what one user has said and at nobody else's word. `since` keeps those given at that time or
        later, `source` those of these source ids (or of one), `project` those of one project; each looks at the last
        labels only. `history` gives every label ever, those taken back too. Files that cannot be read are set aside,
        and the log names them.
        """
        wanted = {source} if isinstance(source, str) else None if source is None else set(source)
        with _connected() as connection:
            rows = self._rows(connection)
        every = [label for row in rows if (label := _label(row)) is not None]
        every = [label for label in every if by is None or label.labelled_by == by]
        last = every if history else list({label.moment: label for label in every}.values())
        found = (
            label
            for label in last
            if (history or label.says != TAKEN_BACK)
            and (since is None or label.labelled_at >= _aware(since))
            and (wanted is None or label.source_id in wanted)
            and (project is None or label.project == project)
        )
        return tuple(sorted(found, key=lambda label: label.labelled_at))

    def export(self, labels: Iterable[Label], path: Path) -> Path:
        """Write labels for other programs: .parquet, .csv or .json by the name of `path`, whole or not at all.

        Raises BadInput for another ending, AIditorError when it cannot be written.
        """
        if path.suffix.lower() not in FORMATS:
            raise BadInput(f"labels cannot be written as {path.name}", remedy=f"end its name in {' or '.join(FORMATS)}")
        with _connected() as connection:
            connection.execute(_table())
            rows = list(map(_row, labels))
            if rows:
                connection.executemany(f"INSERT INTO label VALUES ({', '.join('?' * len(COLUMNS))})", rows)
            _copied(connection, "FROM label", path, FORMATS[path.suffix.lower()])
        return path

    def compact(self) -> int:
        """Put the files together into one; returns how many there were. Safe while others read and write.

        A file goes only after its rows lie in the new one; where two processes do this at once, or one
        dies in between, rows lie in two files for a while, which changes no answer.
        """
        with _connected() as connection:
            files = self._sound_files(connection)
            if len(files) < 2:
                return 0
            try:
                connection.execute(f"CREATE TABLE whole AS SELECT DISTINCT * FROM {_read(files, union=True)}")
            except duckdb.Error:
                return 0  # another process has just put them together
            self._write(connection, "FROM whole ORDER BY labelled_at, says")
        for file in files:
            file.unlink(missing_ok=True)
        return len(files)

    def files(self) -> list[Path]:
        """The files with labels, oldest first."""
        return sorted(self.folder.glob("*.parquet"))

    def set_aside(self) -> list[Path]:
        """Files that could not be read."""
        return sorted(self.folder.glob("*.broken"))

    # --- reading and writing

    def _rows(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
        """Every row, in the order in which they were written."""
        for _ in range(ATTEMPTS):
            files = self.files()
            if not files:
                return []
            try:
                return connection.execute(f"SELECT {READ} FROM {_read(files)} {ORDER}").fetchall()
            except duckdb.Error:  # one is broken, or another process has just put some together
                self._sound_files(connection)
        raise AIditorError("the labels cannot be read", remedy="try again in a moment", file=self.folder)

    def _sound_files(self, connection: duckdb.DuckDBPyConnection) -> list[Path]:
        """Those that can be read; the broken ones are renamed, so that nobody stumbles over them again."""
        sound = []
        for file in self.files():
            try:
                connection.execute(f"SELECT count(*), {_checked()} FROM {_read([file])}").fetchall()
                sound.append(file)
            except duckdb.OutOfMemoryException:
                raise
            except duckdb.Error as error:
                if _is_whole(file):
                    self._set_aside(file, error)
        return sound

    def _set_aside(self, file: Path, error: Exception) -> None:
        aside = file.with_name(f"{file.name}.broken")
        with contextlib.suppress(FileNotFoundError):  # another process did it first
            file.replace(aside)
            why = str(error).splitlines()[0]
            log.warning("labels in %s cannot be read (%s): set aside as %s", file, why, aside.name)

    def _write(self, connection: duckdb.DuckDBPyConnection, query: str) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        path = self.folder / f"{stamp}-{uuid.uuid4().hex[:8]}.parquet"
        _copied(connection, query, path, FORMATS[".parquet"])
        return path


@contextmanager
def _connected() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        yield connection


def _table() -> str:
    return f"CREATE TABLE label ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _read(files: Iterable[Path], *, union: bool = False) -> str:
    """The files as a table; their names are not patterns. `union` takes the columns of them all."""
    names = ", ".join(_quoted(glob.escape(str(file))) for file in files)
    return f"read_parquet([{names}], union_by_name = {union})"


def _checked() -> str:
    """Reads every column, so that a damaged page or a missing column shows."""
    return ", ".join(f"max(hash(CAST({name} AS {kind})))" for name, kind in COLUMNS.items())


def _is_whole(file: Path) -> bool:
    """Whether the disk gives the file: then what is wrong lies in it. False once another process took it away."""
    try:
        file.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        why = f"the labels in {file.name} cannot be read ({error.strerror})"
        raise AIditorError(why, remedy=f"check the rights of {file.parent}", file=file) from error
    return True


def _copied(connection: duckdb.DuckDBPyConnection, query: str, path: Path, form: str) -> None:
    """The answer to `query` as the file `path`, whole or not at all."""
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


def _row(label: Label) -> tuple[object, ...]:
    values = (getattr(label, name) for name in COLUMNS)
    return tuple(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in values)


def _label(row: tuple[Any, ...]) -> Label | None:
    """The label in this row; None, and a line in the log, where it says what nobody here understands."""
    values = dict(zip(COLUMNS, row, strict=True))
    try:
        values["labelled_at"] = datetime.fromtimestamp(values["labelled_at"] / 1e6, UTC)
        return Label(**values)
    except (BadInput, TypeError, ValueError) as error:
        log.warning("a label is left out (%s): %s", error, row)
        return None


def _aware(when: datetime) -> datetime:
    """A time without a zone is UTC."""
    return when if when.tzinfo else when.replace(tzinfo=UTC)
