"""Puts the page on the API, and both on an address."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI, Request

from aiditor.api.app import create_app
from aiditor.api.guard import check_bind, page_user
from aiditor.api.sign_in import SignInFirst
from aiditor.errors import AIditorError
from aiditor.settings import Settings
from aiditor.studio import Studio
from aiditor.ui.page import mount

__all__ = ["serve", "served"]

READ_BY_TOOLS = frozenset({"/config", "/gradio_api/info", "/gradio_api/queue/data"})


def served(settings: Settings, studio: Studio | None = None) -> FastAPI:
    """The whole studio as one ASGI app; its workers live as long as it runs. `uvicorn app:app` serves it too."""
    studio = studio or Studio(settings)
    app = create_app(settings, studio=studio)
    guard = app.state.guard
    if not settings.one_user:
        app.add_middleware(SignInFirst)
    return mount(app, studio, _looking(page_user(guard)))


def _looking(known: Callable[[Request], str | None]) -> Callable[[Request], str | None]:
    """Who looks. Gradio's MCP server calls tools with the headers of who asked for that, but reads the page's
    description, which holds nothing of anybody, and waits for its own answers, named by a random word, with none."""

    def user_id(request: Request) -> str | None:
        tools = request.method == "GET" and request.url.path in READ_BY_TOOLS
        return known(request) or ("tools" if tools and request.headers.get("x-gradio-user") == "mcp" else None)

    return user_id


def serve(app: FastAPI, settings: Settings) -> None:
    """Until it is stopped, on GRADIO_SERVER_NAME (this machine alone by default) and GRADIO_SERVER_PORT (7860)."""
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    try:
        check_bind(settings, host)
    except AIditorError as error:
        sys.exit(str(error))
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)
