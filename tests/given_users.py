"""Stand-ins for tests of who may do what: a clock that is set, a letterbox, quick hashes, an app of the auth routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI, WebSocket
from starlette.testclient import TestClient

from aiditor.api import admin, auth, huggingface
from aiditor.api.guard import CurrentUser, SocketUser, install, owned
from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.store.tables import Project
from aiditor.users.passwords import Passwords
from aiditor.users.service import Users

SECRET = "a long walk at dusk"


@dataclass
class Clock:
    """Tells the time it was set to."""

    at: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def ahead(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Letterbox:
    """Keeps what would be mailed."""

    configured: bool = True
    letters: list[tuple[str, str, str]] = field(default_factory=list)

    def send(self, to: str, subject: str, text: str) -> None:
        self.letters.append((to, subject, text))

    def token(self, kind: str) -> str:
        """The one in the last letter's link."""
        return self.letters[-1][2].split(f"#{kind}=")[1].split()[0]


class Counting(Passwords):
    """Quick, and counts how often a password was compared."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.compared = 0

    def right(self, kept: str, password: str) -> bool:
        self.compared += 1
        return super().right(kept, password)


def app_of(users: Users) -> FastAPI:
    """The routes of signing in, with one that changes something, one that is somebody's, a socket and a fault."""
    app = FastAPI()
    install(app, users)
    for part in (auth, admin, huggingface):
        app.include_router(part.router)

    @app.post("/things")
    def make(user: CurrentUser) -> dict[str, str]:
        return {"of": user.id}

    @app.get("/things/{owner}")
    def thing(owner: str, user: CurrentUser) -> dict[str, str]:
        return {"of": owned(Project(user_id=owner) if owner != "none" else None, user).user_id}

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("a secret detail")

    @app.websocket("/ws")
    async def socket(websocket: WebSocket, user: SocketUser) -> None:
        await websocket.accept()
        await websocket.send_json({"of": user.id})
        await websocket.close()

    return app


@dataclass
class World:
    """A studio on loopback that people sign in to, without its page."""

    users: Users
    clock: Clock
    letters: Letterbox
    app: FastAPI

    @classmethod
    def made(cls, db: Database, home: Path, **values: object) -> World:
        defaults = {"aiditor_home": home, "aiditor_auth": "password", "secret_key": "s" * 40}
        settings = Settings(_env_file=None, **{**defaults, **values})  # type: ignore[arg-type]
        clock, letters = Clock(), Letterbox()
        users = Users(db, settings, mailer=letters, passwords=Counting(), clock=clock)
        return cls(users, clock, letters, app_of(users))

    def client(self, base: str = "http://127.0.0.1:7860", **more: Any) -> TestClient:
        """A browser or a program that keeps its own cookies; faults of the app come as answers."""
        return TestClient(self.app, base_url=base, raise_server_exceptions=False, follow_redirects=False, **more)

    def signed_in(self, email: str, *, cookie: bool = False, base: str = "http://127.0.0.1:7860") -> TestClient:
        """A client of a new user, who sends a token, or a cookie as the page does."""
        self.users.by_password.register(email, SECRET)
        client = self.client(base)
        body = {"email": email, "password": SECRET, "cookie": cookie}
        said = client.post("/v2/auth/login", json=body).json()
        if cookie:
            client.headers["x-csrf-token"] = said["csrf_token"]
        else:
            client.headers["authorization"] = f"Bearer {said['access_token']}"
        return client

    def admin(self) -> TestClient:
        """A client of an admin."""
        client = self.signed_in("root@example.com")
        self.users.make_admin(client.get("/v2/auth/me").json()["id"])
        return client
