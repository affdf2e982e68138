"""The process's memory, as far as a program may say how it is kept."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["bound_heaps"]

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # mallopt(3)


def bound_heaps(count: int = 2, large_bytes: int = 2**20) -> bool:
    """Let all threads share `count` heaps, and give blocks of `large_bytes` and more back as soon as they are freed.

    Call it before threads start. Returns whether it was possible: only glibc has these settings. By itself glibc
    gives threads up to eight heaps a core, and keeps freed blocks of up to 32 MiB: what one decoder frees another
    cannot use, and the index of a long recording leaves holes, so that the peak grows with its length.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_ARENA_MAX, count) and mallopt(_M_MMAP_THRESHOLD, large_bytes))
