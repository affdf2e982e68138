"""What may happen to the row of a job, as plain functions over it.

    queued ─claim─► running ─finish─► done
      ▲ │              │ ├──fail────► failed
      │ └──cancel──────┼─┴──cancel──► cancelled
      └──fail, release─┘

A job that was interrupted, or failed of what may pass, is struck: it goes back in line, and ends where it got no
further too often.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiditor.store.db import Database
from aiditor.store.tables import Job

__all__ = ["ENDED", "KILLED", "KILLED_TRIES", "STATES", "Failure", "end", "locked", "plain", "queue", "strike"]

STATES = ("queued", "running", "done", "failed", "cancelled")
ENDED = frozenset({"done", "failed", "cancelled"})
KILLED_TRIES = 5
"""A job that ends its worker so often without getting further is not tried again: it may be what kills them."""
FURTHER = 0.02
"""Share of the whole that a job must have gained since it was interrupted last, or it did not get further."""
LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, in the words of the error."""

    kind: str
    why: str
    remedy: str = ""
    file: str = ""


KILLED = Failure(
    "WorkerLost",
    "the process that worked on it ended",
    "try again with fewer or shorter clips; the server may be short of memory",
)


def strike(job: Job, failure: Failure, *, tries: int, at: datetime, retry_s: float, chance: float) -> None:
    """It was interrupted at the time `at`: in line again, or at its end.

    It waits `retry_s`, twice as long with each time that it got no further, up to a minute; `chance` in [0, 1)
    shortens that by up to half, so that jobs that failed together do not come back together.
    """
    job.strikes = 1 if job.fraction > job.struck_at + FURTHER else job.strikes + 1
    job.struck_at = job.fraction
    if job.strikes < tries or job.cancel_asked_at is not None:
        wait_s = min(retry_s * 2 ** (job.strikes - 1), LONGEST_WAIT_S) * (1 - chance / 2)
        queue(job, at=at, wait_s=wait_s, note=f"{failure.why}; it is tried again")
        return
    job.error_kind, job.why = plain(failure.kind, 100), plain(failure.why, 2000)
    job.remedy, job.file = plain(failure.remedy, 1000), plain(failure.file, 500)
    end(job, "failed", at=at)


def queue(job: Job, *, at: datetime, wait_s: float = 0.0, note: str = "interrupted; goes on in a moment") -> None:
    """Back in line, for any worker; cancelled where that was asked for meanwhile."""
    if job.cancel_asked_at is not None:
        end(job, "cancelled", at=at)
        return
    job.state, job.worker, job.lease_until, job.left_s = "queued", "", None, None
    job.not_before, job.note = at + timedelta(seconds=wait_s), plain(note, 500)
    job.version += 1


def end(job: Job, state: str, *, at: datetime) -> None:
    """Done, failed or cancelled: nothing changes it any more."""
    job.state, job.ended_at, job.worker, job.lease_until = state, at, "", None
    job.left_s, job.note = None, ""
    job.version += 1


def plain(text: str, most: int) -> str:
    """Text that every database takes: no NUL, no lone surrogates, no longer than that."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:most]


def locked(db: Database, asked: Any, **how: Any) -> Any:
    """The query, holding its rows until the transaction ends; a writer of SQLite holds all of them anyway."""
    return asked if db.sqlite else asked.with_for_update(**how)
