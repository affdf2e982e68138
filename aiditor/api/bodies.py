"""Bodies that are read into memory may not be large. Uploads stream, and have limits of their own."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiditor.api.problems import problem

__all__ = ["BodyLimit"]

MOST_BYTES = 1024**2
OURS, STREAMED = "/v2/", "/v2/uploads"


class BodyLimit:
    """Middleware, plain ASGI: 413 for a body of more than a mebibyte where the API reads JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(OURS) or path.startswith(STREAMED):
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isdigit() and int(said) > MOST_BYTES:
            answer = problem(
                scope, 413, "too-large", "this is too long to be read", remedy="send files to /v2/uploads instead"
            )
            await answer(scope, receive, send)
            return
        left = MOST_BYTES

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, "this is too long to be read")
            return message

        await self._app(scope, counted, send)
