"""Errors over HTTP: problem details (RFC 9457), with the remedy and the id of the request."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from aiditor import errors
from aiditor.errors import AIditorError, BadInput, LimitReached, NotAllowed

__all__ = [
    "PROBLEMS",
    "Elsewhere",
    "Problem",
    "Refused",
    "Taken",
    "TooLarge",
    "TooOften",
    "install",
    "problem",
    "response_to",
]

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Refused(NotAllowed):
    """Not for this user, or not from there, whoever is signed in: 403."""


class Taken(BadInput):
    """Somebody or something has it already: 409."""


class TooLarge(LimitReached):
    """More bytes than may be sent: 413."""


class TooOften(LimitReached):
    """Too many requests in too short a time: 429. `retry_after_s` says when the next may come."""

    def __init__(self, why: str, *, remedy: str = "", retry_after_s: int = 1) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(why, remedy=remedy)


class Elsewhere(AIditorError):
    """A service that we asked did not answer as it should: 502."""


_STATUS: tuple[tuple[type[AIditorError], int], ...] = (
    (Refused, 403),
    (Taken, 409),
    (TooLarge, 413),
    (TooOften, 429),
    (Elsewhere, 502),
    (errors.NotFound, 404),
    (errors.UnreadableMedia, 422),
    (errors.UnsafeArchive, 422),
    (errors.BadInput, 400),
    (errors.BadConfig, 422),
    (errors.NothingToKeep, 422),
    (errors.LimitReached, 403),
    (errors.MissingPart, 501),
    (errors.DiskFull, 507),
    (errors.Cancelled, 409),
)
"""The first that fits counts. NotAllowed is 401 for who is not signed in and 403 for who is."""


class Wrong(BaseModel):
    """One value that cannot be used."""

    at: str = Field(description="Where it stands, like body.seconds.")
    why: str


class Problem(BaseModel):
    """What went wrong and what to do about it (RFC 9457)."""

    type: str = Field(description="urn:aiditor:problem: and the kind, which never changes.")
    title: str
    status: int
    detail: str = Field(description="One sentence about this very case.")
    remedy: str = Field("", description="What to do now.")
    file: str = Field("", description="The name of the file that it is about.")
    request_id: str = Field("", description="Give this when you ask for help.")
    errors: list[Wrong] = Field(default_factory=list, description="Which values cannot be used.")


def _documented() -> dict[str, Any]:
    """The schema of `Problem` with nothing that it refers to elsewhere: OpenAPI shows it under its own media type."""
    schema = Problem.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")["Wrong"]
    return {MEDIA_TYPE: {"schema": schema}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "What was asked cannot be done", "content": _documented()},
    "5XX": {"description": "Something here or behind it failed", "content": _documented()},
}
"""For `responses=` of a router."""


def problem(
    request: Any,
    status: int,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """The answer to a request or to its scope. `kind` ends the type; `more` are other fields of `Problem`."""
    scope: Any = getattr(request, "scope", request)
    request_id = scope.get("state", {}).get("request_id", "")
    said = Problem(
        type=f"urn:aiditor:problem:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        request_id=request_id,
        **more,
    )
    sent = {**({"x-request-id": request_id} if request_id else {}), "cache-control": "no-store", **(headers or {})}
    body = said.model_dump(exclude_defaults=True)
    return JSONResponse(body, status_code=status, headers=sent, media_type=MEDIA_TYPE)


def response_to(request: Any, error: AIditorError) -> JSONResponse:
    """How this error is answered."""
    scope: Any = getattr(request, "scope", request)
    headers: dict[str, str] = {}
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 0)
    if not status and isinstance(error, NotAllowed):
        status = 403 if scope.get("state", {}).get("user_id") else 401
        if status == 401:
            headers["www-authenticate"] = 'Bearer realm="aiditor"'
    if isinstance(error, TooOften):
        headers["retry-after"] = str(error.retry_after_s)
    if not status:
        status = 500
        _logged(scope, error)
    file = (error.file or "").replace("\\", "/").rsplit("/", 1)[-1]
    return problem(
        request, status, _kind(type(error).__name__), error.why, headers=headers, remedy=error.remedy, file=file
    )


def install(app: FastAPI) -> None:
    """Answer every error of this app with problem details."""

    @app.exception_handler(AIditorError)
    def _ours(request: Request, error: AIditorError) -> Response:
        return response_to(request, error)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        # Never what was given: it may be a password.
        wrong = [Wrong(at=".".join(str(part) for part in one["loc"]), why=str(one["msg"])) for one in error.errors()]
        said = f"{wrong[0].at}: {wrong[0].why}" if wrong else "the request does not say what it must"
        return problem(request, 422, "invalid-request", said, remedy="see /docs for what it may say", errors=wrong)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code < 400 or error.status_code in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return Response(status_code=error.status_code, headers=error.headers)
        kind = _kind(HTTPStatus(error.status_code).phrase.replace(" ", ""))
        return problem(request, error.status_code, kind, str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    def _bug(request: Request, error: Exception) -> Response:
        _logged(request.scope, error)
        remedy = "try again; when it goes on, tell whoever runs this studio the request's id"
        return problem(request, 500, "internal-error", "something here is broken", remedy=remedy)


def _logged(scope: Any, error: Exception) -> None:
    request_id = scope.get("state", {}).get("request_id", "")
    log.error("request %s, %s %s", request_id, scope.get("method", ""), scope.get("path", ""), exc_info=error)


def _kind(name: str) -> str:
    """AIditorError's classes as words: NothingToKeep is nothing-to-keep."""
    name = name.replace("AIditorError", "Failed")
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name).lstrip("-").replace("--", "-")
