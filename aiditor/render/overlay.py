"""Lettering laid over finished pictures: a callout around its peak, captions, and the watermark over everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np

from aiditor.media.graph import FilterGraph, PictureFormat, picture
from aiditor.media.write import Picture
from aiditor.render.framing import Canvas
from aiditor.render.shot import Framed
from aiditor.render.text import Lettering, draw_callout, draw_watermark, pop
from aiditor.render.transitions import overlay_spec
from aiditor.timeline import Cut

__all__ = ["Callout", "Patch", "Patches", "Subtitles", "Watermark"]


class Patch(Protocol):
    """A small picture: uint8 [H, W, 4] RGBA, straight alpha, and its left top corner; all of it even."""

    @property
    def pixels(self) -> np.ndarray: ...
    @property
    def left(self) -> int: ...
    @property
    def top(self) -> int: ...


class Patches(Protocol):
    """What lies over the pictures of one aspect."""

    def at(self, index: int) -> Patch | None:
        """What lies over output frame `index`: the same object as long as it looks the same. None for nothing."""


class _Layer:
    """One lettering of unchanging size and place over the pictures of one aspect."""

    def __init__(self, fps: int) -> None:
        self._fps, self._pushed = fps, 0
        self._graph: FilterGraph | None = None

    def over(self, main: Picture, lettering: Lettering | Patch, drawn: Picture) -> Picture:
        if self._graph is None:
            forms = {"main": PictureFormat.of(main), "over": PictureFormat.of(drawn)}
            spec = overlay_spec(lettering.left, lettering.top)
            self._graph = FilterGraph(spec, forms, time_base=Fraction(1, self._fps))
        self._pushed += 1
        return self._graph.run(self._pushed, {"main": main, "over": drawn})


class Watermark:
    """The same small text over every picture."""

    def __init__(self, text: str, canvases: Sequence[Canvas], fps: int) -> None:
        self._lettering = {canvas.aspect: draw_watermark(text.strip(), canvas) for canvas in canvases}
        self._drawn = {aspect: picture(lettering.pixels) for aspect, lettering in self._lettering.items()}
        self._layers = {canvas.aspect: _Layer(fps) for canvas in canvases}
        self._last: tuple[Framed, Framed] | None = None

    def over(self, framed: Framed) -> Framed:
        """`framed` with the text; the same object again for the same object."""
        if self._last is not None and self._last[0] is framed:
            return self._last[1]
        marked = Framed(
            {
                aspect: self._layers[aspect].over(main, self._lettering[aspect], self._drawn[aspect])
                for aspect, main in framed.pictures.items()
            }
        )
        self._last = (framed, marked)
        return marked


class Callout:
    """A cut's callout, popping up at the frame of its peak."""

    def __init__(self, cut: Cut, canvases: Sequence[Canvas], fps: int) -> None:
        self._text, self._fps, self._canvases = cut.callout, fps, canvases
        self._from = round(cut.montage_s(cut.peak_s) * fps)
        self._layers = {canvas.aspect: _Layer(fps) for canvas in canvases}
        self._drawn: dict[tuple[str, float, float], tuple[Lettering, Picture]] = {}
        self._last: tuple[Framed, tuple[float, float], Framed] | None = None

    def over(self, index: int, framed: Framed) -> Framed:
        """`framed` with the callout as it is at output frame `index`, or as it was where there is none."""
        state = pop((index - self._from) / self._fps)
        if state[1] <= 0:
            return framed
        if self._last is not None and self._last[0] is framed and self._last[1] == state:
            return self._last[2]
        pictures = {}
        for canvas in self._canvases:
            lettering, drawn = self._drawing(canvas, *state)
            pictures[canvas.aspect] = self._layers[canvas.aspect].over(framed.pictures[canvas.aspect], lettering, drawn)
        called = Framed(pictures)
        self._last = (framed, state, called)
        return called

    def _drawing(self, canvas: Canvas, scale: float, opacity: float) -> tuple[Lettering, Picture]:
        key = (canvas.aspect, scale, opacity)
        if key not in self._drawn:
            lettering = draw_callout(self._text, canvas, scale, opacity)
            self._drawn[key] = (lettering, picture(lettering.pixels))
        return self._drawn[key]


class Subtitles:
    """Captions over the pictures of each aspect that has some; a page has one size and place, so a graph of its own."""

    def __init__(self, patches: Mapping[str, Patches], fps: int) -> None:
        self._patches, self._fps = patches, fps
        self._layers: dict[str, tuple[tuple[int, ...], _Layer]] = {}
        self._drawn: dict[str, tuple[Patch, Picture]] = {}
        self._last: tuple[Framed, tuple[Patch | None, ...], Framed] | None = None

    def over(self, index: int, framed: Framed) -> Framed:
        """`framed` with what is said at output frame `index`; the same object again as long as nothing changes."""
        shown = {aspect: patches.at(index) for aspect, patches in self._patches.items()}
        if not any(shown.values()):
            return framed
        state = tuple(shown.values())
        if self._last is not None and self._last[0] is framed and self._last[1] == state:
            return self._last[2]
        pictures = {
            aspect: main if (patch := shown.get(aspect)) is None else self._written(aspect, main, patch)
            for aspect, main in framed.pictures.items()
        }
        captioned = Framed(pictures)
        self._last = (framed, state, captioned)
        return captioned

    def _written(self, aspect: str, main: Picture, patch: Patch) -> Picture:
        if aspect not in self._drawn or self._drawn[aspect][0] is not patch:
            self._drawn[aspect] = (patch, picture(patch.pixels))
        place = (patch.left, patch.top, *patch.pixels.shape)
        if aspect not in self._layers or self._layers[aspect][0] != place:
            self._layers[aspect] = (place, _Layer(self._fps))
        return self._layers[aspect][1].over(main, patch, self._drawn[aspect][1])
