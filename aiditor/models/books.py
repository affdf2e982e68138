"""The books of a pool: what lies where, what was measured, and how a ticket could be served. No locks, no loading."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field

from aiditor.errors import AIditorError
from aiditor.models.line import Line, Ticket
from aiditor.models.place import Entry, Place
from aiditor.models.spec import Loaded, Metrics, Spec

__all__ = ["Books", "Grant", "Plan", "no_memory"]

log = logging.getLogger(__name__)
COUNTED = ("leases", "waits", "loads", "evictions", "oom_retries", "fallbacks", "overruns")


@dataclass(eq=False, slots=True)
class Plan:
    """What it takes to serve one ticket now."""

    entry: Entry
    fresh: bool
    """Whether it is to be loaded."""
    size_bytes: int
    working_bytes: int
    victims: list[Entry]
    """Who leaves first."""


@dataclass(eq=False, slots=True)
class Grant:
    """A lease from its first moment to its last, so that whatever ends it finds what is to be given back."""

    ticket: Ticket
    entry: Entry | None = None
    plan: Plan | None = None
    """While the model is made ready."""
    working_bytes: int = 0
    stirs: int = -1
    """The count of events when work began, if nobody else was at work then."""
    used_before: int = 0


@dataclass(eq=False, slots=True)
class Books:
    """All that a pool knows. Not thread-safe: the pool holds a lock around every call."""

    main: Place
    cpu: Place
    """The same as `main`, where that is the CPU."""
    line: Line = field(default_factory=Line)
    specs: dict[str, Spec] = field(default_factory=dict)
    sizes: dict[tuple[str, ...], int] = field(default_factory=dict)
    working: dict[tuple[str, ...], int] = field(default_factory=dict)
    busy: bool = False
    """Whether somebody loads or unloads: one at a time, or growth could not be told apart."""
    uses: int = 0
    freed: int = 0
    """Times that something was given back on the main device."""
    stirs: int = 0
    """Times that something began or went on any device."""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    waited_s: float = 0.0
    longest_wait_s: float = 0.0
    warnings: deque[str] = field(default_factory=lambda: deque(maxlen=8))

    @property
    def places(self) -> tuple[Place, ...]:
        """Both devices, or the one."""
        return (self.main,) if self.main is self.cpu else (self.main, self.cpu)

    # --- who could be served, and how

    def direct(self, ticket: Ticket) -> None:
        """Send it to the CPU when its model is larger than the device's whole budget. Raises AIditorError there."""
        spec, place, held = self.specs[ticket.name], self.place(ticket), self.entry(ticket.name)
        needed = sum(self.needs(Entry(ticket.name, spec, place, spec.dtype(place.device))))
        if needed <= place.budget_bytes:
            return
        why = f"{ticket.name} needs {needed / 1e9:.2f} GB and models may take {place.budget_bytes / 1e9:.2f} GB"
        if place is self.cpu:
            raise AIditorError(why, remedy="choose a smaller model, or give models more memory")
        if held is not None and held.place is self.cpu:
            ticket.device = "cpu"
        else:
            self.fall_back(ticket, f"{why} on {place.device}")

    def plan(self, ticket: Ticket) -> Plan | None:
        """How it could be served now; None when it has to wait for somebody."""
        spec, place, held = self.specs[ticket.name], self.place(ticket), self.entry(ticket.name)
        usable = held is not None and self._serves(held, spec, place)
        if held is not None and (held.state != "ready" or (held.holders and not (usable and spec.shareable))):
            return None
        entry = held if held is not None and usable else Entry(ticket.name, spec, place, spec.dtype(place.device))
        size, working = self.needs(entry)
        needed = working + (0 if usable else size)
        spare = {other.name for other in self.line.ahead(ticket)} | {ticket.name}
        victims = entry.place.victims(needed, spare=spare, first=None if usable else held)
        if entry.place.freed(victims) < needed or (self.busy and (victims or not usable)):
            return None
        return Plan(entry, not usable, size, working, victims)

    def needs(self, entry: Entry) -> tuple[int, int]:
        """Bytes of the model and of work with it: as measured, or as the spec says until then."""
        size = self.sizes.get(entry.known_as)
        if size is None:
            size = entry.spec.estimate(entry.place.device, entry.dtype)
        return size, self.working.get(entry.known_as, 0)

    def _serves(self, held: Entry, spec: Spec, place: Place) -> bool:
        """Whether what is loaded is right: of this spec, and in this place or, after it failed there, on the CPU."""
        if held.spec.key != spec.key:
            return False
        waits = held.retry_after is None or held.retry_after >= self.freed
        return held.place is place or (held.place is self.cpu and waits)

    # --- what changes

    def take(self, grant: Grant, plan: Plan) -> None:
        """Write the plan down, so that nobody else counts on the same room."""
        entry, place = plan.entry, plan.entry.place
        grant.entry = entry
        entry.holders.append(grant.ticket.thread)
        self.stirs += 1
        if not plan.fresh and not plan.victims:
            self._set_aside(grant, plan)
            return
        grant.plan, self.busy = plan, True
        for victim in plan.victims:
            victim.state = "leaving"
        if plan.fresh:
            place.entries.append(entry)
        needed = plan.working_bytes + (plan.size_bytes if plan.fresh else 0)
        place.claimed_bytes = needed - sum(victim.bytes for victim in plan.victims if victim.place is place)

    def swap(self, grant: Grant, plan: Plan) -> None:
        """The victims have gone: what they left is set aside for the one who comes, in one step."""
        self.strike(plan.victims)
        plan.entry.place.claimed_bytes = 0
        self._set_aside(grant, plan)

    def _set_aside(self, grant: Grant, plan: Plan) -> None:
        grant.working_bytes = plan.working_bytes
        plan.entry.place.working_bytes += plan.working_bytes
        if plan.fresh:
            plan.entry.bytes = plan.size_bytes
        plan.entry.place.note_peak()

    def strike(self, victims: list[Entry]) -> None:
        """Cross out models that have been unloaded."""
        for victim in victims:
            self.counts["evictions"] += 1
            self.stirs += 1
            self.freed += victim.place is self.main
            victim.place.remove(victim)

    def enter(self, entry: Entry, model: object, size: int) -> None:
        """A model is loaded, and this large."""
        entry.model, entry.bytes, entry.state = model, size, "ready"
        crowded = entry.place is not self.main and any(e.holders for e in self.main.entries)
        entry.retry_after = self.freed if crowded else None
        entry.place.claimed_bytes = 0
        entry.place.note_peak()

    def give_back(self, grant: Grant) -> None:
        """All that this lease has, at whichever point it ended; twice is the same as once."""
        plan, entry = grant.plan, grant.entry
        grant.plan = grant.entry = None
        if plan is not None:  # ended while it was made ready
            self.strike([victim for victim in plan.victims if victim in victim.place.entries])
            plan.entry.place.claimed_bytes = 0
            if plan.fresh:
                plan.entry.place.remove(plan.entry)
            self.busy = False
        if entry is not None:
            entry.holders.remove(grant.ticket.thread)
            entry.place.working_bytes -= grant.working_bytes
            grant.working_bytes = 0
            self.uses += 1
            entry.last_use = self.uses
            self.freed += entry.place is self.main

    def fall_back(self, ticket: Ticket, why: str) -> None:
        """From the device to the CPU, in the open."""
        ticket.device = "cpu"
        self.counts["fallbacks"] += 1
        self.warn(f"{ticket.name} is loaded on the CPU, which is slower: {why}")

    def warn(self, text: str) -> None:
        """Into the log, and among the last warnings."""
        log.warning(text)
        self.warnings.append(text)

    # --- asking

    def place(self, ticket: Ticket) -> Place:
        """The device that the ticket is for."""
        return self.cpu if ticket.device == "cpu" else self.main

    def entry(self, name: str) -> Entry | None:
        """The model of that name, wherever it is; one that comes goes before one that leaves."""
        both = [entry for place in self.places for entry in place.entries if entry.name == name]
        return next((entry for entry in both if entry.state != "leaving"), both[0] if both else None)

    def metrics(self) -> Metrics:
        """All of it at this moment."""
        ready = [entry for place in self.places for entry in place.entries if entry.state == "ready"]
        return Metrics(
            device=self.main.device,
            budget_bytes=self.main.budget_bytes,
            used_bytes=self.main.used_bytes,
            peak_bytes=self.main.peak_bytes,
            loaded=tuple(
                Loaded(e.name, e.place.device, e.dtype, e.bytes, self.working.get(e.known_as, 0), len(e.holders))
                for e in ready
            ),
            waiting=len(self.line),
            waited_s=self.waited_s,
            longest_wait_s=self.longest_wait_s,
            overtakes=self.line.overtakes,
            warnings=tuple(self.warnings),
            **self.counts,
        )


def no_memory(name: str, said: str) -> AIditorError:
    """What is raised where nothing more can be tried."""
    return AIditorError(
        f"there is not enough memory for {name} ({said})", remedy="close other programs, or choose a smaller model"
    )
