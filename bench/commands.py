"""The same job as a command line of every tool: cut these windows, crop to this shape, encode like this."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers import Peers
from bench.timing import Command, measure

__all__ = ["Job", "aiditor", "auto_editor", "ffmpeg_inputs", "ffmpeg_trim", "moviepy", "mvmake", "smartcut"]

ROOT = Path(__file__).parent.parent
PORTRAIT_CROP = (608, 1080)
"""The part of a 1920x1080 picture that becomes 1080x1920: 9:16, to the next even number."""
AUDIO_KBIT = 192


@dataclass(frozen=True)
class Job:
    """Windows of one source, in seconds, and how the result is encoded."""

    source: Path
    windows: tuple[tuple[float, float], ...]
    work: Path
    fps: int = 60
    landscape: tuple[int, int] = (1920, 1080)
    portrait: tuple[int, int] = (1080, 1920)
    crf: int = 20
    preset: str = "veryfast"
    gop_s: float = 2.0

    @property
    def seconds(self) -> float:
        return sum(end_s - start_s for start_s, end_s in self.windows)


def aiditor(job: Job, aspects: Sequence[str], *, name: str, music: Path | None = None) -> Command:
    """AIditor's own render; with `music` also looks, transitions and watermark."""
    fields = dataclasses.asdict(job) | {
        "out": {aspect: job.work / f"aiditor_{name}_{aspect}.mp4" for aspect in aspects},
        "music": music,
        "dressed": music is not None,
    }
    spec = job.work / f"aiditor_{name}.json"
    spec.write_text(json.dumps(fields, default=str))
    return Command([sys.executable, "-m", "bench.run_render", f"{spec}"], cwd=ROOT)


def ffmpeg_inputs(job: Job, aspect: str) -> Command:
    """ffmpeg with one input a window, each sought to its start: only the windows are decoded."""
    inputs: list[str] = []
    for start_s, end_s in job.windows:
        inputs += ["-ss", f"{start_s:.6f}", "-t", f"{end_s - start_s:.6f}", "-i", f"{job.source}"]
    count = len(job.windows)
    joined = "".join(f"[{n}:v][{n}:a]" for n in range(count)) + f"concat=n={count}:v=1:a=1[v][a]"
    return _ffmpeg(job, aspect, inputs, joined, f"ffmpeg_{aspect}.mp4")


def ffmpeg_trim(job: Job, aspect: str) -> Command:
    """ffmpeg with one input and a trim for each window: all in between is decoded too."""
    count, first_s = len(job.windows), job.windows[0][0]
    inputs = ["-ss", f"{first_s:.6f}", "-t", f"{job.windows[-1][1] - first_s:.6f}", "-i", f"{job.source}"]
    chains = [
        f"[0:v]split={count}" + "".join(f"[s{n}]" for n in range(count)),
        f"[0:a]asplit={count}" + "".join(f"[t{n}]" for n in range(count)),
    ]
    for n, (start_s, end_s) in enumerate(job.windows):
        span = f"start={start_s - first_s:.6f}:end={end_s - first_s:.6f}"
        chains += [f"[s{n}]trim={span},setpts=PTS-STARTPTS[v{n}]", f"[t{n}]atrim={span},asetpts=PTS-STARTPTS[a{n}]"]
    chains.append("".join(f"[v{n}][a{n}]" for n in range(count)) + f"concat=n={count}:v=1:a=1[v][a]")
    return _ffmpeg(job, aspect, inputs, ";".join(chains), f"ffmpeg_{aspect}.mp4")


