"""The book of one device: which models lie there, what is set aside, and who goes when room is needed."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from aiditor.models.meter import Meter
from aiditor.models.spec import Spec

__all__ = ["Entry", "Place"]


@dataclass(eq=False, slots=True)
class Entry:
    """A model on a device, from when it is to be loaded until it is gone."""

    name: str
    spec: Spec
    place: Place
    dtype: str
    state: Literal["loading", "ready", "leaving"] = "loading"
    model: Any = None
    bytes: int = 0
    """Set aside for it; what was measured, once it is ready."""
    holders: list[threading.Thread] = field(default_factory=list)
    last_use: int = 0
    """Of the pool's count of releases: the smallest was used least recently."""
    retry_after: int | None = None
    """On the CPU because the device was crowded: worth another try there once this many releases have been."""

    @property
    def idle(self) -> bool:
        """Whether it may go."""
        return self.state == "ready" and not self.holders

    @property
    def known_as(self) -> tuple[str, str, str, str]:
        """What its measures are kept under."""
        return self.name, self.spec.key, self.place.device, self.dtype


class Place:
    """One device's memory. Not thread-safe: whoever owns it holds a lock."""

    def __init__(self, device: str, meter: Meter, budget_bytes: int | None = None) -> None:
        self.device = device
        self.meter = meter
        self.budget_bytes = meter.budget() if budget_bytes is None else budget_bytes
        self.entries: list[Entry] = []
        self.working_bytes = 0
        """Set aside for what models need while they work."""
        self.claimed_bytes = 0
        """Set aside for what comes once others have gone, beyond what they leave."""
        self.peak_bytes = 0

    @property
    def used_bytes(self) -> int:
        """What is set aside now."""
        return sum(entry.bytes for entry in self.entries) + self.working_bytes

    @property
    def room_bytes(self) -> int:
        """What is left to give; below zero where a model turned out larger than it had said."""
        return self.budget_bytes - self.used_bytes - max(0, self.claimed_bytes)

    def note_peak(self) -> None:
        """To be called whenever more was set aside."""
        self.peak_bytes = max(self.peak_bytes, self.used_bytes)

    def victims(self, needed_bytes: int, *, spare: Collection[str] = (), first: Entry | None = None) -> list[Entry]:
        """Who must go so that `needed_bytes` are free, least recently used first; `first` goes in any case.

        Idle ones only, and none of the names in `spare`. May free less than was asked: compare `freed`.
        """
        gone = [] if first is None else [first]
        idle = sorted((e for e in self.entries if e.idle and e.name not in spare), key=lambda e: e.last_use)
        for entry in idle:
            if self.freed(gone) >= needed_bytes:
                break
            if entry is not first:
                gone.append(entry)
        return gone

    def freed(self, gone: list[Entry]) -> int:
        """The room there would be without these."""
        return self.room_bytes + sum(entry.bytes for entry in gone if entry.place is self)

    def remove(self, entry: Entry) -> None:
        """Strike it out; twice is the same as once."""
        if entry in self.entries:
            self.entries.remove(entry)
        entry.model = None
        entry.bytes = 0
