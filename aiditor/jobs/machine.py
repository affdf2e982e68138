"""How many jobs this machine bears at once."""

from __future__ import annotations

import os
from pathlib import Path

from aiditor.settings import Settings

__all__ = ["workers_of"]

CORES_EACH = 2
"""A render keeps two cores busy: one decodes, one encodes."""
BYTES_EACH = 3 * 2**30
"""Detection, a speech model and two encoders of 1080p."""
PER_GPU = 2
"""Each worker lends its own models; more of them would not find room on one GPU."""


def workers_of(settings: Settings) -> int:
    """WORKERS, or as many as cores, memory and GPUs bear; one at least."""
    if settings.workers:
        return settings.workers
    most = min(int(_cores() / CORES_EACH), _memory() // BYTES_EACH)
    gpus = sum(1 for _ in Path("/proc/driver/nvidia/gpus").glob("*"))
    return max(1, min(most, PER_GPU * gpus) if gpus else most)


def _cores() -> float:
    """Cores that this process may use; a container's share counts."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = float(len(affinity(0)) if affinity else os.cpu_count() or 1)
    quota, _, period = _cgroup("cpu.max").partition(" ")
    return min(cores, int(quota) / int(period)) if quota.isdigit() and period.isdigit() else cores


def _memory() -> int:
    """Bytes that this process may use; a container's limit counts."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _cgroup("memory.max")
    return min(total, int(limit)) if limit.isdigit() else total


def _cgroup(name: str) -> str:
    path = Path("/sys/fs/cgroup") / name
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""
