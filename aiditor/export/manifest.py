"""montage.json and the JSON of `aiditor detect`: the files that other programs read.

Both carry `"schema": 1`. Keys named here stay; more may come beside them.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from aiditor import __version__
from aiditor.timeline import Cut, Event, Mute, Reason, Rejection, Scores, Signals, Source, Timeline

__all__ = ["detection_json", "montage_json", "versions"]

STEP_S = 0.25
"""Step of the curve in the JSON of `aiditor detect`."""
LIBRARIES = ("numpy", "scipy", "librosa", "opencv-python-headless", "onnxruntime", "pretty-midi", "pyloudnorm")


def montage_json(
    timeline: Timeline,
    *,
    files: Mapping[str, str],
    fps: int,
    config: Mapping[str, Any],
    rejected: Sequence[Rejection],
    timing: Mapping[str, float],
    encoder: str,
    words: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What was made, from what, why and how, ready for `json.dumps`.

    `words` are its entries "speech", "words" (each with its id, masked), "screen" (when something was made unreadable,
    never what) and "captions", where anything was heard or read.
    """
    music = timeline.music
    words = words or {}
    masked = {word["id"]: word["word"] for word in words.get("words", ())}
    return {
        "schema": 1,
        "style": timeline.style,
        "duration_s": _s(timeline.duration_s),
        "fps": fps,
        "encoder": encoder,
        "cuts": [_cut(cut, timeline.source(cut.source_id)) for cut in timeline.cuts],
        "files": dict(files),
        "music": None if music is None else {**asdict(music), "grid": _grid(asdict(music.grid))},
        "mutes": [_mute(mute, timeline, masked) for mute in timeline.mutes],
        "speech": words.get("speech"),
        "words": list(words.get("words", ())),
        "screen": list(words.get("screen", ())),
        "captions": words.get("captions"),
        "notes": list(timeline.notes),
        "sources": [_source(source) for source in timeline.sources],
        "rejected": [asdict(rejection) for rejection in rejected],
        "config": dict(config),
        "versions": versions(),
        "timing": {stage: round(seconds, 3) for stage, seconds in timing.items()},
    }


def detection_json(source: Source, signals: Signals, scores: Scores) -> dict[str, Any]:
    """One clip's curve, every quarter of a second, with its events and moments."""
    return {
        "schema": 1,
        "source": source.path,
        "duration_s": _s(source.duration_s),
        "step_s": STEP_S,
        "scores": [round(float(value), 4) for value in _resampled(scores, source.duration_s)],
        "events": [_event(event) for event in sorted(scores.events or signals.events, key=lambda e: e.t_s)],
        "moments": [
            {
                "t": _s(moment.t_s),
                "start_s": _s(moment.start_s),
                "end_s": _s(moment.end_s),
                "score": round(moment.score, 4),
                "kind": moment.kind,
                "reasons": _reasons(moment.reasons),
            }
            for moment in scores.moments
        ],
        "shots_s": [_s(t_s) for t_s in signals.shots_s],
        "timing": {
            "wall_s": round(signals.wall_s, 3),
            "decoded_frame_share": round(signals.decoded_frame_share, 5),
        },
    }


def versions() -> dict[str, str]:
    """Of AIditor, Python and the libraries that shape the result; the commit where this is a checkout."""
    from aiditor.media.versions import library_versions

    found = {"aiditor": __version__, "python": platform.python_version(), **library_versions()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    if commit := _commit():
        found["git"] = commit
    return found


def _commit() -> str:
    root = Path(__file__).resolve().parents[2]
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return ""
    asked = subprocess.run(
        [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True, text=True, timeout=10, check=False,
    )  # fmt: skip
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _cut(cut: Cut, source: Source) -> dict[str, Any]:
    return {
        "source": source.path,
        "name": source.name,
        "start_s": _s(cut.start_s),
        "end_s": _s(cut.end_s),
        "at_s": _s(cut.at_s),
        "duration_s": _s(cut.duration_s),
        "peak_s": _s(cut.peak_s),
        "score": round(cut.score, 4),
        "reasons": _reasons(cut.reasons),
        "kind": cut.kind,
        "callout": cut.callout,
        "transition": None if cut.transition is None else asdict(cut.transition),
        "ramp": None if cut.ramp is None else asdict(cut.ramp),
    }


def _mute(mute: Mute, timeline: Timeline, masked: Mapping[str, str]) -> dict[str, Any]:
    return {
        "source": timeline.source(mute.source_id).path,
        "start_s": _s(mute.start_s),
        "end_s": _s(mute.end_s),
        "why": mute.why,
        "method": mute.method,
        "track": mute.track,
        "words": [masked[name] for name in mute.hits if name in masked],
    }


def _source(source: Source) -> dict[str, Any]:
    video = source.info.video
    return {
        "id": source.id,
        "path": source.path,
        "name": source.name,
        "duration_s": _s(source.duration_s),
        "width": video.width,
        "height": video.height,
        "rate_hz": round(video.rate_hz, 5),
        "warnings": list(source.info.warnings),
    }


def _grid(grid: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [_s(t) for t in value] if isinstance(value, tuple) else value for name, value in grid.items()}


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "t": _s(event.t_s),
        "start_s": _s(event.start_s),
        "end_s": _s(event.end_s),
        "confidence": round(event.confidence, 4),
        "evidence": [{"from": evidence.origin, "says": evidence.says} for evidence in event.evidence],
    }


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [{"what": reason.what, "weight": round(reason.weight, 4)} for reason in reasons]


def _resampled(scores: Scores, duration_s: float) -> np.ndarray:
    """The curve every `STEP_S`: the highest value within each step, so that no peak is lost."""
    count = max(1, int(np.ceil(duration_s / STEP_S - 1e-9)))
    values = np.nan_to_num(np.asarray(scores.values, np.float64))
    out = np.zeros(count)
    if len(values):
        step = np.minimum((np.arange(len(values)) * scores.step_s / STEP_S + 1e-9).astype(int), count - 1)
        np.maximum.at(out, step, values)
        if scores.step_s > STEP_S:
            out = np.interp(np.arange(count) * STEP_S, np.arange(len(values)) * scores.step_s, values)
    return out


def _s(seconds: float) -> float:
    return round(float(seconds), 6)
