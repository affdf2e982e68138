"""Render: a timeline to mp4 files in 16:9 and 9:16, one decode of each cut for all of them."""

from aiditor.render.config import RenderConfig
from aiditor.render.grid import frame_rate, length_s, spans
from aiditor.render.stage import MakeSound, Rendered, render

__all__ = ["MakeSound", "RenderConfig", "Rendered", "frame_rate", "length_s", "render", "spans"]
