"""`/v2/auth`: making an account, signing in and out, passwords, and oneself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from aiditor.api import cookies
from aiditor.api.guard import CurrentIdentity, CurrentUser, from_here
from aiditor.api.problems import PROBLEMS, Refused, Taken
from aiditor.api.rates import limited
from aiditor.users.plans import Plan
from aiditor.users.service import Account, Users
from aiditor.users.sessions import SignedIn
from aiditor.users.tokens import ACCESS

__all__ = ["Me", "router"]

router = APIRouter(prefix="/v2/auth", tags=["auth"], dependencies=[Depends(from_here)], responses=PROBLEMS)


def users_of(request: Request) -> Users:
    """A dependency: the service."""
    users: Users = request.app.state.guard.users
    return users


def passwords_here(request: Request) -> None:
    """A dependency: only where people sign in with passwords."""
    if request.app.state.guard.settings.aiditor_auth != "password":
        raise Refused("nobody signs in with a password here", remedy="AIDITOR_AUTH=password turns that on")


TheUsers = Annotated[Users, Depends(users_of)]
Email = Annotated[str, Field(max_length=320, examples=["ada@example.com"])]
Password = Annotated[SecretStr, Field(max_length=1000, examples=["a long walk at dusk"])]
Token = Annotated[str, Field(max_length=2000)]
_passwords = Depends(passwords_here)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _SignsIn(_Body):
    cookie: bool = Field(False, description="Set the session's cookie, as a page wants, and answer without tokens.")


class Registration(_Body):
    """An account to be made."""

    email: Email
    password: Password
    name: str = Field("", max_length=80)


class Credentials(_SignsIn):
    """Who signs in."""

    email: Email
    password: Password


class WithToken(_SignsIn):
    """A mailed token, and a password."""

    token: Token
    password: Password


class Refresh(_Body):
    """A refresh token, which is good once."""

    refresh_token: Token


class NewPassword(_Body):
    """Another password, by who knows the old one."""

    old: Password
    new: Password


class Address(_Body):
    """Whose."""

    email: Email


class Farewell(_Body):
    """The password again, where there is one: nobody else shall delete the account."""

    password: Password = SecretStr("")


class Said(BaseModel):
    """One sentence."""

    detail: str


class Me(BaseModel):
    """A user, as they see themselves."""

    id: str
    name: str
    email: str
    confirmed: bool
    role: str
    provider: str
    created_at: datetime
    disabled: bool
    plan: Plan

    @classmethod
    def of(cls, account: Account) -> Me:
        user = account.user
        return cls(
            id=user.id,
            name=user.name,
            email=account.email,
            confirmed=account.confirmed,
            role=user.role,
            provider=account.provider,
            created_at=user.created_at,
            disabled=user.disabled_at is not None,
            plan=account.plan,
        )


class Entered(BaseModel):
    """Signed in. With `cookie`, the tokens are empty and `csrf_token` goes into the header X-CSRF-Token."""

    user: Me
    token_type: str = "Bearer"
    access_token: str = ""
    expires_in: int = Field(int(ACCESS.total_seconds()), description="Seconds until the access token is over.")
    refresh_token: str = ""
    csrf_token: str = ""


class Device(BaseModel):
    """One place where the user is signed in."""

    id: str
    device: str
    created_at: datetime
    seen_at: datetime
    this_one: bool


def _entered(users: Users, response: Response, signed: SignedIn, *, cookie: bool) -> Entered:
    me = Me.of(users.account(signed.user.id))
    response.headers["cache-control"] = "no-store"
    if cookie:
        cookies.keep(response, users.settings, signed)
        return Entered(user=me, csrf_token=signed.csrf)
    return Entered(user=me, access_token=signed.access_token, refresh_token=signed.refresh_token)


def _device(request: Request) -> str:
    return request.headers.get("user-agent", "")


@router.post(
    "/register",
    status_code=201,
    responses={202: {"model": Said}},
    dependencies=[_passwords, Depends(limited("register", "10/hour"))],
)
def register(body: Registration, users: TheUsers, response: Response, later: BackgroundTasks) -> Said:
    """Make an account; sign in next. Where mails must be confirmed (202), it answers the same for a known e-mail."""
    made = users.by_password.register(body.email, body.password.get_secret_value(), name=body.name)
    if users.settings.registration == "confirmed":
        later.add_task(users.by_password.welcome, body.email)
        response.status_code = 202
        return Said(detail="a mail is on its way: open the link in it to go on")
    if made is None:
        raise Taken("there is an account for this e-mail", remedy="sign in, or ask for a new password")
    later.add_task(users.by_password.welcome, body.email)
    return Said(detail="your account is made: sign in")


@router.post("/confirm", dependencies=[_passwords, Depends(limited("confirm", "20/hour"))])
def confirm(body: WithToken, users: TheUsers, request: Request, response: Response) -> Entered:
    """Confirm the e-mail with the token that was mailed to it, and sign in."""
    user = users.by_password.confirm(body.token, body.password.get_secret_value())
    return _entered(users, response, users.sessions.open(user, device=_device(request)), cookie=body.cookie)


@router.post("/login", dependencies=[_passwords, Depends(limited("login", "30/5 minutes"))])
def login(body: Credentials, users: TheUsers, request: Request, response: Response) -> Entered:
    """Sign in."""
    user = users.by_password.sign_in(body.email, body.password.get_secret_value())
    return _entered(users, response, users.sessions.open(user, device=_device(request)), cookie=body.cookie)


@router.post("/refresh", dependencies=[Depends(limited("refresh", "60/minute"))])
def refresh(body: Refresh, users: TheUsers, response: Response) -> Entered:
    """The next access and refresh token. Each refresh token is good once; one that comes again ends the sign-in."""
    return _entered(users, response, users.sessions.refresh(body.refresh_token), cookie=False)


@router.post("/logout", status_code=204)
def logout(who: CurrentIdentity, users: TheUsers, response: Response) -> None:
    """Sign out here."""
    if who.session_id:
        users.sessions.end(who.user.id, who.session_id)
    cookies.clear(response, users.settings)


@router.post("/logout-all", status_code=204)
def logout_all(user: CurrentUser, users: TheUsers, response: Response) -> None:
    """Sign out everywhere."""
    users.sessions.end_all(user.id)
    cookies.clear(response, users.settings)


@router.get("/sessions")
def sessions(who: CurrentIdentity, users: TheUsers) -> list[Device]:
    """Where the user is signed in, the last seen first."""
    return [
        Device(**row.model_dump(include={"id", "device", "created_at", "seen_at"}), this_one=row.id == who.session_id)
        for row in users.sessions.all(who.user.id)
    ]


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(session_id: str, user: CurrentUser, users: TheUsers) -> None:
    """Sign out on one device."""
    users.sessions.end(user.id, session_id)


@router.post("/password", status_code=204, dependencies=[_passwords, Depends(limited("password", "20/hour"))])
def password(body: NewPassword, who: CurrentIdentity, users: TheUsers) -> None:
    """Change the password; all other sign-ins end."""
    users.by_password.change(who.user.id, body.old.get_secret_value(), body.new.get_secret_value())
    users.sessions.end_all(who.user.id, but=who.session_id)


@router.post("/reset/ask", status_code=202, dependencies=[_passwords, Depends(limited("reset", "10/hour"))])
def ask_reset(body: Address, users: TheUsers, later: BackgroundTasks) -> Said:
    """Ask for a link that sets a new password. It answers the same, and as fast, for every e-mail."""
    later.add_task(users.by_password.ask_reset, body.email)
    if users.mailer.configured:
        return Said(detail="if there is an account for this e-mail, a link is on its way to it")
    return Said(detail="no mail is set up here: if there is such an account, whoever runs this studio has the link")


@router.post("/reset", dependencies=[_passwords, Depends(limited("reset-with", "20/hour"))])
def reset(body: WithToken, users: TheUsers, request: Request, response: Response) -> Entered:
    """Set a new password with a mailed token and sign in; all other sign-ins end."""
    user = users.by_password.reset(body.token, body.password.get_secret_value())
    users.sessions.end_all(user.id)
    return _entered(users, response, users.sessions.open(user, device=_device(request)), cookie=body.cookie)


@router.get("/me")
def me(user: CurrentUser, users: TheUsers) -> Me:
    """Oneself, and one's plan."""
    return Me.of(users.account(user.id))


@router.delete("/me", status_code=204, dependencies=[Depends(limited("delete-me", "10/hour"))])
def delete_me(user: CurrentUser, users: TheUsers, response: Response, body: Farewell | None = None) -> None:
    """Delete the account with everything in it, for good."""
    users.by_password.proves(user.id, (body or Farewell()).password.get_secret_value())
    users.delete(user.id)
    cookies.clear(response, users.settings)
