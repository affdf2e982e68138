"""What a kind of job needs to be done: a task, and what it is given.

    @task("make")
    def make(job: Job, here: Here) -> dict[str, Any]:
        ...

A task may be stopped or killed at any moment and run again by another process: it keeps finished stages in
`here.folder`, each whole or absent, and doing it twice leaves what doing it once does.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiditor.clock import OnReport
from aiditor.errors import BadConfig
from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.store.files import Files
from aiditor.store.leases import Also
from aiditor.store.tables import Job

__all__ = ["Here", "Task", "Tasks", "load_tasks", "task"]

_KIND = "__job_kind__"


@dataclass(frozen=True, slots=True)
class Here:
    """Where a task runs."""

    settings: Settings
    db: Database
    files: Files
    folder: Path
    """The job's own, kept between tries and gone when the job has ended: finished stages lie here."""
    on_report: OnReport
    """Called twice a second at least; raises Cancelled when the task is to stop, whoever wants it to."""
    also: list[Also] = field(default_factory=list)

    def at_the_end(self, write: Also) -> None:
        """Let `write(session)` add its rows in the transaction that ends the job: with it, or never."""
        self.also.append(write)


Task = Callable[[Job, Here], dict[str, Any]]
"""Does one job; what it returns is JSON, and goes to `Job.result`. Its "timing", if any, is seconds by stage."""
Tasks = Mapping[str, Task]


def task(kind: str) -> Callable[[Task], Task]:
    """Marks the function that does jobs of this kind."""

    def marked(function: Task) -> Task:
        setattr(function, _KIND, kind)
        return function

    return marked


def load_tasks(modules: str | Sequence[str]) -> Tasks:
    """The tasks of these modules, by kind.

    Raises BadConfig for a module that is not there or holds none, and for a kind that two of them do.
    """
    found: dict[str, Task] = {}
    for name in modules.split(",") if isinstance(modules, str) else modules:
        try:
            module = importlib.import_module(name.strip())
        except ModuleNotFoundError as error:
            raise BadConfig(f"there is no module {error.name}", remedy="look at JOB_TASKS") from error
        mine = {getattr(each, _KIND): each for _, each in inspect.getmembers(module, _is_task)}
        if twice := mine.keys() & found.keys():
            raise BadConfig(f"{name} does {min(twice)} jobs, as another module does", remedy="look at JOB_TASKS")
        if not mine:
            raise BadConfig(f"{name} holds no tasks", remedy="look at JOB_TASKS")
        found |= mine
    return found


def _is_task(each: object) -> bool:
    return inspect.isfunction(each) and hasattr(each, _KIND)
