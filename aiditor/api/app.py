"""The REST API as one FastAPI application: services, guards, routes. The page is mounted on top of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect

from aiditor import __version__
from aiditor.api import (
    admin,
    auth,
    clips,
    dashboard,
    downloads,
    follow,
    guard,
    health,
    huggingface,
    jobs,
    legacy,
    projects,
    sign_in,
    styles,
    uploads,
)
from aiditor.api.bodies import BodyLimit
from aiditor.api.following import Following
from aiditor.jobs.supervisor import Supervisor
from aiditor.settings import Settings
from aiditor.studio import Studio
from aiditor.studio.upkeep import Upkeep

__all__ = ["create_app"]

WRITERS = 64
"""Threads for files that arrive in one go. They are not those that answer everything else."""
ROUTERS = (
    auth,
    huggingface,
    admin,
    jobs,
    follow,
    downloads,
    uploads,
    projects,
    clips,
    styles,
    dashboard,
    legacy,
    health,
    sign_in,
)


def create_app(settings: Settings, *, studio: Studio | None = None, workers: bool = True, csp: str = "") -> FastAPI:
    """The API over one studio, which is opened, and then closed too, where none is given.

    `workers` says whether this process keeps the workers alive while it serves; without, they run elsewhere. `csp` is
    what a page that is mounted on top adds to the Content-Security-Policy.
    """
    own = studio is None
    here = studio or Studio(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if own:
                stack.push_async_callback(to_thread.run_sync, here.close)
            if workers:
                supervisor = app.state.supervisor = Supervisor(settings)
                await to_thread.run_sync(supervisor.__enter__)
                stack.push_async_callback(to_thread.run_sync, supervisor.close)
                stack.enter_context(Upkeep(here))
            await stack.enter_async_context(app.state.following.running())
            yield

    app = FastAPI(
        title="AIditor",
        version=__version__,
        summary="Raw game clips in, a montage worth posting out.",
        lifespan=lifespan,
        docs_url="/docs",
        redoc_url=None,
    )
    app.state.studio = here
    app.state.supervisor = None
    app.state.following = Following(here.queue)
    app.state.writers = CapacityLimiter(WRITERS)
    app.add_middleware(BodyLimit)
    guard.install(app, here.users, csp=csp)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(uploads.Unsupported, uploads.unsupported)
    for module in ROUTERS:
        app.include_router(module.router)
    return app


def _gone(_request: Request, _error: Exception) -> Response:
    """Nobody reads this: the client left before it had sent everything."""
    return Response(status_code=499)
