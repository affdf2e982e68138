"""Files on their way in: tus 1.0 (https://tus.io/protocols/resumable-upload), and plain forms for small ones."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response

from aiditor.api.dependencies import Id, Me, StudioDep
from aiditor.api.guard import current_user
from aiditor.api.models import Answer
from aiditor.api.multipart import FilePart, Form
from aiditor.api.problems import PROBLEMS, TooLarge, problem, response_to
from aiditor.api.rates import limited
from aiditor.api.streams import blocks, given_to
from aiditor.api.taking import uploads_of
from aiditor.errors import AIditorError, BadInput, LimitReached, UnreadableMedia
from aiditor.store.tables import Upload
from aiditor.store.uploads import BeingWritten, WrongOffset
from aiditor.studio import Studio

__all__ = ["FORM", "Unsupported", "received", "router", "unsupported"]

TUS = "1.0.0"
EXTENSIONS = "creation,expiration,termination"
PIECES = "application/offset+octet-stream"
MOST_FILES = 200
"""In one form."""

router = APIRouter(prefix="/v2/uploads", tags=["uploads"], responses=PROBLEMS)
_rate = Depends(limited("upload", "600/minute", user=current_user))
_BYTES: dict[str, Any] = {"required": True, "content": {PIECES: {"schema": {"type": "string", "format": "binary"}}}}
FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"clips": {"type": "array", "items": {"type": "string", "format": "binary"}}},
            }
        }
    },
}


class UploadOut(Answer):
    """A file on its way, or here."""

    id: str
    name: str
    bytes: int
    offset: int
    done: bool
    expires: datetime


class Version:
    """A dependency: a client of another version of tus is told which one is spoken here."""

    def __call__(self, tus: Annotated[str, Header(alias="Tus-Resumable", max_length=20)] = TUS) -> None:
        if tus != TUS:
            raise HTTPException(412, f"tus {tus} is not spoken here, but {TUS}", headers={"Tus-Version": TUS})


_tus = Depends(Version())


@router.options("", status_code=204, include_in_schema=False)
def options(studio: StudioDep) -> Response:
    """What is spoken here."""
    most = str(studio.settings.max_upload_bytes)
    told = {"Tus-Resumable": TUS, "Tus-Version": TUS, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": most}
    return Response(status_code=204, headers=told)


@router.post("", status_code=201, dependencies=[_tus, _rate])
def begin(
    response: Response,
    studio: StudioDep,
    me: Me,
    size: Annotated[int, Header(alias="Upload-Length", ge=1, lt=2**62, description="Bytes of the whole file.")],
    metadata: Annotated[
        str, Header(alias="Upload-Metadata", max_length=8000, description="`filename` and its name in Base64.")
    ] = "",
) -> UploadOut:
    """Begin an upload; Location says where its bytes go."""
    name = _filename(metadata)
    upload = _limited(lambda: uploads_of(studio).begin(me, name, size, most=_room(studio, me)))
    response.headers.update({**_headers(upload), "Location": f"/v2/uploads/{upload.id}"})
    return _out(upload)


@router.get("/{upload_id}")
def look(upload_id: Id, studio: StudioDep, me: Me) -> UploadOut:
    """How far an upload is, as JSON."""
    return _out(uploads_of(studio).get(upload_id, me))


@router.head("/{upload_id}", include_in_schema=False, dependencies=[_tus])
def how_far(upload_id: Id, studio: StudioDep, me: Me) -> Response:
    """How far an upload is."""
    return Response(status_code=200, headers={**_headers(uploads_of(studio).get(upload_id, me))})


@router.patch("/{upload_id}", status_code=204, openapi_extra={"requestBody": _BYTES}, dependencies=[_tus])
async def append(
    request: Request,
    upload_id: Id,
    studio: StudioDep,
    me: Me,
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0, lt=2**62, description="Where these bytes belong.")],
) -> Response:
    """Send bytes, from where the upload ends; what arrived stays when the connection breaks."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PIECES:
        return problem(
            request, 415, "unsupported-media-type", "these are no bytes of an upload", remedy=f"send {PIECES}"
        )
    uploads = uploads_of(studio)
    upload = await to_thread.run_sync(uploads.get, upload_id, me)
    try:
        if upload.offset != offset:
            raise WrongOffset(f"{upload.name} goes on at byte {upload.offset}", offset=upload.offset)
        async for block in blocks(request.stream()):
            offset = await to_thread.run_sync(uploads.append, upload_id, me, offset, [block])
        upload = await to_thread.run_sync(uploads.get, upload_id, me)
    except AIditorError as error:
        return _refusal(request, error)
    return Response(status_code=204, headers=_headers(upload))


