"""The tables: who, what they gave, what is to be done, what came of it. Times are UTC, ids cannot be guessed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Dialect, ForeignKey, Index, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel

__all__ = [
    "Clip",
    "DiscoveredClip",
    "Entitlement",
    "Job",
    "Project",
    "Render",
    "Session",
    "Upload",
    "User",
    "UserAuth",
    "new_id",
    "now",
]


def new_id() -> str:
    """A random id of 122 bits, as 32 hex digits."""
    return uuid.uuid4().hex


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, in every database: SQLite keeps none, so UTC is kept and given back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _when(*, default: Any = None, null: bool = False, index: bool = False) -> Any:
    column: dict[str, Any] = {"sa_type": UtcTime, "nullable": null, "index": index}
    return Field(default=None, **column) if default is None else Field(default_factory=default, **column)


def _json(default: Any) -> Any:
    return Field(default_factory=default, sa_type=JSON, nullable=False)


def _owner() -> Any:
    """The user a row belongs to: with the user, it goes."""
    return Field(sa_column=Column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False, index=True))


def _bytes() -> Any:
    return Field(0, sa_type=BigInteger, nullable=False)


class User(SQLModel, table=True):
    """Somebody who uses AIditor."""

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=200, description="What the page calls them.")
    role: str = Field("user", max_length=16, description="user or admin.")
    created_at: datetime = _when(default=now)
    disabled_at: datetime | None = _when(null=True)


class UserAuth(SQLModel, table=True):
    """One way in which a user signs in."""

    __table_args__ = (UniqueConstraint("provider", "subject"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    provider: str = Field(max_length=32, description="local, password or huggingface.")
    subject: str = Field(max_length=320, description="Who they are there: an e-mail in lower case, or an id.")
    secret: str = Field("", max_length=500, description="The password's argon2 hash; empty where another vouches.")
    failures: int = Field(0, description="Wrong passwords since the last right one.")
    locked_until: datetime | None = _when(null=True)
    reset_hash: str = Field("", max_length=64, description="SHA-256 of the reset token that was sent last.")
    reset_until: datetime | None = _when(null=True)
    confirmed_at: datetime | None = _when(null=True)
    created_at: datetime = _when(default=now)


class Session(SQLModel, table=True):
    """A sign-in on one device: a family of refresh tokens of which only the latest counts."""

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    refresh_hash: str = Field(max_length=64, unique=True, description="SHA-256 of the token that is good now.")
    used_hash: str = Field("", max_length=64, index=True, description="Of the one before: seen again, it was stolen.")
    device: str = Field("", max_length=300, description="The browser, as it names itself.")
    created_at: datetime = _when(default=now)
    seen_at: datetime = _when(default=now)
    expires_at: datetime = _when(default=now)
    revoked_at: datetime | None = _when(null=True)


class Project(SQLModel, table=True):
    """Clips that belong together, and what was chosen among their moments."""

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    name: str = Field("", max_length=200)
    choices: dict[str, Any] = _json(dict)
    created_at: datetime = _when(default=now)
    updated_at: datetime = _when(default=now, index=True)


class Clip(SQLModel, table=True):
    """A recording that a user gave; rejected ones too, with the reason."""

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    project_id: str = Field(sa_column=Column(ForeignKey("project.id", ondelete="CASCADE"), nullable=False, index=True))
    name: str = Field(max_length=300, description="As the user calls it.")
    file_key: str = Field("", max_length=500, description="Where `Files` has it; empty once it has expired.")
    bytes: int = _bytes()
    sha256: str = Field("", max_length=64, index=True)
    source_id: str = Field("", max_length=64, description="The `Source.id` that it became.")
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    state: str = Field("new", max_length=16, description="new, ready, rejected or expired.")
    why: str = Field("", max_length=1000)
    remedy: str = Field("", max_length=1000)
    warnings: list[str] = _json(list)
    created_at: datetime = _when(default=now)
    expires_at: datetime | None = _when(null=True, index=True)


class Job(SQLModel, table=True):
    """Work to be done: durable, leased to one worker at a time, taken up again where that one dies."""

    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        Index("ix_job_claim", "state", "priority", "created_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    project_id: str | None = Field(
        default=None, sa_column=Column(ForeignKey("project.id", ondelete="CASCADE"), nullable=True, index=True)
    )
    kind: str = Field(max_length=32, description="analyse, listen or make.")
    title: str = Field("", max_length=300)
    request: dict[str, Any] = _json(dict)
    state: str = Field("queued", max_length=16, description="queued, running, done, failed or cancelled.")
    priority: int = Field(0, description="Higher goes first.")
    idempotency_key: str | None = Field(None, max_length=200)
    stage: str = Field("", max_length=32)
    fraction: float = Field(0.0, description="Of the whole, in [0, 1].")
    note: str = Field("", max_length=500)
    left_s: float | None = None
    version: int = Field(0, description="Goes up with every change that a follower should see.")
    attempts: int = Field(0, description="How often a worker took it.")
    strikes: int = Field(0, description="How often in a row it was interrupted without having got further.")
    struck_at: float = Field(0.0, description="How far it was when it was interrupted last, in [0, 1].")
    not_before: datetime = _when(default=now)
    worker: str = Field("", max_length=100, description="Who holds the lease.")
    lease_until: datetime | None = _when(null=True)
    cancel_asked_at: datetime | None = _when(null=True)
    error_kind: str = Field("", max_length=100, description="The error's class.")
    why: str = Field("", max_length=2000)
    remedy: str = Field("", max_length=1000)
    file: str = Field("", max_length=500, description="The name of the file that the error is about.")
    result: dict[str, Any] = _json(dict)
    timing: dict[str, float] = _json(dict)
    created_at: datetime = _when(default=now)
    started_at: datetime | None = _when(null=True)
    ended_at: datetime | None = _when(null=True, index=True)
    told: bool = Field(False, index=True, description="Whether the lake has its facts.")


class Render(SQLModel, table=True):
    """One file of a finished job."""

    __table_args__ = (UniqueConstraint("job_id", "form"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    job_id: str = Field(sa_column=Column(ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True))
    form: str = Field(max_length=32, description="landscape, portrait, poster, otio, json …")
    file_key: str = Field(max_length=500)
    media_type: str = Field("application/octet-stream", max_length=100)
    bytes: int = _bytes()
    sha256: str = Field("", max_length=64)
    created_at: datetime = _when(default=now)


class Upload(SQLModel, table=True):
    """A file on its way: how much of it has arrived."""

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    name: str = Field(max_length=300)
    bytes: int = _bytes()
    offset: int = _bytes()
    done: bool = False
    created_at: datetime = _when(default=now)
    expires_at: datetime = _when(default=now, index=True)


class DiscoveredClip(SQLModel, table=True):
    """A clip that a linked account has, and that was not fetched yet or was."""

    __tablename__ = "discovered_clip"
    __table_args__ = (UniqueConstraint("user_id", "provider", "provider_clip_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = _owner()
    provider: str = Field(max_length=32)
    provider_clip_id: str = Field(max_length=300)
    title: str = Field("", max_length=300)
    game: str = Field("", max_length=200)
    url: str = Field("", max_length=2000)
    thumbnail_url: str = Field("", max_length=2000)
    content_hash: str = Field("", max_length=64, index=True)
    duration_s: float | None = None
    recorded_at: datetime | None = _when(null=True)
    state: str = Field("found", max_length=16, description="found, fetched, ignored or gone.")
    clip_id: str | None = Field(
        default=None, sa_column=Column(ForeignKey("clip.id", ondelete="SET NULL"), nullable=True)
    )
    found_at: datetime = _when(default=now)


class Entitlement(SQLModel, table=True):
    """What a user may do: the plan, and where it comes from."""

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(
        sa_column=Column(ForeignKey("user.id", ondelete="CASCADE"), nullable=False, unique=True, index=True)
    )
    plan: str = Field("free", max_length=32)
    source: str = Field("default", max_length=32, description="default, admin or stripe.")
    status: str = Field("active", max_length=32)
    period_end: datetime | None = _when(null=True)
    cancel_at_period_end: bool = False
    customer_ref: str = Field("", max_length=100, index=True)
    subscription_ref: str = Field("", max_length=100, index=True)
    updated_at: datetime = _when(default=now)
