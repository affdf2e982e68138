"""The session's cookies: one that only the server reads, and one that the page sends back as a header."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Response

from aiditor.settings import Settings
from aiditor.users.sessions import SignedIn
from aiditor.users.tokens import SESSION

__all__ = ["CSRF_HEADER", "clear", "csrf_name", "keep", "oauth_name", "session_name", "write"]

CSRF_HEADER = "x-csrf-token"


def session_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this very host (RFC 6265bis 4.1.3.2); browsers take it with https only."""
    return "__Host-aiditor" if settings.https else "aiditor_session"


def csrf_name(settings: Settings) -> str:
    return "__Host-aiditor_csrf" if settings.https else "aiditor_csrf"


def oauth_name(settings: Settings) -> str:
    return "__Host-aiditor_oauth" if settings.https else "aiditor_oauth"


def keep(response: Response, settings: Settings, signed: SignedIn) -> None:
    """Sign the browser in."""
    write(response, settings, session_name(settings), signed.cookie, SESSION)
    write(response, settings, csrf_name(settings), signed.csrf, SESSION, readable=True)


def clear(response: Response, settings: Settings) -> None:
    """Sign the browser out."""
    for name in (session_name(settings), csrf_name(settings)):
        write(response, settings, name, "", timedelta(0))


def write(
    response: Response,
    settings: Settings,
    name: str,
    value: str,
    lasts: timedelta,
    *,
    readable: bool = False,
    back_from_elsewhere: bool = False,
) -> None:
    """Set a cookie for the whole site. One that must come `back_from_elsewhere` cannot be strict."""
    same_site = settings.cookie_samesite
    if back_from_elsewhere and same_site == "strict":
        same_site = "lax"
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        path="/",
        secure=settings.https,
        httponly=not readable,
        samesite=same_site,
    )
