"""New mp4 files: H.264 pictures on a steady clock, AAC sound, fast start, bt709 tags.

`Mp4Writer` encodes in a thread of its own behind a bounded queue, so decoding, filtering and every
encoder overlap while only a handful of frames are in flight. A file is written under a partial name
and renamed when whole; anything else that happens removes it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import TracebackType

import av
import av.error

from aiditor.errors import AIditorError, DiskFull, RenderFailed
from aiditor.media.graph import Chain, FilterGraph, GraphSpec, PictureFormat, filter_of
from aiditor.media.write_sound import AUDIO_BIT_RATE, AUDIO_RATE_HZ, AudioTrack

__all__ = ["Mp4Writer", "Picture", "PictureCodec", "usable_encoder"]

Picture = av.VideoFrame
"""A frame as it travels between stages: not to be looked into outside `aiditor.media`."""

QUEUE_FRAMES = 6
"""Frames waiting for an encoder; at 1080p each is 3 MB."""
BT709 = 1
TV_RANGE = 1
NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class PictureCodec:
    """How pictures are encoded."""

    encoder: str
    """"libx264" or "h264_nvenc"."""
    width: int
    height: int
    fps: int
    crf: int
    preset: str
    """x264's name, "ultrafast" to "veryslow"; NVENC takes the nearest of its own."""
    gop_s: float = 2.0
    threads: int = 0

    @property
    def options(self) -> dict[str, str]:
        """The encoder's private options."""
        if self.encoder == "h264_nvenc":
            return {"preset": NVENC_PRESETS[self.preset], "rc": "vbr", "cq": str(self.crf), "b": "0"}
        return {"preset": self.preset, "crf": str(self.crf)}


NVENC_PRESETS = {
    "ultrafast": "p1",
    "superfast": "p1",
    "veryfast": "p2",
    "faster": "p3",
    "fast": "p4",
    "medium": "p4",
    "slow": "p5",
    "slower": "p6",
    "veryslow": "p7",
}


def _configure(context: av.VideoCodecContext, codec: PictureCodec) -> None:
    context.width, context.height, context.pix_fmt = codec.width, codec.height, "yuv420p"
    context.framerate, context.time_base = Fraction(codec.fps), Fraction(1, codec.fps)
    context.gop_size = max(1, round(codec.gop_s * codec.fps))
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = TV_RANGE
    context.sample_aspect_ratio = Fraction(1, 1)
    context.thread_count, context.thread_type = codec.threads, "AUTO"
    context.options = codec.options


