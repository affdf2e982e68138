"""Filter graphs: described as plain values, and run through libavfilter.

A description is a `GraphSpec`; pure functions elsewhere build it and tests compare it by equality. Its
`str()` reads as an `ffmpeg -filter_complex` argument. `FilterGraph` runs one: frames go in and out by
label and stay `av.VideoFrame`, so a picture is never copied into Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from types import TracebackType

import av
import av.error
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext

from aiditor.errors import RenderFailed

__all__ = ["Chain", "Filter", "FilterGraph", "GraphSpec", "PictureFormat", "filter_of", "picture"]

UNSPECIFIED = 2
"""AVCOL_SPC_UNSPECIFIED, and the same number for transfer and primaries."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One libavfilter filter with its options, in order. `label` names it for `FilterGraph.command`."""

    name: str
    options: tuple[tuple[str, str], ...] = ()
    label: str = ""

    def __str__(self) -> str:
        name = f"{self.name}@{self.label}" if self.label else self.name
        return name + ("=" if self.options else "") + ":".join(f"{key}={value}" for key, value in self.options)


def filter_of(name: str, *, label: str = "", **options: object) -> Filter:
    """`filter_of("scale", w=1920, h=1080)`; a trailing underscore keeps a keyword legal (`in_` is `in`)."""
    return Filter(name, tuple((key.rstrip("_"), str(value)) for key, value in options.items()), label)


