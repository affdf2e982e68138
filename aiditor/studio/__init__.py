"""What people can do with AIditor: projects, their clips and choices, and the jobs that work on them."""

from __future__ import annotations

from aiditor.studio.project import Project
from aiditor.studio.studio import SAMPLES_DIR, Studio
from aiditor.studio.wish import Wish

__all__ = ["SAMPLES_DIR", "Project", "Studio", "Wish"]
