"""Where clips and finished montages lie: one Protocol over a folder and over S3.

    files = open_files(Settings())
    files.put("users/ada/clips/1/clip.mp4", path, move=True)
    with files.local("users/ada/clips/1/clip.mp4") as path:
        probe(path)

A key is plain names with "/" between them. A file is whole or absent, and what is read is what was put.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import Protocol

from aiditor.errors import AIditorError, BadInput, DiskFull, NotFound
from aiditor.settings import Settings

__all__ = ["PIECE", "Files", "Stored", "media_type_of", "missing", "open_files", "sha256_of", "span", "trouble"]

PIECE = 1024**2
"""Bytes held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One file that is kept."""

    key: str
    bytes: int
    sha256: str
    """Of its content, as hex."""
    media_type: str
    modified_at: datetime
    """When it was put, in UTC."""


class Files(Protocol):
    """A place for files, safe to use from many threads and processes.

    All methods raise BadInput for a key that leads elsewhere (.., absolute, empty parts, a backslash, control
    characters), and AIditorError when the place cannot be reached or written to.
    """

    def put(self, key: str, path: Path, *, media_type: str = "", move: bool = False) -> Stored:
        """Keep a copy of the file at `path`, in place of what the key held; `move` takes the file itself away.

        Without a `media_type`, the key's ending tells it. Raises BadInput when `path` is no file or changes meanwhile,
        DiskFull; then nothing is kept, and the file at `path` is still there.
        """

    def stat(self, key: str) -> Stored | None:
        """What is kept under the key; None when nothing is."""

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, without, `end` (its end when None), in pieces of at most 1 MiB.

        Raises NotFound, or BadInput for a start behind the file's end, at once and not with the first piece.
        """

    def local(self, key: str) -> AbstractContextManager[Path]:
        """A file of this machine with that content, to be read only, for as long as the block. Raises NotFound."""

    def url(self, key: str, *, expires_s: int, name: str) -> str | None:
        """An address from which anybody may download the file, as `name`, for so long; None where there is none.

        Raises NotFound.
        """

    def keys(self, prefix: str = "") -> Iterator[str]:
        """The keys below the folder `prefix`, in order; all of them for ""."""

    def delete(self, key: str) -> None:
        """Forget the file; one that is gone already is no error."""

    def delete_all(self, prefix: str) -> int:
        """Forget all files below the folder `prefix`, which is not empty; returns how many there were."""

    def sweep(self, before: datetime) -> int:
        """Remove what puts that were broken off before that time left behind; returns how many."""

    def ping(self) -> None:
        """Raises AIditorError, with what to set, when the place cannot be used."""


def open_files(settings: Settings) -> Files:
    """The place that the settings name. Raises BadConfig when they do not say enough."""
    if settings.use_object_storage:
        from aiditor.store.files_s3 import S3Files

        return S3Files.of(settings)
    from aiditor.store.files_folder import FolderFiles

    return FolderFiles(settings.aiditor_home / "files")


# --- what all places share


def sha256_of(path: Path) -> str:
    """The hash of a file's content, as hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def media_type_of(key: str) -> str:
    """As the key's ending tells it."""
    return mimetypes.guess_type(key.rpartition("/")[2])[0] or "application/octet-stream"


def span(stored: Stored, start: int, end: int | None) -> tuple[int, int]:
    """The first byte and the one after the last that are wanted. Raises BadInput for what lies behind the end."""
    last = stored.bytes if end is None else min(end, stored.bytes)
    if not 0 <= start <= last:
        why = f"{stored.key} has {stored.bytes} bytes, and not those from {start} to {end}"
        raise BadInput(why, remedy="ask for a range inside the file", file=stored.key)
    return start, last


def missing(key: str) -> NotFound:
    return NotFound(f"{key.rpartition('/')[2]} is not there any more", remedy="it has expired, or was deleted")


def trouble(error: OSError, what: str) -> AIditorError:
    """An error of the disk, told for people; `what` is the file's name."""
    if error.errno in (ENOSPC, EDQUOT, EFBIG):
        return DiskFull(f"no room left for {what}", remedy="free some space and try again")
    said = error.strerror or str(error)
    if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError | FileExistsError):
        return BadInput(f"{what} cannot be kept ({said})", remedy="give a file that is there")
    why = f"{what} cannot be reached ({said})"
    return AIditorError(why, remedy="check the disk and the rights of the data folder, AIDITOR_HOME")
