"""Passwords: what is accepted, how it is kept, and checking one in a time that tells nothing."""

from __future__ import annotations

import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from aiditor.errors import BadInput

__all__ = ["LONGEST", "SHORTEST", "Passwords"]

SHORTEST, LONGEST = 10, 200
"""Characters of a password. NIST SP 800-63B asks for 8 or more, and to take 64 at the least."""
_AT_ONCE = 4
"""Hashes at the same time: each takes 64 MiB, and signing in must not take the memory that renders need."""
_COMMON = (
    "1234567890",
    "12345678910",
    "0123456789",
    "1q2w3e4r5t",
    "qwertyuiop",
    "qwerty1234",
    "qwerty12345",
    "password12",
    "password123",
    "password1234",
    "passwordpassword",
    "iloveyou12",
    "letmein1234",
    "adminadmin",
    "administrator",
    "welcome1234",
    "changeme123",
    "1qaz2wsx3edc",
    "abcdefghij",
    "abcd123456",
)
"""The commonest of that length or more, which are tried first."""


class Passwords:
    """Argon2id hashes with the parameters of RFC 9106's second recommendation, or those of `hasher`."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    @cached_property
    def nobody(self) -> str:
        """What an unknown user's password is compared with. Made once, before anybody signs in."""
        return self._hasher.hash("nobody has this password")

    def check(self, password: str, *, email: str = "") -> None:
        """Raises BadInput for a password that should not be used."""
        plain = _normal(password)
        if len(plain) < SHORTEST:
            raise BadInput("the password is too short", remedy=f"choose one of {SHORTEST} characters or more")
        if len(plain) > LONGEST:
            raise BadInput("the password is too long", remedy=f"choose one of {LONGEST} characters or less")
        easy = plain.lower()
        if easy in _COMMON or len(set(easy)) < 4 or (email and easy in (email, email.split("@")[0])):
            raise BadInput("the password is too easy to guess", remedy="choose a few words that nobody would expect")

    def hash(self, password: str) -> str:
        """What is kept of a password: algorithm, parameters, salt and hash in one line."""
        with self._room:
            return self._hasher.hash(_normal(password))

    def right(self, kept: str, password: str) -> bool:
        """Whether this is the password whose hash is kept. Without one, as for an unknown user, it takes as long."""
        if len(password) > LONGEST * 4:
            password = ""  # never right: no such password is accepted, and none has to be hashed
        with self._room:
            try:
                self._hasher.verify(kept or self.nobody, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return bool(kept)

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _normal(password: str) -> str:
    """The same characters however a keyboard composes them (NIST SP 800-63B 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
