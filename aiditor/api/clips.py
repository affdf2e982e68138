"""A user's own clips, for the page's player."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from aiditor.api.dependencies import Id, StudioDep
from aiditor.api.downloads import LINK_S
from aiditor.api.guard import Guard
from aiditor.api.problems import PROBLEMS
from aiditor.api.ranges import file_response
from aiditor.errors import NotFound

__all__ = ["router"]

router = APIRouter(prefix="/v2/clips", tags=["projects"], responses=PROBLEMS)


@router.head("/{clip_id}/file", response_class=Response, include_in_schema=False)
@router.get("/{clip_id}/file", response_class=Response)
def clip_file(
    request: Request,
    clip_id: Id,
    studio: StudioDep,
    token: Annotated[str, Query(max_length=2000, description="Of a link that the page made.")] = "",
) -> Response:
    """A clip as it was given, whole or in parts, to be shown."""
    guard: Guard = request.app.state.guard
    tokens = studio.users.tokens
    me = str(tokens.read("download", token)["sub"]) if token else guard.identify(request).user.id
    clip = studio.rows.clip(me, clip_id)
    if token:
        tokens.read_download(token, clip.file_key)
    stored = studio.files.stat(clip.file_key) if clip.file_key else None
    if stored is None:
        raise NotFound(f"{clip.name} is not here any more", remedy="add the clip again")
    head = request.method == "HEAD"
    elsewhere = None if head else studio.files.url(clip.file_key, expires_s=LINK_S, name=clip.name)
    if elsewhere is not None:
        return RedirectResponse(elsewhere, status_code=307, headers={"Cache-Control": "no-store"})
    return file_response(
        studio.files, stored, name=clip.name, media_type=stored.media_type, sent=request.headers, head=head, inline=True
    )
