"""One render by AIditor in a process of its own: `python -m bench.run_render JOB.json`.

The job is what `bench.commands.Job` wrote. Everything a render needs is done here and so is measured: reading the
source's header, cutting and mixing the sound, the pictures, both files.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from aiditor.media.probe import probe
from aiditor.memory import bound_heaps
from aiditor.progress import Progress
from aiditor.render import RenderConfig, length_s, render
from aiditor.render.sound import SoundConfig, mix
from aiditor.timeline import BeatGrid, Cut, Music, Source, Timeline, Transition

_KINDS = ("flash", "zoom_punch", "crossfade", "whip")


def timeline_of(job: dict) -> Timeline:
    """The job's windows back to back; dressed, every cut is entered by a transition, each kind in turn."""
    source = Source(id="bench", path=job["source"], info=probe(job["source"]))
    cuts, at_s = [], 0.0
    for number, (start_s, end_s) in enumerate(job["windows"]):
        dressed = job["dressed"] and number > 0
        cuts.append(
            Cut(
                source_id=source.id,
                start_s=start_s,
                end_s=end_s,
                at_s=at_s,
                peak_s=(start_s + end_s) / 2,
                transition=Transition(_KINDS[number % len(_KINDS)], 0.3) if dressed else None,
            )
        )
        at_s += end_s - start_s
    return Timeline(sources=(source,), cuts=tuple(cuts), music=_music(job, at_s))


def _music(job: dict, duration_s: float) -> Music | None:
    if not job["music"]:
        return None
    beats_s = tuple(beat / 2 for beat in range(int(duration_s * 2)))
    grid = BeatGrid(tempo_bpm=120, beats_s=beats_s, downbeats_s=beats_s[::4])
    return Music(job["music"], grid, duration_s, title="click", engine="own", licence="CC0-1.0")


def main(job: dict) -> None:
    timeline = timeline_of(job)
    cfg = RenderConfig(
        fps=job["fps"],
        landscape=tuple(job["landscape"]),
        portrait=tuple(job["portrait"]),
        crf=job["crf"],
        preset=job["preset"],
        gop_s=job["gop_s"],
        encoder="libx264",
        framing="crop",
        look="hype" if job["dressed"] else "none",
        watermark_text="Aiditor Free" if job["dressed"] else "",
    )
    out = {aspect: Path(path) for aspect, path in job["out"].items()}
    with tempfile.TemporaryDirectory() as folder:

        def sound(progress: Progress) -> Path:
            length = length_s(timeline, cfg)
            return Path(
                mix(timeline, SoundConfig(), out=Path(folder) / "mix.wav", duration_s=length, progress=progress).path
            )

        rendered = render(timeline, cfg, out=out, audio=sound)
    print(json.dumps({"frames": rendered.frames, "fps": rendered.fps, "encoder": dict(rendered.encoder)}))


if __name__ == "__main__":
    bound_heaps()  # as the command line does
    main(json.loads(Path(sys.argv[1]).read_text()))
