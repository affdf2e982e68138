"""From a decoded picture to every output at once: the description of the graph each source runs through."""

from __future__ import annotations

from collections.abc import Sequence

from aiditor.media.graph import Chain, Filter, GraphSpec, PictureFormat, filter_of
from aiditor.media.info import VideoStream
from aiditor.render.colour import TAGS, normalise
from aiditor.render.config import RenderConfig
from aiditor.render.framing import Canvas, fit, frame_chains, rotation
from aiditor.render.looks import look_filters

__all__ = ["source_spec", "upright_size"]


def upright_size(form: PictureFormat, video: VideoStream) -> tuple[int, int]:
    """Width and height of the decoded picture once turned upright."""
    return (form.height, form.width) if video.rotation_deg % 180 else (form.width, form.height)


def source_spec(
    form: PictureFormat, video: VideoStream, canvases: Sequence[Canvas], cfg: RenderConfig, *, cube: str = ""
) -> GraphSpec:
    """One input "in", one output an aspect. Colour is worked on where there are fewer pixels of it.

    A source smaller than the outputs together is graded before it is scaled, once for all of them; a
    larger one is scaled first.
    """
    colour = (*normalise(form, cube=cube), *look_filters(cfg.look, cfg.look_strength))
    early = form.width * form.height <= sum(canvas.pixels for canvas in canvases)
    width, height = upright_size(form, video)
    first = (*rotation(video), *(colour if early else ()))
    labels = tuple(f"{canvas.aspect}:in" for canvas in canvases)
    if len(canvases) > 1:
        first = (*first, filter_of("split", outputs=len(canvases)))
    chains = [Chain(("in",), first or (filter_of("null"),), labels)]
    for label, canvas in zip(labels, canvases, strict=True):
        shape = video.width / video.height
        framing = cfg.framing if canvas.aspect == "portrait" else fit(shape, canvas)
        if canvas.aspect == "portrait" and shape <= canvas.shape * 1.02:
            framing = fit(shape, canvas)
        hud = cfg.hud_keep if canvas.aspect == "portrait" else ()
        chains.extend(frame_chains(label, canvas, width, height, shape, framing, hud))
        last = (*(() if early else colour), *_bars(canvas, cfg), filter_of("setsar", sar=1))
        last = (*last, filter_of("format", pix_fmts="yuv420p"), TAGS)
        chains.append(Chain((f"{canvas.aspect}:framed",), last, (canvas.aspect,)))
    return GraphSpec(tuple(chains))


def _bars(canvas: Canvas, cfg: RenderConfig) -> tuple[Filter, ...]:
    """Black bars that leave a picture of aspect ratio `cfg.letterbox`, in landscape only."""
    if canvas.aspect != "landscape" or cfg.letterbox <= canvas.shape:
        return ()
    bar = round((canvas.height - canvas.width / cfg.letterbox) / 4) * 2
    return (filter_of("fillborders", top=bar, bottom=bar, mode="fixed", color="black"),) if bar > 0 else ()
