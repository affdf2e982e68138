"""Pretended devices and models, whose bytes are counted whatever a pool believes."""

import threading
import time

import torch

from aiditor.models.pool import Pool
from aiditor.models.spec import Spec


class Memory:
    """A device whose bytes are counted as models come and go, whatever the pool believes."""

    def __init__(self, limit: int = 10**9, keeps_peaks: bool = False) -> None:
        self.keeps_peaks = keeps_peaks
        self.limit = limit
        self.taken = self.peak = 0
        self.lock = threading.Lock()

    def budget(self) -> int:
        return self.limit

    def used(self) -> int:
        return self.taken

    def settle(self) -> None:
        return

    def take(self, count: int) -> None:
        with self.lock:
            if self.taken + count > self.limit:
                raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {count} bytes")
            self.taken += count
            self.peak = max(self.peak, self.taken)

    def give(self, count: int) -> None:
        with self.lock:
            self.taken -= count


class Model:
    """Bytes in a Memory."""

    def __init__(self, name: str, memory: Memory, size: int) -> None:
        self.name, self.memory, self.size, self.users = name, memory, size, 0
        memory.take(size)

    def unload(self) -> None:
        assert self.users == 0, f"{self.name} is unloaded while somebody works with it"
        self.memory.give(self.size)


class Bench:
    """A pool on pretended devices, and what was loaded on them in order."""

    def __init__(self, device="cuda", budget=None, gpu=None, cpu=None, **sizes):
        self.memory = {"cuda": gpu or Memory(), "cpu": cpu or Memory()}
        self.loaded = []
        self.pool = Pool(device, budget_bytes=budget, meter=self.memory.__getitem__)
        for name, size in sizes.items():
            self.add(name, size)

    def add(self, name, size, *, says=None, pause_s=0.0, **more):
        def load(device, dtype):
            time.sleep(pause_s)
            model = Model(name, self.memory[device], size)
            self.loaded.append((name, device, dtype))
            return model

        says = size if says is None else says
        spec = Spec(load, lambda device, dtype: says, unload=Model.unload, own_bytes=lambda m: m.size, **more)
        self.pool.register(name, spec)

    def names(self):
        return [name for name, *_ in self.loaded]

    def empty(self):
        """Whether nothing is held, waiting or set aside, and unloading gives every byte back."""
        before = self.pool.metrics()
        self.pool.clear()
        after = self.pool.metrics()
        assert before.waiting == 0
        assert not any(model.holders for model in before.loaded)
        return after.used_bytes == 0 and not after.loaded and all(m.taken == 0 for m in self.memory.values())


def starting(target, *args):
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def until(condition, timeout_s=20.0):
    """Wait for it; a machine may be busy."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.002)
