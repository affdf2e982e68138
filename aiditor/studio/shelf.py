"""Projects, put together from their rows and from what jobs left, and written back. Nothing here works for long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aiditor.errors import NotFound
from aiditor.store.files import Files
from aiditor.store.projects import Projects
from aiditor.store.tables import Job
from aiditor.studio.kept import kept_analysis, kept_words
from aiditor.studio.project import Project, as_choices, choose
from aiditor.words import Words

__all__ = ["Shelf"]

T = TypeVar("T")
HELD = 32
"""Results of jobs that are kept in memory, the last used ones: each a few hundred kilobytes."""


class Shelf:
    """All projects of all users. Safe to use from many threads; two processes may change different things at once."""

    def __init__(self, rows: Projects, files: Files, latest: Callable[[str], list[Job]]) -> None:
        """`latest(project_id)` gives its jobs, newest first."""
        self.rows, self.files, self._latest = rows, files, latest
        self._held: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: dict[str, threading.RLock] = {}

    def get(self, user_id: str, project_id: str) -> Project:
        """The project as it is now. Raises NotFound when there is none, or none of this user's."""
        row = self.rows.get(user_id, project_id)
        project = Project(row.id, row.user_id, row.name, tuple(self.rows.clips(row.id)))
        choices = row.choices
        if choices.get("analysis"):
            found = self._result("analysis", row.user_id, row.id, choices["analysis"], kept_analysis)
            if found is not None:
                project.analysis, project.thumbs, project.detector = found
        if choices.get("heard"):
            found = self._result("heard", row.user_id, row.id, choices["heard"], kept_words)
            if found is not None:
                project.words, project.heard, project.planned = found
                project.words = _decided(project.words, choices.get("kept_words", {}))
                project.planned = None if choices.get("rendered") else project.planned
        choose(project, choices)
        project.thumbs = {**project.thumbs, **{(s, t): uri for s, t, uri in choices.get("thumbs", ())}}
        jobs = self._latest(row.id)
        project.job = next(iter(jobs), None)
        project.made = next((job for job in jobs if job.kind == "make"), None)
        return project

    @contextmanager
    def changing(self, user_id: str, project_id: str) -> Iterator[Project]:
        """The project, whose choices are written back at the end of the block unless it raises."""
        with self._turn(project_id):
            project = self.get(user_id, project_id)
            shown = dict(project.thumbs)
            yield project
            new = [[s, t, uri] for (s, t), uri in project.thumbs.items() if (s, t) not in shown]
            chosen = as_choices(project)

            def edit(choices: dict[str, Any]) -> dict[str, Any]:
                return {**choices, **chosen, "thumbs": [*choices.get("thumbs", []), *new]}

            self.rows.change(user_id, project_id, edit)

    def set(self, user_id: str, project_id: str, **choices: Any) -> None:
        """Set these of the project's choices and leave the others. Raises NotFound."""
        self.rows.change(user_id, project_id, lambda before: {**before, **choices})

    @contextmanager
    def _turn(self, project_id: str) -> Iterator[None]:
        with self._lock:
            turn = self._turns.setdefault(project_id, threading.RLock())
        with turn:
            yield

    def _result(self, what: str, user_id: str, project_id: str, job_id: str, load: Callable[..., T]) -> T | None:
        """From memory, or from its file; None where that has gone."""
        key = (what, job_id)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]  # type: ignore[no-any-return]
        try:
            found = load(self.files, user_id, project_id, job_id)
        except NotFound:
            return None
        with self._lock:
            self._held[key] = found
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return found


def _decided(words: Words, kept: dict[str, bool]) -> Words:
    """`words` with what was decided of them since they were heard; of words that are gone nothing."""
    known = {hit.id for _, hit in words.hits()}
    for hit_id, keep in kept.items():
        if hit_id in known:
            words = words.with_keep(hit_id, keep)
    return words
