"""What goes out beside the videos: a poster, projects for editors, and the record of it all.

`export` writes everything; `write_edits` only the projects, for a timeline that is cut elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiditor.errors import NothingToKeep
from aiditor.export.config import ExportConfig
from aiditor.export.manifest import detection_json, montage_json, versions
from aiditor.export.segments import montage_rate
from aiditor.export.whole import whole
from aiditor.progress import Progress, silent
from aiditor.timeline import Export, Rejection, Timeline, to_json

__all__ = ["ExportConfig", "detection_json", "export", "montage_json", "versions", "write_edits"]


def export(
    timeline: Timeline,
    cfg: ExportConfig | None = None,
    *,
    out: Path,
    files: Mapping[str, str | Path] | None = None,
    place: Path | None = None,
    fps: int | None = None,
    config: Mapping[str, Any] | None = None,
    rejected: Sequence[Rejection] = (),
    timing: Mapping[str, float] | None = None,
    encoder: str = "",
    words: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Export:
    """Write poster, OTIO, FCPXML, EDL, timeline.json and montage.json into the folder `out`.

    `files` are the videos and stems that were rendered, by name; the poster is taken from "landscape", or
    else "portrait". `place` is the folder where everything will lie in the end, when `out` is only its
    staging: the paths inside montage.json and in the result name files there. All are written or none:
    an error, or Cancelled from `progress`, removes those that were. `fps` is the render's, `words` what the record
    says of speech.
    Raises NothingToKeep for an empty timeline, DiskFull, UnreadableMedia.
    """
    cfg = cfg or ExportConfig()
    out, rate = Path(out), fps or montage_rate(timeline)
    made = {name: Path(path) for name, path in (files or {}).items()}
    with _all_or_none() as written:
        progress(0.0, "poster")
        video = made.get("landscape") or made.get("portrait")
        if cfg.poster and video is not None:
            from aiditor.export.poster import write_poster

            written["poster"] = out / f"poster.{cfg.poster_format}"
            write_poster(video, timeline, written["poster"], cfg)
        progress(0.6, "projects for editors")
        _edits(timeline, out, rate, cfg, written)
        progress(0.9, "montage.json")
        written["timeline"] = _write(out / "timeline.json", to_json(timeline))
        written["json"] = out / "montage.json"
        named = {name: str(_placed(path, place)) for name, path in {**made, **written}.items()}
        record = montage_json(
            timeline,
            files=named,
            fps=rate,
            config=config or {},
            rejected=rejected,
            timing=timing or {},
            encoder=encoder,
            words=words,
        )
        _write(written["json"], json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        progress(1.0, "done")
    return Export(named, timeline, tuple(rejected), encoder, dict(timing or {}))


def write_edits(
    timeline: Timeline, out: str | Path, *, fps: int | None = None, cfg: ExportConfig | None = None
) -> dict[str, Path]:
    """Write montage.otio, montage.fcpxml and montage.edl into the folder `out`; returns their paths by name.

    `fps` None takes 60 where most of the footage has 50 or more, else 30.
    """
    with _all_or_none() as written:
        _edits(timeline, Path(out), fps or montage_rate(timeline), cfg or ExportConfig(), written)
    return dict(written)


def _edits(timeline: Timeline, out: Path, fps: int, cfg: ExportConfig, written: dict[str, Path]) -> None:
    if not timeline.cuts:
        raise NothingToKeep("the timeline has no cuts to export", remedy="make a montage first")
    from aiditor.export.edl import to_edl
    from aiditor.export.fcpxml import to_fcpxml
    from aiditor.export.otio import to_otio

    if cfg.otio:
        written["otio"] = _write(out / "montage.otio", to_otio(timeline, fps=fps).to_json_string(indent=1))
    if cfg.fcpxml:
        written["fcpxml"] = _write(out / "montage.fcpxml", to_fcpxml(timeline, fps=fps))
    if cfg.edl:
        written["edl"] = _write(out / "montage.edl", to_edl(timeline, fps=fps))


def _write(path: Path, text: str) -> Path:
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def _placed(path: Path, place: Path | None) -> Path:
    return path.absolute() if place is None else (place / path.name).absolute()


@contextmanager
def _all_or_none() -> Iterator[dict[str, Path]]:
    """Collects what is written; an exception on the way removes it again."""
    written: dict[str, Path] = {}
    try:
        yield written
    except BaseException:
        for path in written.values():
            path.unlink(missing_ok=True)
        raise
