"""The page where people sign in: plain HTML over the routes of /v2/auth, for who has no session yet."""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aiditor.api.guard import page_user
from aiditor.settings import Settings

__all__ = ["SignInFirst", "router"]

router = APIRouter(include_in_schema=False)

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
    """Middleware: the studio's root leads who is not signed in to the page where they can."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            request = Request(scope, receive)
            if page_user(request.app.state.guard)(request) is None:
                await RedirectResponse("/sign-in", status_code=303)(scope, receive, send)
                return
        await self._app(scope, receive, send)
