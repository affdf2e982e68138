"""What came of every job, in the lake: the facts that the dashboard and the notebooks ask.

`<AIDITOR_HOME>/lake/jobs/*.parquet`, a row a job with its clips, events, moments and stage times inside, so that a
job is there whole or not at all. A job that is told twice counts once: the row that ended last. A notebook may ask
the same files: `duckdb.sql("SELECT unnest(moments, recursive := true) FROM 'data/lake/jobs/*.parquet'")`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from aiditor.settings import Settings
from aiditor.store.job_facts import COLUMNS, ENDS, FIELDS, SCHEMA, JobFact, as_row, from_row, utc
from aiditor.store.parquet import Connection, ParquetTable

__all__ = ["Answers", "Day", "Facts", "Failures", "Moments", "StageTime", "Storage", "Style", "Totals"]

MANY_FILES = 64
"""From this many files on, a write also puts them together."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Over all the jobs that were asked for."""

    jobs: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    montages: int = 0
    montage_s: float = 0.0
    """Seconds of montage made."""
    clips: int = 0
    footage_s: float = 0.0
    """Seconds of footage read; a recording counts once a user, however many jobs read it."""
    wait_median_s: float = 0.0
    """From being asked for to being started."""

    @property
    def success(self) -> float | None:
        """The share done of those done and failed; None where none was either."""
        tried = self.done + self.failed
        return self.done / tried if tried else None


@dataclass(frozen=True, slots=True)
class Failures:
    """Jobs that failed for one reason in one stage."""

    error_kind: str
    stage: str
    jobs: int


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long a stage took, in seconds."""

    stage: str
    jobs: int
    median_s: float
    p90_s: float


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of one kind; one that several jobs offered counts once."""

    kind: str
    found: int
    used: int


@dataclass(frozen=True, slots=True)
class Day:
    """What ended on a day, in UTC."""

    day: date
    done: int
    failed: int
    cancelled: int
    montages: int
    montage_s: float


@dataclass(frozen=True, slots=True)
class Storage:
    """What a user's jobs read and made, in bytes; some of it may be gone by now."""

    user_id: str
    jobs: int
    read: int
    made: int


