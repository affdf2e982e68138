"""What arrives in a request's body, in blocks of bounded size: never the whole of it in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from queue import SimpleQueue
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect

from aiditor.errors import BadInput

__all__ = ["BLOCK", "blocks", "given_to"]

T = TypeVar("T")
BLOCK = 1024**2
"""Bytes that are put together before they are written."""
AHEAD = 2
"""Blocks that may wait for the thread."""
IDLE_S = 60.0
"""How long a client may be silent in the middle of a file."""


async def blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in blocks of about 1 MiB. Raises BadInput when nothing comes any more."""
    held: list[bytes] = []
    size = 0
    while True:
        try:
            with anyio.fail_after(IDLE_S):
                chunk = await anext(chunks, None)
        except TimeoutError:
            why = f"nothing more arrived for {IDLE_S:g} s"
            raise BadInput(why, remedy="check your connection and send it again") from None
        if chunk is None:
            break
        held.append(chunk)
        size += len(chunk)
        if size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


async def given_to(work: Callable[[Iterator[bytes]], T], chunks: AsyncIterator[bytes], limiter: CapacityLimiter) -> T:
    """What `work` returns, in a thread of `limiter`'s, when it is given these bytes as an iterator of blocks.

    Where the bytes end too soon (the client has gone), the iterator raises what ended them, so that `work` never takes
    a part for the whole.
    """
    line: SimpleQueue[bytes | Exception | None] = SimpleQueue()
    room, loop = asyncio.Semaphore(AHEAD), asyncio.get_running_loop()

    async def feed() -> None:
        end: Exception | None = ClientDisconnect()
        try:
            async for block in blocks(chunks):
                await room.acquire()
                line.put(block)
            end = None
        except (BadInput, ClientDisconnect) as error:
            end = error
        finally:
            line.put(end)

    def pieces() -> Iterator[bytes]:
        while (piece := line.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece
            loop.call_soon_threadsafe(room.release)

    feeding = asyncio.create_task(feed())
    try:
        return await to_thread.run_sync(lambda: work(pieces()), limiter=limiter)
    finally:
        feeding.cancel()
        await asyncio.wait([feeding])
