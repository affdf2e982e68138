"""The studio: a Gradio page over the pipeline, one function a tab."""

from __future__ import annotations

from aiditor.ui.page import build, launch_options
from aiditor.ui.studio import Studio, Wish

__all__ = ["Studio", "Wish", "build", "launch_options"]
