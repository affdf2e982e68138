"""Pictures of a file by time, at full size, for the render: the last frame at or before each moment asked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

import av
import av.error
from av.stream import Discard

from aiditor.errors import UnreadableMedia
from aiditor.media.demux import packets
from aiditor.media.graph import Chain, FilterGraph, GraphSpec, PictureFormat, filter_of
from aiditor.media.info import MediaInfo
from aiditor.media.open import open_media

__all__ = ["PictureReader", "ReaderPool", "Shown", "deinterlace_spec"]

LEAD_IN_S = 0.15
"""Frames this close before the moment asked are decoded whole; before them, those nothing refers to are skipped."""
NEAR_S = 0.5
"""A moment this little ahead is reached by decoding on rather than by seeking."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A decoded frame and when it is first seen, in source seconds."""

    frame: av.VideoFrame
    time_s: float


def deinterlace_spec() -> GraphSpec:
    """Frames flagged as interlaced become progressive, one out for one in."""
    return GraphSpec((Chain(("in",), (filter_of("bwdif", mode="send_frame", deint="interlaced"),), ("out",)),))


class PictureReader:
    """One open file, read forwards. `at` must be asked for moments that never go back; `seek` starts anew.

    Damaged packets are passed over, so the frame before the hole is held; past the end the last frame is held.
    Raises UnreadableMedia when the file does not open or shows no picture at all.
    """

    def __init__(self, path: str, info: MediaInfo, *, threads: int = 0) -> None:
        self.path = path
        self._info = info
        self._origin_s = info.start_s
        self._container = open_media(path)
        self._stream = self._container.streams.video[info.video.index]
        for other in self._container.streams:
            if other is not self._stream:
                other.discard = Discard.all
        self._context = self._stream.codec_context
        self._context.thread_count = threads
        self._context.thread_type = "AUTO"
        assert self._stream.time_base is not None
        self._tick = self._stream.time_base
        self._tick_s = float(self._tick)
        self._tolerance_s = self._tick_s / 2 + 1e-6
        self._frames: Iterator[Shown] = iter(())
        self.held: Shown | None = None
        self.ahead: Shown | None = None

    def seek(self, t_s: float) -> None:
        """Make ready to show moments from `t_s` source seconds on."""
        near = self.held is not None and self.held.time_s - self._tolerance_s <= t_s <= self.held.time_s + NEAR_S
        if near:
            return
        for back_s in (0.0, 1.0, 10.0, None):
            start_s = None if back_s is None else t_s - back_s
            self._frames = self._decode_from(start_s, t_s)
            self.held, self.ahead = None, next(self._frames, None)
            if self.ahead is not None and (self.ahead.time_s <= t_s + self._tolerance_s or start_s is None):
                return
        if self.ahead is None:
            raise UnreadableMedia(
                f"{self.path} shows no picture", remedy="remove the clip or export it again", file=self.path
            )

    def at(self, t_s: float, *, early_s: float = 0.0) -> Shown:
        """The last frame at or before `t_s`, or up to `early_s` after it (at least half a tick of the file's clock)."""
        until_s = t_s + max(early_s, self._tolerance_s)
        while self.ahead is not None and (self.held is None or self.ahead.time_s <= until_s):
            self.held, self.ahead = self.ahead, next(self._frames, None)
        assert self.held is not None, "seek before at"
        return self.held

    def _decode_from(self, start_s: float | None, wanted_s: float) -> Iterator[Shown]:
        """Frames in order of presentation, from the keyframe at or before `start_s` (None: the file's first)."""
        offset = -(2**62) if start_s is None else round((start_s + self._origin_s) / self._tick_s)
        try:
            self._container.seek(offset, stream=self._stream, backward=True)
        except av.error.FFmpegError:  # some formats cannot seek before their first packet: read from the top
            self._container.seek(0)
        self._context.flush_buffers()
        frames = self._decode(wanted_s)
        return self._progressive(frames) if self._info.video.interlaced else frames

    def _decode(self, wanted_s: float) -> Iterator[Shown]:
        rate_hz = self._info.video.rate_hz or 30.0
        whole_from_s = wanted_s - max(LEAD_IN_S, 4 / rate_hz)
        skipping = not self._info.video.variable_rate and not self._info.video.interlaced
        self._context.skip_frame = "NONREF" if skipping else "DEFAULT"
        last_s = float("-inf")
        for packet in packets(self._container, self._stream):
            if skipping and (packet.pts is None or self._seconds(packet.pts) >= whole_from_s):
                self._context.skip_frame, skipping = "DEFAULT", False
            try:
                decoded = packet.decode()
            except av.error.FFmpegError:
                continue  # a damaged packet: the frame before it is held until the next good one
            for frame in decoded:
                stamp = frame.pts if frame.pts is not None else frame.dts
                if stamp is None:
                    continue
                time_s = self._seconds(stamp)
                if time_s > last_s:
                    last_s = time_s
                    yield Shown(frame, time_s)

    def _progressive(self, frames: Iterator[Shown]) -> Iterator[Shown]:
        assert self._stream.time_base is not None
        time_base = self._stream.time_base
        with contextlib.ExitStack() as stack:
            graph: FilterGraph | None = None
            form: PictureFormat | None = None
            for shown in frames:
                if PictureFormat.of(shown.frame) != form:
                    form = PictureFormat.of(shown.frame)
                    graph = stack.enter_context(FilterGraph(deinterlace_spec(), {"in": form}, time_base=time_base))
                assert graph is not None
                graph.push("in", shown.frame)
                yield from self._pulled(graph)
            if graph is not None:
                graph.push("in", None)
                yield from self._pulled(graph)

    def _pulled(self, graph: FilterGraph) -> Iterator[Shown]:
        while (frame := graph.pull("out")) is not None:
            assert frame.pts is not None
            yield Shown(frame, float(frame.pts * frame.time_base) - self._origin_s)

    def _seconds(self, stamp: int) -> float:
        return stamp * self._tick.numerator / self._tick.denominator - self._origin_s

    def close(self) -> None:
        self._frames, self.held, self.ahead = iter(()), None, None
        self._container.close()

    def __enter__(self) -> PictureReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ReaderPool:
    """Open readers kept between cuts of the same file, at most `keep` of them idle."""

    def __init__(self, *, keep: int = 2) -> None:
        self._idle: list[PictureReader] = []
        self._busy: set[PictureReader] = set()
        self._keep = keep

    def take(self, path: str, info: MediaInfo, t_s: float) -> PictureReader:
        """A reader of `path` ready at `t_s`; give it back with `give`."""
        reader = next((item for item in self._idle if item.path == path), None)
        if reader is None:
            reader = PictureReader(path, info)
        else:
            self._idle.remove(reader)
        self._busy.add(reader)
        reader.seek(t_s)
        return reader

    def give(self, reader: PictureReader) -> None:
        self._busy.discard(reader)
        self._idle.append(reader)
        while len(self._idle) > self._keep:
            self._idle.pop(0).close()

    def __enter__(self) -> ReaderPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reader in (*self._idle, *self._busy):
            reader.close()
