"""How much a user's files take, as their rows say."""

from __future__ import annotations

from sqlmodel import col, func, select

from aiditor.store.db import Database
from aiditor.store.tables import Clip, Render

__all__ = ["used_bytes"]


def used_bytes(db: Database, user_id: str) -> tuple[int, int]:
    """Bytes of the clips that are still there, and of what was made."""
    clips = select(func.coalesce(func.sum(col(Clip.bytes)), 0)).where(Clip.user_id == user_id, Clip.file_key != "")
    made = select(func.coalesce(func.sum(col(Render.bytes)), 0)).where(Render.user_id == user_id)
    with db.read() as session:
        return int(session.exec(clips).one()), int(session.exec(made).one())
