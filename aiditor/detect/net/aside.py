"""Work done beside decoding: in the order in which it was given, in one thread, with only so much of it waiting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["Aside"]


class Aside:
    """Pictures are judged and read here while the next ones are decoded. What work raises, `do` or `wait` raises."""

    def __init__(self, most: int = 6) -> None:
        """`most` pieces of work may wait; who gives more waits himself."""
        self._most = most
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="aside")
        self._given: list[Future[Any]] = []

    def do(self, work: Callable[..., object], *args: Any) -> None:
        """Have `work(*args)` done after all that was given before."""
        self._given.append(self._thread.submit(work, *args))
        while len(self._given) > self._most:
            self._given.pop(0).result()

    def wait(self) -> None:
        """Until all is done."""
        while self._given:
            self._given.pop(0).result()
