"""Tokens: who signs them, what each is good for, and for how long.

Signed (JWT, HS256): access tokens, the session's cookie, links to files, the confirmation of an e-mail, the state of
a sign-in elsewhere. Each has its own audience, so that none can be used as another. Opaque: refresh tokens and those
that set a password anew, of which the database keeps the SHA-256 only.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import jwt

from aiditor.errors import AIditorError, NotAllowed
from aiditor.settings import Settings
from aiditor.store.tables import new_id, now

__all__ = ["ACCESS", "DOWNLOAD", "SESSION", "Tokens", "digest", "opaque", "secret_key"]

ACCESS = timedelta(minutes=15)
DOWNLOAD = timedelta(minutes=10)
SESSION = timedelta(days=30)
"""How long a sign-in lasts that is not used."""

Use = Literal["access", "session", "download", "confirm", "oauth"]
_REMEDY = "sign in and try again"


class Tokens:
    """Makes and reads signed tokens. `clock` tells the time in UTC."""

    def __init__(self, key: bytes, *, clock: Callable[[], datetime] = now) -> None:
        """`key` is the deployment's secret, from `secret_key`."""
        self._signing = hmac.new(key, b"aiditor jwt", hashlib.sha256).digest()
        self._csrf = hmac.new(key, b"aiditor csrf", hashlib.sha256).digest()
        self._clock = clock

    def sign(self, use: Use, subject: str, lasts: timedelta, **claims: Any) -> str:
        """A token about `subject` for one use. `claims` must be JSON."""
        at = int(self._clock().timestamp())
        body = {**claims, "sub": subject, "aud": use, "iat": at, "exp": at + int(lasts.total_seconds())}
        return jwt.encode(body, self._signing, algorithm="HS256")

    def read(self, use: Use, token: str) -> dict[str, Any]:
        """The claims of a token that is good for this use now. Raises NotAllowed for any other."""
        options: Any = {"require": ["sub", "aud", "exp"], "verify_exp": False, "verify_iat": False}
        try:
            body = jwt.decode(token, self._signing, algorithms=["HS256"], audience=use, options=options)
        except jwt.InvalidTokenError as error:
            raise NotAllowed("this sign-in or link is not valid", remedy=_REMEDY) from error
        # By our own clock, which the tests set.
        if not isinstance(body["exp"], int) or body["exp"] <= self._clock().timestamp():
            raise NotAllowed("this sign-in or link has expired", remedy=_REMEDY)
        return body

    def access(self, user_id: str, session_id: str) -> str:
        """What an API client sends as `Authorization: Bearer …`, for `ACCESS`."""
        return self.sign("access", user_id, ACCESS, sid=session_id)

    def download(self, user_id: str, file_key: str, *, lasts: timedelta = DOWNLOAD) -> str:
        """What opens one file of one user for a short time, as part of a link."""
        return self.sign("download", user_id, lasts, file=file_key)

    def read_download(self, token: str, file_key: str) -> str:
        """The user whose file it is. Raises NotAllowed when the token is over or for another file."""
        body = self.read("download", token)
        if not hmac.compare_digest(str(body.get("file", "")).encode(), file_key.encode()):
            raise NotAllowed("this link is for another file", remedy="ask for the download again")
        return str(body["sub"])

    def csrf(self, session_id: str) -> str:
        """What a page of this session must send back with whatever changes something."""
        return hmac.new(self._csrf, session_id.encode(), hashlib.sha256).hexdigest()

    def csrf_right(self, session_id: str, given: str) -> bool:
        """Whether that is what was given to the page."""
        return hmac.compare_digest(self.csrf(session_id).encode(), given.encode())


def opaque() -> str:
    """A token of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of an opaque token: SHA-256 in hex, enough for what cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def secret_key(settings: Settings) -> bytes:
    """SECRET_KEY, or the one that was made on the first start and lies in the data folder for its owner only.

    Raises AIditorError when the data folder cannot be written.
    """
    given = settings.secret_key.get_secret_value()
    if given:
        return given.encode()
    kept = settings.aiditor_home / "secret.key"
    try:
        if not kept.exists():
            _make_key(kept)
        key = kept.read_bytes().strip()
    except OSError as error:
        why = f"the key that signs sessions cannot be kept in {kept.parent} ({error.strerror})"
        raise AIditorError(why, remedy="make the folder writable, or set SECRET_KEY") from error
    if len(key) < 32:
        raise AIditorError(f"{kept} holds no key", remedy="delete it, and everybody signs in anew", file=kept)
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{new_id()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        try:
            os.link(part, path)  # whole, and only where there is none: another process may start at the same time
        except FileExistsError:
            return
        except OSError:  # a mounted bucket or card knows no links
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
