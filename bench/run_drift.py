"""Renders a variable-rate recording of flashes and beeps whole and measures both outputs, in a process of its own.

`python -m bench.run_drift FOLDER SECONDS` prints, for the source and for each output, when every flash is shown and
when its beep starts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from aiditor.media.probe import probe
from aiditor.render import RenderConfig, length_s, render
from aiditor.render.sound import SoundConfig, mix
from aiditor.timeline import Cut, Source, Timeline

RATE_HZ = 48_000
CUTS = 4
"""Back to back over the whole recording, as a montage of long cuts."""


def flashes_s(path: Path) -> np.ndarray:
    """When the picture turns white: presentation times of first bright frames, float64 [N]."""
    times, levels = [], []
    with av.open(f"{path}") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            times.append(float(frame.pts * frame.time_base))
            levels.append(frame.reformat(width=32, height=32, format="gray").to_ndarray().mean())
    bright = np.array(levels) > 100
    return np.array(times)[bright & ~np.concatenate([[False], bright[:-1]])]


def beeps_s(path: Path) -> np.ndarray:
    """When each beep starts, float64 [N]: ffmpeg decodes, as a player would, the encoder's lead-in left out."""
    to_pcm = ["-map", "0:a:0", "-af", "aresample=async=1:first_pts=0", "-f", "f32le", "-ac", "1", "-ar", f"{RATE_HZ}"]
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", f"{path}", *to_pcm, "-"], capture_output=True, check=True)
    sound = np.abs(np.frombuffer(raw.stdout, np.float32))
    loud = np.flatnonzero(sound > 0.35 * np.quantile(sound, 0.99))
    return loud[np.concatenate([[True], np.diff(loud) > RATE_HZ // 4])] / RATE_HZ


def timeline_of(path: Path) -> Timeline:
    source = Source(id="drift", path=f"{path}", info=probe(path))
    edges = np.linspace(0, source.duration_s, CUTS + 1)
    cuts = tuple(
        Cut(source_id=source.id, start_s=float(low), end_s=float(high), at_s=float(low), peak_s=float(low + high) / 2)
        for low, high in pairwise(edges)
    )
    return Timeline(sources=(source,), cuts=cuts)


def main(folder: Path, seconds: float) -> None:
    sys.path.insert(0, f"{Path(__file__).parent.parent / 'tests'}")
    from media_factory import flash_and_beep

    recording = folder / f"flashes_{seconds:g}s.mkv"
    # 50 Hz ticks, unevenly used, lie between the 60 Hz of the outputs; a flash lasts long enough to be seen at 60.
    truth_s = flash_and_beep(recording, seconds=seconds, fps=50, size=(640, 360), every_s=2.0, variable=True, seed=3)
    timeline = timeline_of(recording)
    cfg = RenderConfig(fps=60, landscape=(640, 360), portrait=(360, 640), preset="ultrafast", encoder="libx264")
    mixed = mix(timeline, SoundConfig(), out=folder / "mix.wav", duration_s=length_s(timeline, cfg))
    out = {aspect: folder / f"{aspect}.mp4" for aspect in ("landscape", "portrait")}
    render(timeline, cfg, out=out, audio=mixed.path)
    found = {"source": {"flashes_s": list(truth_s), "beeps_s": list(truth_s)}}
    for aspect, path in out.items():
        found[aspect] = {"flashes_s": flashes_s(path).tolist(), "beeps_s": beeps_s(path).tolist()}
    found["video"] = video_of(timeline)
    print(json.dumps(found))


def video_of(timeline: Timeline) -> dict[str, object]:
    video = timeline.sources[0].info.video
    return {"variable_rate": video.variable_rate, "rate_hz": video.rate_hz, "duration_s": timeline.duration_s}


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
