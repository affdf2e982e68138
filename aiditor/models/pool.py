"""Several models on one device, within its memory.

    pool = Pool("cuda")
    pool.register("whisper", Spec(load=load_whisper, estimate=lambda device, dtype: 3 * 2**30))
    with pool.lease("whisper") as model:
        ...

A lease waits in line until its model is free and there is room for it; idle models leave for it, the least
recently used first. When memory runs out all the same, all idle ones go and it is tried once more; then the model
is loaded on the CPU, with a warning in the log and in `metrics()`. Take one lease at a time: whoever holds one
and waits for another may wait for somebody who does the same the other way round (`timeout_s` ends that).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from aiditor.errors import AIditorError, BadConfig, Cancelled
from aiditor.models.books import Books, Grant, Plan, no_memory
from aiditor.models.line import Ticket
from aiditor.models.meter import Meter, best_device, measured, meter_for
from aiditor.models.place import Entry, Place
from aiditor.models.spec import Metrics, Spec, out_of_memory

__all__ = ["Pool", "shared"]

T = TypeVar("T")
POLL_S = 0.1
"""How often one who waits looks whether it should stop."""


class _Again(Exception):
    """The turn came to nothing: stand in line once more, in front."""


class Pool:
    """Models that share a device, and the CPU for what does not fit. Safe to use from many threads."""

    def __init__(
        self,
        device: str | None = None,
        *,
        budget_bytes: int | None = None,
        cpu_budget_bytes: int | None = None,
        meter: Callable[[str], Meter] = meter_for,
    ) -> None:
        """`device` is "cpu", "cuda" or "cuda:1", by default the best there is; budgets are the meter's by default."""
        device = device or best_device()
        main = Place(device, meter(device), budget_bytes)
        self._books = Books(main, main if device == "cpu" else Place("cpu", meter("cpu"), cpu_budget_bytes))
        self._changed = threading.Condition()

    # --- what it is for

    def register(self, name: str, spec: Spec) -> None:
        """Say how `name` is loaded. Again with the same key changes nothing; with another, the old model goes."""
        with self._changed:
            known = self._books.specs.get(name)
            if known is None or known.key != spec.key:
                self._books.specs[name] = spec
                self._changed.notify_all()

    @contextmanager
    def lease(
        self,
        name: str,
        *,
        device: str | None = None,
        stop: Callable[[], bool] = lambda: False,
        timeout_s: float | None = None,
    ) -> Iterator[Any]:
        """The model, for this thread alone unless it is shareable; given back at the end of the block.

        `device="cpu"` asks for it there. Raises Cancelled once `stop()` says so while it waits, AIditorError after
        `timeout_s` or when no device has room for it, BadConfig for a name that was not registered.
        """
        grant = Grant(Ticket(name, device or self._books.main.device))
        try:
            self._admit(grant, stop, timeout_s)
            assert grant.entry is not None
            yield grant.entry.model
        finally:
            self._release(grant)

    def run(self, name: str, work: Callable[[Any], T], **how: Any) -> T:
        """`work(model)` in a lease; when it runs out of memory once more with nothing idle beside, then on the CPU.

        `how` as in `lease`. `work` may thus begin up to three times. Raises AIditorError where even that fails.
        """
        main = self._books.main.device
        said = ""
        for turn, device in enumerate((main, main) if main == "cpu" else (main, main, "cpu")):
            try:
                with self.lease(name, **{"device": device, **how}) as model:
                    return work(model)
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
                said = _first_line(error)
            with self._changed:
                self._books.counts["oom_retries"] += turn == 0
                if turn == 1 and main != "cpu":
                    self._books.counts["fallbacks"] += 1
                    self._books.warn(f"{name} goes on on the CPU, which is slower: out of memory at work ({said})")
            self.clear()
        raise no_memory(name, said)

    def clear(self) -> int:
        """Unload every model that nobody uses; returns how many."""
        with self._changed:
            while self._books.busy:
                self._changed.wait(POLL_S)
            self._books.busy = True
        try:
            return sum(self._unload_idle(place) for place in self._books.places)
        finally:
            with self._changed:
                self._books.busy = False
                self._changed.notify_all()

    def metrics(self) -> Metrics:
        """What is loaded, what is set aside, and what happened so far."""
        with self._changed:
            return self._books.metrics()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    # --- a lease from end to end

    def _admit(self, grant: Grant, stop: Callable[[], bool], timeout_s: float | None) -> None:
        """Wait for the turn and have the model ready then; fills `grant`."""
        ticket, books = grant.ticket, self._books
        with self._changed:
            if ticket.name not in books.specs:
                names = ", ".join(books.specs) or "none yet"
                why = f"no model is registered as {ticket.name!r}"
                raise BadConfig(why, remedy=f"register it first; there are: {names}")
            held = [entry for place in books.places for entry in place.entries if ticket.thread in entry.holders]
            if any(entry.name == ticket.name and not entry.spec.shareable for entry in held):
                raise RuntimeError(f"this thread holds {ticket.name} already and would wait for itself")
            ticket.holding = bool(held)
            books.line.join(ticket)
        while True:
            self._wait(grant, stop, None if timeout_s is None else ticket.since_s + timeout_s)
            try:
                if grant.plan is not None:
                    self._make_ready(grant, grant.plan)
                break
            except _Again:
                with self._changed:
                    books.give_back(grant)
                    books.line.back(ticket)
        with self._changed:
            waited_s = time.monotonic() - ticket.since_s if ticket.waited else 0.0
            books.counts["leases"] += 1
            books.counts["waits"] += ticket.waited
            books.waited_s += waited_s
            books.longest_wait_s = max(books.longest_wait_s, waited_s)
            self._begin(grant)

    def _wait(self, grant: Grant, stop: Callable[[], bool], until_s: float | None) -> None:
        """Until it is this one's turn; what is to be done then is the grant's plan."""
        ticket, books = grant.ticket, self._books
        with self._changed:
            while True:
                books.direct(ticket)
                if books.line.may_go(ticket, lambda other: books.plan(other) is not None):
                    break
                ticket.waited = True
                if stop():
                    raise Cancelled(f"stopped while waiting for {ticket.name}")
                left_s = POLL_S if until_s is None else min(POLL_S, until_s - time.monotonic())
                if left_s <= 0:
                    raise AIditorError(f"{ticket.name} was not free in time", remedy="try again when less is going on")
                self._changed.wait(left_s)
            plan = books.plan(ticket)
            assert plan is not None
            books.line.go(ticket)
            books.take(grant, plan)

    def _begin(self, grant: Grant) -> None:
        """Note what is used, where nobody else is at work: what is more at the end was needed for this."""
        entry, books = grant.entry, self._books
        assert entry is not None
        others = sum(len(e.holders) for e in entry.place.entries) - 1
        if entry.place.meter.keeps_peaks and not others and not books.busy:
            grant.stirs, grant.used_before = books.stirs, entry.place.meter.used()

    def _release(self, grant: Grant) -> None:
        """Give back whatever this lease has, at whichever point it ended."""
        with self._changed:
            books, entry = self._books, grant.entry
            books.line.leave(grant.ticket)
            if entry is not None and grant.stirs == books.stirs:
                growth = entry.place.meter.used() - grant.used_before
                books.working[entry.known_as] = max(growth, books.working.get(entry.known_as, 0))
            books.give_back(grant)
            self._changed.notify_all()

    # --- loading and unloading, by one thread at a time and outside the lock

    def _make_ready(self, grant: Grant, plan: Plan) -> None:
        """Send the victims away and load the model; what goes wrong is put right by `give_back`."""
        self._unload(plan.victims)
        with self._changed:
            self._books.swap(grant, plan)
        if plan.fresh:
            self._accept(plan.entry, *self._loaded(plan.entry, grant.ticket))
        with self._changed:
            grant.plan, self._books.busy = None, False
            self._changed.notify_all()

    def _loaded(self, entry: Entry, ticket: Ticket) -> tuple[Any, int]:
        """The model and its measured size; without memory, once more after all idle ones went, then elsewhere."""
        place, spec, said = entry.place, entry.spec, ""
        for attempt in range(2):
            place.meter.settle()
            before = place.meter.used()
            try:
                model = spec.load(place.device, entry.dtype)
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
                said = _first_line(error)
            else:
                growth, own = place.meter.used() - before, spec.own_bytes(model)
                with self._changed:
                    self._books.counts["loads"] += 1
                    alone = not any(e.holders for e in place.entries if e is not entry)
                guess = spec.estimate(place.device, entry.dtype)
                return model, measured(own, growth, guess, alone=alone, growth_counts=place.meter.keeps_peaks)
            if attempt == 0:
                with self._changed:
                    self._books.counts["oom_retries"] += 1
                self._unload_idle(place)
        if place is self._books.cpu:
            raise no_memory(entry.name, said)
        with self._changed:
            self._books.fall_back(ticket, f"{place.device} ran out of memory ({said})")
        raise _Again

    def _accept(self, entry: Entry, model: Any, size: int) -> None:
        """Enter the model with its true size; where there is no room for that, idle ones go, or else it does."""
        place, books = entry.place, self._books
        with self._changed:
            books.sizes[entry.known_as] = size
            more = max(0, size - entry.bytes)
            victims = place.victims(more, spare={entry.name})
            enough = place.freed(victims) >= more
            if victims or not enough:
                books.counts["overruns"] += 1
            for victim in victims if enough else ():
                victim.state = "leaving"
            place.claimed_bytes = more - sum(victim.bytes for victim in victims) if enough else 0
        if not enough:
            entry.spec.unload(model)
            raise _Again
        try:
            self._unload(victims)
        finally:
            with self._changed:
                books.strike(victims)
        with self._changed:
            books.enter(entry, model, size)

    def _unload_idle(self, place: Place) -> int:
        with self._changed:
            idle = [entry for entry in place.entries if entry.idle]
            for entry in idle:
                entry.state = "leaving"
        try:
            self._unload(idle)
        finally:
            with self._changed:
                self._books.strike(idle)
        return len(idle)

    def _unload(self, victims: list[Entry]) -> None:
        """Let go of these models, marked as leaving. The caller strikes them out."""
        for victim in victims:
            model, victim.model = victim.model, None
            victim.spec.unload(model)
        for place in {victim.place for victim in victims}:
            place.meter.settle()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


_making = threading.Lock()


@cache
def _shared() -> Pool:
    return Pool()


def shared() -> Pool:
    """The pool of this process, on the best device there is; made when first asked for."""
    with _making:
        return _shared()
