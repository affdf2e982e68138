"""Reads the runs of training and the champion's number from MLflow's database, without MLflow, whose import takes 5 s.

Of the tables that MLflow 3 keeps in `sqlite:///mlruns/mlflow.db` five are read: experiments, runs, latest_metrics,
model_versions and registered_model_aliases. The database is opened for reading alone, so that a training that writes
to it is never in the way, nor is this in its.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiditor.errors import AIditorError

__all__ = ["AP_NAMES", "DATABASE", "Run", "champion_version", "runs"]

DATABASE = Path("mlruns/mlflow.db")
MODEL, ALIAS = "aiditor-highlight", "champion"
AP_NAMES = (
    "val_kill_ap_looked",
    "val/kill_ap_looked",
    "test_kill_ap",
    "test.AIditor.kill.ap",
    "unseen.AIditor.kill.ap",
)
"""Own kills' average precision under its several names, the one on validation films first."""
WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of training, evaluation or promotion."""

    run_id: str
    name: str
    experiment: str
    experiment_id: str
    status: str
    """As MLflow has it: RUNNING, FINISHED, FAILED, KILLED or SCHEDULED."""
    started_at: datetime
    kill_ap: float | None
    """Own kills' average precision, in [0, 1]; None where it was not measured."""
    measured_on: str
    """The name under which it was logged; "" where it was not."""

    @property
    def link(self) -> str:
        """Where MLflow's own page shows it, after that page's address."""
        return f"#/experiments/{self.experiment_id}/runs/{self.run_id}"


def runs(database: Path = DATABASE, *, limit: int = 20) -> tuple[Run, ...]:
    """The last runs, newest first; none where there is no database. Raises AIditorError when it cannot be read."""
    asked = """SELECT r.run_uuid, r.name, e.name, r.experiment_id, r.status, r.start_time FROM runs r
        JOIN experiments e USING (experiment_id) WHERE r.lifecycle_stage = 'active'
        ORDER BY r.start_time DESC LIMIT ?"""
    rows = _asked(database, asked, (limit,))
    if not rows:
        return ()
    ids = [row[0] for row in rows]
    marks, names = ",".join("?" * len(ids)), ",".join("?" * len(AP_NAMES))
    where = f"run_uuid IN ({marks}) AND key IN ({names}) AND NOT is_nan"
    measured = f"SELECT run_uuid, key, value FROM latest_metrics WHERE {where}"
    found = {(run_id, key): value for run_id, key, value in _asked(database, measured, (*ids, *AP_NAMES))}
    made = []
    for run_id, name, experiment, experiment_id, status, start_ms in rows:
        on = next((key for key in AP_NAMES if (run_id, key) in found), "")
        at = datetime.fromtimestamp((start_ms or 0) / 1000, UTC)
        ap = found.get((run_id, on))
        made.append(Run(run_id, name or run_id[:8], experiment, str(experiment_id), status, at, ap, on))
    return tuple(made)


def champion_version(database: Path = DATABASE) -> str:
    """The registered version that is the champion, as "3"; "" where none is. Raises AIditorError."""
    asked = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?"
    rows = _asked(database, asked, (MODEL, ALIAS))
    return str(rows[0][0]) if rows else ""


def _asked(database: Path, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    if not database.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=WAIT_S)) as connection:
            return connection.execute(query, list(values)).fetchall()
    except sqlite3.Error as error:
        why = f"the runs in {database.name} cannot be read ({error})"
        raise AIditorError(why, remedy="look at them with mlflow ui, or move the file away", file=database) from error
