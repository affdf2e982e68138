"""Files on their way in: resumable, as tus 1.0 has it, below HTTP.

    upload = uploads.begin(user_id, "clip.mp4", bytes=9_000_000)
    offset = uploads.append(upload.id, user_id, 0, chunks)      # again from `offset`, where it was broken off
    path = uploads.finish(upload.id, user_id)

<AIDITOR_HOME>/uploads/<upload>/<name>.part grows, and is <name> when it is whole. The row says how far it is; bytes
behind that, which a killed process may have left, are cut off with the next append.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func
from sqlmodel import col, select

from aiditor.errors import BadInput, LimitReached, NotFound, UnreadableMedia
from aiditor.media.sniff import HEAD_BYTES, not_a_clip
from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.store.files import trouble
from aiditor.store.files_names import safe_name
from aiditor.store.tables import Upload, now

__all__ = ["MOST_OPEN", "BeingWritten", "Uploads", "WrongOffset"]

MOST_OPEN = 500
"""Unfinished and unused uploads that one user may have at once."""
_RESUME = "ask how far it is, and go on from there"
_MP4 = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})


class WrongOffset(BadInput):
    """Bytes for another place than the upload's end. `offset` is the right one."""

    def __init__(self, why: str, *, remedy: str = "", offset: int = 0) -> None:
        self.offset = offset
        super().__init__(why, remedy=remedy)


class BeingWritten(BadInput):
    """Somebody else is sending bytes of the same upload now."""


