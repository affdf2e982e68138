"""Jobs and presets as JSON, the same on every face."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from aiditor.store.tables import Job
from aiditor.styles import Style

__all__ = ["describe", "preset"]


def describe(job: Job, forms: Collection[str] = ()) -> dict[str, Any]:
    """A job; `forms` are the files that it has."""
    failed = job.state == "failed"
    return {
        "id": job.id,
        "project": job.project_id,
        "kind": job.kind,
        "title": job.title,
        "created": job.created_at.isoformat(timespec="seconds"),
        "state": job.state,
        "stage": job.stage,
        "fraction": 1.0 if job.state == "done" else round(job.fraction, 4),
        "note": job.note,
        "left_s": job.left_s,
        "error": {"why": job.why, "remedy": job.remedy, "file": Path(job.file).name or None} if failed else None,
        "formats": sorted(forms),
    }


def preset(style: Style) -> dict[str, Any]:
    """What a style decides first of all."""
    return {
        "name": style.name,
        "title": style.title,
        "description": style.description,
        "seconds": style.select.target_s,
        "order": style.select.order,
        "look": style.render.look,
        "framing": style.render.framing,
        "music": style.music.style,
    }
