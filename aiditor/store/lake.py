"""The lake: labels as Parquet files, asked with DuckDB.

`<AIDITOR_HOME>/lake/labels/*.parquet`, written and read as `parquet.py` says. Nothing is ever changed in place: the
last label of a moment counts, and one that is taken back is a label that says so.
A notebook may ask the same files: `duckdb.sql("FROM 'data/lake/labels/*.parquet'")`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiditor.errors import BadInput
from aiditor.settings import Settings
from aiditor.store.labels import SCHEMA, TAKEN_BACK, Label
from aiditor.store.parquet import FORMATS, ParquetTable, connected, copied

__all__ = ["FORMATS", "Lake"]

log = logging.getLogger(__name__)

MANY_FILES = 64
"""From this many files on, a write also puts them together."""
SQL_TYPES = {"str": "VARCHAR", "float": "DOUBLE", "int": "INTEGER", "datetime": "TIMESTAMP"}
COLUMNS = {spec.name: SQL_TYPES[str(spec.type)] for spec in fields(Label)}
"""The columns of a file, as `Label` has them; `labelled_at` is UTC."""
READ = ", ".join("epoch_us(labelled_at)" if name == "labelled_at" else name for name in COLUMNS)


class Lake:
    """The labels under `root`. Cheap to make; holds nothing open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.table = ParquetTable(root / "labels", COLUMNS, what="labels")

    @classmethod
    def of(cls, settings: Settings) -> Lake:
        """The lake of this deployment."""
        return cls(settings.aiditor_home / "lake")

    def add_labels(self, labels: Iterable[Label]) -> int:
        """Keep these labels, all or none; returns how many. Raises AIditorError when they cannot be written."""
        rows = list({(label.moment, label.labelled_at): label for label in labels}.values())
        if not rows:
            return 0
        self.table.add(list(map(_row, rows)))
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
        with self.table.opened("schema = $1", [SCHEMA]) as connection:
            rows = connection.execute(f"SELECT {READ} FROM row ORDER BY labelled_at, says").fetchall()
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
        with connected() as connection:
            self.table.fill(connection, list(map(_row, labels)))
            copied(connection, "FROM row", path, FORMATS[path.suffix.lower()])
        return path

    def forget(self, labelled_by: str) -> int:
        """Take away every label that this user gave, and its history; returns how many. Raises AIditorError."""
        return self.table.forget("labelled_by", labelled_by)

    def compact(self) -> int:
        """Put the files together into one; returns how many there were. Safe while others read and write."""
        return self.table.compact("SELECT DISTINCT * FROM whole ORDER BY labelled_at, says")

    def files(self) -> list[Path]:
        """The files with labels, oldest first."""
        return self.table.files()

    def set_aside(self) -> list[Path]:
        """Files that could not be read."""
        return self.table.set_aside()


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
