"""The recordings that everything is measured on, made once into the work folder.

A game is recorded as training/ records it, then brought to what a capture program writes: 1080p60 H.264 with AAC.
The game itself runs at 35 frames a second; the 60 are mixed from them, so that no frame merely repeats another.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.timing import Command, measure

__all__ = ["Footage", "describe", "long_recording", "recording", "warm"]

_AS_CAPTURED = [
    # What OBS Studio records with x264: preset veryfast, high profile, its default keyframe distance (x264's 250).
    *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-g", "250", "-pix_fmt", "yuv420p"),
    # 12 Mbit/s is what YouTube advises for 1080p60; a steady rate is how streamers record.
    *("-b:v", "12M", "-maxrate", "12M", "-bufsize", "24M"),
    *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"),
    *("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"),
]
_TO_1080P60 = "framerate=fps=60,scale=1920:1080:flags=bicubic,setsar=1"


@dataclass(frozen=True)
class Footage:
    """A recording and how long it is."""

    path: Path
    seconds: float


def recording(work: Path, *, minutes: float, own: Path | None = None, say: Callable[[str], None] = print) -> Footage:
    """A 1080p60 recording of `minutes`, of Doom, or made from the user's `own` file (looped where too short)."""
    seconds = minutes * 60
    target = work / "footage" / f"{own.stem if own else 'doom'}_{minutes:g}min_1080p60.mp4"
    if not target.exists():
        source = own or _record_doom(work / "footage", seconds, say)
        say(f"bringing {source.name} to 1080p60")
        loop = ["-stream_loop", "-1"] if own else []
        filters = ["-vf", _TO_1080P60, "-t", f"{seconds:g}"]
        _write(target, ["-v", "error", *loop, "-i", f"{source}", *filters, *_AS_CAPTURED])
    return Footage(target, _duration_s(target))


def long_recording(work: Path, short: Footage, *, minutes: float, say: Callable[[str], None] = print) -> Footage:
    """`short` over and over, joined without encoding again, cut at `minutes`."""
    target = work / "footage" / f"{short.path.stem}_looped_{minutes:g}min.mp4"
    if not target.exists():
        say(f"joining a recording of {minutes:g} minutes")
        parts = target.with_suffix(".txt")
        parts.write_text(f"file '{short.path.name}'\n" * math.ceil(minutes * 60 / short.seconds))
        joined = ["-v", "error", "-f", "concat", "-i", f"{parts}", "-c", "copy", "-t", f"{minutes * 60:g}"]
        _write(target, joined)
        parts.unlink()
    return Footage(target, _duration_s(target))


def describe(footage: Footage) -> str:
    """Codec, size, rates and keyframe distance of a recording, as they are in the file."""
    shown = _probe(footage.path, "stream=codec_name,width,height,avg_frame_rate,sample_rate:format=bit_rate")
    video = next(stream for stream in shown["streams"] if "width" in stream)
    audio = next(stream for stream in shown["streams"] if "sample_rate" in stream)
    count, over = (int(part) for part in video["avg_frame_rate"].split("/"))
    flags = _probe(footage.path, "packet=flags", "-select_streams", "v", "-read_intervals", "%+60")["packets"]
    keys = [number for number, packet in enumerate(flags) if packet["flags"].startswith("K")]
    gap = (keys[-1] - keys[0]) / max(len(keys) - 1, 1)
    return (
        f"{footage.seconds:.0f} s, {video['codec_name']} {video['width']}x{video['height']} at {count / over:.4g} Hz, "
        f"{audio['codec_name']} at {audio['sample_rate']} Hz, {int(shown['format']['bit_rate']) / 1e6:.1f} Mbit/s, "
        f"a keyframe every {gap:.0f} frames"
    )


def _record_doom(folder: Path, seconds: float, say: Callable[[str], None]) -> Path:
    """A recording at 1280x720, 35 frames a second, with sound."""
    out = folder / f"doom_{seconds:g}s"
    say(f"recording {seconds:g} s of Doom")
    wanted = ["--map", "MAP07", "--seed", "7", "--size", "1280x720", "--seconds", f"{seconds:g}", "--out", f"{out}"]
    measure(Command([sys.executable, "-m", "training.record", "doom", *wanted], cwd=Path(__file__).parent.parent))
    return next(out.glob("*.mp4"))


def _write(target: Path, arguments: list[str]) -> None:
    """Run ffmpeg into a partial file that is renamed when whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(target.parent).free
    if free < 8 * 2**30:
        raise OSError(f"{free / 2**30:.0f} GiB are free where bench/work lies: free 8 GiB, then run it again")
    partial = target.with_name(f".{target.name}")
    measure(Command(["ffmpeg", "-y", *arguments, "-movflags", "+faststart", "-f", "mp4", f"{partial}"]))
    partial.replace(target)


def _duration_s(path: Path) -> float:
    return float(_probe(path, "format=duration")["format"]["duration"])


def _probe(path: Path, entries: str, *options: str) -> dict:
    wanted = ["ffprobe", "-v", "error", *options, "-show_entries", entries, "-of", "json", f"{path}"]
    return json.loads(measure(Command(wanted)).output)


def warm(path: Path) -> None:
    """Bring a file into the page cache. In pieces: a child counts its parent's memory as its own peak."""
    with path.open("rb") as handle:
        while handle.read(1 << 20):
            pass
