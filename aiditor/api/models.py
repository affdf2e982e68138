"""What the API takes and gives, as typed JSON. Times are UTC in ISO 8601, lengths are seconds, sizes are bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from aiditor.config import Config
from aiditor.store.tables import Clip, Job, Render
from aiditor.store.tables import Project as ProjectRow
from aiditor.store.work import Load
from aiditor.studio import Project, Wish
from aiditor.studio.describe import describe

__all__ = [
    "Answer",
    "ClipOut",
    "FileOut",
    "JobOut",
    "JobStatus",
    "JobsPage",
    "LoadOut",
    "NewJob",
    "ProjectOut",
    "ProjectSummary",
    "ProjectsPage",
    "State",
    "WishIn",
    "as_wish",
    "clip_out",
    "job_out",
    "job_status",
    "load_out",
    "project_out",
    "project_summary",
]

Id = str
State = Literal["queued", "running", "done", "failed", "cancelled"]
ID = r"^[0-9a-f]{32}$"


class Answer(BaseModel):
    """The base of what is given."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


# --- what is wished for

_FIELDS = {name: (field.annotation, field) for name, field in Wish.model_fields.items() if name != "music_file"}
WishIn: Any = create_model(
    "Wish",
    __base__=Config,
    __doc__="What the montage should be.",
    music_upload=(
        str,
        Field("", pattern=rf"({ID})?$", description='With `music: "own"`: the upload that holds your track.'),
    ),
    **_FIELDS,
)
"""A `Wish` as a stranger may send it: no field names a file of this machine."""


class NewJob(WishIn):
    """A montage to be made: of a project, or of clips that were uploaded."""

    project: str = Field("", max_length=32, description="The project whose kept moments are used.")
    uploads: tuple[str, ...] = Field((), max_length=200, description="Or: finished uploads, of which one is made.")


def as_wish(asked: Any, *, music_file: str = "") -> Wish:
    """The wish in a request; `music_file` is where its `music_upload` lies."""
    return Wish(**{name: getattr(asked, name) for name in _FIELDS}, music_file=music_file)


# --- jobs


class JobError(Answer):
    """Why a job failed, and what to do."""

    why: str
    remedy: str
    file: str | None


class JobStatus(Answer):
    """How far a job is, or how it ended."""

    id: Id
    state: State
    stage: str
    """What is being done now."""
    fraction: float
    """Of the whole, in [0, 1]."""
    note: str
    left_s: float | None
    """Seconds that are left, where that is known."""
    error: JobError | None
    version: int
    """Goes up with every change; an event stream goes on after the version in Last-Event-ID."""


class JobOut(JobStatus):
    """A job."""

    project: str | None
    kind: str
    title: str
    created: datetime
    started: datetime | None
    ended: datetime | None
    formats: list[str]
    """Files that it made: landscape, portrait, poster, otio …"""
    result: dict[str, Any]
    """What the work came to: seconds, cuts, what was rejected and why."""
    links: dict[str, str]
    """Where to look further: self, status, events, and download by format."""


class JobsPage(Answer):
    """Jobs, newest first."""

    jobs: list[JobOut]
    next: str | None
    """Where older ones are; the Link header says the same."""


class FileOut(Answer):
    """One file of a finished job."""

    format: str
    media_type: str
    bytes: int
    sha256: str
    url: str
    """For those who are signed in."""
    player_url: str
    """For a player that sends neither cookie nor token: good for ten minutes."""


def job_status(job: Job) -> JobStatus:
    """The part of a job that changes."""
    said = describe(job)
    return JobStatus(**{name: said[name] for name in JobStatus.model_fields if name != "version"}, version=job.version)


def job_out(job: Job, renders: Sequence[Render] | None = None) -> JobOut:
    """All of a job; without its `renders`, the formats are those that its work told of."""
    said = job.result.get("forms", ()) if renders is None else [render.form for render in renders]
    told = describe(job, said if job.state == "done" else ())
    here = f"/v2/jobs/{job.id}"
    links = {"self": here, "status": f"{here}/status", "events": f"{here}/events"}
    links |= {form: f"{here}/download?format={form}" for form in told["formats"]}
    return JobOut(
        **told, version=job.version, started=job.started_at, ended=job.ended_at, result=job.result, links=links
    )


class LoadOut(Answer):
    """How much there is to do."""

    states: dict[str, int]
    waited_s: float
    workers: int
    """Workers that hold a job now."""


def load_out(load: Load) -> LoadOut:
    return LoadOut(states=load.states, waited_s=round(load.waited_s, 3), workers=load.workers)


# --- projects


class ClipOut(Answer):
    """A recording of a project."""

    id: Id
    name: str
    state: Literal["new", "ready", "rejected", "expired"]
    bytes: int
    duration_s: float | None
    width: int | None
    height: int | None
    fps: float | None
    why: str
    """Why it was rejected."""
    remedy: str
    warnings: list[str]
    created: datetime
    expires: datetime | None


class ProjectSummary(Answer):
    """A project, as lists show it."""

    id: Id
    name: str
    created: datetime
    updated: datetime


class ProjectsPage(Answer):
    """Projects, the last changed first."""

    projects: list[ProjectSummary]
    next: str | None


class ProjectOut(Answer):
    """Clips that belong together."""

    id: Id
    name: str
    clips: list[ClipOut]
    moments: int
    """How many are offered to keep or drop."""
    job: JobOut | None
    """The latest job, of any kind."""
    made: JobOut | None
    """The latest job that makes a montage."""


def clip_out(clip: Clip) -> ClipOut:
    shared = ("id", "name", "state", "bytes", "duration_s", "width", "height", "fps", "why", "remedy", "warnings")
    fields = {name: getattr(clip, name) for name in shared}
    return ClipOut(**fields, created=clip.created_at, expires=clip.expires_at)


def project_summary(row: ProjectRow) -> ProjectSummary:
    return ProjectSummary(id=row.id, name=row.name, created=row.created_at, updated=row.updated_at)


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(
        id=project.id,
        name=project.name,
        clips=[clip_out(clip) for clip in project.clips],
        moments=len(project.moments()),
        job=project.job and job_out(project.job),
        made=project.made and job_out(project.made),
    )
