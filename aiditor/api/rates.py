"""How often somebody may ask: by user where one is signed in, else by address.

Answers say what is left, in the fields of the IETF's draft "RateLimit header fields for HTTP".
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from typing import Any

from fastapi import Request
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from aiditor.api.problems import TooOften

__all__ = ["Rates", "address", "limited"]


class Rates:
    """Counts requests: in this process, or wherever `storage` says (a URL as the package `limits` has them)."""

    def __init__(self, storage: str = "memory://") -> None:
        self._limiter = MovingWindowRateLimiter(storage_from_string(storage))

    def take(self, request: Request, name: str, rule: str, key: str) -> None:
        """Count one request of `key` against a rule like "10/minute". Raises TooOften."""
        item = parse(rule)
        good = self._limiter.hit(item, name, key)
        window = self._limiter.get_window_stats(item, name, key)
        wait_s = max(1, math.ceil(window.reset_time - time.time()))
        request.state.rate = (name, item.amount, item.get_expiry(), window.remaining, wait_s)
        if not good:
            raise TooOften("that was too often", remedy=f"wait {_spoken(wait_s)} and try again", retry_after_s=wait_s)


def limited(name: str, rule: str, *, user: Callable[..., Any] | None = None) -> Callable[..., None]:
    """A dependency that lets through as many requests as the rule says, like "10/minute".

    With `user`, a dependency that gives a User, they are counted by user; without, by address.
    """
    from fastapi import Depends

    def by_address(request: Request) -> None:
        request.app.state.rates.take(request, name, rule, address(request))

    if user is None:
        return by_address

    def by_user(request: Request, who: Any = Depends(user)) -> None:  # noqa: B008
        request.app.state.rates.take(request, name, rule, who.id)

    return by_user


def address(request: Request) -> str:
    """Where it comes from; of IPv6 the network, of which one customer has all addresses.

    Behind a proxy the server must be told whom to trust (uvicorn's --forwarded-allow-ips).
    """
    host = request.client.host if request.client else ""
    try:
        ip = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return host or "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _spoken(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"
