"""Render: the same windows, codec, preset, CRF and size by every tool, in turn."""

from __future__ import annotations

import re
import statistics
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

from bench import commands
from bench.commands import Job
from bench.footage import Footage, describe, warm
from bench.peers import Peers
from bench.report import Bar, Section, judged, table
from bench.timing import Command, CommandFailed, Run, measure, median, paired, ratios

__all__ = ["run"]

PLAIN_BAR, BOTH_BAR, MOVIEPY_BAR, DRESSED_BAR = Bar(1.05), Bar(1.0), Bar(0.5), Bar(1.5)
CUT_S = 2.5
ASPECTS = ("landscape", "portrait")


def run(work: Path, footage: Footage, peers: Peers, *, rounds: int, quick: bool, say: Callable[[str], None]) -> Section:
    """The table of renders, with the bars of landscape, portrait, both, dressed and MoviePy."""
    job = Job(footage.path, windows(footage.seconds, 4 if quick else 12), _folder(work))
    music = _music(job)
    warm(footage.path)
    best, tried = _fastest_ffmpeg(job, say)
    jobs = {f"AIditor {aspect}": commands.aiditor(job, [aspect], name=aspect) for aspect in ASPECTS}
    jobs |= {f"ffmpeg {aspect}": best(job, aspect) for aspect in ASPECTS}
    jobs["AIditor both from one run"] = commands.aiditor(job, ASPECTS, name="both")
    jobs["AIditor dressed"] = commands.aiditor(job, ["landscape"], name="dressed", music=music)
    jobs = {name: jobs[name] for name in sorted(jobs, key=_order.index)}
    missing = dict(peers.missing)
    if "moviepy" in peers.bins:
        jobs |= {f"MoviePy {aspect}": commands.moviepy(job, aspect, peers) for aspect in ASPECTS}
    others = _others(job, music, peers, missing)
    runs = paired(jobs, rounds=rounds, say=say)
    for name, command in others.items():
        try:
            runs |= paired({name: command}, rounds=1, say=say)
        except CommandFailed as error:
            missing[name] = str(error).strip().splitlines()[-1]
    return _section(job, footage, runs, missing, tried, rounds)


def windows(seconds: float, count: int) -> tuple[tuple[float, float], ...]:
    """`count` windows of CUT_S, evenly over the recording, on whole frames at 60 Hz."""
    every_s = (seconds - CUT_S - 2) / count
    starts = [round((1 + number * every_s) * 60) / 60 for number in range(count)]
    return tuple((start_s, start_s + CUT_S) for start_s in starts)


_order = [
    *("AIditor landscape", "ffmpeg landscape", "AIditor portrait", "ffmpeg portrait"),
    *("AIditor both from one run", "AIditor dressed"),
]


def _fastest_ffmpeg(job: Job, say: Callable[[str], None]) -> tuple[Callable[[Job, str], Command], str]:
    """The faster of the two honest ways to cut with ffmpeg, tried on this machine."""
    ways = {"an input for each cut": commands.ffmpeg_inputs, "one input and trims": commands.ffmpeg_trim}
    tried = {name: measure(way(job, "landscape")).wall_s for name, way in ways.items()}
    best = min(tried, key=tried.__getitem__)
    for name, wall_s in tried.items():
        say(f"ffmpeg with {name}: {wall_s:.1f} s")
    return ways[best], f"ffmpeg is taken with {best} (" + ", ".join(f"{n}: {s:.1f} s" for n, s in tried.items()) + ")"


def _others(job: Job, music: Path, peers: Peers, missing: dict[str, str]) -> dict[str, Command]:
    """Rows beside: they do not do the same job, and the table says what differs."""
    made: dict[str, Callable[[], Command]] = {
        "smartcut": lambda: commands.smartcut(job, peers),
        "auto-editor": lambda: commands.auto_editor(job, peers),
        "mvmake": lambda: commands.mvmake(job, music, peers),
    }
    return {name: build() for name, build in made.items() if name not in missing}


_DIFFERS = {
    "smartcut": "cuts only; copies what lies between keyframes and encodes the rest at its own settings "
    "(with a keyframe every 4 s that is most of a cut of 2.5 s)",
    "auto-editor": "same cuts, landscape only; takes no CRF with x264: its own 10 Mbit/s at preset medium",
    "mvmake": "cuts where it hears beats, from clips cut beforehand; x264's default preset and CRF, many short cuts",
    "AIditor dressed": "look, transitions on every cut, watermark, music mixed under the game's sound",
}


