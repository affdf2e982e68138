"""Accounts with an e-mail and a password: made, confirmed, signed in to, locked, recovered.

Whether somebody has an account is not told: signing in and asking for a new password answer the same, in the same
time, for everybody. Making an account says so where REGISTRATION=open; with `confirmed`, only their mail does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from aiditor.errors import BadInput, NotAllowed
from aiditor.settings import Settings
from aiditor.store import people
from aiditor.store.db import Database
from aiditor.store.tables import User, UserAuth, new_id, now
from aiditor.users.mail import Mailer
from aiditor.users.passwords import Passwords
from aiditor.users.tokens import Tokens, digest, opaque

__all__ = ["ByPassword", "email_of"]

TRIES = 5
"""Wrong passwords before the account pauses."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""The first pause, doubled with each further failure, and where that ends."""
RESET, CONFIRM = timedelta(hours=1), timedelta(days=3)
"""How long these links are good for."""
HOME = "http://127.0.0.1:7860"
_WRONG = "the e-mail or the password is not right, or there were too many tries"
_WRONG_REMEDY = "try again in a few minutes, or ask for a new password"
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@\w(?:[\w.-]*\w)?")


class ByPassword:
    """The verbs of accounts that have a password."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        tokens: Tokens,
        *,
        mailer: Mailer,
        passwords: Passwords | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._db = db
        self._settings = settings
        self._tokens = tokens
        self._mailer = mailer
        self._passwords = passwords or Passwords()
        self._clock = clock
        if settings.aiditor_auth == "password":
            _ = self._passwords.nobody  # made now: the first unknown user shall wait no longer than others

    def check(self, email: str, password: str) -> None:
        """Raises BadInput for an e-mail or a password that no account may have, NotAllowed where none is made."""
        if self._settings.registration == "closed":
            raise NotAllowed("accounts are made by the admin here", remedy="ask whoever runs this studio for one")
        self._passwords.check(password, email=email_of(email))

    def register(self, email: str, password: str, *, name: str = "") -> User | None:
        """A new account; None when there is one for that e-mail. Either way a `welcome` is due.

        Raises BadInput, NotAllowed as `check` does.
        """
        self.check(email, password)
        return self.make(email, password, name=name)

    def make(self, email: str, password: str, *, name: str = "") -> User | None:
        """`register` by an admin, whom REGISTRATION does not concern."""
        email = email_of(email)
        self._passwords.check(password, email=email)
        secret = self._passwords.hash(password)
        user = User(id=new_id(), name=_called(name, email), created_at=self._clock())
        auth = UserAuth(id=new_id(), user_id=user.id, provider="password", subject=email, secret=secret)
        with self._db.write() as session:
            made = people.add(session, user, auth)
        return user if made else None

    def welcome(self, email: str) -> None:
        """Mail what follows on `register`: the link that confirms, or that there is an account. Takes its time.

        Raises AIditorError from the mail server.
        """
        with self._db.read() as session:
            auth = people.sign_in_of(session, "password", _or_nobody(email))
        if auth is None:
            return
        to = auth.subject
        if auth.confirmed_at is not None:
            text = f"Somebody wanted to make an account for {to}: you have one. Sign in at {self._home}/sign-in, or ask"
            self._mailer.send(to, "You have an account", f"{text} for a new password.\n")
        elif self._mailer.configured or to in self._settings.admins:
            token = self._tokens.sign("confirm", auth.id, CONFIRM)
            text = f"Confirm that {to} is yours at\n\n{self._home}/sign-in#confirm={token}\n\n"
            self._mailer.send(to, "Your account", f"{text}You made no account? Then ignore this.\n")

    def confirm(self, token: str, password: str) -> User:
        """The e-mail is theirs who has the link and the password. Raises NotAllowed."""
        auth_id = self._tokens.read("confirm", token)["sub"]
        with self._db.read() as session:
            auth = people.sign_in_by_id(session, auth_id)
        if auth is None:
            raise NotAllowed(_WRONG, remedy=_WRONG_REMEDY)
        return self.sign_in(auth.subject, password, confirms=True)

    def sign_in(self, email: str, password: str, *, confirms: bool = False) -> User:
        """Whose e-mail and password these are. Raises NotAllowed, the same for a wrong password and a wrong e-mail."""
        subject = _or_nobody(email)
        secret = self._try(subject)
        right = self._passwords.right(secret, password)
        if not right:
            raise NotAllowed(_WRONG, remedy=_WRONG_REMEDY)
        anew = self._passwords.hash(password) if self._passwords.outdated(secret) else secret
        with self._db.write() as session:
            auth = people.sign_in_of(session, "password", subject, lock=True)
            if auth is None or auth.secret != secret:
                raise NotAllowed(_WRONG, remedy=_WRONG_REMEDY)
            auth.secret, auth.failures, auth.locked_until = anew, 0, None
            if confirms:
                self._confirmed(auth)
            user = people.user(session, auth.user_id)
            assert user is not None
            if confirms:
                self._promote(user, auth)
        if self._settings.registration == "confirmed" and auth.confirmed_at is None:
            raise NotAllowed("this e-mail is not confirmed yet", remedy="open the link that was mailed to it")
        return user

    def change(self, user_id: str, old: str, new: str) -> None:
        """Another password, for whoever knows the old one. Raises NotAllowed, BadInput.

        Whoever calls this ends the other sessions.
        """
        auth = self._auth_of(user_id)
        self._passwords.check(new, email=auth.subject)
        self.sign_in(auth.subject, old)
        self._set(auth.subject, new)

    def ask_reset(self, email: str) -> None:
        """Mail a link that sets a new password, if there is such an account. Takes its time: answer first."""
        subject, token = _or_nobody(email), opaque()
        with self._db.write() as session:
            auth = people.sign_in_of(session, "password", subject, lock=True)
            if auth is not None:
                auth.reset_hash, auth.reset_until = digest(token), self._clock() + RESET
        if auth is not None:
            text = f"Set a new password within an hour at\n\n{self._home}/sign-in#reset={token}\n\n"
            self._mailer.send(subject, "A new password", f"{text}You did not ask for this? Then nothing changes.\n")

    def reset(self, token: str, password: str) -> User:
        """Set the password with a mailed token, which is good once; the account is confirmed and unlocked.

        Raises NotAllowed, BadInput. Whoever calls this ends the user's sessions.
        """
        with self._db.read() as session:
            auth = people.sign_in_by_reset(session, digest(token))
        if auth is None or auth.reset_until is None or auth.reset_until <= self._clock():
            raise NotAllowed("this link is used up or over", remedy="ask for a new one")
        self._passwords.check(password, email=auth.subject)
        secret = self._passwords.hash(password)
        with self._db.write() as session:
            auth = people.sign_in_by_reset(session, digest(token))
            if auth is None:
                raise NotAllowed("this link is used up or over", remedy="ask for a new one")
            auth.secret, auth.failures, auth.locked_until = secret, 0, None
            auth.reset_hash, auth.reset_until = "", None
            self._confirmed(auth)
            user = people.user(session, auth.user_id)
            assert user is not None
            self._promote(user, auth)
        return user

    def proves(self, user_id: str, password: str) -> None:
        """Raises NotAllowed unless this is the user's password; those who have none need no proof."""
        with self._db.read() as session:
            auth = next((one for one in people.sign_ins(session, [user_id]) if one.provider == "password"), None)
        if auth is not None:
            self.sign_in(auth.subject, password)

    def _auth_of(self, user_id: str) -> UserAuth:
        with self._db.read() as session:
            for auth in people.sign_ins(session, [user_id]):
                if auth.provider == "password":
                    return auth
        raise BadInput("this account has no password", remedy="it is kept where you sign in")

    def _try(self, subject: str) -> str:
        """Count a try before it is looked at, so that many at once are no way around; the hash to compare with."""
        at = self._clock()
        with self._db.write() as session:
            auth = people.sign_in_of(session, "password", subject, lock=True)
            if auth is None or (auth.locked_until is not None and auth.locked_until > at):
                return ""
            auth.failures += 1
            if auth.failures >= TRIES:
                auth.locked_until = at + min(FIRST_PAUSE * 2 ** min(auth.failures - TRIES, 10), LONGEST_PAUSE)
            return auth.secret

    def _set(self, subject: str, password: str) -> None:
        secret = self._passwords.hash(password)
        with self._db.write() as session:
            auth = people.sign_in_of(session, "password", subject, lock=True)
            if auth is not None:
                auth.secret, auth.reset_hash, auth.reset_until = secret, "", None

    def _confirmed(self, auth: UserAuth) -> None:
        auth.confirmed_at = auth.confirmed_at or self._clock()

    def _promote(self, user: User, auth: UserAuth) -> None:
        if auth.subject in self._settings.admins:
            user.role = "admin"

    @property
    def _home(self) -> str:
        return self._settings.page_url or HOME


def email_of(text: str) -> str:
    """The e-mail as it is kept: in lower case. Raises BadInput for what is none."""
    email = text.strip().lower()
    if not 3 <= len(email) <= 254 or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise BadInput("that is not an e-mail address", remedy="write it like ada@example.com")
    return email


def _or_nobody(text: str) -> str:
    """The e-mail, or what nobody has: signing in with nonsense takes the way that others take."""
    try:
        return email_of(text)
    except BadInput:
        return ""


def _called(name: str, email: str) -> str:
    shown = "".join(char for char in name if char.isprintable()).strip()
    return (shown or email.split("@")[0])[:200]
