"""How a source's picture is fitted to an output: pure functions from sizes to filter chains.

Sizes inside chains are of the decoded picture, so pixels that are not square are put right by the same
scaling that brings the picture to its output size: once, bicubic, as the `ffmpeg` command does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aiditor.media.graph import Chain, Filter, filter_of
from aiditor.media.info import VideoStream

__all__ = ["Canvas", "crop_size", "fit", "frame_chains", "rotation", "strip_cells"]

CROP_TO_FILL = 0.04
"""A picture whose shape is this near the output's is cropped to fill it; others are fitted over a blur."""
SAME_SHAPE = 0.004
STRIP_SHARE = 0.26
"""Height of the HUD strip of a stack, as a share of the output's."""
INSET_WIDTH = 0.44
"""Largest width of a kept HUD part over a crop, as a share of the output's."""
SAFE_TOP, SAFE_BOTTOM, SAFE_SIDE = 0.10, 0.22, 0.05
"""Shares of a portrait picture that phone apps cover with their own buttons and captions."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """One output picture."""

    aspect: str
    width: int
    height: int

    @property
    def shape(self) -> float:
        return self.width / self.height

    @property
    def pixels(self) -> int:
        return self.width * self.height


def rotation(video: VideoStream) -> tuple[Filter, ...]:
    """Filters that turn the decoded picture as a player would."""
    return {
        0: (),
        90: (filter_of("transpose", dir="clock"),),
        180: (filter_of("hflip"), filter_of("vflip")),
        270: (filter_of("transpose", dir="cclock"),),
    }[video.rotation_deg % 360]


def fit(shape: float, canvas: Canvas) -> str:
    """ "whole", "crop" or "blur": how a picture of aspect ratio `shape` fills a landscape canvas."""
    ratio = shape / canvas.shape
    if abs(ratio - 1) <= SAME_SHAPE:
        return "whole"
    return "crop" if 1 - CROP_TO_FILL <= ratio <= 1 + CROP_TO_FILL else "blur"


def crop_size(width: int, height: int, shape: float, target: float) -> tuple[int, int]:
    """The largest even part of a decoded picture, seen with aspect ratio `shape`, that is seen with `target`."""
    if shape > target:
        return _even_within(width * target / shape, width), _even_within(height, height)
    return _even_within(width, width), _even_within(height * shape / target, height)


def frame_chains(
    label: str, canvas: Canvas, width: int, height: int, shape: float, framing: str, hud: tuple[Region, ...] = ()
) -> tuple[Chain, ...]:
    """Chains from the label `label` to `canvas.aspect + ":framed"`, for a decoded picture of `width` x `height`.

    `framing` is whole, crop, blur or stack. The crop that follows the action is labelled
    `canvas.aspect + "_crop"`: its x is set frame by frame.
    """
    out = f"{canvas.aspect}:framed"
    if framing == "whole":
        scaled = () if (width, height) == (canvas.width, canvas.height) else (scale(canvas.width, canvas.height),)
        return (Chain((label,), scaled or (filter_of("null"),), (out,)),)
    if framing == "blur":
        return _blur(label, out, canvas, width, height, shape)
    if framing == "stack" and hud:
        return _stack(label, out, canvas, width, height, shape, hud)
    if hud and canvas.aspect == "portrait":
        return _crop_with_insets(label, out, canvas, width, height, shape, hud)
    return (Chain((label,), _crop(canvas, canvas.height, width, height, shape), (out,)),)


Region = tuple[float, float, float, float]


def scale(width: int, height: int) -> Filter:
    """Bicubic, as ffmpeg's default."""
    return filter_of("scale", w=width, h=height, flags="bicubic")


def _crop(canvas: Canvas, out_height: int, width: int, height: int, shape: float) -> tuple[Filter, ...]:
    crop_w, crop_h = crop_size(width, height, shape, canvas.width / out_height)
    crop = filter_of(
        "crop",
        label=f"{canvas.aspect}_crop",
        w=crop_w,
        h=crop_h,
        x=(width - crop_w) // 2,
        y=(height - crop_h) // 2,
        exact=1,
    )
    return (crop, scale(canvas.width, out_height))


def _blur(label: str, out: str, canvas: Canvas, width: int, height: int, shape: float) -> tuple[Chain, ...]:
    fitted = (
        (canvas.width, _even(canvas.width / shape))
        if shape > canvas.shape
        else (_even(canvas.height * shape), canvas.height)
    )
    crop_w, crop_h = crop_size(width, height, shape, canvas.shape)
    name = canvas.aspect
    small = scale(_even(canvas.width / 12), _even(canvas.height / 12))
    backdrop = (
        filter_of("crop", w=crop_w, h=crop_h),
        small,
        filter_of("gblur", sigma=4),
        filter_of("lutyuv", y="16+(val-16)*0.55"),
        scale(canvas.width, canvas.height),
    )
    return (
        Chain((label,), (filter_of("split"),), (f"{name}:a", f"{name}:b")),
        Chain((f"{name}:a",), backdrop, (f"{name}:back",)),
        Chain((f"{name}:b",), (scale(*fitted),), (f"{name}:front",)),
        Chain(
            (f"{name}:back", f"{name}:front"),
            (filter_of("overlay", x="(W-w)/4*2", y="(H-h)/4*2"),),
            (out,),
        ),
    )


