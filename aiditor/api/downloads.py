"""What jobs made: whole, in parts, for players and for keeping."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from aiditor.api.dependencies import JobId, Me, StudioDep
from aiditor.api.guard import Guard
from aiditor.api.models import FileOut
from aiditor.api.problems import PROBLEMS
from aiditor.api.ranges import file_response
from aiditor.errors import NotFound
from aiditor.store.tables import Job, Render
from aiditor.studio import Studio

__all__ = ["router"]

router = APIRouter(prefix="/v2", tags=["jobs"], responses=PROBLEMS)

LINK_S = 600
"""How long an address of the place where files lie is good for."""


@router.get("/jobs/{job_id}/files")
def list_files(job_id: JobId, studio: StudioDep, me: Me) -> list[FileOut]:
    """The files of a job, with links for players."""
    return [_file_out(studio, render) for _, render in sorted(studio.renders(me, job_id).items())]


Form = Annotated[str, Query(alias="format", max_length=32, description="landscape, portrait, poster, otio …")]
Token = Annotated[str, Query(max_length=2000, description="As `player_url` has it, for players without a sign-in.")]


def wanted(request: Request, studio: StudioDep, job_id: JobId, form: Form = "landscape", token: Token = "") -> Render:
    """A dependency: the file, where it is theirs who sign in or hold its token. Raises NotFound, NotAllowed."""
    if not token:
        guard: Guard = request.app.state.guard
        return studio.render(guard.identify(request).user.id, job_id, form)
    tokens = studio.users.tokens
    render = studio.render(str(tokens.read("download", token)["sub"]), job_id, form)
    tokens.read_download(token, render.file_key)
    return render


_DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The part that was asked for."},
    304: {"description": "You have it already."},
    307: {"description": "It lies elsewhere: follow."},
    416: {"description": "The file is not that long."},
}


@router.head("/jobs/{job_id}/download", response_class=Response, include_in_schema=False)
@router.get("/jobs/{job_id}/download", response_class=Response, responses=_DOWNLOAD)
def download(
    request: Request,
    studio: StudioDep,
    render: Annotated[Render, Depends(wanted)],
    inline: Annotated[bool, Query(description="To be shown, not kept, where it is a film or a picture.")] = False,
) -> Response:
    """One file of a job, whole or in parts."""
    stored = studio.files.stat(render.file_key)
    if stored is None:
        raise NotFound(f"the {render.form} file is not there any more", remedy="make the montage again")
    name = _name(studio.job(render.user_id, render.job_id), render)
    head = request.method == "HEAD"
    elsewhere = None if head else studio.files.url(render.file_key, expires_s=LINK_S, name=name)
    if elsewhere is not None:
        return RedirectResponse(elsewhere, status_code=307, headers={"Cache-Control": "no-store"})
    return file_response(
        studio.files, stored, name=name, media_type=render.media_type, sent=request.headers, head=head, inline=inline
    )


def _name(job: Job, render: Render) -> str:
    """What the file is called where it is kept: "Hype, 30 s - portrait.mp4"."""
    ending = render.file_key.rpartition("/")[2].rpartition(".")[2]
    title = "".join(char for char in job.title if char.isprintable() and char not in '/\\:*?"<>|').strip(". ")
    return f"{title or 'montage'} - {render.form}.{ending}"


def _file_out(studio: Studio, render: Render) -> FileOut:
    return FileOut(
        format=render.form,
        media_type=render.media_type,
        bytes=render.bytes,
        sha256=render.sha256,
        url=f"/v2/jobs/{render.job_id}/download?format={render.form}",
        player_url=studio.link(render),
    )
