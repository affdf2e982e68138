"""The studio's page: Gradio over the verbs of `aiditor.studio`, one function a tab."""

from __future__ import annotations

from aiditor.ui.page import build, mount

__all__ = ["build", "mount"]
