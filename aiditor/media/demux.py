"""Packets in file order, past errors in the middle of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream

__all__ = ["only", "packets"]

_MOST_ERRORS = 100
"""In a row; a file that gives nothing but errors is at its end."""


AnyStream = TypeVar("AnyStream", bound=Stream)


def only(container: InputContainer, stream: AnyStream) -> AnyStream:
    """`stream`, the one that will be read: the bytes of all others are passed by instead of copied."""
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all
    return stream


def packets(container: InputContainer, *streams: Stream) -> Iterator[Packet]:
    """Packets of `streams` from where the container stands, then an empty one that flushes the decoder."""
    errors = 0
    while errors < _MOST_ERRORS:
        try:
            for packet in container.demux(*streams):
                yield packet
                errors = 0
            return
        except (av.error.FFmpegError, IndexError):
            # IndexError: PyAV knows the streams there were at opening; a broadcast or a bit error can begin another.
            errors += 1
