"""Rows of projects, their clips, and the files that came of them. Everything is asked for by the user it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select, update

from aiditor.errors import NotFound
from aiditor.store.db import Database
from aiditor.store.tables import Clip, Job, Project, Render, now

__all__ = ["Projects", "set_renders"]

Choices = dict[str, Any]


class Projects:
    """Cheap to make; safe to use from many threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # --- projects

    def add(self, user_id: str, name: str = "") -> Project:
        """A new, empty project."""
        project = Project(user_id=user_id, name=name)
        with self._db.write() as session:
            session.add(project)
        return project

    def get(self, user_id: str, project_id: str) -> Project:
        """Raises NotFound when there is none of that id that is this user's."""
        with self._db.read() as session:
            return _mine(session.get(Project, project_id), user_id, "project")

    def all(self, user_id: str, *, before: datetime | None = None, limit: int = 50) -> list[Project]:
        """The user's projects, the last changed first; `before` goes on from there."""
        asked = select(Project).where(Project.user_id == user_id)
        if before is not None:
            asked = asked.where(Project.updated_at < before)
        with self._db.read() as session:
            return list(session.exec(asked.order_by(col(Project.updated_at).desc()).limit(limit)))

    def change(self, user_id: str, project_id: str, edit: Callable[[Choices], Choices | None]) -> Project:
        """Give the choices to `edit`, which changes them or returns others, alone in the whole database.

        Raises NotFound.
        """
        with self._db.write() as session:
            project = _mine(self._held(session, project_id), user_id, "project")
            choices = dict(project.choices)
            project.choices = edit(choices) or choices
            project.updated_at = now()
            session.add(project)
        return project

    def rename(self, user_id: str, project_id: str, name: str) -> Project:
        """Raises NotFound."""
        with self._db.write() as session:
            project = _mine(session.get(Project, project_id), user_id, "project")
            project.name, project.updated_at = name, now()
            session.add(project)
        return project

    def remove(self, user_id: str, project_id: str) -> None:
        """The project with its clips and jobs; its files are the caller's to remove. Raises NotFound."""
        with self._db.write() as session:
            session.delete(_mine(session.get(Project, project_id), user_id, "project"))

    def _held(self, session: Session, project_id: str) -> Project | None:
        asked = select(Project).where(Project.id == project_id)
        return session.exec(asked if self._db.sqlite else asked.with_for_update()).first()

    # --- clips

    def clips(self, project_id: str) -> list[Clip]:
        """Those of a project, in the order in which they were added."""
        asked = select(Clip).where(Clip.project_id == project_id).order_by(col(Clip.created_at), col(Clip.id))
        with self._db.read() as session:
            return list(session.exec(asked))

    def clip(self, user_id: str, clip_id: str) -> Clip:
        """Raises NotFound."""
        with self._db.read() as session:
            return _mine(session.get(Clip, clip_id), user_id, "clip")

    def add_clips(self, clips: Iterable[Clip]) -> None:
        with self._db.write() as session:
            session.add_all(list(clips))

    def set_clips(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """`changes[clip id]` are fields and their new values; clips that are gone meanwhile stay gone."""
        with self._db.write() as session:
            for clip_id, fields in changes.items():
                clip = session.get(Clip, clip_id)
                if clip is not None:
                    for name, value in fields.items():
                        setattr(clip, name, value)
                    session.add(clip)

    def remove_clips(self, user_id: str, clip_ids: Sequence[str]) -> list[str]:
        """The keys of the files that nothing names any longer."""
        keys = []
        with self._db.write() as session:
            for clip_id in clip_ids:
                clip = _mine(session.get(Clip, clip_id), user_id, "clip")
                keys.append(clip.file_key)
                session.delete(clip)
        return [key for key in keys if key]

    # --- what came of them

    def renders(self, job_id: str) -> dict[str, Render]:
        """The files of a job, by form."""
        with self._db.read() as session:
            found = session.exec(select(Render).where(Render.job_id == job_id))
            return {render.form: render for render in found}

    # --- jobs whose facts the lake does not have yet

    def untold(self, limit: int = 100) -> list[Job]:
        """Jobs that have ended, the first to end first."""
        asked = select(Job).where(col(Job.told).is_(False), col(Job.ended_at).is_not(None))
        with self._db.read() as session:
            return list(session.exec(asked.order_by(col(Job.ended_at)).limit(limit)))

    def told(self, job_ids: Sequence[str]) -> None:
        """The lake has the facts of these jobs."""
        with self._db.write() as session:
            session.exec(update(Job).where(col(Job.id).in_(job_ids)).values(told=True))


def set_renders(job_id: str, renders: Iterable[Render]) -> Callable[[Session], None]:
    """Writes all of a job's files at once, in place of those that were there, in the transaction that it is given."""
    rows = list(renders)

    def write(session: Session) -> None:
        session.exec(delete(Render).where(col(Render.job_id) == job_id))
        session.add_all(rows)

    return write


def _mine(row: Any, user_id: str, what: str) -> Any:
    if row is None or row.user_id != user_id:
        raise NotFound(f"there is no such {what}", remedy=f"list your {what}s to see which there are")
    return row
