"""Files that are whole or absent: written beside their place, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path

from aiditor.errors import BadInput, DiskFull

__all__ = ["whole"]


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to, renamed to `path` at the end; an error removes what was written.

    Raises DiskFull when there is no room, BadInput when the folder cannot be written to.
    """
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise DiskFull(
                f"no room left for {path.name}", remedy="free some space and try again", file=path
            ) from error
        raise BadInput(
            f"{path.name} cannot be written ({error.strerror or error})", remedy="choose another folder", file=path
        ) from error
    finally:
        if partial.exists():
            partial.unlink()