@router.delete("/{upload_id}", status_code=204, dependencies=[_tus])
def drop(upload_id: Id, studio: StudioDep, me: Me) -> Response:
    """Delete an upload that is not wanted any more."""
    uploads_of(studio).drop(upload_id, me)
    return Response(status_code=204, headers={"Tus-Resumable": TUS})


@router.post("/file", status_code=201, openapi_extra={"requestBody": FORM}, dependencies=[_rate])
async def send_files(request: Request, studio: StudioDep, me: Me) -> list[UploadOut]:
    """Send whole files as a form, whatever its fields are called."""
    uploads, _ = await received(request, studio, me)
    return [_out(upload) for upload in uploads]


async def received(request: Request, studio: Studio, me: str) -> tuple[list[Upload], dict[str, str]]:
    """The files of a form, as finished uploads, and its fields; all or nothing.

    Raises BadInput, TooLarge, and what is no clip as Unsupported.
    """
    room = await to_thread.run_sync(_room, studio, me)
    form, uploads = Form(request.headers.get("content-type", ""), request.stream()), uploads_of(studio)
    found: list[Upload] = []
    try:
        async for part in form.files():
            if len(found) == MOST_FILES:
                raise BadInput(f"these are more than {MOST_FILES} files", remedy="send them in several requests")
            found.append(await _one(request, studio, me, part, room))
        if not found:
            raise BadInput("the form holds no file", remedy="choose at least one")
    except BaseException:
        for upload in found:
            await to_thread.run_sync(uploads.drop, upload.id, me)
        raise
    return found, form.fields


async def _one(request: Request, studio: Studio, me: str, part: FilePart, room: int) -> Upload:
    uploads, chunks = uploads_of(studio), _some(part.chunks, part.filename)
    try:
        return await given_to(
            lambda pieces: uploads.take(me, part.filename, pieces, most=room), chunks, request.app.state.writers
        )
    except UnreadableMedia as error:
        raise Unsupported(error.why, remedy=error.remedy, file=error.file) from error
    except LimitReached as error:
        raise TooLarge(error.why, remedy=error.remedy) from error


class Unsupported(UnreadableMedia):
    """The first bytes say that it is no clip, whatever it was called: 415."""


def unsupported(request: Request, error: Exception) -> Response:
    """A handler of `Unsupported`."""
    assert isinstance(error, Unsupported)
    return problem(request, 415, "unsupported", error.why, remedy=error.remedy, file=error.file or "")


async def _some(chunks: AsyncIterator[bytes], name: str) -> AsyncIterator[bytes]:
    """The same, if there is anything at all."""
    empty = True
    async for chunk in chunks:
        empty = empty and not chunk
        yield chunk
    if empty:
        raise BadInput("one of the files is empty", remedy="choose the clip again", file=name)


def _refusal(request: Request, error: AIditorError) -> Response:
    """tus has statuses of its own for what goes wrong here."""
    said: dict[str, Any] = {"remedy": error.remedy, "headers": {"Tus-Resumable": TUS}}
    if isinstance(error, WrongOffset):
        said["headers"]["Upload-Offset"] = str(error.offset)
        return problem(request, 409, "wrong-offset", error.why, **said)
    if isinstance(error, BeingWritten):
        return problem(request, 423, "being-written", error.why, **said)
    if isinstance(error, UnreadableMedia):
        return problem(request, 415, "unsupported", error.why, **said)
    if isinstance(error, LimitReached):
        return problem(request, 413, "too-large", error.why, **said)
    return response_to(request, error)


def _limited(begin: Any) -> Upload:
    try:
        return begin()
    except LimitReached as error:
        raise TooLarge(error.why, remedy=error.remedy) from error


def _room(studio: Studio, me: str) -> int:
    """Bytes that this user may still send in one file."""
    plan = studio.plan(me)
    return plan.upload_bytes or studio.settings.max_upload_bytes


def _filename(metadata: str) -> str:
    """The name in tus's Upload-Metadata: "key base64,key base64". Raises BadInput for what is not spelled so."""
    for pair in filter(None, (pair.strip() for pair in metadata.split(","))):
        key, _, value = pair.partition(" ")
        if key in ("filename", "name"):
            try:
                return base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
            except binascii.Error as error:
                raise BadInput(
                    "Upload-Metadata is not in Base64", remedy="send `filename` and the name in Base64"
                ) from error
    return "clip.mp4"


def _headers(upload: Upload) -> dict[str, str]:
    return {
        "Tus-Resumable": TUS,
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.bytes),
        "Upload-Expires": format_datetime(upload.expires_at.astimezone(UTC), usegmt=True),
        "Cache-Control": "no-store",
    }


def _out(upload: Upload) -> UploadOut:
    return UploadOut(
        id=upload.id,
        name=upload.name,
        bytes=upload.bytes,
        offset=upload.offset,
        done=upload.done,
        expires=upload.expires_at,
    )
