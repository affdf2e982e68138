"""The render stage: a timeline to its mp4 files, one decode of each cut for all of them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING

from aiditor.errors import Cancelled, RenderFailed
from aiditor.media.write import Mp4Writer, PictureCodec, usable_encoder
from aiditor.media.write_sound import AudioTrack, encode_audio
from aiditor.progress import Progress, silent
from aiditor.render.config import RenderConfig
from aiditor.render.framing import Canvas
from aiditor.render.grid import frame_rate, size_of, spans
from aiditor.render.montage import montage
from aiditor.timeline import Timeline

if TYPE_CHECKING:
    from aiditor.render.overlay import Patches

__all__ = ["MakeSound", "Rendered", "render"]

MakeSound = Callable[[Progress], Path]
"""Makes the sound file, in a thread of its own; its progress raises Cancelled once the render ends early."""

REPORT_S = 0.1


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render wrote."""

    files: Mapping[str, str]
    """Path by aspect."""
    encoder: Mapping[str, str]
    """"libx264" or "h264_nvenc", by aspect."""
    frames: int
    fps: int
    duration_s: float
    """Frames over fps: picture and sound are both this long."""
    wall_s: float = 0.0


def render(
    timeline: Timeline,
    cfg: RenderConfig,
    *,
    out: Mapping[str, Path],
    audio: Path | MakeSound | None = None,
    captions: Mapping[str, Patches] | None = None,
    progress: Progress = silent,
) -> Rendered:
    """Write one mp4 for each aspect in `out` ("landscape", "portrait"), with the sound file `audio` under both.

    The sound may also be a function that makes the file: it then runs beside the pictures, and what it raises
    ends the render. `captions`, by aspect, lie between the callouts and the watermark.
    Each file is H.264 yuv420p bt709 with AAC at 48 kHz, laid out to start playing before it is all
    loaded. Every file is written whole or not at all. Raises BadConfig for an unknown aspect,
    RenderFailed or DiskFull when writing fails, and lets Cancelled pass.
    """
    if not timeline.cuts or not out:
        raise RenderFailed("there is nothing to render", remedy="choose at least one moment and one format")
    began = time.monotonic()
    fps = frame_rate(timeline, cfg)
    owned = spans(timeline, fps)
    frames = owned[-1].stop
    canvases = [Canvas(aspect, *size_of(aspect, timeline, cfg)) for aspect in out]
    encoder = usable_encoder(cfg.encoder)
    report = _Reporter(progress, frames, began)
    with ExitStack() as stack:
        workdir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aiditor-render-")))
        sound = None if audio is None else stack.enter_context(_Sound(audio, frames / fps))
        writers = {
            canvas.aspect: stack.enter_context(
                Mp4Writer(Path(out[canvas.aspect]), _codec(canvas, cfg, fps, encoder), audio=sound and sound.track)
            )
            for canvas in canvases
        }
        stream = stack.enter_context(closing(montage(timeline, cfg, canvases, fps, workdir, captions)))
        for first, count, pictures in stream:
            for aspect, picture in pictures.items():
                writers[aspect].put(picture, first, count, waiting=report.waiting)
            report.done(first + count)
        for writer in writers.values():
            writer.finish(waiting=report.waiting)
        for writer in writers.values():
            writer.keep()
    progress(1.0, "rendered")
    return Rendered(
        files={aspect: str(path) for aspect, path in out.items()},
        encoder=dict.fromkeys(out, encoder),
        frames=frames,
        fps=fps,
        duration_s=frames / fps,
        wall_s=time.monotonic() - began,
    )


def _codec(canvas: Canvas, cfg: RenderConfig, fps: int, encoder: str) -> PictureCodec:
    return PictureCodec(
        encoder, canvas.width, canvas.height, fps, cfg.crf, cfg.preset, gop_s=cfg.gop_s, threads=cfg.threads
    )


class _Sound:
    """The sound being made and encoded beside the pictures."""

    def __init__(self, audio: Path | MakeSound, duration_s: float) -> None:
        self._audio, self._duration_s, self._stopped = audio, duration_s, Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="encode sound")
        self.track: Future[AudioTrack] = self._pool.submit(self._make)

    def _make(self) -> AudioTrack:
        path = self._audio(self._go_on) if callable(self._audio) else Path(self._audio)
        return encode_audio(path, self._duration_s, stopped=self._stopped.is_set)

    def _go_on(self, _fraction: float, _note: str) -> None:
        if self._stopped.is_set():
            raise Cancelled("the render was stopped")

    def __enter__(self) -> _Sound:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._pool.shutdown()


class _Reporter:
    """Says how far the render is, about ten times a second, also while an encoder is waited for."""

    def __init__(self, progress: Progress, frames: int, began: float) -> None:
        self._progress, self._frames, self._began = progress, frames, began
        self._last, self._at = 0.0, 0

    def done(self, frames: int) -> None:
        self._at = frames
        self.waiting()

    def waiting(self) -> None:
        now = time.monotonic()
        if now - self._last < REPORT_S:
            return
        self._last = now
        speed = self._at / max(now - self._began, 1e-6)
        self._progress(min(0.999, self._at / self._frames), f"rendering at {speed:.0f} frames a second")