def _ffmpeg(job: Job, aspect: str, inputs: list[str], graph: str, name: str) -> Command:
    width, height = job.landscape if aspect == "landscape" else job.portrait
    shape = f"scale={width}:{height}:flags=bicubic"
    if aspect == "portrait":
        crop_w, crop_h = PORTRAIT_CROP
        shape = f"crop={crop_w}:{crop_h}:(iw-{crop_w})/2:0:exact=1,{shape}"
    gop = round(job.gop_s * job.fps)
    return Command(
        [
            *("ffmpeg", "-v", "error", "-nostdin", "-y", *inputs, "-filter_complex", f"{graph};[v]{shape}[o]"),
            *("-map", "[o]", "-map", "[a]", "-r", f"{job.fps}"),
            *("-c:v", "libx264", "-preset", job.preset, "-crf", f"{job.crf}", "-g", f"{gop}", "-pix_fmt", "yuv420p"),
            *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"),
            *("-c:a", "aac", "-b:a", f"{AUDIO_KBIT}k", "-ar", "48000", "-ac", "2"),
            *("-movflags", "+faststart", f"{job.work / name}"),
        ]
    )


def moviepy(job: Job, aspect: str, peers: Peers) -> Command:
    """MoviePy: subclips, joined, cropped, resized, written with the same encoder settings."""
    spec = job.work / f"moviepy_{aspect}.json"
    fields = dataclasses.asdict(job) | {
        "out": job.work / f"moviepy_{aspect}.mp4",
        "size": job.landscape if aspect == "landscape" else job.portrait,
        "crop": PORTRAIT_CROP if aspect == "portrait" else None,
        "audio_kbit": AUDIO_KBIT,
    }
    spec.write_text(json.dumps(fields, default=str))
    script = Path(__file__).with_name("moviepy_job.py")
    return Command([f"{peers.bins['moviepy'] / 'python'}", f"{script}", f"{spec}"], cwd=job.work)


def smartcut(job: Job, peers: Peers) -> Command:
    """smartcut: the same windows, copied without encoding but for the edges."""
    keep = ",".join(f"{t_s:.6f}" for window in job.windows for t_s in window)
    program = peers.bins["smartcut"] / "smartcut"
    return Command([f"{program}", f"{job.source}", f"{job.work / 'smartcut.mp4'}", "-k", keep])


def auto_editor(job: Job, peers: Peers) -> Command:
    """auto-editor: everything cut out, then the same windows put back."""
    keep = [f"{start_s:.6f}sec,{end_s:.6f}sec" for start_s, end_s in job.windows]
    temp = job.work / "auto-editor"
    return Command(
        [
            *(f"{peers.bins['auto-editor'] / 'auto-editor'}", f"{job.source}", "--edit", "all/e", "--add-in", *keep),
            *("--no-open", "--progress", "none", "-c:v", "h264", "-c:a", "aac"),
            *("--temp-dir", f"{temp / 'temp'}", "-o", f"{job.work / 'auto_editor.mp4'}"),
        ],
        before=lambda: fresh(temp),
    )


def mvmake(job: Job, music: Path, peers: Peers) -> Command:
    """mvmake: a folder that holds the windows as clips, and the music; it decides where to cut."""
    folder = job.work / "mvmake_clips"
    if not folder.exists():
        folder.mkdir()
        for number, (start_s, end_s) in enumerate(job.windows):
            span = ["-ss", f"{start_s:.6f}", "-t", f"{end_s - start_s:.6f}", "-i", f"{job.source}"]
            clip = [*("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-an"), f"{folder / f'{number:02}.mp4'}"]
            measure(Command(["ffmpeg", "-v", "error", "-y", *span, *clip]))
    size = ["--width", f"{job.landscape[0]}", "--height", f"{job.landscape[1]}"]
    program = peers.bins["mvmake"] / "mvmake"
    wanted = ["--music", f"{music}", "--clips", f"{folder}", "--method", "beat", *size]
    return Command([f"{program}", *wanted, f"{job.work / 'mvmake.mp4'}"], cwd=job.work)


def fresh(folder: Path) -> None:
    """Empty a folder that a tool keeps its cache in; auto-editor keeps it beside its temporary folder."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "temp").mkdir(parents=True)
