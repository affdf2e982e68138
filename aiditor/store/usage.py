"""How much a user has and does, as their rows say."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, func, select

from aiditor.store.db import Database
from aiditor.store.tables import Clip, Job, Render

__all__ = ["jobs_at_work", "montages_since", "used_bytes"]


def jobs_at_work(db: Database, user_id: str, *, but_of: str = "") -> int:
    """Jobs that wait or run, those of the project `but_of` left out."""
    asked = select(func.count()).select_from(Job).where(Job.user_id == user_id)
    with db.read() as session:
        mine = asked.where(col(Job.state).in_(("queued", "running")), func.coalesce(Job.project_id, "") != but_of)
        return int(session.exec(mine).one())


def montages_since(db: Database, user_id: str, since: datetime) -> int:
    """Montages that were made since then, or will be: failed and cancelled ones do not count."""
    asked = select(func.count()).select_from(Job).where(Job.user_id == user_id, Job.kind == "make")
    with db.read() as session:
        mine = asked.where(col(Job.state).in_(("queued", "running", "done")), col(Job.created_at) >= since)
        return int(session.exec(mine).one())


def used_bytes(db: Database, user_id: str) -> tuple[int, int]:
    """Bytes of the clips that are still there, and of what was made."""
    clips = select(func.coalesce(func.sum(col(Clip.bytes)), 0)).where(Clip.user_id == user_id, Clip.file_key != "")
    made = select(func.coalesce(func.sum(col(Render.bytes)), 0)).where(Render.user_id == user_id)
    with db.read() as session:
        return int(session.exec(clips).one()), int(session.exec(made).one())
