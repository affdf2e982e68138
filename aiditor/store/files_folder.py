"""Files in a folder of this machine.

objects/<key>      the files themselves
about/<key>.json   hash and type of each, with the size and time that they hold for: else they are found anew
parts/             what is being written; renamed when it is whole
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from errno import EXDEV
from pathlib import Path

from aiditor.errors import AIditorError, BadConfig, BadInput
from aiditor.store.files import PIECE, Stored, media_type_of, missing, sha256_of, span, trouble
from aiditor.store.files_names import checked_key, checked_prefix

__all__ = ["FolderFiles"]

ATTEMPTS = 20
"""Tries to put a file into a folder that a deletion takes away at the same moment."""


class FolderFiles:
    """`Files` below `root`. Cheap to make; holds nothing open."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.objects, self.about, self.parts = (self.root / name for name in ("objects", "about", "parts"))

    def put(self, key: str, path: Path, *, media_type: str = "", move: bool = False) -> Stored:
        target, part = self._path(key), self.parts / uuid.uuid4().hex
        try:
            if not path.is_file():
                raise BadInput(f"{path.name} is no file", remedy="give a file that is there", file=path)
            self.parts.mkdir(parents=True, exist_ok=True)
            moved = move and _moved(path, part)
            try:
                sha256 = _settled(part) if moved else _copied(path, part)
                stored = _stored(key, part.stat(), sha256, media_type or media_type_of(key))
                note = _note_of(stored, part.stat())
                _placed(part, target)
                self._keep_note(key, note)
                if move and not moved:
                    path.unlink()
            except BaseException:
                if moved:
                    os.replace(part if part.exists() else target, path)
                else:
                    target.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise trouble(error, target.name) from error
        finally:
            part.unlink(missing_ok=True)
        return stored

    def stat(self, key: str) -> Stored | None:
        path = self._path(key)
        try:
            status = path.stat()
            if not path.is_file():
                return None
            known = self._noted(key, status)
            if known is not None:
                return _stored(key, status, *known)
            stored = _stored(key, status, sha256_of(path), media_type_of(key))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise trouble(error, path.name) from error
        with contextlib.suppress(OSError):  # a full disk does not matter here: it is found anew next time
            self._keep_note(key, _note_of(stored, status))
        return stored

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        stored = self.stat(key)
        if stored is None:
            raise missing(key)
        return self._pieces(key, *span(stored, start, end))

    def _pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        try:
            with self._path(key).open("rb") as file:
                file.seek(start)
                while start < end and (piece := file.read(min(PIECE, end - start))):
                    start += len(piece)
                    yield piece
        except FileNotFoundError as error:
            raise missing(key) from error
        if start < end:
            raise AIditorError(f"{key.rpartition('/')[2]} is shorter than it was", remedy="ask for it again")

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        if not path.is_file():
            raise missing(key)
        yield path

    def url(self, key: str, *, expires_s: int, name: str) -> str | None:  # noqa: ARG002
        if not self._path(key).is_file():
            raise missing(key)
        return None

    def keys(self, prefix: str = "") -> Iterator[str]:
        below = checked_prefix(prefix)
        return _below(self.objects / below, below)

    def delete(self, key: str) -> None:
        path, about = self._path(key), self._about(key)
        try:
            for file, top in ((path, self.objects), (about, self.about)):
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    file.unlink()
                _tidied(file.parent, top)
        except OSError as error:
            raise trouble(error, path.name) from error

    def delete_all(self, prefix: str) -> int:
        if not prefix:
            raise BadInput("all files at once are never deleted", remedy="name a folder")
        keys = list(self.keys(prefix))
        for key in keys:
            self.delete(key)
        return len(keys)

    def sweep(self, before: datetime) -> int:
        swept = 0
        for part in self.parts.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < before.timestamp():
                    part.unlink()
                    swept += 1
        return swept

    def ping(self) -> None:
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            probe = self.parts / uuid.uuid4().hex
            probe.touch()
            probe.unlink()
        except OSError as error:
            why = f"files cannot be kept in {self.root} ({error.strerror})"
            raise BadConfig(why, remedy="set AIDITOR_HOME to a folder that you may write to") from error

    # --- inside

    def _path(self, key: str) -> Path:
        return self.objects / checked_key(key)

    def _about(self, key: str) -> Path:
        return self.about / f"{checked_key(key)}.json"

    def _keep_note(self, key: str, note: dict[str, str | int]) -> None:
        part = self.parts / uuid.uuid4().hex
        try:
            part.write_text(json.dumps(note), encoding="utf-8")
            _placed(part, self._about(key))
        finally:
            part.unlink(missing_ok=True)

    def _noted(self, key: str, status: os.stat_result) -> tuple[str, str] | None:
        """Hash and type, when they were noted for the very file that is there."""
        try:
            note = json.loads(self._about(key).read_text(encoding="utf-8"))
            holds = (note["bytes"], note["mtime_ns"], note["inode"]) == _mark(status)
            return (str(note["sha256"]), str(note["media_type"])) if holds else None
        except (OSError, ValueError, KeyError, TypeError):  # none, or one that is not ours: the file itself tells
            return None


def _mark(status: os.stat_result) -> tuple[int, int, int]:
    """What tells one file from the next under the same key; two that are put at once may share size and time."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def _note_of(stored: Stored, status: os.stat_result) -> dict[str, str | int]:
    marks = dict(zip(("bytes", "mtime_ns", "inode"), _mark(status), strict=True))
    return {"sha256": stored.sha256, "media_type": stored.media_type, **marks}


def _stored(key: str, status: os.stat_result, sha256: str, media_type: str) -> Stored:
    when = datetime.fromtimestamp(status.st_mtime, UTC)
    return Stored(key, status.st_size, sha256, media_type, when)


def _moved(path: Path, part: Path) -> bool:
    """Whether the file is now `part`; False where it must be copied: from another disk, or through a link."""
    if path.is_symlink():
        return False
    try:
        os.rename(path, part)
    except OSError as error:
        if error.errno != EXDEV:
            raise
        return False
    return True


def _settled(part: Path) -> str:
    """The hash of a file that is now safe on the disk, and as old as its being put."""
    with part.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    os.utime(part)
    return sha256


def _copied(path: Path, part: Path) -> str:
    """A copy of the file, safe on the disk; returns its hash. Raises BadInput when the file changes meanwhile."""
    with path.open("rb") as source, part.open("xb") as target:
        before = os.fstat(source.fileno())
        digest = hashlib.sha256()
        while piece := source.read(PIECE):
            digest.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
        after = os.fstat(source.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise BadInput(f"{path.name} changed while it was read", remedy="wait until it is written, and try again")
    return digest.hexdigest()


def _placed(part: Path, target: Path) -> None:
    """The part at its place. The folder may be taken away between its making and the renaming: then it is made anew."""
    for attempt in range(ATTEMPTS):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, target)
            return
        except FileNotFoundError:
            if attempt == ATTEMPTS - 1 or not part.exists():
                raise


def _below(folder: Path, prefix: str) -> Iterator[str]:
    """The keys of all files in the folder, in the order of their characters, as S3 gives them."""
    try:
        with os.scandir(folder) as found:
            entries = sorted((f"{entry.name}/" if entry.is_dir() else entry.name) for entry in found)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.endswith("/"):
            yield from _below(folder / entry, prefix + entry)
        else:
            yield prefix + entry


def _tidied(folder: Path, top: Path) -> None:
    """Folders that hold nothing any more are removed, up to `top`."""
    while folder != top and top in folder.parents:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:  # somebody's files are in it
            return
        folder = folder.parent
