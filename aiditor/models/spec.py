"""How one model is loaded, and what a pool says of itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiditor.models.meter import tensor_bytes

__all__ = ["Loaded", "Metrics", "Spec", "out_of_memory"]


def let_go(model: Any) -> None:
    """Free a torch module's tensors even where somebody still holds the module; anything else just goes."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        model.to("meta")


@dataclass(frozen=True, slots=True)
class Spec:
    """A model that a pool can load. Heavy imports belong inside `load`."""

    load: Callable[[str, str], Any]
    """`load(device, dtype)` gives the model, on "cpu", "cuda" or "cuda:1"."""
    estimate: Callable[[str, str], int]
    """`estimate(device, dtype)`: bytes to set aside for the first loading; then what was measured counts.
    Say rather too much, as the size of the weights' files: what is larger than it said can be known only after."""
    unload: Callable[[Any], object] = let_go
    """Called when it leaves. Variables of old leases may still name the model: free its memory, not just the name."""
    own_bytes: Callable[[Any], int] = tensor_bytes
    """Bytes of the model's tensors, where it can say; 0 where it cannot."""
    dtypes: Mapping[str, str] = field(default_factory=lambda: {"cuda": "float16", "cpu": "float32"})
    """What to compute in, by kind of device: half precision on a GPU; for Whisper "int8" on a CPU."""
    shareable: bool = False
    """Whether several may use it at once."""
    key: str = ""
    """What is loaded, as the weights' folder: a spec of the same name and another key replaces the model."""

    def dtype(self, device: str) -> str:
        """What to compute in there."""
        return self.dtypes[device.partition(":")[0]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory."""

    name: str
    device: str
    dtype: str
    bytes: int
    """Measured when it was loaded."""
    working_bytes: int
    """The most that work with it was seen to need beside; 0 where that cannot be measured."""
    holders: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """A pool at one moment; counts are since it was made, times in seconds."""

    device: str
    budget_bytes: int
    used_bytes: int
    """Set aside on the device now: models, work, and what is being loaded."""
    peak_bytes: int
    loaded: tuple[Loaded, ...]
    waiting: int
    leases: int
    """Granted."""
    waits: int
    """Of those, how many did not go through at once."""
    waited_s: float
    longest_wait_s: float
    overtakes: int
    """Times that a lease went before an earlier one, which waited for something else."""
    loads: int
    evictions: int
    oom_retries: int
    fallbacks: int
    """Loadings that ended on the CPU for want of memory on the device."""
    overruns: int
    """Models that turned out larger than they had said, and too large for the room there was."""
    warnings: tuple[str, ...]
    """The last few, oldest first, as they were logged."""


def out_of_memory(error: BaseException) -> bool:
    """Whether memory was short: MemoryError, torch's own, or what CTranslate2 says in words."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "out of memory" in str(error).lower()
