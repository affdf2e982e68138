"""Sign-ins: each device has one, and each can be ended.

A client of the API holds an access token for a quarter of an hour and a refresh token that is good once; a page holds
a cookie. Both are looked up, so that an ended session, a new password or a disabled user count at once.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiditor.errors import NotAllowed, NotFound
from aiditor.store import people
from aiditor.store.db import Database
from aiditor.store.people import SignIn
from aiditor.store.tables import User, new_id, now
from aiditor.users.tokens import SESSION, Tokens, digest, opaque

__all__ = ["Identity", "Sessions", "SignedIn"]

SEEN_EVERY = timedelta(minutes=5)
"""How exactly `seen_at` is kept: no request writes it more often."""
_REMEDY = "sign in again"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh sign-in, with all that the client may hold. The refresh token is shown here only."""

    user: User
    session_id: str
    access_token: str
    refresh_token: str
    cookie: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and in which session; the local user has none."""

    user: User
    session_id: str = ""


class Sessions:
    """The sign-ins of a deployment."""

    def __init__(self, db: Database, tokens: Tokens, *, clock: Callable[[], datetime] = now) -> None:
        self._db = db
        self._tokens = tokens
        self._clock = clock

    def open(self, user: User, *, device: str = "") -> SignedIn:
        """Sign this user in. Raises NotAllowed when an admin has disabled them."""
        if user.disabled_at is not None:
            raise NotAllowed("this account is disabled", remedy="write to whoever runs this studio")
        at, secret = self._clock(), opaque()
        row = SignIn(
            id=new_id(),
            user_id=user.id,
            refresh_hash=digest(secret),
            device="".join(char for char in device if char.isprintable())[:300],
            created_at=at,
            seen_at=at,
            expires_at=at + SESSION,
        )
        with self._db.write() as session:
            people.remove_old_sessions(session, user.id, at - SESSION)
            session.add(row)
        return self._signed_in(user, row.id, secret)

    def refresh(self, token: str) -> SignedIn:
        """The next access and refresh token. Raises NotAllowed.

        A refresh token is good once. One that comes again was copied, by a thief or from one, so the whole sign-in
        ends (RFC 9700 4.14.2).
        """
        session_id, _, secret = token.partition(".")
        if not session_id.isalnum():
            session_id = ""
        at, user = self._clock(), None
        with self._db.write() as session:
            row = people.session_by_id(session, session_id, lock=True)
            if row is not None and row.revoked_at is None and row.expires_at > at:
                if hmac.compare_digest(row.refresh_hash, digest(secret)):
                    user = people.user(session, row.user_id)
                    secret = opaque()
                    row.used_hash, row.refresh_hash = row.refresh_hash, digest(secret)
                    row.seen_at, row.expires_at = at, at + SESSION
                else:
                    row.revoked_at = at
        if user is None or user.disabled_at is not None:
            raise NotAllowed("this sign-in is over", remedy=_REMEDY)
        return self._signed_in(user, session_id, secret)

    def by_access(self, token: str) -> Identity:
        """Who holds this access token. Raises NotAllowed."""
        return self._identity(self._tokens.read("access", token))

    def by_cookie(self, cookie: str) -> Identity:
        """Who holds this session's cookie. Raises NotAllowed."""
        return self._identity(self._tokens.read("session", cookie))

    def all(self, user_id: str) -> list[SignIn]:
        """Where the user is signed in, the last seen first."""
        with self._db.read() as session:
            return people.sessions(session, user_id, self._clock())

    def end(self, user_id: str, session_id: str) -> None:
        """Sign out on one device. Raises NotFound when it is not this user's."""
        with self._db.write() as session:
            row = people.session_by_id(session, session_id)
            if row is None or row.user_id != user_id:
                raise NotFound("there is no such sign-in", remedy="list them to see which there are")
            people.end_sessions(session, user_id, self._clock(), only=session_id)

    def end_all(self, user_id: str, *, but: str = "") -> None:
        """Sign out everywhere, or everywhere else than `but`."""
        with self._db.write() as session:
            people.end_sessions(session, user_id, self._clock(), but=but)

    def _identity(self, claims: dict[str, Any]) -> Identity:
        at = self._clock()
        with self._db.read() as session:
            row = people.session_by_id(session, str(claims.get("sid", "")))
            user = people.user(session, claims["sub"])
        if row is None or user is None or row.user_id != user.id or row.revoked_at is not None or row.expires_at <= at:
            raise NotAllowed("this sign-in is over", remedy=_REMEDY)
        if user.disabled_at is not None:
            raise NotAllowed("this account is disabled", remedy="write to whoever runs this studio")
        if at - row.seen_at > SEEN_EVERY:
            with self._db.write() as session:
                seen = people.session_by_id(session, row.id)
                if seen is not None:
                    seen.seen_at = at
        return Identity(user, row.id)

    def _signed_in(self, user: User, session_id: str, secret: str) -> SignedIn:
        return SignedIn(
            user=user,
            session_id=session_id,
            access_token=self._tokens.access(user.id, session_id),
            refresh_token=f"{session_id}.{secret}",
            cookie=self._tokens.sign("session", user.id, SESSION, sid=session_id),
            csrf=self._tokens.csrf(session_id),
        )
