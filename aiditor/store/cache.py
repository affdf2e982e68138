"""Stage outputs kept between runs, named by what they were made from.

A key is `source hash + config hash + stage version`, so a changed style never detects again, and a
changed detector never reads what the old one wrote. Entries are whole or absent (written under another
name, then renamed), and one that cannot be read is made anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

from pydantic import ValidationError

from aiditor.timeline import Scores, Signals, from_json, load_npz, save_npz, to_json

__all__ = ["Cache"]

T = TypeVar("T")
MAX_BYTES = 2 * 1024**3


class Cache:
    """A folder of stage outputs, `root/stage/key.suffix`, kept under `max_bytes` by age of last use."""

    def __init__(self, root: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.root = root
        self.max_bytes = max_bytes

    def array(self, kind: type[T], stage: str, key: str, make: Callable[[], T]) -> T:
        """The Signals or Scores under this key, made and kept when it is not there."""
        path = self.path(stage, key, "npz")
        if path.exists():
            try:
                value = load_npz(kind, path)
            except (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile):
                path.unlink(missing_ok=True)
            else:
                os.utime(path)
                return value
        value = make()
        assert isinstance(value, Signals | Scores)
        save_npz(value, path)
        return value

    def value(self, kind: type[T], stage: str, key: str, make: Callable[[], T]) -> T:
        """The JSON value under this key, made and kept when it is not there."""
        path = self.path(stage, key, "json")
        if path.exists():
            try:
                value = from_json(kind, path.read_bytes())
            except (OSError, ValidationError):
                path.unlink(missing_ok=True)
            else:
                os.utime(path)
                return value
        value = make()
        self._write(path, lambda partial: partial.write_text(to_json(value)))
        return value

    def file(self, stage: str, key: str, suffix: str, make: Callable[[Path], object]) -> Path:
        """The file under this key; `make(path)` writes it when it is not there."""
        path = self.path(stage, key, suffix)
        if path.exists():
            os.utime(path)
        else:
            self._write(path, make)
        return path

    def prune(self) -> int:
        """Remove what was used longest ago until the rest fits `max_bytes`; returns the bytes freed."""
        entries = sorted(
            ((p.stat().st_mtime, p.stat().st_size, p) for p in self.root.rglob("*") if p.is_file()), reverse=True
        )
        kept = freed = 0
        for _, size, path in entries:
            kept += size
            if kept > self.max_bytes:
                path.unlink(missing_ok=True)
                freed += size
        return freed

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.root, ignore_errors=True)

    def path(self, stage: str, key: str, suffix: str) -> Path:
        """Where an entry lies, whether it is there or not."""
        return self.root / stage / f"{key}.{suffix}"

    def _write(self, path: Path, make: Callable[[Path], object]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{os.getpid()}.part.{path.name}")
        try:
            make(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
