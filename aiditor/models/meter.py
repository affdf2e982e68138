"""How much memory a model takes: measured, not guessed.

Two measures, because neither serves everywhere:

- *Its own tensors.* For torch models the bytes of their parameters and buffers, each storage once. Exact, and blind
  to whatever other threads do meanwhile. On a CPU this is the one to trust: a process's resident set moves with
  every video that is being decoded beside, freed pages stay with the allocator, and mapped files count only once
  they are touched.
- *Growth around loading.* What the device (CUDA: its free memory, which also sees libraries that do not allocate
  through torch, such as CTranslate2) or the process (its resident set) had less of afterwards. Used where a model
  hides its tensors, and on CUDA beside them; the larger counts.

A growth of less than a quarter of the estimate is not believed: the allocator served it from what it had kept.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

__all__ = ["CpuMeter", "CudaMeter", "Meter", "best_device", "measured", "meter_for", "tensor_bytes"]

_BELIEVED = 0.25


class Meter(Protocol):
    """The memory of one device."""

    keeps_peaks: bool
    """Whether what was needed for a while still shows in `used` after it: then working memory can be measured."""

    def budget(self) -> int:
        """Bytes that models may take, by default."""

    def used(self) -> int:
        """Bytes taken now."""

    def settle(self) -> None:
        """Give back what nobody holds any longer."""


class CpuMeter:
    """The process's resident set; by default models may take half of the machine's memory."""

    keeps_peaks = False

    def budget(self) -> int:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2

    def used(self) -> int:
        if sys.platform == "linux":
            pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, the others kilobytes

    def settle(self) -> None:
        gc.collect()


class CudaMeter:
    """A CUDA device's memory, whoever takes it; by default models may take 85 % of what is free at the start.

    torch keeps what it once allocated, so that after a run the device still shows the most that was needed.
    """

    keeps_peaks = True

    def __init__(self, device: str = "cuda") -> None:
        self.device = device

    def budget(self) -> int:
        return int(0.85 * self._info()[0])

    def used(self) -> int:
        free, total = self._info()
        return total - free

    def settle(self) -> None:
        import torch

        gc.collect()
        torch.cuda.empty_cache()

    def _info(self) -> tuple[int, int]:
        import torch

        return torch.cuda.mem_get_info(torch.device(self.device))


def meter_for(device: str) -> Meter:
    """The meter of "cpu", "cuda" or "cuda:1"."""
    return CpuMeter() if device == "cpu" else CudaMeter(device)


def best_device() -> str:
    """ "cuda" where torch sees a GPU, else "cpu"."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def tensor_bytes(model: Any) -> int:
    """Bytes of a torch module's parameters and buffers, shared ones once; 0 for what is no module."""
    tensors: Iterable[Any] = ()
    if callable(getattr(model, "parameters", None)) and callable(getattr(model, "buffers", None)):
        tensors = [*model.parameters(), *model.buffers()]
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(storages.values())


def measured(own: int, growth: int, estimate: int, *, alone: bool, growth_counts: bool) -> int:
    """What a model takes, from its own tensors and the growth around its loading, in bytes.

    `alone`: nobody else was at work meanwhile, so that growth is this model's. `growth_counts`: growth is asked
    even where tensors are known (CUDA, whose libraries keep work space beside them).
    """
    believed = growth if growth >= _BELIEVED * estimate else 0
    if own:
        return max(own, believed) if growth_counts and alone else own
    return believed if believed and alone else max(believed, estimate)