def _stack(
    label: str, out: str, canvas: Canvas, width: int, height: int, shape: float, hud: tuple[Region, ...]
) -> tuple[Chain, ...]:
    """The HUD parts in a strip on top, side by side or one under another, whichever shows them larger."""
    name = canvas.aspect
    shapes = [shape * (right - left) / (bottom - top) for left, top, right, bottom in hud]
    cells, across = strip_cells(shapes, canvas)
    strip_h = cells[0][1] if across else sum(cell_h for _, cell_h in cells)
    parts = tuple(f"{name}:hud{number}" for number in range(len(hud)))
    copies = (*(f"{part}:in" for part in parts), f"{name}:play")
    chains = [Chain((label,), (filter_of("split", outputs=len(copies)),), copies)]
    for part, region, cell in zip(parts, hud, cells, strict=True):
        chains.append(Chain((f"{part}:in",), _cell(region, *cell, width, height, shape), (part,)))
    strip = f"{name}:strip"
    joined = filter_of("hstack" if across else "vstack", inputs=len(parts)) if len(parts) > 1 else filter_of("null")
    chains.append(Chain(parts, (joined,), (strip,)))
    chains.append(
        Chain((f"{name}:play",), _crop(canvas, canvas.height - strip_h, width, height, shape), (f"{name}:action",))
    )
    chains.append(Chain((strip, f"{name}:action"), (filter_of("vstack"),), (out,)))
    return tuple(chains)


def strip_cells(shapes: Sequence[float], canvas: Canvas) -> tuple[list[tuple[int, int]], bool]:
    """Width and height of each part's cell, and whether they lie side by side (else one under another).

    `shapes` are aspect ratios as seen. The strip takes at most `STRIP_SHARE` of the height.
    """
    most_h = canvas.height * STRIP_SHARE
    row_h = min(canvas.width / sum(shapes), most_h)
    column_w = min(canvas.width, most_h / sum(1 / shape for shape in shapes))
    if row_h >= column_w / max(shapes):
        ends = [0, *(_even(canvas.width * share) for share in np.cumsum(shapes)[:-1] / sum(shapes)), canvas.width]
        return [(high - low, _even(row_h)) for low, high in pairwise(ends)], True
    return [(canvas.width, max(2, _even(column_w / shape))) for shape in shapes], False


def _cell(region: Region, cell_w: int, cell_h: int, width: int, height: int, shape: float) -> tuple[Filter, ...]:
    """A HUD part cropped from the source and fitted into its cell of the strip, black around it."""
    x, y, part_w, part_h = _pixels(region, width, height)
    part_shape = shape * (part_w / width) / (part_h / height)
    wide = part_shape > cell_w / cell_h
    fitted_w, fitted_h = (cell_w, cell_w / part_shape) if wide else (cell_h * part_shape, cell_h)
    return (
        filter_of("crop", w=part_w, h=part_h, x=x, y=y, exact=1),
        scale(min(max(2, _even(fitted_w)), cell_w), min(max(2, _even(fitted_h)), cell_h)),
        filter_of("pad", w=cell_w, h=cell_h, x="(ow-iw)/4*2", y="(oh-ih)/4*2", color="black"),
    )


def _crop_with_insets(
    label: str, out: str, canvas: Canvas, width: int, height: int, shape: float, hud: tuple[Region, ...]
) -> tuple[Chain, ...]:
    """The crop that follows the action, with each kept HUD part laid over it on the side it comes from."""
    name = canvas.aspect
    parts = tuple(f"{name}:hud{number}" for number in range(len(hud)))
    copies = (*(f"{part}:in" for part in parts), f"{name}:play")
    chains = [
        Chain((label,), (filter_of("split", outputs=len(copies)),), copies),
        Chain((f"{name}:play",), _crop(canvas, canvas.height, width, height, shape), (f"{name}:0",)),
    ]
    for number, (part, region) in enumerate(zip(parts, hud, strict=True)):
        x, y, part_w, part_h = _pixels(region, width, height)
        zoom = canvas.height / height
        part_shape = shape * (part_w / width) / (part_h / height)
        shown_w = min(part_h * zoom * part_shape, canvas.width * INSET_WIDTH)
        size = (_even(shown_w), _even(shown_w / part_shape))
        chains.append(
            Chain(
                (f"{part}:in",),
                (filter_of("crop", w=part_w, h=part_h, x=x, y=y, exact=1), scale(*size)),
                (part,),
            )
        )
        left, top = _inset_at(region, size, canvas)
        target = out if number == len(hud) - 1 else f"{name}:{number + 1}"
        chains.append(Chain((f"{name}:{number}", part), (filter_of("overlay", x=left, y=top),), (target,)))
    return tuple(chains)


def _inset_at(region: Region, size: tuple[int, int], canvas: Canvas) -> tuple[int, int]:
    """Where an inset lies: as far left or right and up or down as it was, inside the safe area."""
    across, down = _along(region[0], region[2]), _along(region[1], region[3])
    room_w = canvas.width * (1 - 2 * SAFE_SIDE) - size[0]
    room_h = canvas.height * (1 - SAFE_TOP - SAFE_BOTTOM) - size[1]
    return (
        _even(canvas.width * SAFE_SIDE + max(0.0, room_w) * across),
        _even(canvas.height * SAFE_TOP + max(0.0, room_h) * down),
    )


def _along(low: float, high: float) -> float:
    """0 when the span touches the near edge, 1 at the far edge."""
    free = 1 - (high - low)
    return low / free if free > 1e-6 else 0.5


def _pixels(region: Region, width: int, height: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = region
    x, y = int(left * width) // 2 * 2, int(top * height) // 2 * 2
    return x, y, _even_within(right * width - x, width - x), _even_within(bottom * height - y, height - y)


def _even_within(value: float, most: int) -> int:
    """The nearest even number of pixels, at least 2 and never more than there are: odd sizes lose a line."""
    return max(2, min(_even(value), most // 2 * 2))


def _even(value: float) -> int:
    return max(0, int(value / 2 + 0.5) * 2)
