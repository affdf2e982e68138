"""Packets in file order, past errors in the middle of a file."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator
from os import PathLike
from types import TracebackType
from typing import Literal, TypeVar

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream

from aiditor.media.open import open_media

__all__ = ["SharedFile", "only", "packets"]

_MOST_ERRORS = 100
"""In a row; a file that gives nothing but errors is at its end."""


_MOST_WAITING = 256
"""Packets kept for a reader that is behind: a few seconds."""

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


class SharedFile:
    """One open file read once by several threads, a stream each.

    The index of a long recording takes tens of megabytes in each open file, and its bytes are read once only.
    What one reader meets of the others' packets is kept for them; a reader far ahead waits. So each reader must
    run in a thread of its own, and `leave` when it is done, however it ends.
    """

    def __init__(self, path: str | PathLike[str], *, video: Collection[int] = (), audio: Collection[int] = ()) -> None:
        """Streams to be read by their places among the file's; ones that it lacks are for their readers to miss."""
        self.container = open_media(path)
        streams = [stream for at, stream in enumerate(self.container.streams.video) if at in video]
        streams += [stream for at, stream in enumerate(self.container.streams.audio) if at in audio]
        for other in self.container.streams:
            if other not in streams:
                other.discard = Discard.all
        self._waiting: dict[int, deque[Packet]] = {stream.index: deque() for stream in streams}
        self._source = packets(self.container, *streams) if streams else iter(())
        self._changed = threading.Condition()

    def packets(self, stream: Stream) -> Iterator[Packet]:
        """Packets of `stream` from the file's first, then an empty one that flushes the decoder."""
        while (packet := self._next(stream.index)) is not None:
            yield packet

    def leave(self, kind: Literal["video", "audio"], at: int) -> None:
        """The reader of that stream wants no more: its packets are dropped from here on."""
        streams = self.container.streams.video if kind == "video" else self.container.streams.audio
        with self._changed:
            if at < len(streams):
                self._waiting.pop(streams[at].index, None)
            self._changed.notify_all()

    def _next(self, index: int) -> Packet | None:
        with self._changed:
            while True:
                own = self._waiting[index]
                if own:
                    if len(own) >= _MOST_WAITING:
                        self._changed.notify_all()
                    return own.popleft()
                if any(len(others) >= _MOST_WAITING for others in self._waiting.values()):
                    self._changed.wait()
                    continue
                packet = next(self._source, None)
                if packet is None:
                    return None
                if packet.stream.index in self._waiting:
                    self._waiting[packet.stream.index].append(packet)
                    self._changed.notify_all()

    def __enter__(self) -> SharedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()
