"""Bodies on their way to a thread that writes them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from anyio import CapacityLimiter
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from aiditor.api import streams
from aiditor.api.streams import BLOCK, blocks, given_to
from aiditor.errors import BadInput, LimitReached


async def sent(*chunks: bytes, then: Exception | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if then is not None:
        raise then


def gathered(chunks: AsyncIterator[bytes]) -> list[bytes]:
    async def gather() -> list[bytes]:
        return [block async for block in blocks(chunks)]

    return asyncio.run(gather())


@given(st.lists(st.integers(0, 3 * BLOCK // 2), max_size=8))
def test_blocks_are_bounded_and_hold_the_same_bytes(sizes: list[int]) -> None:
    chunks = [bytes([n % 256]) * size for n, size in enumerate(sizes)]
    found = gathered(sent(*chunks))
    assert b"".join(found) == b"".join(chunks)
    assert all(len(block) >= BLOCK for block in found[:-1])
    assert all(len(block) < BLOCK + max(sizes) for block in found)


def given_bytes(work, chunks: AsyncIterator[bytes]):
    async def giving():
        return await given_to(work, chunks, CapacityLimiter(1))

    return asyncio.run(giving())


def test_the_work_gets_all_of_it_in_another_thread() -> None:
    def work(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
        return b"".join(pieces), threading.current_thread() is threading.main_thread()

    assert given_bytes(work, sent(b"a" * BLOCK, b"b", b"")) == (b"a" * BLOCK + b"b", False)


def test_what_the_work_raises_comes_out_though_more_was_to_come() -> None:
    def work(pieces: Iterator[bytes]) -> None:
        next(pieces)
        raise LimitReached("too large", remedy="send less")

    with pytest.raises(LimitReached):
        given_bytes(work, sent(*[b"x" * BLOCK] * 9))


def test_work_that_wants_no_more_is_not_kept() -> None:
    assert given_bytes(lambda pieces: len(next(pieces)), sent(*[b"x" * BLOCK] * 9)) == BLOCK


def test_a_client_that_leaves_never_looks_like_the_end_of_the_file() -> None:
    seen: list[str] = []

    def work(pieces: Iterator[bytes]) -> None:
        try:
            for _ in pieces:
                seen.append("piece")
        except ClientDisconnect:
            seen.append("gone")
            raise
        seen.append("whole")

    with pytest.raises(ClientDisconnect):
        given_bytes(work, sent(b"x" * BLOCK, then=ClientDisconnect()))
    assert seen == ["piece", "gone"]


def test_a_request_that_is_cancelled_does_not_look_like_the_end_either() -> None:
    seen: list[str] = []

    def work(pieces: Iterator[bytes]) -> None:
        try:
            for _ in pieces:
                seen.append("piece")
        except BaseException:
            seen.append("gone")
            raise
        seen.append("whole")

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * BLOCK
        await asyncio.sleep(30)

    async def cancelled() -> None:
        task = asyncio.create_task(given_to(work, endless(), CapacityLimiter(1)))
        while not seen:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while len(seen) < 2:
            await asyncio.sleep(0.01)

    asyncio.run(cancelled())
    assert seen == ["piece", "gone"]


def test_a_client_that_falls_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(30)

    monkeypatch.setattr(streams, "IDLE_S", 0.05)
    with pytest.raises(BadInput, match="nothing more arrived"):
        gathered(silent())
    with pytest.raises(BadInput, match="nothing more arrived"):
        given_bytes(lambda pieces: b"".join(pieces), silent())
