"""What simple ways of finding moments reach on the same films: the bars that a trained model must pass."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from aiditor.detect import DetectConfig, detect
from aiditor.detect.net.model import MEL_RATE, STEP_S
from aiditor.errors import RenderFailed
from aiditor.media.probe import probe
from aiditor.timeline import Source
from training.examine import Film
from training.features import Features
from training.metric import Found

__all__ = ["auto_editor", "even", "loudest", "motion", "untrained"]

_GAP_STEPS = 8
_CALM_STEPS = 240
_EVERY_S = 8.0


def loudest(features: Features) -> list[Found]:
    """Peaks of loudness, two seconds apart at least; surer the further over the minute around them."""
    power = (10 ** (features.mel.astype(np.float32) / 10)).sum(axis=1).reshape(-1, MEL_RATE).mean(axis=1)
    return _peaks(10 * np.log10(power + 1e-9))


def motion(features: Features) -> list[Found]:
    """Peaks of how much the small picture changes from step to step."""
    luma = np.stack([whole.mean(axis=0) for whole in features.whole]).astype(np.float32)
    change = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    return _peaks(np.concatenate([[0.0], change]))


def even(film: Film) -> list[Found]:
    """A guess every eight seconds."""
    return [Found(time, 1.0) for time in np.arange(_EVERY_S / 2, film.duration_s, _EVERY_S).tolist()]


def untrained(film: Film) -> list[Found]:
    """Bursts of the untrained signals, as the product falls back to."""
    source = Source(id=film.name, path=str(film.video.resolve()), info=probe(film.video))
    return [Found(event.t_s, event.confidence) for event in detect(source, DetectConfig(detectors=("signals",))).events]


def auto_editor(film: Film, features: Features, program: Path) -> list[Found]:
    """The loudest step of every stretch that auto-editor keeps. Raises RenderFailed when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        target, scratch = Path(folder) / "kept.json", Path(folder) / "scratch"  # it removes the latter when it ends
        scratch.mkdir()
        options = ["--edit", "audio", "--export", "json", "--no-open", "--progress", "none", "--temp-dir", str(scratch)]
        command = [str(program), str(film.video.resolve()), *options, "-o", str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not target.is_file():
            raise RenderFailed(
                f"auto-editor failed on {film.video.name}", remedy=done.stderr.strip()[-200:], file=film.video
            )
        timeline = json.loads(target.read_text(encoding="utf-8"))
    up, down = (int(part) for part in timeline["timebase"].split("/"))
    power = features.mel.astype(np.float32).max(axis=1).reshape(-1, MEL_RATE).max(axis=1)
    found = []
    for clip in (clip for layer in timeline["v"][:1] for clip in layer):
        low = int(clip["offset"] * down / up / STEP_S)
        high = max(int((clip["offset"] + clip["dur"]) * down / up / STEP_S), low + 1)
        inside = power[low:high]
        if len(inside):
            found.append(Found((low + int(inside.argmax()) + 0.5) * STEP_S, 1.0))
    return found


def auto_editor_program() -> Path | None:
    """Where auto-editor is, if it is installed: in bench's environments or on the path."""
    kept = Path("bench/work/venvs/auto-editor/bin/auto-editor")
    if kept.is_file():
        return kept.resolve()
    on_path = shutil.which("auto-editor")
    return None if on_path is None else Path(on_path)


def _peaks(curve: np.ndarray) -> list[Found]:
    around = min(_CALM_STEPS, len(curve))
    calm = np.array([np.median(curve[max(k - around // 2, 0) : k + around // 2 + 1]) for k in range(len(curve))])
    above = curve - calm
    scale = float(np.std(above)) or 1.0
    taken = np.zeros(len(curve), bool)
    found = []
    for index in np.argsort(-above, kind="stable"):
        if above[index] <= 0:
            break
        if not taken[max(index - _GAP_STEPS + 1, 0) : index + _GAP_STEPS].any():
            taken[index] = True
            sure = float(above[index] / scale)
            found.append(Found((index + 0.5) * STEP_S, sure / (sure + 1)))
    return sorted(found, key=lambda one: one.t_s)
