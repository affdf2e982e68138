"""What every request passes, the page's too: an id, the right host, and headers that keep browsers careful."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aiditor.api.problems import problem
from aiditor.errors import BadConfig
from aiditor.settings import Settings
from aiditor.store.tables import new_id

__all__ = ["Shield", "check_bind", "is_loopback"]

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HF_FRAMES = "https://huggingface.co https://*.hf.space"


class Shield:
    """Middleware, plain ASGI, so that streams and sockets pass untouched.

    `csp` is what the page adds to the Content-Security-Policy; who may frame it, and where forms and base addresses
    may point, is said here.
    """

    def __init__(self, app: ASGIApp, settings: Settings, *, csp: str = "") -> None:
        self._app = app
        self._settings = settings
        self._headers = _headers(settings, csp)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        state = scope.setdefault("state", {})
        state["request_id"] = given if _ID.fullmatch(given) else new_id()

        async def answer(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                self._add(MutableHeaders(scope=message), state)
            await send(message)

        if not self._host_known(headers.get("host", "")):
            await self._elsewhere(scope, receive, answer)
            return
        await self._app(scope, receive, answer)

    def _host_known(self, host: str) -> bool:
        """With one user for all, a page from elsewhere must not reach us under a name of its own (DNS rebinding)."""
        if not self._settings.one_user or self._settings.aiditor_open:
            return True
        name = _hostname(host)
        return is_loopback(name) or (name != "" and name == urlsplit(self._settings.page_url).hostname)

    async def _elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "this is not the host"})
            return
        remedy = "open http://127.0.0.1 instead, or set PUBLIC_URL to this address"
        said = problem(scope, 421, "wrong-host", "the studio is not known by this name", remedy=remedy)
        await said(scope, receive, send)

    def _add(self, headers: MutableHeaders, state: dict[str, object]) -> None:
        headers["x-request-id"] = str(state["request_id"])
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        rate = state.get("rate")
        if isinstance(rate, tuple):
            name, quota, window_s, left, reset_s = rate
            headers["ratelimit-policy"] = f'"{name}";q={quota};w={window_s}'
            headers["ratelimit"] = f'"{name}";r={left};t={reset_s}'


def check_bind(settings: Settings, host: str) -> None:
    """Raises BadConfig when everybody who reaches `host` would be the one local user, and that was not asked for."""
    if settings.one_user and not settings.aiditor_open and not is_loopback(host):
        why = f"with AIDITOR_AUTH=none, everybody who reaches {host or 'this machine'} would see and change everything"
        remedy = "serve on 127.0.0.1, set AIDITOR_AUTH=password, or set AIDITOR_OPEN=1 if that is what you want"
        raise BadConfig(why, remedy=remedy)


def is_loopback(host: str) -> bool:
    """Whether this name or address is this machine's own, seen from itself."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _headers(settings: Settings, csp: str) -> dict[str, str]:
    frames = f"'self' {_HF_FRAMES}" if settings.space_host else "'self'"
    rules = ["base-uri 'self'", "object-src 'none'", "form-action 'self'", f"frame-ancestors {frames}"]
    headers = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), usb=()",
        "cross-origin-opener-policy": "same-origin-allow-popups",
        "cross-origin-resource-policy": "same-origin",
        "content-security-policy": "; ".join([csp] * bool(csp) + rules),
    }
    if settings.https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers
