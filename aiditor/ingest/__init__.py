"""Files, folders, patterns and ZIPs become clips that can be used, and rejections that say what to do."""

from __future__ import annotations

from aiditor.ingest.batch import ingest
from aiditor.ingest.config import IngestConfig

__all__ = ["IngestConfig", "ingest"]
