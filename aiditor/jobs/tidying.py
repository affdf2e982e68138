"""What is removed when a job has ended: its folder, and the files of one that came to nothing."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from aiditor.errors import NotFound
from aiditor.settings import Settings
from aiditor.store.files import Files
from aiditor.store.job_states import ENDED
from aiditor.store.work import Work

__all__ = ["folder_of", "sweep", "tidy"]

log = logging.getLogger(__name__)


def folder_of(settings: Settings, user_id: str, job_id: str) -> Path:
    """Where the job's stages lie, whether there are any or not."""
    return settings.jobs_dir / f"{user_id}.{job_id}"


def tidy(settings: Settings, files: Files, user_id: str, job_id: str, state: str) -> None:
    """Remove what a job in that state needs no longer; the folder goes last, so that `sweep` finds what is left."""
    if state != "done":
        files.delete_all(f"users/{user_id}/renders/{job_id}/")
    shutil.rmtree(folder_of(settings, user_id, job_id), ignore_errors=True)


def sweep(settings: Settings, files: Files, work: Work) -> int:
    """Tidy after jobs that have ended, or are gone, and whose worker died before it could; returns how many."""
    swept = 0
    for folder in sorted(settings.jobs_dir.glob("*.*")):
        user_id, _, job_id = folder.name.partition(".")
        state = _state(work, job_id)
        if state in ENDED or state == "gone":
            tidy(settings, files, user_id, job_id, state)
            swept += 1
            log.info("tidied after job %s (%s)", job_id, state)
    return swept


def _state(work: Work, job_id: str) -> str:
    try:
        return work.get(job_id).state
    except NotFound:
        return "gone"