def _section(
    job: Job, footage: Footage, runs: dict[str, list[Run]], missing: dict[str, str], tried: str, rounds: int
) -> Section:
    crop_w, crop_h = commands.PORTRAIT_CROP
    plain, both = runs["AIditor landscape"], runs["AIditor both from one run"]
    judgements = [
        (f"render {aspect} / ffmpeg", PLAIN_BAR, ratios(runs[f"AIditor {aspect}"], runs[f"ffmpeg {aspect}"]))
        for aspect in ASPECTS
    ]
    judgements.append(
        ("both from one run / two ffmpeg runs", BOTH_BAR, ratios(both, *(runs[f"ffmpeg {a}"] for a in ASPECTS)))
    )
    judgements += [
        (f"render {aspect} / MoviePy", MOVIEPY_BAR, ratios(runs[f"AIditor {aspect}"], runs[f"MoviePy {aspect}"]))
        for aspect in ASPECTS
        if f"MoviePy {aspect}" in runs
    ]
    judgements.append(("dressed / plain", DRESSED_BAR, ratios(runs["AIditor dressed"], plain)))
    verdicts = [judged(what, bar, statistics.median(each)) for what, bar, each in judgements]
    pairs = [
        (what, bar, verdict, " ".join(f"{ratio:.2f}" for ratio in each))
        for (what, bar, _, verdict), (_, _, each) in zip(verdicts, judgements, strict=True)
    ]
    rows = [
        [
            name,
            f"{median(each):.1f}",
            f"{job.seconds / median(each):.2f}",
            f"{median(each, 'cpu_s'):.1f}",
            f"{median(each, 'peak_mib'):.0f}",
            *_output(job, name),
            _DIFFERS.get(name, "the same job"),
        ]
        for name, each in runs.items()
    ]
    head = ["tool", "wall s", "× realtime", "cpu s", "peak MiB", "frames", "MB", "x264 core", "what it did"]
    return Section(
        title="Render",
        method=(
            f"{len(job.windows)} windows of {CUT_S:g} s ({job.seconds:g} s in all) of one recording "
            f"({describe(footage)}), to 1920x1080 and to 1080x1920 (the middle {crop_w}x{crop_h} of the picture), "
            f"{job.fps} Hz, libx264 {job.preset} CRF {job.crf}, keyframe every {job.gop_s:g} s, "
            f"AAC {commands.AUDIO_KBIT} kbit/s. Each run is a whole process, start-up, sound and writing included, "
            f"taken in turn, {rounds} rounds; medians. {tried}. AIditor's runs also bring the sound to -14 LUFS."
        ),
        tables=[
            table(["ratio of wall times", "bar", "verdict", "each round"], pairs),
            table(head, rows),
        ],
        notes=[f"{name} is not in the table: {why}" for name, why in missing.items()],
        verdicts=verdicts,
        data={name: [vars(each) | {"output": ""} for each in group] for name, group in runs.items()},
    )


_FILES = {
    **{f"AIditor {aspect}": [f"aiditor_{aspect}_{aspect}.mp4"] for aspect in ASPECTS},
    **{f"ffmpeg {aspect}": [f"ffmpeg_{aspect}.mp4"] for aspect in ASPECTS},
    **{f"MoviePy {aspect}": [f"moviepy_{aspect}.mp4"] for aspect in ASPECTS},
    "AIditor both from one run": ["aiditor_both_*.mp4"],
    "AIditor dressed": ["aiditor_dressed_*.mp4"],
    "smartcut": ["smartcut.mp4"],
    "auto-editor": ["auto_editor.mp4"],
    "mvmake": ["mvmake.mp4"],
}


def _output(job: Job, name: str) -> tuple[str, str, str]:
    """Frames, megabytes and the x264 build of what a row wrote (its files together)."""
    files = [file for pattern in _FILES.get(name, ()) for file in sorted(job.work.glob(pattern))]
    count = ["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v:0", "-show_entries"]
    frames = [
        measure(Command([*count, "stream=nb_read_packets", "-of", "csv=p=0", f"{file}"])).output.strip(", \n")
        for file in files
    ]
    core = {found.group(1).decode() for file in files if (found := re.search(rb"x264 - core (\d+)", file.read_bytes()))}
    return "+".join(frames), f"{sum(file.stat().st_size for file in files) / 1e6:.1f}", ", ".join(sorted(core))


def _music(job: Job) -> Path:
    """A plain track to lay under the montage: a tone with a click twice a second, so that a beat can be heard."""
    path = job.work / "music.wav"
    rate_hz = 48_000
    samples = array("h", bytes(2 * round((job.seconds + 1) * rate_hz)))
    for start in range(0, len(samples) - 2400, rate_hz // 2):
        for offset in range(2400):
            samples[start + offset] = round(12_000 * (1 - offset / 2400)) * (1 if offset // 60 % 2 else -1)
    with wave.open(f"{path}", "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def _folder(work: Path) -> Path:
    folder = work / "render"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
