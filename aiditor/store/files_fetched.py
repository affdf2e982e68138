"""What was fetched from afar and lies on this machine, by its hash, as long as there is room for it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from aiditor.errors import AIditorError
from aiditor.store.files import sha256_of, trouble

__all__ = ["Fetched"]


class Fetched:
    """Files below `root`, each named by the SHA-256 of its content, used by many threads and processes at once.

    When they take more than `max_bytes`, those that were used longest ago go, but never one that is in use: users
    hold a shared lock on it (flock, which ends with them however they end).
    """

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        self.root, self.max_bytes = root, max_bytes

    @contextmanager
    def held(self, sha256: str, fetch: Callable[[Path], None]) -> Iterator[Path]:
        """The file with this hash, to be read only; `fetch(path)` writes it when it is not here.

        Raises AIditorError when what was fetched has another hash, DiskFull.
        """
        path = self.root / sha256
        while True:
            if not path.is_file():
                self._add(path, fetch)
            try:
                file = path.open("rb")
            except FileNotFoundError:  # pruned between two lines
                continue
            with file:
                fcntl.flock(file, fcntl.LOCK_SH)
                if _is_still(path, os.fstat(file.fileno())):
                    os.utime(path)
                    yield path
                    return

    def keep(self, path: Path, sha256: str) -> None:
        """Take the file at `path`, whose hash is known, away and in here."""
        self._add(self.root / sha256, lambda part: _moved(path, part), known=True)

    def sweep(self, before: datetime) -> int:
        """Remove what was never fetched to its end; returns how many."""
        swept = 0
        for part in self.root.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < before.timestamp():
                    part.unlink()
                    swept += 1
        return swept

    def _add(self, path: Path, fetch: Callable[[Path], None], *, known: bool = False) -> None:
        part = path.with_name(f"{uuid.uuid4().hex}.part")
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            fetch(part)
            if not known and sha256_of(part) != path.name:
                raise AIditorError("a file is damaged where files are kept", remedy="upload it again")
            part.replace(path)
            self._prune(path)
        except OSError as error:
            raise trouble(error, "a file from the file storage") from error
        finally:
            part.unlink(missing_ok=True)

    def _prune(self, newest: Path) -> None:
        files = [file for file in self.root.glob("*") if file.suffix != ".part" and file != newest]
        room = self.max_bytes - _status(newest)[1]
        for file in sorted(files, key=_status, reverse=True):
            with contextlib.suppress(FileNotFoundError, BlockingIOError), file.open("rb") as handle:
                room -= os.fstat(handle.fileno()).st_size
                if room < 0:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    file.unlink()


def _moved(path: Path, part: Path) -> None:
    shutil.move(path, part)
    os.utime(part)


def _is_still(path: Path, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), status)
    except FileNotFoundError:
        return False


def _status(file: Path) -> tuple[float, int]:
    """When it was used last, and its size; the oldest of all when it is gone."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return 0.0, 0
    return status.st_mtime, status.st_size