@dataclass(frozen=True, slots=True)
class Chain:
    """Filters in a row, from input labels to output labels: "[in]scale=2:2[out]"."""

    inputs: tuple[str, ...]
    filters: tuple[Filter, ...]
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        ends = ("".join(f"[{label}]" for label in labels) for labels in (self.inputs, self.outputs))
        return ",".join(map(str, self.filters)).join(ends)


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """Chains joined by label. A label that no chain makes is an input, one that no chain takes an output."""

    chains: tuple[Chain, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        made = {label for chain in self.chains for label in chain.outputs}
        return tuple(label for chain in self.chains for label in chain.inputs if label not in made)

    @property
    def outputs(self) -> tuple[str, ...]:
        taken = {label for chain in self.chains for label in chain.inputs}
        return tuple(label for chain in self.chains for label in chain.outputs if label not in taken)

    def __str__(self) -> str:
        return ";".join(map(str, self.chains))


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What a filter graph must know of the frames it will be given. Numbers are libavutil's enumerations."""

    width: int
    height: int
    pixel_format: str
    matrix: int = UNSPECIFIED
    """AVColorSpace: 1 is bt709, 5 and 6 are bt601, 9 is bt2020."""
    full_range: bool = False
    transfer: int = UNSPECIFIED
    """AVColorTransferCharacteristic: 16 is PQ, 18 is HLG."""
    primaries: int = UNSPECIFIED

    @classmethod
    def of(cls, frame: av.VideoFrame) -> PictureFormat:
        full = int(frame.color_range) == 2 or frame.format.name.startswith("yuvj")
        return cls(
            frame.width,
            frame.height,
            frame.format.name,
            int(frame.colorspace),
            full,
            int(frame.color_trc),
            int(frame.color_primaries),
        )


class FilterGraph:
    """A running graph: `push` frames by input label, `pull` them by output label.

    Raises RenderFailed when libavfilter refuses the graph or a frame.
    """

    def __init__(
        self, spec: GraphSpec, inputs: Mapping[str, PictureFormat], *, time_base: Fraction, threads: int = 0
    ) -> None:
        self.spec, self._time_base = spec, time_base
        self._graph = Graph()
        self._graph.threads = threads
        self._labelled: dict[str, FilterContext] = {}
        try:
            self._sources, ends = self._add_sources(inputs, time_base), {}
            ends.update({label: (source, 0) for label, source in self._sources.items()})
            for chain in spec.chains:
                self._add_chain(chain, ends)
            self._sinks = {label: self._add_sink(*ends[label]) for label in spec.outputs}
            self._graph.configure()
        except av.error.FFmpegError as error:
            raise _failed(spec, error) from error

    def _add_sources(self, inputs: Mapping[str, PictureFormat], time_base: Fraction) -> dict[str, FilterContext]:
        sources = {}
        for label in self.spec.inputs:
            form = inputs[label]
            sources[label] = self._graph.add(
                "buffer",
                video_size=f"{form.width}x{form.height}",
                pix_fmt=form.pixel_format,
                time_base=f"{time_base.numerator}/{time_base.denominator}",
                pixel_aspect="1/1",
                colorspace=str(form.matrix),
                range="2" if form.full_range else "1",
            )
        return sources

    def _add_chain(self, chain: Chain, ends: dict[str, tuple[FilterContext, int]]) -> None:
        contexts = []
        for item in chain.filters:
            context = self._graph.add(item.name, **dict(item.options))
            if item.label:
                self._labelled[item.label] = context
            contexts.append(context)
        for position, label in enumerate(chain.inputs):
            source, pad = ends[label]
            source.link_to(contexts[0], pad, position)
        for before, after in pairwise(contexts):
            before.link_to(after)
        for position, label in enumerate(chain.outputs):
            ends[label] = (contexts[-1], position)

    def _add_sink(self, context: FilterContext, pad: int) -> FilterContext:
        sink = self._graph.add("buffersink")
        context.link_to(sink, pad, 0)
        return sink

    def push(self, label: str, frame: av.VideoFrame | None, stamp: int | None = None) -> None:
        """Give `frame` to the input `label`, at `stamp` ticks of the graph's clock; None ends that input."""
        if frame is not None and stamp is not None:
            frame.pts, frame.time_base = stamp, self._time_base
        try:
            self._sources[label].push(frame)
        except av.error.FFmpegError as error:
            raise _failed(self.spec, error) from error

    def pull(self, label: str) -> av.VideoFrame | None:
        """The next frame of the output `label`, or None when more must be pushed first (or all is done)."""
        try:
            frame = self._sinks[label].pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return None
        except av.error.FFmpegError as error:
            raise _failed(self.spec, error) from error
        assert isinstance(frame, av.VideoFrame)
        return frame

    def need(self, label: str) -> av.VideoFrame:
        """The next frame of the output `label`, which must be there. Raises RenderFailed when it is not."""
        frame = self.pull(label)
        if frame is None:
            raise RenderFailed(f"the filter graph {self.spec} gave no picture", remedy="report this as a bug")
        return frame

    def run(self, stamp: int, frames: Mapping[str, av.VideoFrame]) -> av.VideoFrame:
        """Push one frame a label, all at `stamp`, and pull the one frame that comes out of the only output."""
        for label, frame in frames.items():
            self.push(label, frame, stamp)
        return self.need(self.spec.outputs[0])

    def command(self, label: str, name: str, value: object) -> None:
        """Change option `name` of the filter labelled `label`, from the next frame pulled on."""
        try:
            self._labelled[label].process_command(name, str(value))
        except av.error.FFmpegError as error:
            raise _failed(self.spec, error) from error

    def __enter__(self) -> FilterGraph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sinks, self._sources, self._labelled = {}, {}, {}
        del self._graph


def picture(pixels: np.ndarray) -> av.VideoFrame:
    """A yuva420p bt709 frame from uint8 [H, W, 4] RGBA pixels (straight alpha), ready for `overlay`."""
    rgba = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgba")
    spec = GraphSpec(
        (
            Chain(
                ("in",),
                (
                    filter_of("scale", out_color_matrix="bt709", out_range="tv"),
                    filter_of("format", pix_fmts="yuva420p"),
                ),
                ("out",),
            ),
        )
    )
    form = PictureFormat(rgba.width, rgba.height, "rgba", matrix=0, full_range=True)
    with FilterGraph(spec, {"in": form}, time_base=Fraction(1, 1)) as graph:
        return graph.run(0, {"in": rgba})


def _failed(spec: GraphSpec, error: av.error.FFmpegError) -> RenderFailed:
    return RenderFailed(
        f"the picture could not be filtered ({error.strerror or error}; graph {spec})",
        remedy="try another look or framing, and report this as a bug",
    )