@cache
def _opens(encoder: str) -> bool:
    """Whether `encoder` really opens here: being compiled in says nothing of a driver or a chip."""
    trial = PictureCodec(encoder, 256, 256, 30, crf=23, preset="veryfast")
    try:
        context = av.CodecContext.create(encoder, "w")
        _configure(context, trial)
        frame = av.VideoFrame(256, 256, "yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 30)
        return bool([*context.encode(frame), *context.encode(None)])
    except (av.error.FFmpegError, ValueError):
        return False


def usable_encoder(wanted: str) -> str:
    """The encoder to use for `wanted` ("auto", "libx264" or "h264_nvenc"): NVENC where it opens, else libx264."""
    return "h264_nvenc" if wanted != "libx264" and _opens("h264_nvenc") else "libx264"


class Mp4Writer:
    """One mp4 being written. Use as a context manager: a file that was not kept is removed on leaving.

    `audio` may still be in the making: until it is there, encoded pictures wait in memory. None is for no sound.
    Raises DiskFull, RenderFailed or what making the sound raised, from `put` and `finish`.
    """

    def __init__(self, path: Path, codec: PictureCodec, *, audio: Future[AudioTrack] | None = None) -> None:
        self.path, self.codec = path, codec
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._audio = audio
        self._queue: queue.Queue[tuple[av.VideoFrame, int, int] | None] = queue.Queue(QUEUE_FRAMES)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name=f"encode {path.name}", daemon=True)
        self._handover: FilterGraph | None = None
        self._handed = 0
        self.frames = 0

    def put(self, frame: av.VideoFrame, first: int, count: int, *, waiting: Callable[[], None]) -> None:
        """Queue `frame` to be shown from output frame `first` for `count` frames; it stays the caller's to use.

        Blocks while the queue is full, calling `waiting` about ten times a second, which may raise.
        """
        own = self._own(frame)
        while True:
            self._raise_failure()
            try:
                return self._queue.put((own, first, count), timeout=0.1)
            except queue.Full:
                waiting()

    def _own(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Another reference to the same picture: the encoder's thread stamps it while the caller may stamp `frame`."""
        if self._handover is None:
            spec = GraphSpec((Chain(("in",), (filter_of("null"),), ("out",)),))
            self._handover = FilterGraph(spec, {"in": PictureFormat.of(frame)}, time_base=Fraction(1, self.codec.fps))
        self._handed += 1
        return self._handover.run(self._handed, {"in": frame})

    def finish(self, *, waiting: Callable[[], None]) -> None:
        """Encode what is queued and complete the file, still under its partial name."""
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=0.1)
                break
            except queue.Full:
                waiting()
        while self._thread.is_alive():
            self._thread.join(0.1)
            waiting()
        self._raise_failure()

    def keep(self) -> None:
        """Give the finished file its name."""
        self._partial.replace(self.path)

    def _raise_failure(self) -> None:
        if self._error is not None:
            raise _render_error(self._error, self.path) from self._error

    def _work(self) -> None:
        try:
            self._encode_all()
        except BaseException as error:  # noqa: BLE001 (handed to the thread that waits, which raises it)
            self._error = error

    def _encode_all(self) -> None:
        with av.open(str(self._partial), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            video = container.add_stream(self.codec.encoder, rate=self.codec.fps)
            _configure(video.codec_context, self.codec)
            sound = container.add_stream("aac", rate=AUDIO_RATE_HZ, bit_rate=AUDIO_BIT_RATE) if self._audio else None
            mux = _Muxer(container, video, sound, self._audio)
            while not self._stop.is_set() and (item := self._queue.get()) is not None:
                frame, first, count = item
                frame.pict_type, frame.time_base = 0, Fraction(1, self.codec.fps)
                for index in range(first, first + count):
                    frame.pts = index
                    mux.pictures(video.codec_context.encode(frame))
                self.frames += count
            if self._stop.is_set():
                return
            mux.pictures(video.codec_context.encode(None))
            while self._audio is not None and not self._audio.done():
                if self._stop.wait(0.02):
                    return
            mux.rest()

    def __enter__(self) -> Mp4Writer:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        while self._thread.is_alive():
            with contextlib.suppress(queue.Full):  # full: the thread is at work, and looks at the stop after each frame
                self._queue.put(None, timeout=0.05)
            self._thread.join(0.05)
        self._partial.unlink(missing_ok=True)


class _Muxer:
    """Pictures and sound into one container, in step. Raises whatever making the sound raised."""

    def __init__(
        self,
        container: av.container.OutputContainer,
        video: av.VideoStream,
        sound: av.AudioStream | None,
        audio: Future[AudioTrack] | None,
    ) -> None:
        self._container, self._video, self._sound, self._audio = container, video, sound, audio
        self._pictures: list[av.Packet] = []
        self._sounds: list[tuple[bytes, int, int]] = []  # last first

    def pictures(self, encoded: Sequence[av.Packet]) -> None:
        self._pictures.extend(encoded)
        if self._audio is not None and self._audio.done():
            self._sounds.extend(reversed(self._audio.result().packets))
            self._audio = None
        if self._audio is not None:
            return
        for packet in self._pictures:
            packet.stream = self._video
            packet.duration = 1
            assert packet.time_base is not None
            assert packet.dts is not None
            self._sounds_until(float(packet.dts * packet.time_base))
            self._container.mux_one(packet)
        self._pictures.clear()

    def rest(self) -> None:
        """What is left, once the sound is there."""
        self.pictures(())
        self._sounds_until(float("inf"))

    def _sounds_until(self, t_s: float) -> None:
        while self._sounds and self._sounds[-1][1] / AUDIO_RATE_HZ <= t_s:
            data, pts, duration = self._sounds.pop()
            packet = av.Packet(data)
            packet.stream, packet.time_base = self._sound, Fraction(1, AUDIO_RATE_HZ)
            packet.pts = packet.dts = pts
            packet.duration, packet.is_keyframe = duration, True
            self._container.mux_one(packet)


def _render_error(error: BaseException, path: Path) -> AIditorError:
    if isinstance(error, AIditorError):
        return error
    number = getattr(error, "errno", None)
    if number in NO_ROOM:
        return DiskFull(
            f"there is no room left for {path.name} in {path.parent}",
            remedy="free some space or choose another folder, then render again",
            file=path,
        )
    return RenderFailed(
        f"{path.name} could not be encoded ({error})", remedy="try another encoder or preset", file=path
    )
