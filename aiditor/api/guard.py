"""Who asks, and whether they may: from a Bearer token, the session's cookie, or nobody but the local user.

@router.get("/v2/things/{thing_id}")
def thing(thing_id: str, user: CurrentUser) -> Thing:
    return owned(rows.thing(thing_id), user)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, Security, WebSocket, WebSocketException
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import HTTPConnection

from aiditor.api import cookies, problems
from aiditor.api.problems import Refused
from aiditor.api.rates import Rates
from aiditor.api.shield import Shield, check_bind
from aiditor.errors import NotAllowed, NotFound
from aiditor.store.tables import User
from aiditor.users.service import Users
from aiditor.users.sessions import Identity

__all__ = [
    "AdminUser",
    "CurrentIdentity",
    "CurrentUser",
    "Guard",
    "SocketUser",
    "admin_user",
    "check_bind",
    "current_identity",
    "current_user",
    "from_here",
    "install",
    "owned",
    "page_user",
]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN = "sign in, or send an access token"
_bearer = HTTPBearer(auto_error=False, description="An access token of POST /v2/auth/login.")
_cookie = APIKeyCookie(
    name="aiditor_session",
    auto_error=False,
    description="The session's cookie (`__Host-aiditor` with https); what changes something needs X-CSRF-Token too.",
)
Row = TypeVar("Row")


class Guard:
    """Tells who is behind a connection."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self.settings = users.settings

    def identify(self, connection: HTTPConnection, *, csrf: bool = True) -> Identity:
        """Who asks. Raises NotAllowed when nobody is signed in, Refused when another site sent the request.

        A cookie is sent along whoever made the browser ask. So what changes something, and every socket, must come
        from our own page (Sec-Fetch-Site, Origin) and, with `csrf`, carry the token that only it can read.
        """
        if self.settings.one_user:
            self.from_here(connection)
            return Identity(self.users.local_user())
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.users.sessions.by_access(token.strip())
        cookie = connection.cookies.get(cookies.session_name(self.settings), "")
        if not cookie:
            raise NotAllowed("you are not signed in", remedy=_SIGN_IN)
        who = self.users.sessions.by_cookie(cookie)
        self.from_here(connection)
        if csrf and _changes(connection) and connection.scope["type"] == "http":
            given = connection.headers.get(cookies.CSRF_HEADER, "")
            if not self.users.tokens.csrf_right(who.session_id, given):
                raise Refused("this does not come from the studio's own page", remedy="reload the page and try again")
        return who

    def from_here(self, connection: HTTPConnection) -> None:
        """Raises Refused when a browser was made to send this by another site."""
        if not _changes(connection):
            return
        site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
        if site in ("same-origin", "none") or (site is None and origin is None):
            return  # our own page, the address bar, or no browser at all
        if origin is not None and origin != "null" and self._ours(origin, connection.headers.get("host", "")):
            return
        raise Refused("another site sent this", remedy="use the studio's own page")

    def _ours(self, origin: str, host: str) -> bool:
        # Behind a proxy the scheme that we see need not be the browser's, so the host and port decide.
        return origin == _origin(self.settings.page_url) or (bool(host) and urlsplit(origin).netloc == host)


def current_identity(
    request: Request,
    _token: Annotated[Any, Security(_bearer)] = None,
    _session: Annotated[Any, Security(_cookie)] = None,
) -> Identity:
    """A dependency: who asks, and in which session."""
    who: Identity = request.app.state.guard.identify(request)
    request.state.user_id = who.user.id
    return who


CurrentIdentity = Annotated[Identity, Depends(current_identity)]


def current_user(who: CurrentIdentity) -> User:
    """A dependency: the user who asks."""
    return who.user


CurrentUser = Annotated[User, Depends(current_user)]


def admin_user(request: Request, user: CurrentUser) -> User:
    """A dependency: the user who asks, who must be an admin. Where all share one user, nobody from outside is."""
    settings = request.app.state.guard.settings
    if user.role != "admin" or (settings.one_user and settings.aiditor_open):
        raise Refused("this is for admins", remedy="ask whoever runs this studio")
    return user


AdminUser = Annotated[User, Depends(admin_user)]


def socket_user(websocket: WebSocket) -> User:
    """A dependency of WebSocket routes: the user who asks; the socket closes with 1008 for everybody else."""
    try:
        return websocket.app.state.guard.identify(websocket).user
    except NotAllowed as error:
        raise WebSocketException(code=1008, reason=error.why[:100]) from error


SocketUser = Annotated[User, Depends(socket_user)]


def from_here(request: Request) -> None:
    """A dependency of routes that sign somebody in: another site must not do it for them."""
    request.app.state.guard.from_here(request)


def page_user(guard: Guard) -> Callable[[Request], str | None]:
    """For Gradio's `auth_dependency`: the id of the user who looks at the page; None when nobody is signed in.

    Gradio's own client sends no CSRF token; where the request comes from is looked at all the same.
    """

    def user_id(request: Request) -> str | None:
        try:
            return guard.identify(request, csrf=False).user.id
        except NotAllowed:
            return None

    return user_id


def owned(row: Row | None, user: User, *, what: str = "thing") -> Row:
    """The row, when it is this user's. Raises NotFound otherwise: that it exists is nobody else's business."""
    if row is None or getattr(row, "user_id", None) != user.id:
        raise NotFound(f"there is no such {what}", remedy="list them to see which there are")
    return row


def install(app: FastAPI, users: Users, *, rates: Rates | None = None, csp: str = "") -> Guard:
    """Put the guard, the rate limits, the shield and the problem details on this app."""
    guard = Guard(users)
    app.state.guard = guard
    app.state.rates = rates or Rates()
    problems.install(app)
    app.add_middleware(Shield, settings=users.settings, csp=csp)
    return guard


def _changes(connection: HTTPConnection) -> bool:
    return connection.scope["type"] == "websocket" or connection.scope["method"] not in SAFE


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
