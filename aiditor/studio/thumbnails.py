"""A small picture of each moment, as a data URI that a page can show without asking for a file."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from aiditor.export.poster import picture_quality
from aiditor.media.read import frames
from aiditor.progress import Progress, silent
from aiditor.timeline import Moment, Source

__all__ = ["data_uri", "thumbnails"]

HEIGHT = 108
BEFORE_S, AFTER_S, EVERY_S = 0.2, 0.8, 0.1
"""Where around the peak a good picture is looked for."""


def thumbnails(
    moments: Sequence[tuple[Source, Moment]], *, progress: Progress = silent
) -> dict[tuple[str, float], str]:
    """A JPEG data URI for each moment, by (source id, time); one whose frames are damaged has none.

    Raises UnreadableMedia when a file cannot be opened any more.
    """
    found: dict[tuple[str, float], str] = {}
    for number, (source, moment) in enumerate(moments):
        progress(number / len(moments), f"pictures: {source.name}")
        video = source.info.video
        width = max(2, round(HEIGHT * video.width / video.height / 2) * 2)
        pictures = frames(
            source.path, start_s=max(0.0, moment.t_s - BEFORE_S), end_s=moment.t_s + AFTER_S, every_s=EVERY_S,
            stream=video.index, size=(width, HEIGHT), rotation_deg=video.rotation_deg,
            clock_start_s=source.info.start_s,
        )  # fmt: skip
        best = max((picture for _, picture in pictures), key=picture_quality, default=None)
        if best is not None:
            found[source.id, moment.t_s] = data_uri(best)
    return found


def data_uri(picture: np.ndarray) -> str:
    """uint8 [H, W, 3] as a JPEG data URI."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, "JPEG", quality=72)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
