"""Puts the page on the API, and both on an address."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request

from aiditor.api.app import create_app
from aiditor.api.guard import check_bind, page_user
from aiditor.api.sign_in import SignInFirst
from aiditor.errors import AIditorError
from aiditor.settings import Settings
from aiditor.studio import Studio
from aiditor.ui.page import mount

__all__ = ["serve", "served", "settings_here"]

SPACE_STORAGE = Path("/data")

READ_BY_TOOLS = frozenset({"/config", "/gradio_api/info", "/gradio_api/queue/data"})


def settings_here() -> Settings:
    """Settings as they are given; on a Space, what it offers where nothing else is said.

    People sign in with Hugging Face where the Space has OAuth (`hf_oauth: true`), by cookies that work inside its
    frame, and data lies on its persistent storage where that is mounted.
    """
    given = Settings()
    said, changes = given.model_fields_set, {}
    if given.space_host:
        if given.oauth_client_id and "aiditor_auth" not in said:
            changes["aiditor_auth"] = "huggingface"
        if "cookie_samesite" not in said and given.https:
            changes["cookie_samesite"] = "none"
        if "aiditor_home" not in said and os.access(SPACE_STORAGE, os.W_OK):
            changes["aiditor_home"] = SPACE_STORAGE / "aiditor"
    return Settings(**changes)


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
