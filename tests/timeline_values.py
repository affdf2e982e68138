"""Sources as values, for timelines that no file stands behind."""

from __future__ import annotations

from pathlib import Path

from aiditor.timeline import AudioStream, MediaInfo, Source, VideoStream


def make_source(
    path: Path, rate_hz: float, *, duration_s: float = 60.0, tracks: int = 1, variable: bool = False
) -> Source:
    video = VideoStream(
        index=0, codec="h264", width=1280, height=720, coded_width=1280, coded_height=720, pixel_aspect="1/1",
        rotation_deg=0, rate_hz=rate_hz, variable_rate=variable, pixel_format="yuv420p", bit_depth=8,
        transfer="bt709", hdr=False, interlaced=False, start_s=0.0,
    )  # fmt: skip
    audio = tuple(
        AudioStream(
            index=n, codec="aac", rate_hz=48_000, channels=2, layout="stereo", title="", role="mix", start_s=0.0
        )
        for n in range(tracks)
    )
    info = MediaInfo("mp4", duration_s, 0.0, 1_000_000, video, audio)
    return Source(id=path.stem, path=str(path), info=info)
