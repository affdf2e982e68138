"""The montage as a stream of finished pictures: cuts, transitions, callouts, captions and the watermark, in order."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from aiditor.media.decode import ReaderPool
from aiditor.media.graph import FilterGraph, PictureFormat
from aiditor.media.write import Picture
from aiditor.render.config import RenderConfig
from aiditor.render.framing import Canvas
from aiditor.render.grid import spans
from aiditor.render.shot import Framed, Shot
from aiditor.render.transitions import MIXING, commands, transition_spec
from aiditor.timeline import Cut, Timeline

if TYPE_CHECKING:  # drawing needs Pillow, which plain montages need not wait for
    from aiditor.render.overlay import Patches

__all__ = ["montage"]

Item = tuple[int, int, Mapping[str, Picture]]


def montage(
    timeline: Timeline,
    cfg: RenderConfig,
    canvases: Sequence[Canvas],
    fps: int,
    workdir: Path,
    captions: Mapping[str, Patches] | None = None,
) -> Generator[Item, None, None]:
    """(first output frame, how many frames it is shown, picture by aspect), gapless from frame 0."""
    held: Framed | None = None
    first = count = 0
    for index, framed in _composed(timeline, cfg, canvases, fps, workdir, captions or {}):
        if framed is held:
            count += 1
            continue
        if held is not None:
            yield first, count, held.pictures
        held, first, count = framed, index, 1
    if held is not None:
        yield first, count, held.pictures


def _composed(
    timeline: Timeline,
    cfg: RenderConfig,
    canvases: Sequence[Canvas],
    fps: int,
    workdir: Path,
    captions: Mapping[str, Patches],
) -> Iterator[tuple[int, Framed]]:
    called = cfg.callouts and any(cut.callout for cut in timeline.cuts)
    if cfg.watermark_text.strip() or called or captions:
        from aiditor.render.overlay import Callout, Subtitles, Watermark
    with ExitStack() as stack:
        pool = stack.enter_context(ReaderPool())
        before: Shot | None = None
        watermark = Watermark(cfg.watermark_text, canvases, fps) if cfg.watermark_text.strip() else None
        subtitles = Subtitles(captions, fps) if captions else None
        for cut, owned in zip(timeline.cuts, spans(timeline, fps), strict=True):
            shot = Shot(cut, timeline.source(cut.source_id), canvases, cfg, fps, pool, workdir, timeline.blurs)
            entry = _Entry(cut, owned, canvases, fps, before)
            callout = Callout(cut, canvases, fps) if cfg.callouts and cut.callout else None
            for index in owned:
                framed = shot.at(index)
                if entry.covers(index):
                    framed = entry.apply(index, framed)
                elif before is not None:
                    before.close()
                    before = None
                if callout is not None:
                    framed = callout.over(index, framed)
                if subtitles is not None:
                    framed = subtitles.over(index, framed)
                yield index, watermark.over(framed) if watermark else framed
            if before is not None:
                before.close()
            before = shot


class _Entry:
    """The transition that enters a cut, if it has one."""

    def __init__(self, cut: Cut, owned: range, canvases: Sequence[Canvas], fps: int, before: Shot | None) -> None:
        self._canvases, self._fps, self._owned = canvases, fps, owned
        self._kind = cut.transition.kind if cut.transition else ""
        frames = round(cut.transition.duration_s * fps) if cut.transition else 0
        self._before = before if self._kind in MIXING else None
        if self._kind in MIXING and before is None:
            frames = 0  # the montage's first cut has nothing to mix with
        self._frames = min(frames, len(owned))
        self._graphs: dict[str, FilterGraph] = {}

    def covers(self, index: int) -> bool:
        return index - self._owned.start < self._frames

    def apply(self, index: int, framed: Framed) -> Framed:
        step = index - self._owned.start
        progress = (step + 1) / (self._frames + 1)
        old = self._before.at(index) if self._before else None
        pictures = {}
        for canvas in self._canvases:
            inputs = {"new": framed.pictures[canvas.aspect]}
            if old is not None:
                inputs["old"] = old.pictures[canvas.aspect]
            graph = self._graph(canvas, inputs)
            for command in commands(self._kind, canvas, progress):
                graph.command(command.label, command.option, command.value)
            pictures[canvas.aspect] = graph.run(step, inputs)
        return Framed(pictures)

    def _graph(self, canvas: Canvas, inputs: Mapping[str, Picture]) -> FilterGraph:
        if canvas.aspect not in self._graphs:
            forms = {label: PictureFormat.of(frame) for label, frame in inputs.items()}
            self._graphs[canvas.aspect] = FilterGraph(
                transition_spec(self._kind, canvas), forms, time_base=Fraction(1, self._fps)
            )
        return self._graphs[canvas.aspect]
