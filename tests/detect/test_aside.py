"""Work beside decoding."""

from __future__ import annotations

import threading
from time import monotonic

import pytest

from aiditor.detect.net.aside import Aside


def test_all_is_done_in_order_and_elsewhere() -> None:
    aside, done = Aside(), []
    for number in range(20):
        aside.do(lambda number=number: done.append((number, threading.current_thread().name)))
    aside.wait()
    assert [number for number, _ in done] == list(range(20))
    assert {name for _, name in done} == {"aside_0"}


def test_no_more_than_so_much_waits() -> None:
    gate, aside, started = threading.Event(), Aside(most=2), []
    giver = threading.Thread(target=lambda: [aside.do(lambda: (started.append(1), gate.wait(5))) for _ in range(4)])
    giver.start()
    giver.join(0.3)
    assert giver.is_alive(), "the third waits for the first"
    gate.set()
    giver.join(5)
    aside.wait()
    assert len(started) == 4


def test_what_goes_wrong_there_is_raised_here() -> None:
    def fail() -> None:
        raise ValueError("broken")

    aside = Aside()
    aside.do(fail)
    with pytest.raises(ValueError, match="broken"):
        aside.wait()
    begun = monotonic()
    aside.wait()
    assert monotonic() - begun < 1
