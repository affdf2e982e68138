"""One cut, frame by frame: decoded, selected by time, and run through its source's graph for every output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from aiditor.media.decode import PictureReader, ReaderPool, Shown
from aiditor.media.graph import FilterGraph, GraphSpec, PictureFormat
from aiditor.media.write import Picture
from aiditor.render.colour import hdr_table, is_hdr, write_cube
from aiditor.render.config import RenderConfig
from aiditor.render.follow import camera_path
from aiditor.render.framing import Canvas
from aiditor.render.picture import source_spec, upright_size
from aiditor.render.screen import Screen
from aiditor.render.transitions import mix_commands, mix_spec
from aiditor.timeline import Blur, Cut, Source

__all__ = ["Framed", "Shot"]

EARLY_SHARE = 0.49
"""A frame due within this share of an output frame is shown already: picture and sound are never more than half
an output frame apart, where waiting would make it a whole one. Just under half, so that 60 to 30 takes every other."""
MIX_BELOW = 0.95
"""Slow motion is mixed where it shows fewer new frames than this a frame of output."""


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """A picture for every aspect. The same object again means that nothing has changed."""

    pictures: Mapping[str, Picture]


class Shot:
    """A cut being shown. `at` must be asked for frames in order; `close` gives the reader back."""

    def __init__(
        self,
        cut: Cut,
        source: Source,
        canvases: Sequence[Canvas],
        cfg: RenderConfig,
        fps: int,
        pool: ReaderPool,
        workdir: Path,
        blurs: Sequence[Blur] = (),
    ) -> None:
        self._cut, self._source, self._canvases, self._cfg, self._fps = cut, source, canvases, cfg, fps
        self._pool, self._workdir = pool, workdir
        self._screen = Screen(source.id, blurs, source.info.video.rotation_deg)
        self._graph: FilterGraph | None = None
        self._form: PictureFormat | None = None
        self._mixers: dict[str, FilterGraph] = {}
        self._recent: list[tuple[float, Framed]] = []
        self._pushed = 0
        self._crop_at: dict[str, int] = {}
        self._cameras: dict[str, tuple[int, np.ndarray, np.ndarray]] = {}
        self._reader: PictureReader = pool.take(source.path, source.info, max(0.0, cut.start_s))

    def at(self, index: int) -> Framed:
        """The pictures of output frame `index`."""
        t_s = max(0.0, self._cut.source_s(index / self._fps))
        mixes = self._mixes(t_s)
        shown = self._reader.at(t_s, early_s=0.0 if mixes else EARLY_SHARE / self._fps)
        framed = self._framed(shown)
        ahead = self._reader.ahead
        if ahead is None or not mixes:
            return framed
        weight = (t_s - shown.time_s) / (ahead.time_s - shown.time_s)
        if weight < 0.02:
            return framed
        return self._mixed(framed, self._framed(ahead), weight, index)

    def close(self) -> None:
        self._recent.clear()
        self._graph = None
        self._mixers.clear()
        self._pool.give(self._reader)

    def _mixes(self, t_s: float) -> bool:
        ramp = self._cut.ramp
        if ramp is None or self._cfg.slow_motion != "blend" or not ramp.start_s <= t_s < ramp.end_s:
            return False
        return self._source.info.video.rate_hz * ramp.speed < self._fps * MIX_BELOW

    def _mixed(self, old: Framed, new: Framed, weight: float, index: int) -> Framed:
        pictures = {}
        for canvas in self._canvases:
            if canvas.aspect not in self._mixers:
                forms = {label: PictureFormat.of(old.pictures[canvas.aspect]) for label in ("old", "new")}
                self._mixers[canvas.aspect] = FilterGraph(mix_spec(), forms, time_base=Fraction(1, self._fps))
            mixer = self._mixers[canvas.aspect]
            for command in mix_commands(weight):
                mixer.command(command.label, command.option, command.value)
            pair = {"old": old.pictures[canvas.aspect], "new": new.pictures[canvas.aspect]}
            pictures[canvas.aspect] = mixer.run(index, pair)
        return Framed(pictures)

    def _framed(self, shown: Shown) -> Framed:
        """`shown` through the source's graph; the last two are kept, for frames shown more than once."""
        for time_s, framed in self._recent:
            if time_s == shown.time_s:
                return framed
        framed = self._filter(shown)
        self._recent = [*self._recent[-1:], (shown.time_s, framed)]
        return framed

    def _filter(self, shown: Shown) -> Framed:
        frame = self._screen.over(shown.frame, shown.time_s)
        form = PictureFormat.of(frame)
        if self._graph is None or form != self._form:
            self._open_graph(form)
        graph = self._graph
        assert graph is not None
        self._point(graph, form, shown.time_s)
        graph.push("in", frame, self._pushed)
        self._pushed += 1
        pictures = {canvas.aspect: graph.need(canvas.aspect) for canvas in self._canvases}
        return Framed(pictures)

    def _open_graph(self, form: PictureFormat) -> None:
        cube = ""
        if is_hdr(form):
            path = self._workdir / f"hdr{form.transfer}.cube"
            if not path.exists():
                write_cube(hdr_table(form.transfer), path)
            cube = str(path)
        spec = source_spec(form, self._source.info.video, self._canvases, self._cfg, cube=cube)
        self._graph = FilterGraph(spec, {"in": form}, time_base=Fraction(1, self._fps), threads=self._cfg.threads)
        self._form = form
        width, _ = upright_size(form, self._source.info.video)
        self._cameras = _cameras(spec, width, self._cut, self._cfg.follow_speed)
        self._crop_at.clear()

    def _point(self, graph: FilterGraph, form: PictureFormat, t_s: float) -> None:
        """Move the crops that follow the action to where they look at `t_s`."""
        width, _ = upright_size(form, self._source.info.video)
        for label, (crop_w, times_s, left) in self._cameras.items():
            x = min(max(round(float(np.interp(t_s, times_s, left)) * width), 0), width - crop_w)
            if self._crop_at.get(label) != x:
                graph.command(label, "x", x)
                self._crop_at[label] = x


def _cameras(spec: GraphSpec, width: int, cut: Cut, speed: float) -> dict[str, tuple[int, np.ndarray, np.ndarray]]:
    """Width in pixels, times and left edge of each portrait crop in `spec` that can move, by label."""
    cameras = {}
    for item in (item for chain in spec.chains for item in chain.filters if item.label == "portrait_crop"):
        crop_w = int(dict(item.options)["w"])
        if crop_w < width:
            path = camera_path(cut.focus, cut.start_s, cut.end_s, view=crop_w / width, speed=speed)
            cameras[item.label] = (crop_w, *path)
    return cameras
