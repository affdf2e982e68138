"""The line of those who wait for a model: first come, first served, but nobody stands behind a closed door.

One who waits for a model that somebody holds does not keep the next from another model that is free. Each may be
overtaken `PATIENCE` times; then all behind stand until it had its turn. So no one waits for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

__all__ = ["PATIENCE", "Line", "Ticket"]

PATIENCE = 4
"""Times that one may be overtaken."""


@dataclass(eq=False, slots=True)
class Ticket:
    """A place in the line."""

    name: str
    device: str
    since_s: float = field(default_factory=time.monotonic)
    thread: threading.Thread = field(default_factory=threading.current_thread)
    holding: bool = False
    """Whether its thread has another model, which others may be waiting for: then it need not be patient."""
    overtaken: int = 0
    waited: bool = False


class Line:
    """Tickets in the order in which they came. Not thread-safe: whoever owns it holds a lock."""

    def __init__(self) -> None:
        self._tickets: list[Ticket] = []
        self.overtakes = 0

    def __len__(self) -> int:
        return len(self._tickets)

    def __iter__(self) -> Iterator[Ticket]:
        return iter(self._tickets)

    def join(self, ticket: Ticket) -> None:
        """Stand at the end."""
        self._tickets.append(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Go, served or not; going twice is the same as once."""
        if ticket in self._tickets:
            self._tickets.remove(ticket)

    def back(self, ticket: Ticket) -> None:
        """Stand at the front again, for one whose turn came to nothing through no fault of its own."""
        self.leave(ticket)
        self._tickets.insert(0, ticket)

    def ahead(self, ticket: Ticket) -> list[Ticket]:
        """Those before it; the dead are taken out first."""
        self._tickets = [other for other in self._tickets if other.thread.is_alive() or other is ticket]
        return self._tickets[: self._tickets.index(ticket)]

    def may_go(self, ticket: Ticket, served: Callable[[Ticket], bool]) -> bool:
        """Whether it is this one's turn, if `served(ticket)` says that it could be served now.

        It is, when all before it could not be served now, wait for another model, and can bear to be overtaken.
        """
        if not served(ticket):
            return False
        return all(
            other.name != ticket.name and (ticket.holding or other.overtaken < PATIENCE) and not served(other)
            for other in self.ahead(ticket)
        )

    def go(self, ticket: Ticket) -> None:
        """Take it out of the line, to be served; those before it are overtaken."""
        for other in self.ahead(ticket):
            other.overtaken += 1
            self.overtakes += 1
        self.leave(ticket)
