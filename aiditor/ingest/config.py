"""What ingest lets in, and how much of it."""

from __future__ import annotations

from pydantic import Field

from aiditor.config import Config

__all__ = ["IngestConfig"]


class IngestConfig(Config):
    """Caps on a batch. Each is a limit against accidents and hostile archives, not a target."""

    min_clip_s: float = Field(0.5, ge=0.0, le=60.0, description="Clips shorter than this are left out, seconds")
    max_clip_s: float = Field(
        12 * 3600.0, ge=60.0, le=48 * 3600.0, description="Recordings longer than this are left out, seconds"
    )
    max_clips: int = Field(500, ge=1, le=10_000, description="Most clips read in one batch")
    zip_max_files: int = Field(1000, ge=1, le=100_000, description="Most entries a ZIP may hold")
    zip_max_unpacked_gb: float = Field(
        20.0, gt=0.0, le=1000.0, description="Most a ZIP may unpack to, gigabytes (10^9 bytes)"
    )
    zip_max_ratio: float = Field(
        100.0,
        ge=2.0,
        le=1100.0,
        description="Most times larger than itself a ZIP may unpack: clips hardly shrink, bombs do",
    )
    find_overlaps: bool = Field(True, description="Use a moment that several clips recorded only once")
    min_overlap_s: float = Field(
        4.0, ge=2.0, le=60.0, description="Shortest stretch that counts as the same moment recorded twice, seconds"
    )
