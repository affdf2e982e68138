"""Writes a recording: H.264 and AAC in MP4, picture and sound on one clock, whole or not at all."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from aiditor.errors import RenderFailed

__all__ = ["MovieWriter"]


class MovieWriter:
    """A context manager; `add` takes a frame with the sound that belongs to it.

    Leaving it renames the partial file to `path`; leaving it by an error removes it.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        rate_hz: int,
        audio_hz: int,
        crf: int = 23,
        preset: str = "veryfast",
    ) -> None:
        self.path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._rate_hz, self._audio_hz = rate_hz, audio_hz
        self._size = (width, height)
        self._frames = self._samples = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._container = av.open(str(self._partial), "w", format="mp4", options={"movflags": "+faststart"})
        video = self._container.add_stream("libx264", rate=rate_hz)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.time_base = Fraction(1, rate_hz)
        video.codec_context.thread_count = 1
        video.gop_size = 2 * rate_hz
        video.options = {"crf": str(crf), "preset": preset}
        for name in ("color_primaries", "color_trc", "colorspace"):
            setattr(video.codec_context, name, 1)
        video.codec_context.color_range = 1
        self._video = video
        self._to_yuv = VideoReformatter()
        self._audio = self._container.add_stream("aac", rate=audio_hz, layout="stereo")
        self._audio.bit_rate = 128_000

    def __enter__(self) -> MovieWriter:
        return self

    @property
    def frames(self) -> int:
        """How many are written."""
        return self._frames

    def add(self, picture: np.ndarray, sound: np.ndarray) -> None:
        """One frame uint8 [H, W, 3] RGB, and its sound int16 [N, 2]. Raises RenderFailed."""
        try:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame = self._to_yuv.reformat(frame, format="yuv420p", dst_colorspace=Colorspace.ITU709)
            frame.pts, frame.time_base = self._frames, Fraction(1, self._rate_hz)
            self._frames += 1
            self._container.mux(self._video.encode(frame))
            samples = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound).reshape(1, -1), format="s16", layout="stereo"
            )
            samples.sample_rate = self._audio_hz
            samples.pts, samples.time_base = self._samples, Fraction(1, self._audio_hz)
            self._samples += len(sound)
            self._container.mux(self._audio.encode(samples))
        except av.error.FFmpegError as error:
            raise RenderFailed(
                f"writing {self.path.name} failed ({error})", remedy="check the disk's free space"
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._video.encode(None))
                self._container.mux(self._audio.encode(None))
            self._container.close()
            if kind is None:
                self._partial.replace(self.path)
        finally:
            self._partial.unlink(missing_ok=True)