class Uploads:
    """The uploads of a deployment, on this machine's disk. Safe to use from many threads and processes."""

    def __init__(self, db: Database, settings: Settings, *, clock: Callable[[], datetime] = now) -> None:
        self._db, self._now = db, clock
        self._root, self._most = settings.upload_dir, settings.max_upload_bytes
        self._lasts = timedelta(hours=settings.upload_hours)

    def begin(self, user_id: str, name: str, size: int, *, most: int | None = None) -> Upload:
        """A new upload of so many bytes. Raises LimitReached over `most`, or with too many that are open."""
        self._check_size(size, most)
        if size < 0:
            raise BadInput("an upload cannot have fewer than no bytes", remedy="send its length in bytes")
        at = self._now()
        upload = Upload(
            user_id=user_id, name=safe_name(name), bytes=size, created_at=at, expires_at=at + self._lasts
        )  # fmt: skip
        with self._db.write() as session:
            held = (
                select(func.count()).select_from(Upload).where(Upload.user_id == user_id, col(Upload.expires_at) > at)
            )
            if session.exec(held).one() >= MOST_OPEN:
                raise LimitReached("too many uploads are open", remedy="use or delete some of them first")
            session.add(upload)
        try:
            self._folder(upload.id).mkdir(parents=True)
            self._part(upload).touch()
        except OSError as error:
            self._forget(upload.id)
            raise trouble(error, upload.name) from error
        return upload

    def get(self, upload_id: str, user_id: str) -> Upload:
        """Raises NotFound for what is gone, over, or somebody else's."""
        with self._db.read() as session:
            upload = session.get(Upload, upload_id)
        if upload is None or upload.user_id != user_id or upload.expires_at <= self._now():
            raise NotFound("there is no such upload", remedy="it was used, deleted or too old: begin a new one")
        return upload

    def append(self, upload_id: str, user_id: str, offset: int, chunks: Iterable[bytes]) -> int:
        """Write these bytes at `offset`; how many there are now. What was written stays when `chunks` raises.

        Raises NotFound, WrongOffset, BeingWritten, LimitReached past the announced size, UnreadableMedia for what
        is no clip (the upload is gone then), DiskFull.
        """
        upload = self.get(upload_id, user_id)
        if upload.offset != offset:
            raise _elsewhere(upload)
        try:
            with self._part(upload).open("r+b") as file:
                _lock(file)
                upload = self.get(upload_id, user_id)  # another may have written until now
                if upload.offset != offset:
                    raise _elsewhere(upload)
                self._write(upload, file, chunks)
        except FileNotFoundError as error:  # finished, or dropped, meanwhile
            raise _elsewhere(self.get(upload_id, user_id)) from error
        except OSError as error:
            raise trouble(error, upload.name) from error
        return upload.offset

    def finish(self, upload_id: str, user_id: str) -> Path:
        """Where the whole file lies. Raises NotFound, BadInput while something is missing."""
        upload = self.get(upload_id, user_id)
        path = self._folder(upload.id) / upload.name
        if upload.offset != upload.bytes or not path.is_file():
            why = f"{upload.name} has not arrived: {upload.offset} of {upload.bytes} bytes are here"
            raise BadInput(why, remedy="send the rest first")
        return path

    def take(self, user_id: str, name: str, chunks: Iterable[bytes], *, most: int | None = None) -> Upload:
        """A whole file in one go, whose size is found out. Raises as `append`, and leaves nothing then."""
        upload = self.begin(user_id, name, 0)
        try:
            with self._part(upload).open("r+b") as file:
                _lock(file)
                upload.bytes = min(self._most, most or self._most)
                self._write(upload, file, chunks, whole=True)
        except OSError as error:
            self.drop(upload.id, user_id)
            raise trouble(error, upload.name) from error
        except BaseException:
            with suppress(NotFound):
                self.drop(upload.id, user_id)
            raise
        return upload

    def drop(self, upload_id: str, user_id: str) -> None:
        """Forget the upload and its bytes. Raises NotFound."""
        self._forget(self.get(upload_id, user_id).id)

    def expire(self) -> int:
        """Forget those that are over; returns how many."""
        with self._db.read() as session:
            over = session.exec(select(Upload.id).where(col(Upload.expires_at) <= self._now())).all()
        for upload_id in over:
            self._forget(upload_id)
        return len(over)

    # --- inside

    def _write(self, upload: Upload, file: BinaryIO, chunks: Iterable[bytes], *, whole: bool = False) -> None:
        """To the end of the part, which is locked; the row follows, however it ends. `whole`: the end is the size."""
        start = upload.offset
        file.truncate(start)
        file.seek(start)
        try:
            for chunk in chunks:
                if file.tell() + len(chunk) > upload.bytes:
                    raise self._too_much(upload, whole)
                file.write(chunk)
                if start < HEAD_BYTES <= file.tell():
                    start = HEAD_BYTES
                    file.flush()
                    self._check_kind(upload)
            if whole:
                upload.bytes = file.tell()
        finally:
            file.flush()
            upload.offset = file.tell()
            upload.done = upload.offset == upload.bytes
            if upload.done:
                os.fsync(file.fileno())
            self._save(upload)
        if upload.done:
            self._check_kind(upload)
            os.replace(self._part(upload), self._folder(upload.id) / upload.name)

    def _save(self, upload: Upload) -> None:
        with self._db.write() as session:
            row = session.get(Upload, upload.id)
            if row is not None:
                row.offset, row.bytes, row.done = upload.offset, upload.bytes, upload.done
                row.expires_at = self._now() + self._lasts
                session.add(row)

    def _check_size(self, size: int, most: int | None) -> None:
        least = min(self._most, most or self._most)
        if size > least:
            raise LimitReached(f"{_shown(size)} is more than {_shown(least)}", remedy="send smaller files")

    def _too_much(self, upload: Upload, whole: bool) -> LimitReached:
        if whole:
            return LimitReached(f"{upload.name} is larger than {_shown(upload.bytes)}", remedy="send a smaller file")
        return LimitReached(f"{upload.name} has more bytes than were announced", remedy="begin it with its true length")

    def _check_kind(self, upload: Upload) -> None:
        """Raises UnreadableMedia, and forgets the upload, when its first bytes say that it is no clip."""
        part = self._part(upload)
        with part.open("rb") as file:
            head = file.read(8)
        packed = head.startswith(b"PK\3\4") and upload.name.lower().endswith(".zip")
        other = None if head[4:8] in _MP4 or packed else not_a_clip(part)
        if other is not None:
            self._forget(upload.id)
            raise UnreadableMedia(f"{upload.name} {other.why}", remedy=other.remedy, file=upload.name)

    def _forget(self, upload_id: str) -> None:
        with self._db.write() as session:
            row = session.get(Upload, upload_id)
            if row is not None:
                session.delete(row)
        shutil.rmtree(self._folder(upload_id), ignore_errors=True)

    def _folder(self, upload_id: str) -> Path:
        return self._root / upload_id

    def _part(self, upload: Upload) -> Path:
        return self._folder(upload.id) / f"{upload.name}.part"


def _lock(file: BinaryIO) -> None:
    """For as long as the file is open. Raises BeingWritten."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BeingWritten("this upload is being sent already", remedy="wait for that, or ask how far it is") from error


def _elsewhere(upload: Upload) -> WrongOffset:
    return WrongOffset(f"{upload.name} goes on at byte {upload.offset}", remedy=_RESUME, offset=upload.offset)


def _shown(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size} bytes"
