"""The page where people sign in: plain HTML over the routes of /v2/auth, for who has no session yet."""

from __future__ import annotations

from html import escape
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aiditor.api.guard import page_user
from aiditor.api.problems import problem
from aiditor.settings import Settings

__all__ = ["SignInFirst", "router"]

router = APIRouter(include_in_schema=False)

_MCP = "/gradio_api/mcp"
_PAGE = (Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8")


@router.get("/sign-in")
def sign_in(request: Request) -> Response:
    """The form, or the way to Hugging Face; who is signed in already goes on to the studio."""
    guard = request.app.state.guard
    if page_user(guard)(request) is not None:
        return RedirectResponse("/", status_code=303)
    return HTMLResponse(_page(guard.settings), headers={"Cache-Control": "no-store"})


def _page(settings: Settings) -> str:
    by_password = settings.aiditor_auth == "password"
    may_join = by_password and settings.registration != "closed"
    shown = {"password": by_password, "join": may_join, "huggingface": settings.aiditor_auth == "huggingface"}
    page = _PAGE
    for name, visible in shown.items():
        page = page.replace(f"{{{{{name}}}}}", "" if visible else "hidden")
    return page.replace("{{title}}", escape("Sign in · AIditor"))


class SignInFirst:
    """Middleware, where people sign in: the studio's root leads to the page where they can, and tools are refused.

    Gradio guards its own routes and not those of its MCP server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await to_thread.run_sync(self._answer, scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, scope: Scope) -> ASGIApp | None:
        """What is answered instead, where nobody is signed in."""
        root = scope["path"] == "/" and scope["method"] in ("GET", "HEAD")
        tools = scope["path"].startswith(_MCP)
        if not root and not tools:
            return None
        request = Request(scope)
        if page_user(request.app.state.guard)(request) is not None:
            return None
        if root:
            return RedirectResponse("/sign-in", status_code=303)
        return problem(scope, 401, "not-signed-in", "you are not signed in", remedy="send an access token")
