"""What is told of a job that has ended, and how it is a row of the lake."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from aiditor.errors import BadInput
from aiditor.store.tables import Job, now

__all__ = [
    "COLUMNS",
    "ENDS",
    "FIELDS",
    "SCHEMA",
    "ClipFact",
    "EventFact",
    "JobFact",
    "MomentFact",
    "as_row",
    "fact_of",
    "from_row",
    "utc",
]

SCHEMA = 1
ENDS = ("done", "failed", "cancelled")
"""How a job may have ended."""
LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class ClipFact:
    """A recording that the job read."""

    source_id: str
    name: str = ""
    duration_s: float = 0.0
    game: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class EventFact:
    """Something that the detector saw in a clip."""

    source_id: str
    kind: str
    t_s: float
    confidence: float
    """In [0, 1]."""


@dataclass(frozen=True, slots=True)
class MomentFact:
    """A moment that was offered, and whether the montage shows it."""

    source_id: str
    kind: str
    t_s: float
    score: float
    """In [0, 1]."""
    used: bool = False


@dataclass(frozen=True, slots=True)
class JobFact:
    """A job that has ended. Raises BadInput when a field is off."""

    job_id: str
    user_id: str
    kind: str
    """analyse, listen, make …"""
    state: str
    """One of `ENDS`."""
    created_at: datetime
    ended_at: datetime
    started_at: datetime | None = None
    """When the first worker took it; None where none did."""
    project_id: str = ""
    montage_s: float = 0.0
    """Seconds of the finished montage; 0 where none was made."""
    style: str = ""
    engine: str = ""
    """Of the music."""
    detector: str = ""
    """Name and version, as "net/2/0a1b2c3d"."""
    stage: str = ""
    """Where it failed or was cancelled."""
    error_kind: str = ""
    """The error's class."""
    bytes: int = 0
    """Of the files that it made."""
    clips: tuple[ClipFact, ...] = ()
    events: tuple[EventFact, ...] = ()
    moments: tuple[MomentFact, ...] = ()
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds that each stage took."""

    def __post_init__(self) -> None:
        if not self.job_id or not self.user_id:
            raise BadInput("the job or its user has no id", remedy="give both")
        if self.state not in ENDS:
            raise BadInput(f"a job that is {self.state!r} has not ended", remedy=f"tell it once it is {_any(ENDS)}")
        times = [at for at in (self.created_at, self.started_at, self.ended_at) if at is not None]
        if any(at.tzinfo is None for at in times):
            raise BadInput("the job's time has no time zone", remedy="use datetime.now(UTC)")
        inside = (*self.clips, *self.events, *self.moments)
        numbers = [value for each in inside for value in _values(each) if isinstance(value, float)]
        if not all(map(math.isfinite, (*numbers, self.montage_s, *self.stages.values()))):
            raise BadInput("a number of the job is not finite", remedy="leave out what was not measured")


CLIP = "STRUCT(source_id VARCHAR, name VARCHAR, duration_s DOUBLE, game VARCHAR, bytes BIGINT)[]"
EVENT = "STRUCT(source_id VARCHAR, kind VARCHAR, t_s DOUBLE, confidence DOUBLE)[]"
MOMENT = "STRUCT(source_id VARCHAR, kind VARCHAR, t_s DOUBLE, score DOUBLE, used BOOLEAN)[]"
STAGE = "STRUCT(name VARCHAR, seconds DOUBLE)[]"
SQL_TYPES = {"str": "VARCHAR", "float": "DOUBLE", "int": "BIGINT", "datetime": "TIMESTAMP"}
SQL_TYPES |= {"datetime | None": "TIMESTAMP", "dict[str, float]": STAGE}
SQL_TYPES |= {f"tuple[{kind}Fact, ...]": name for kind, name in (("Clip", CLIP), ("Event", EVENT), ("Moment", MOMENT))}
FIELDS = tuple(spec.name for spec in fields(JobFact))
COLUMNS = {spec.name: SQL_TYPES[str(spec.type)] for spec in fields(JobFact)}
COLUMNS |= {"told_at": "TIMESTAMP", "schema": "INTEGER"}
"""The columns of a file, as `JobFact` has them; times are UTC."""


def fact_of(job: Job, **more: Any) -> JobFact:
    """The facts of a job that has ended, as its row has them; `more` are fields of `JobFact` that it has not."""
    ended = job.state == "done"
    return JobFact(
        job.id, job.user_id, job.kind, job.state, job.created_at, job.ended_at or now(), job.started_at,
        project_id=job.project_id or "", stage="" if ended else job.stage, error_kind=job.error_kind,
        **{"stages": dict(job.timing), **more},
    )  # fmt: skip


def utc(when: datetime | None) -> datetime | None:
    """As DuckDB keeps it: in UTC, without saying so. A time without a zone is UTC."""
    return when.astimezone(UTC).replace(tzinfo=None) if when and when.tzinfo else when


def as_row(job: JobFact, told_at: datetime) -> tuple[object, ...]:
    """The job as a row of `COLUMNS`."""
    return *(_cell(getattr(job, name)) for name in FIELDS), utc(told_at), SCHEMA


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return [{"name": _text(name), "seconds": float(seconds)} for name, seconds in value.items()]
    if isinstance(value, tuple):
        return [{spec.name: _cell(getattr(each, spec.name)) for spec in fields(each)} for each in value]
    return value


def from_row(row: Sequence[Any]) -> JobFact:
    """The job of a row that has the columns `FIELDS`."""
    values = dict(zip(FIELDS, row, strict=True))
    for name in ("created_at", "started_at", "ended_at"):
        values[name] = values[name] and values[name].replace(tzinfo=UTC)
    for name, kind in (("clips", ClipFact), ("events", EventFact), ("moments", MomentFact)):
        values[name] = tuple(kind(**each) for each in values[name])
    values["stages"] = {each["name"]: each["seconds"] for each in values["stages"]}
    return JobFact(**values)


def _text(text: str) -> str:
    """Short, and without what no file name in UTF-8 may hold."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _values(part: object) -> Iterable[object]:
    return (getattr(part, spec.name) for spec in fields(part))  # type: ignore[arg-type]


def _any(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"