@dataclass(frozen=True, slots=True)
class Style:
    """Montages in one style."""

    style: str
    montages: int
    montage_s: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that the dashboard asks, of one moment."""

    totals: Totals = Totals()
    failures: tuple[Failures, ...] = ()
    """Most frequent first."""
    stages: tuple[StageTime, ...] = ()
    """Slowest first; of jobs that are done."""
    moments: tuple[Moments, ...] = ()
    """Most found first."""
    days: tuple[Day, ...] = ()
    """Oldest first; days on which nothing ended are left out."""
    storage: tuple[Storage, ...] = ()
    """Largest first."""
    styles: tuple[Style, ...] = ()
    """Most used first."""


class Facts:
    """The facts under `root`, which is the lake's folder. Cheap to make; holds nothing open."""

    def __init__(self, root: Path) -> None:
        self.table = ParquetTable(root / "jobs", COLUMNS, what="facts of jobs")

    @classmethod
    def of(cls, settings: Settings) -> Facts:
        """The facts of this deployment."""
        return cls(settings.aiditor_home / "lake")

    def add(self, *jobs: JobFact) -> None:
        """Keep the facts of jobs that have ended. Raises AIditorError when they cannot be written."""
        told_at = datetime.now(UTC)
        self.table.add([as_row(job, told_at) for job in jobs])
        if len(self.table.files()) >= MANY_FILES:
            self.compact()

    def compact(self) -> int:
        """Put the files together into one; returns how many there were."""
        return self.table.compact(f"SELECT * FROM whole QUALIFY schema <> {SCHEMA} OR {LAST}")

    def forget(self, user_id: str) -> int:
        """Take away all that is known of a user; returns how many rows that was. Raises AIditorError."""
        return self.table.forget("user_id", user_id)

    def jobs(
        self, user_id: str | None = None, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[JobFact, ...]:
        """The facts as they were told, in the order in which the jobs ended; `answers` says of which."""
        with self.table.opened(*_asked(user_id, since, until)) as connection:
            rows = connection.execute(f"SELECT {', '.join(FIELDS)} FROM {ONCE} ORDER BY ended_at, job_id").fetchall()
        return tuple(map(from_row, rows))

    def answers(
        self, user_id: str | None = None, *, since: datetime | None = None, until: datetime | None = None
    ) -> Answers:
        """The dashboard's questions, of one user's jobs (of everybody's where None) that ended in [since, until)."""
        with self.table.opened(*_asked(user_id, since, until)) as connection:
            connection.execute(f"CREATE TABLE job AS FROM {ONCE}")
            totals = Totals(*connection.execute(TOTALS).fetchall()[0])
            return Answers(
                totals,
                tuple(Failures(*row) for row in _all(connection, FAILURES)),
                tuple(StageTime(*row) for row in _all(connection, STAGES)),
                tuple(Moments(*row) for row in _all(connection, MOMENTS)),
                tuple(Day(*row) for row in _all(connection, DAYS)),
                tuple(Storage(*row) for row in _all(connection, STORAGE)),
                tuple(Style(*row) for row in _all(connection, STYLES)),
            )


# --- the questions

LAST = "row_number() OVER (PARTITION BY job_id, schema ORDER BY ended_at DESC, told_at DESC) = 1"
ONCE = f"(FROM row WHERE schema = {SCHEMA} QUALIFY {LAST})"
MADE = "state = 'done' AND montage_s > 0"
CLIPS = """(SELECT user_id, clip.source_id, max(clip.duration_s) AS duration_s, max(clip.bytes) AS bytes
    FROM (SELECT user_id, unnest(clips) AS clip FROM job) GROUP BY ALL)"""

TOTALS = f"""SELECT count(*), {", ".join(f"count(*) FILTER (WHERE state = '{state}')" for state in ENDS)},
    count(*) FILTER (WHERE {MADE}), coalesce(sum(montage_s) FILTER (WHERE {MADE}), 0),
    (SELECT count(*) FROM {CLIPS}), (SELECT coalesce(sum(duration_s), 0) FROM {CLIPS}),
    greatest(coalesce(median(epoch_us(started_at) - epoch_us(created_at)) / 1e6, 0), 0) FROM job"""
FAILURES = """SELECT error_kind, stage, count(*) AS jobs FROM job WHERE state = 'failed'
    GROUP BY ALL ORDER BY jobs DESC, error_kind, stage"""
STAGES = """SELECT stage.name, count(*), median(stage.seconds) AS half, quantile_cont(stage.seconds, 0.9)
    FROM (SELECT unnest(stages) AS stage FROM job WHERE state = 'done') GROUP BY stage.name ORDER BY half DESC, 1"""
MOMENTS = """SELECT kind, count(*) AS found, count(*) FILTER (WHERE used) FROM (
    SELECT user_id, moment.source_id, moment.kind, moment.t_s, bool_or(moment.used AND state = 'done') AS used
    FROM (SELECT user_id, state, unnest(moments) AS moment FROM job) GROUP BY ALL)
    GROUP BY kind ORDER BY found DESC, kind"""
DAYS = f"""SELECT CAST(ended_at AS DATE) AS day, {", ".join(f"count(*) FILTER (WHERE state = '{s}')" for s in ENDS)},
    count(*) FILTER (WHERE {MADE}), coalesce(sum(montage_s) FILTER (WHERE {MADE}), 0) FROM job
    GROUP BY day ORDER BY day"""
STORAGE = f"""SELECT user_id, jobs, CAST(coalesce(read, 0) AS BIGINT), CAST(made AS BIGINT)
    FROM (SELECT user_id, count(*) AS jobs, sum(bytes) AS made FROM job GROUP BY user_id)
    LEFT JOIN (SELECT user_id, sum(bytes) AS read FROM {CLIPS} GROUP BY user_id) USING (user_id)
    ORDER BY coalesce(read, 0) + made DESC, user_id"""
STYLES = f"""SELECT style, count(*) AS montages, sum(montage_s) FROM job WHERE {MADE}
    GROUP BY style ORDER BY montages DESC, style"""


def _asked(user_id: str | None, since: datetime | None, until: datetime | None) -> tuple[str, list[object]]:
    """The condition for these jobs, and its values."""
    given = (("user_id = ?", user_id), ("ended_at >= ?", utc(since)), ("ended_at < ?", utc(until)))
    asked = [(condition, value) for condition, value in given if value is not None]
    return " AND ".join(["TRUE", *(condition for condition, _ in asked)]), [value for _, value in asked]


def _all(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
