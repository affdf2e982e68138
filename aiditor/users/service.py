"""Users of a deployment: who they are, what they may do, and what an admin can do about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiditor.errors import BadInput, NotAllowed, NotFound
from aiditor.settings import Settings
from aiditor.store import people
from aiditor.store.db import Database
from aiditor.store.tables import User, UserAuth, new_id, now
from aiditor.users.by_password import ByPassword
from aiditor.users.mail import Mailer, mailer_of
from aiditor.users.passwords import Passwords
from aiditor.users.plans import Plan, limits_of
from aiditor.users.sessions import Sessions
from aiditor.users.tokens import Tokens, secret_key

__all__ = ["Account", "Users"]


@dataclass(frozen=True, slots=True)
class Account:
    """A user as an admin sees them, or as they see themselves."""

    user: User
    email: str
    confirmed: bool
    provider: str
    plan: Plan


class Users:
    """`sessions` signs in and out, `by_password` is about passwords; what is left is here.

    `wipe` is called with the id of a user who is to be deleted, before the rows go: it removes their files and facts.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        *,
        mailer: Mailer | None = None,
        passwords: Passwords | None = None,
        wipe: Callable[[str], object] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Raises BadConfig when mail is half configured, AIditorError when no key can be kept."""
        self.settings = settings
        self.mailer = mailer or mailer_of(settings)
        self.tokens = Tokens(secret_key(settings), clock=clock)
        self.sessions = Sessions(db, self.tokens, clock=clock)
        self.by_password = ByPassword(db, settings, self.tokens, mailer=self.mailer, passwords=passwords, clock=clock)
        self._db = db
        self._wipe = wipe
        self._clock = clock

    def local_user(self) -> User:
        """The one user of AIDITOR_AUTH=none, who is the admin too; made on the first call."""
        with self._db.read() as session:
            user = _user_of(session, "local", "local")
        return user or self._made("local", "local", "You", role="admin")

    def from_huggingface(self, info: Mapping[str, Any]) -> User:
        """Who that is, by what the provider vouches for (`sub`, `preferred_username`, `email`); new ones are made.

        Raises NotAllowed when it does not say who, or no accounts are made here any more.
        """
        subject, called = str(info.get("sub") or ""), str(info.get("preferred_username") or info.get("name") or "")
        if not subject:
            raise NotAllowed("Hugging Face did not say who you are", remedy="try again")
        names = {called.lower()} | ({str(info.get("email")).lower()} if info.get("email_verified") else set())
        role = "admin" if names & self.settings.admins else "user"
        shown = "".join(char for char in called if char.isprintable())[:200] or "Hugging Face user"
        with self._db.write() as session:
            user = _user_of(session, "huggingface", subject)
            if user is not None:
                user.name = shown
                user.role = "admin" if role == "admin" else user.role
                return user
        if self.settings.registration == "closed" and role != "admin":
            raise NotAllowed("accounts are made by the admin here", remedy="ask whoever runs this studio for one")
        return self._made("huggingface", subject, shown, role=role)

    def account(self, user_id: str) -> Account:
        """All that is known of a user. Raises NotFound."""
        with self._db.read() as session:
            user = people.user(session, user_id)
            if user is None:
                raise NotFound("there is no such user", remedy="list the users to see who there is")
            return self._accounts(session, [user])[0]

    def page(self, *, before: datetime | None = None, limit: int = 50, find: str = "") -> list[Account]:
        """Users for the admin, the newest first; `before` goes on from there, `find` is in a name or an e-mail."""
        with self._db.read() as session:
            return self._accounts(session, people.page(session, before=before, limit=limit, find=find))

    def disable(self, user_id: str, *, by: str = "") -> Account:
        """Lock a user out at once. Raises NotFound, and BadInput for oneself."""
        if user_id == by:
            raise BadInput("you cannot disable yourself", remedy="ask another admin")
        return self._change(user_id, disabled_at=self._clock())

    def enable(self, user_id: str) -> Account:
        """Let a disabled user in again. Raises NotFound."""
        return self._change(user_id, disabled_at=None)

    def make_admin(self, user_id: str, *, admin: bool = True, by: str = "") -> Account:
        """Give or take the admin's rights. Raises NotFound, and BadInput for taking one's own."""
        if user_id == by and not admin:
            raise BadInput("you cannot take your own rights", remedy="ask another admin")
        return self._change(user_id, role="admin" if admin else "user")

    def set_plan(self, user_id: str, plan: str, *, until: datetime | None = None) -> Account:
        """Give a user a plan, for good or until then. Raises NotFound, BadInput for an unknown plan."""
        if plan not in ("free", "pro"):
            raise BadInput(f"there is no plan {plan!r}", remedy="choose free or pro")
        self.account(user_id)
        with self._db.write() as session:
            people.set_entitlement(
                session,
                user_id,
                plan=plan,
                source="admin",
                status="active",
                period_end=until,
                cancel_at_period_end=until is not None,
            )
        return self.account(user_id)

    def delete(self, user_id: str) -> None:
        """Delete a user with all that is theirs. Raises NotFound."""
        account = self.account(user_id)
        if account.provider == "local":
            raise BadInput("the local user cannot be deleted", remedy="delete the projects, or the data folder")
        self._change(user_id, disabled_at=self._clock())  # nothing new comes while files go
        self.sessions.end_all(user_id)
        if self._wipe is not None:
            self._wipe(user_id)
        with self._db.write() as session:
            people.remove(session, user_id)

    def _accounts(self, session: Any, users: list[User]) -> list[Account]:
        auths: dict[str, UserAuth] = {one.user_id: one for one in people.sign_ins(session, [one.id for one in users])}
        plans = people.entitlements(session, [one.id for one in users])
        return [
            Account(
                user=user,
                email=auth.subject if auth and auth.provider == "password" else "",
                confirmed=auth is not None and (auth.provider != "password" or auth.confirmed_at is not None),
                provider=auth.provider if auth else "",
                plan=limits_of(plans.get(user.id), self.settings, at=self._clock()),
            )
            for user in users
            for auth in (auths.get(user.id),)
        ]

    def _change(self, user_id: str, **values: Any) -> Account:
        with self._db.write() as session:
            user = people.user(session, user_id, lock=True)
            if user is None:
                raise NotFound("there is no such user", remedy="list the users to see who there is")
            for name, value in values.items():
                setattr(user, name, value)
            session.flush()
            return self._accounts(session, [user])[0]

    def _made(self, provider: str, subject: str, name: str, *, role: str) -> User:
        user = User(id=new_id(), name=name, role=role, created_at=self._clock())
        auth = UserAuth(user_id=user.id, provider=provider, subject=subject, confirmed_at=self._clock())
        with self._db.write() as session:
            if people.add(session, user, auth):
                return user
            other = _user_of(session, provider, subject)  # made by another process meanwhile
            assert other is not None
            return other


def _user_of(session: Any, provider: str, subject: str) -> User | None:
    auth = people.sign_in_of(session, provider, subject)
    return None if auth is None else people.user(session, auth.user_id)
