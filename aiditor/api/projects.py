"""Projects: their clips, the moments that were found, what is chosen and said of them, and the words in them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, model_validator

from aiditor.api.dependencies import Before, Id, Limit, Me, StudioDep, next_page
from aiditor.api.models import (
    Answer,
    JobOut,
    ProjectOut,
    ProjectsPage,
    WishIn,
    as_wish,
    job_out,
    project_out,
    project_summary,
)
from aiditor.api.problems import PROBLEMS
from aiditor.api.taking import taken
from aiditor.config import Config
from aiditor.errors import BadInput
from aiditor.export import detection_json
from aiditor.store.labels import SAYS, as_json, parse_date
from aiditor.studio import Project, Studio
from aiditor.words import document

__all__ = ["router"]

router = APIRouter(prefix="/v2/projects", tags=["projects"], responses=PROBLEMS)

Name = Annotated[str, Field(max_length=200, description="As you call it.")]


class NewProject(Config):
    """An empty project."""

    name: Name = ""


class NewClips(Config):
    """Clips for a project."""

    uploads: tuple[str, ...] = Field(min_length=1, max_length=200, description="Finished uploads.")


class Choices(Config):
    """Which of the offered moments are used; by the numbers that `moments` gives."""

    kept: tuple[Annotated[int, Field(ge=1)], ...] = Field(max_length=1000, description="All that may be used.")
    wanted: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), max_length=1000, description="Of these, the ones that must be."
    )


class NewLabel(Config):
    """What happened in an offered moment, or at a time of a clip."""

    moment: int | None = Field(None, ge=1, description="The number of an offered moment.")
    source: str = Field("", max_length=300, description="Or: the clip, by source id or name.")
    time: str | float = Field("", description='And when, as "1:02.4" or in seconds.')
    says: Literal["", *SAYS] = Field(description='What happened; "" takes back what was said.')  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _one(self) -> NewLabel:
        if (self.moment is None) == (not self.source):
            raise ValueError("name a moment, or a clip and a time")
        if self.source and self.time == "":
            raise ValueError("name a time of the clip")
        return self


class Kept(Config):
    """Whether a word stays."""

    keep: bool = Field(description="False takes it out.")


class ReasonOut(Answer):
    """What speaks for a moment."""

    what: str
    weight: float


class MomentOut(Answer):
    """A moment that is offered."""

    number: int
    source_id: str
    clip: str
    kind: str
    t_s: float
    start_s: float
    end_s: float
    score: float
    reasons: list[ReasonOut]
    kept: bool
    wanted: bool
    says: str
    """What was said of it, or ""."""


class MomentsOut(Answer):
    """All moments that are offered, in order of clip and time."""

    project: str
    revision: int
    detector: str
    moments: list[MomentOut]


# --- projects


@router.post("", status_code=201)
def create_project(asked: NewProject, response: Response, studio: StudioDep, me: Me) -> ProjectOut:
    """Start a project, empty."""
    project = studio.new_project(me, asked.name)
    response.headers["Location"] = f"/v2/projects/{project.id}"
    return project_out(project)


@router.get("")
def list_projects(
    request: Request,
    response: Response,
    studio: StudioDep,
    me: Me,
    before: Before = None,
    limit: Limit = 50,
) -> ProjectsPage:
    """Your projects, the last changed first."""
    found = studio.rows.all(me, before=before, limit=limit)
    then = next_page(request, response, found[-1].updated_at) if len(found) == limit else None
    return ProjectsPage(projects=[project_summary(row) for row in found], next=then)


@router.get("/{project_id}")
def get_project(project_id: Id, studio: StudioDep, me: Me) -> ProjectOut:
    """One project, with its clips and its latest jobs."""
    return project_out(studio.project(me, project_id))


@router.delete("/{project_id}", status_code=204)
def delete_project(project_id: Id, studio: StudioDep, me: Me) -> None:
    """Delete a project: its clips, its jobs and all files of both."""
    studio.remove_project(me, project_id)


# --- clips


@router.post("/{project_id}/clips", status_code=202)
def add_clips(project_id: Id, asked: NewClips, response: Response, studio: StudioDep, me: Me) -> JobOut:
    """Take finished uploads into the project, and look for moments; the answer is the job that looks."""
    studio.project(me, project_id)
    with taken(studio, me, asked.uploads) as paths:
        job = studio.add_clips(me, project_id, paths, move=True)
    response.headers["Location"] = f"/v2/jobs/{job.id}"
    return job_out(job)


@router.delete(
    "/{project_id}/clips/{clip_id}", status_code=202, responses={204: {"description": "That was the last clip."}}
)
def remove_clip(project_id: Id, clip_id: Id, studio: StudioDep, me: Me) -> JobOut:
    """Take a clip out of the project and delete it; the answer is the job that looks at the others."""
    job = studio.remove_clip(me, project_id, clip_id)
    return Response(status_code=204) if job is None else job_out(job)  # type: ignore[return-value]


# --- moments


@router.get("/{project_id}/moments")
def get_moments(project_id: Id, studio: StudioDep, me: Me) -> MomentsOut:
    """What was found, what of it is kept, and why it is there."""
    return _moments(studio, studio.project(me, project_id))


@router.get("/{project_id}/analysis")
def get_analysis(project_id: Id, studio: StudioDep, me: Me) -> dict[str, Any]:
    """The curve, events and moments of every clip, as `aiditor detect --json` prints them."""
    found = studio.project(me, project_id).analysis
    if found is None:
        raise BadInput("there are no clips yet, or nobody looked at them", remedy="add clips and wait for the job")
    listed = zip(found.sources, found.signals, found.scores, strict=True)
    told = [{**detection_json(*clip), "source": clip[0].name, "source_id": clip[0].id} for clip in listed]
    return {"schema": 1, "clips": told}


@router.post("/{project_id}/choices")
def choose(project_id: Id, asked: Choices, studio: StudioDep, me: Me) -> MomentsOut:
    """Say which of the offered moments are kept, and which must be in the montage."""
    project = studio.choose(me, project_id, [str(n) for n in asked.kept], [str(n) for n in asked.wanted])
    return _moments(studio, project)


@router.post("/{project_id}/labels")
def add_label(project_id: Id, asked: NewLabel, studio: StudioDep, me: Me) -> MomentsOut:
    """Say what happened: AIditor learns from it."""
    if asked.moment is not None:
        studio.say(me, project_id, asked.moment, asked.says)
    else:
        studio.label(me, project_id, asked.source, asked.time, asked.says)
    return _moments(studio, studio.project(me, project_id))


@router.get("/{project_id}/labels")
def get_labels(
    project_id: Id,
    studio: StudioDep,
    me: Me,
    since: Annotated[str, Query(max_length=40, description="A date or time, UTC where no zone is named.")] = "",
) -> list[dict[str, Any]]:
    """The last label of each moment of the project's clips, oldest first."""
    found = studio.project(me, project_id).analysis
    here = {source.id for source in found.sources} if found else set()
    labels = studio.labels(me, since=parse_date(since) if since else None)
    return [
        {**as_json(label), "source": label.source.rpartition("/")[2]} for label in labels if label.source_id in here
    ]


