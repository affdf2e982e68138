"""Writing music to disk, whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np

from aiditor.errors import DiskFull, RenderFailed

__all__ = ["write_flac"]


def write_flac(path: Path, sound: np.ndarray, rate_hz: int) -> None:
    """`sound` is float32 [2, N] in [-1, 1]; 24 bits. Raises RenderFailed or DiskFull when it cannot be written."""
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        soundfile.write(partial, np.clip(sound, -1, 1).T, rate_hz, format="FLAC", subtype="PCM_24")
        partial.replace(path)
    except (OSError, soundfile.LibsndfileError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise DiskFull("the disk is full", remedy="make room and try again", file=path) from error
        raise RenderFailed(
            f"the music could not be written ({error})", remedy="check the folder and try again", file=path
        ) from error
    finally:
        partial.unlink(missing_ok=True)
