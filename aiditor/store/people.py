"""Rows of users, their sign-ins, sessions and entitlements. Each function works within the session it is given.

Rows that are read in a `write` may be changed: the end of the block saves them. `lock` keeps two writers from changing
the same row at once where the database has more than one writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, or_, select, update

from aiditor.store.tables import Entitlement, User, UserAuth, now
from aiditor.store.tables import Session as SignIn

__all__ = [
    "SignIn",
    "add",
    "count_admins",
    "end_sessions",
    "entitlement",
    "entitlements",
    "page",
    "remove",
    "remove_old_sessions",
    "session_by_id",
    "sessions",
    "set_entitlement",
    "sign_in_by_id",
    "sign_in_by_reset",
    "sign_in_of",
    "sign_ins",
    "user",
]


def add(session: Session, user: User, auth: UserAuth) -> bool:
    """A new user with one way to sign in. False, and nothing changed, when that provider and subject are taken."""
    try:
        with session.begin_nested():
            session.add(user)
            session.flush()
            session.add(auth)
    except IntegrityError:
        return False
    return True


def user(session: Session, user_id: str, *, lock: bool = False) -> User | None:
    """The user of that id."""
    return session.get(User, user_id, with_for_update=lock or None)


def sign_in_of(session: Session, provider: str, subject: str, *, lock: bool = False) -> UserAuth | None:
    """How that person signs in with that provider."""
    asked = select(UserAuth).where(UserAuth.provider == provider, UserAuth.subject == subject)
    return session.exec(asked.with_for_update() if lock else asked).one_or_none()


def sign_in_by_reset(session: Session, reset_hash: str) -> UserAuth | None:
    """Whose password may be set anew with the token of that hash."""
    asked = select(UserAuth).where(UserAuth.reset_hash == reset_hash, UserAuth.reset_hash != "")
    return session.exec(asked.with_for_update()).one_or_none()


def sign_in_by_id(session: Session, auth_id: str) -> UserAuth | None:
    """The way to sign in of that id."""
    return session.get(UserAuth, auth_id)


def sign_ins(session: Session, user_ids: Sequence[str]) -> list[UserAuth]:
    """All the ways in which these users sign in."""
    return list(session.exec(select(UserAuth).where(col(UserAuth.user_id).in_(user_ids))))


def session_by_id(session: Session, session_id: str, *, lock: bool = False) -> SignIn | None:
    """The sign-in of that id."""
    return session.get(SignIn, session_id, with_for_update=lock or None)


def sessions(session: Session, user_id: str, at: datetime) -> list[SignIn]:
    """The user's sign-ins that are good at that time, the last seen first."""
    asked = select(SignIn).where(
        SignIn.user_id == user_id, col(SignIn.revoked_at).is_(None), col(SignIn.expires_at) > at
    )
    return list(session.exec(asked.order_by(col(SignIn.seen_at).desc())))


def end_sessions(session: Session, user_id: str, at: datetime, *, but: str = "", only: str = "") -> None:
    """End all of the user's sign-ins, all but one, or one only."""
    asked = update(SignIn).where(col(SignIn.user_id) == user_id, col(SignIn.revoked_at).is_(None))
    if but:
        asked = asked.where(col(SignIn.id) != but)
    if only:
        asked = asked.where(col(SignIn.id) == only)
    session.execute(asked.values(revoked_at=at))


def remove_old_sessions(session: Session, user_id: str, before: datetime) -> None:
    """Forget the user's sign-ins that ended before that time."""
    session.execute(delete(SignIn).where(col(SignIn.user_id) == user_id, col(SignIn.expires_at) < before))


def entitlement(session: Session, user_id: str) -> Entitlement | None:
    """What the user is entitled to; None is the default."""
    return session.exec(select(Entitlement).where(Entitlement.user_id == user_id)).one_or_none()


def entitlements(session: Session, user_ids: Sequence[str]) -> dict[str, Entitlement]:
    """What these users are entitled to, by user; who has the default is left out."""
    rows = session.exec(select(Entitlement).where(col(Entitlement.user_id).in_(user_ids)))
    return {row.user_id: row for row in rows}


def set_entitlement(session: Session, user_id: str, **values: Any) -> Entitlement:
    """Change the user's entitlement, or make the first one."""
    row = entitlement(session, user_id) or Entitlement(user_id=user_id)
    for name, value in {**values, "updated_at": now()}.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def page(session: Session, *, before: datetime | None = None, limit: int = 50, find: str = "") -> list[User]:
    """Users, the newest first; `before` goes on from there, `find` is a part of a name or an e-mail."""
    asked = select(User)
    if before is not None:
        asked = asked.where(col(User.created_at) < before)
    if find:
        called = col(User.name).icontains(find, autoescape=True)
        signs_in = select(UserAuth.user_id).where(col(UserAuth.subject).icontains(find, autoescape=True))
        asked = asked.where(or_(called, col(User.id).in_(signs_in)))
    return list(session.exec(asked.order_by(col(User.created_at).desc(), col(User.id)).limit(limit)))


def count_admins(session: Session) -> int:
    """How many admins can act."""
    asked = select(func.count()).select_from(User).where(User.role == "admin", col(User.disabled_at).is_(None))
    return session.exec(asked).one()


def remove(session: Session, user_id: str) -> bool:
    """Delete the user, and by the tables' rules all of their rows. False when there was none."""
    return session.execute(delete(User).where(col(User.id) == user_id)).rowcount > 0