@router.delete("/{project_id}/labels/last")
def undo_label(project_id: Id, studio: StudioDep, me: Me) -> MomentsOut:
    """Take back what was said last."""
    studio.undo(me, project_id)
    return _moments(studio, studio.project(me, project_id))


# --- words


@router.post("/{project_id}/words/listen", status_code=202)
def listen(project_id: Id, asked: WishIn, response: Response, studio: StudioDep, me: Me) -> JobOut:
    """Hear what is said in what the montage would show."""
    studio.project(me, project_id)
    with taken(studio, me, [asked.music_upload] if asked.music_upload else [], keep=True) as music:
        job = studio.listen(me, project_id, as_wish(asked, music_file=str(music[0]) if music else ""))
    response.headers["Location"] = f"/v2/jobs/{job.id}"
    return job_out(job)


@router.get("/{project_id}/words")
def get_words(project_id: Id, studio: StudioDep, me: Me) -> dict[str, Any]:
    """What was heard: the transcript, and the words to look through, masked."""
    return _words(studio.project(me, project_id))


@router.post("/{project_id}/words/{word_id}")
def keep_word(
    project_id: Id, word_id: Annotated[str, Path(max_length=200)], asked: Kept, studio: StudioDep, me: Me
) -> dict[str, Any]:
    """Leave a word that was found as it is, or take it out after all."""
    studio.keep_word(me, project_id, word_id, asked.keep)
    return _words(studio.project(me, project_id))


def _words(project: Project) -> dict[str, Any]:
    if project.words is None or project.heard is None:
        raise BadInput("nothing was listened to yet", remedy="listen first")
    return document(project.words, project.heard)


def _moments(studio: Studio, project: Project) -> MomentsOut:
    said = studio.teaching.said(project)
    offered = [
        MomentOut(
            number=number,
            source_id=source.id,
            clip=source.name,
            kind=moment.kind,
            t_s=round(moment.t_s, 3),
            start_s=round(moment.start_s, 3),
            end_s=round(moment.end_s, 3),
            score=round(moment.score, 4),
            reasons=[ReasonOut(what=reason.what, weight=round(reason.weight, 3)) for reason in moment.reasons],
            kept=(source.id, moment.t_s) not in project.dropped,
            wanted=(source.id, moment.t_s) in project.wanted,
            says=said.of(source, moment),
        )
        for number, (source, moment) in enumerate(project.moments(), start=1)
    ]
    return MomentsOut(project=project.id, revision=project.revision, detector=project.detector, moments=offered)
