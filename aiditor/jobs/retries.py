"""Which errors may pass by themselves, and what is said of each."""

from __future__ import annotations

import errno
from pathlib import Path

from aiditor.errors import (
    AIditorError,
    BadConfig,
    BadInput,
    DiskFull,
    LimitReached,
    MissingPart,
    NotAllowed,
    NothingToKeep,
    RenderFailed,
)
from aiditor.models.spec import out_of_memory
from aiditor.store.job_states import Failure

__all__ = ["failure_of", "tries_of"]

HICCUPS = frozenset(
    {errno.EIO, errno.EAGAIN, errno.EBUSY, errno.ESTALE, errno.ETIMEDOUT, errno.EINTR, errno.ENETDOWN, errno.ENFILE}
)
"""What a disk or a share says when it may do better in a moment."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NEVER = (BadInput, BadConfig, NothingToKeep, MissingPart, NotAllowed, LimitReached)


def tries_of(error: BaseException) -> int:
    """How often a job that fails so without getting further is tried: 1 for what would fail again."""
    if isinstance(error, NEVER):
        return 1
    if _full(error):
        return 3
    if out_of_memory(error) or isinstance(error, RenderFailed):
        return 2
    hiccup = isinstance(error, OSError) and error.errno in HICCUPS
    passing = hiccup or isinstance(error, ConnectionError | TimeoutError) or type(error) is AIditorError
    return 4 if passing else 1


def failure_of(error: BaseException, job_id: str) -> Failure:
    """The error in words that its user can act on; what it says of the server's inside stays in the log."""
    kind = type(error).__name__
    if isinstance(error, AIditorError):
        return Failure(kind, error.why, error.remedy, Path(error.file).name if error.file else "")
    if out_of_memory(error):
        return Failure("OutOfMemory", "the memory did not suffice", "try with fewer or shorter clips")
    if _full(error):
        return Failure("DiskFull", "the disk is full", "delete what is no longer needed and try again")
    if isinstance(error, OSError):
        return Failure(kind, f"the disk or the network gave up ({error.strerror or kind})", "try again in a moment")
    remedy = f"try again; if it stays so, tell whoever runs this server the job's number, {job_id}"
    return Failure(kind, f"something broke that should not have ({kind})", remedy)


def _full(error: BaseException) -> bool:
    return isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in FULL)
