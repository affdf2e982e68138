"""What is kept too long, or is nobody's, goes: clips after their time, files that no row knows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from aiditor.store.db import Database
from aiditor.store.files import Files
from aiditor.store.tables import Clip, Job, Project, User

__all__ = ["Gone", "expire"]

log = logging.getLogger(__name__)

UNKNOWN = timedelta(days=1)
"""How old a file must be that no row knows: younger ones are on their way into a row."""
OF = {"clips": Clip, "renders": Job, "projects": Project}
"""Keys are users/<user>/<kind>/<id of a row>/…"""


@dataclass(frozen=True, slots=True)
class Gone:
    """How many were removed."""

    clips: int
    """Whose time was over; their rows stay and say so."""
    files: int
    """Of which no row knew."""


def expire(db: Database, files: Files, at: datetime) -> Gone:
    """Remove clips whose time is over at `at`, and files older than a day that no row knows.

    Rows are changed first: a clip whose file could not be removed is a file that no row knows, which goes next time.
    """
    with db.write() as session:
        over = list(session.exec(select(Clip).where(col(Clip.expires_at) <= at, Clip.file_key != "")))
        keys = [clip.file_key for clip in over]
        for clip in over:
            clip.file_key, clip.state = "", "expired"
            clip.remedy = "add the recording again to use it in a new montage"
            session.add(clip)
    for key in keys:
        files.delete(key)
    unknown = list(_unknown(db, files, at - UNKNOWN))
    for key in unknown:
        files.delete(key)
    if keys or unknown:
        log.info("%d clips expired, %d files of nobody removed", len(keys), len(unknown))
    return Gone(len(keys), len(unknown))


def _unknown(db: Database, files: Files, before: datetime) -> Iterable[str]:
    """Keys of files put before that time that no row knows."""
    known: dict[tuple[str, str], bool] = {}
    for key in files.keys("users"):
        parts = key.split("/")
        if len(parts) < 4:
            continue
        kind, row_id = parts[2], parts[3]
        asked = ("user", parts[1]) if kind not in OF else (kind, row_id)
        if asked not in known:
            with db.read() as session:
                known[asked] = session.get(OF.get(asked[0], User), asked[1]) is not None
        if known[asked]:
            continue
        stored = files.stat(key)
        if stored is not None and stored.modified_at < before:
            yield key
