"""What is written beside the finished videos."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aiditor.config import Config

__all__ = ["ExportConfig"]


class ExportConfig(Config):
    """Which files to write; the timeline and montage.json always are."""

    poster: bool = Field(True, description="A still of the best moment, for the thumbnail.")
    poster_format: Literal["jpg", "png"] = Field("jpg", description="File format of the poster.")
    poster_size: tuple[int, int] = Field((1920, 1080), description="Width and height of the poster in pixels.")
    poster_style: Literal["plain", "vivid"] = Field(
        "vivid", description="vivid lifts contrast and colour and darkens the corners; plain leaves the frame alone."
    )
    otio: bool = Field(True, description="An OpenTimelineIO project (DaVinci Resolve, Premiere Pro 25 and later).")
    fcpxml: bool = Field(True, description="A Final Cut Pro project (FCPXML 1.10; DaVinci Resolve opens it too).")
    edl: bool = Field(True, description="An edit decision list (CMX 3600): the cuts, for any editor.")
    stems: bool = Field(False, description="Also write music and game sound as separate tracks.")
