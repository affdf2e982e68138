"""Parts of a decoded frame made unreadable, in whatever pixel format it came, and nothing else of it changed."""

from __future__ import annotations

from collections.abc import Sequence

import av
import cv2
import numpy as np

__all__ = ["Area", "pixelated"]

Area = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the frame; right and bottom are outside."""


def pixelated(frame: av.VideoFrame, areas: Sequence[Area]) -> av.VideoFrame:
    """A copy of `frame` where each of `areas` is a single row of smooth blots, as wide each as the area is high.

    Of a line of text nothing is left but its mean colours. Formats that are not held plane by plane come back as
    yuv444p. `frame` itself is not touched: decoders predict from it.
    """
    if not _by_planes(frame):
        frame = frame.reformat(format="yuv444p")
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    copy.pts = frame.pts
    if frame.time_base is not None:
        copy.time_base = frame.time_base
    copy.colorspace, copy.color_range = frame.colorspace, frame.color_range
    copy.color_trc, copy.color_primaries = frame.color_trc, frame.color_primaries
    for number in range(len(frame.planes)):
        source, target = _plane(frame, number), _plane(copy, number)
        target[:] = source
        across, down = source.shape[1] / frame.width, source.shape[0] / frame.height
        for left, top, right, bottom in areas:
            part = target[
                max(int(top * down), 0) : int(np.ceil(bottom * down)),
                max(int(left * across), 0) : int(np.ceil(right * across)),
            ]
            if part.size:
                high, wide = part.shape[:2]
                blots = cv2.resize(part, (max(round(wide / high), 1), 1), interpolation=cv2.INTER_AREA)
                part[:] = cv2.resize(blots, (wide, high), interpolation=cv2.INTER_LINEAR).reshape(part.shape)
    return copy


def _by_planes(frame: av.VideoFrame) -> bool:
    """Whether each plane holds its components side by side, in whole bytes of this machine's order."""
    form = frame.format
    if form.has_palette or form.is_bit_stream or form.is_big_endian or not form.components:
        return False
    return all(
        plane.line_size >= plane.width * _width(frame, number) * _bytes(frame)
        and not (len(frame.planes) == 1 and form.components[0].is_luma and len(form.components) > 1)
        for number, plane in enumerate(frame.planes)
    )


def _width(frame: av.VideoFrame, number: int) -> int:
    return sum(component.plane == number for component in frame.format.components)


def _bytes(frame: av.VideoFrame) -> int:
    return 2 if frame.format.components[0].bits > 8 else 1


def _plane(frame: av.VideoFrame, number: int) -> np.ndarray:
    """One plane as it lies in memory, uint8 or uint16 [h, w] or [h, w, components]."""
    plane, many = frame.planes[number], _width(frame, number)
    kind = np.uint16 if _bytes(frame) == 2 else np.uint8
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // np.dtype(kind).itemsize)[: plane.height]
    flat = rows[:, : plane.width * many]
    return flat if many == 1 else flat.reshape(plane.height, plane.width, many)
