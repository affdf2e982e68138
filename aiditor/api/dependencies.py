"""What handlers ask for: who asks, the studio, and how long lists go on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Path, Query, Request, Response, WebSocket
from pydantic import AwareDatetime

from aiditor.api.following import Following
from aiditor.api.guard import CurrentUser, Guard
from aiditor.api.problems import Refused
from aiditor.errors import NotAllowed
from aiditor.studio import Studio

__all__ = ["Before", "FollowingDep", "Id", "JobId", "Limit", "Me", "StudioDep", "next_page", "of_socket"]

Id = Annotated[str, Path(max_length=64)]
"""An id in a path. One that is spelled wrong is of nothing that there is: not found."""
JobId = Id
Before = Annotated[AwareDatetime | None, Query(description="Go on from there: a time, as `next` gives it.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


def studio_of(request: Request) -> Studio:
    """A dependency: the verbs."""
    studio: Studio = request.app.state.studio
    return studio


def following_of(request: Request) -> Following:
    """A dependency: jobs, as they go on."""
    following: Following = request.app.state.following
    return following


def my_id(user: CurrentUser) -> str:
    """A dependency: the id of the user who asks."""
    return user.id


StudioDep = Annotated[Studio, Depends(studio_of)]
FollowingDep = Annotated[Following, Depends(following_of)]
Me = Annotated[str, Depends(my_id)]


async def of_socket(socket: WebSocket, token: str) -> str | None:
    """The id of the user behind a socket, by its cookie or by this access token; None for nobody.

    Raises Refused when another site opened it.
    """
    guard: Guard = socket.app.state.guard

    def asked() -> str | None:
        try:
            if not token:
                return guard.identify(socket).user.id
            guard.from_here(socket)
            return guard.users.sessions.by_access(token).user.id
        except Refused:
            raise
        except NotAllowed:
            return None

    return await to_thread.run_sync(asked)


def next_page(request: Request, response: Response, before: datetime) -> str:
    """Where the list goes on, in the Link header too (RFC 8288)."""
    url = request.url.include_query_params(before=before.isoformat())
    there = f"{url.path}?{url.query}"
    response.headers["Link"] = f'<{there}>; rel="next"'
    return there
