"""The other tools: each in a virtual environment of its own, pinned, and proved to run here before it is measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.timing import Command, CommandFailed, measure

__all__ = ["PEERS", "Peer", "Peers", "own_commit", "prepare", "tool_versions"]


@dataclass(frozen=True)
class Peer:
    """A tool from PyPI. `steps` are `uv pip install` argument lists, run one after the other."""

    name: str
    steps: Sequence[Sequence[str]]
    proof: Callable[[Path, Path, Path], Sequence[str]]
    """(folder of its programs, tiny clip, folder to write in) -> a command that proves that it works."""


PEERS = (
    Peer(
        "moviepy",
        (["moviepy==2.2.1", "imageio-ffmpeg==0.8.1", "numpy==2.4.6"],),
        lambda bin_, clip, out: [
            f"{bin_}/python",
            "-c",
            "import sys, moviepy; c = moviepy.VideoFileClip(sys.argv[1]).subclipped(0.2, 0.6);"
            "c.write_videofile(sys.argv[2], codec='libx264', audio_codec='aac', logger=None)",
            f"{clip}",
            f"{out}/moviepy.mp4",
        ],
    ),
    Peer(
        "scenedetect",
        (["scenedetect-headless==0.7.2", "opencv-python-headless==4.14.0.94", "numpy==2.4.6"],),
        lambda bin_, clip, _: [f"{bin_}/scenedetect", "-i", f"{clip}", "detect-adaptive"],
    ),
    Peer(
        "auto-editor",
        (["--no-deps", "auto-editor==23.32.1"], ["numpy<2", "pillow==13.0.0", "av==18.1.0", "ae-ffmpeg==1.0.0"]),
        lambda bin_, clip, out: [
            *(f"{bin_}/auto-editor", f"{clip}", "--edit", "motion", "--no-open", "--progress", "none"),
            *("--temp-dir", f"{out}/auto-editor-temp", "-o", f"{out}/auto-editor.mp4"),
        ],
    ),
    Peer(
        "smartcut",
        (["smartcut==1.7", "av==16.0.1", "numpy==2.4.6"],),
        lambda bin_, clip, out: [f"{bin_}/smartcut", f"{clip}", f"{out}/smartcut.mp4", "-k", "0.2,0.6,1.0,1.4"],
    ),
    Peer(
        "mvmake",
        (["mvmake==1.0.0", "moviepy==1.0.3", "imageio-ffmpeg==0.8.1", "librosa==0.11.0", "setuptools==80.9.0"],),
        lambda bin_, *_: [f"{bin_}/mvmake", "--help"],  # needs clips and music: its real job is the proof
    ),
    Peer(
        "monkeyplug",
        (["monkeyplug==2.1.9"],),
        lambda bin_, *_: [f"{bin_}/python", "-c", "import monkeyplug"],  # needs a transcript: its real job is the proof
    ),
)


@dataclass(frozen=True)
class Peers:
    """What can be measured here, and why the rest cannot."""

    bins: dict[str, Path]
    """Folder of the programs of each peer that runs."""
    missing: dict[str, str]
    """Why a peer does not run here."""
    versions: dict[str, str]


def prepare(work: Path, names: Collection[str], *, say: Callable[[str], None] = print) -> Peers:
    """Install and prove these peers, once; ffmpeg comes from Debian. Raises CommandFailed without ffmpeg."""
    _need_ffmpeg()
    clip = work / "tiny.mp4"
    if not clip.exists():
        measure(Command([*_TINY_CLIP, f"{clip}"]))
    found = Peers({}, {}, tool_versions())
    for peer in (peer for peer in PEERS if peer.name in names):
        say(f"preparing {peer.name}")
        try:
            bins = _install(peer, work / "venvs" / peer.name)
            out = _emptied(work / "proof" / peer.name)
            (out / "auto-editor-temp").mkdir()
            measure(Command(peer.proof(bins, clip, out)))
        except CommandFailed as error:
            found.missing[peer.name] = str(error).strip().splitlines()[-1]
            continue
        found.bins[peer.name] = bins
        found.versions.update(_versions(peer, bins))
    return found


def tool_versions() -> dict[str, str]:
    """Versions of AIditor's own parts and of ffmpeg."""
    ask = "import json,av,numpy;print(json.dumps([av.__version__,av.ffmpeg_version_info,numpy.__version__]))"
    av, bundled, numpy = json.loads(measure(Command([sys.executable, "-c", ask])).output)
    ffmpeg = measure(Command(["ffmpeg", "-version"])).output.split()[2]
    return {"AIditor": f"PyAV {av} with FFmpeg {bundled}, NumPy {numpy}", "ffmpeg": ffmpeg}


_TINY_CLIP = [
    *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=2"),
    *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2", "-c:v", "libx264", "-g", "30"),
    *("-pix_fmt", "yuv420p", "-c:a", "aac"),
]


def _need_ffmpeg() -> None:
    if shutil.which("ffmpeg") is None:
        measure(Command(["apt-get", "update", "-qq"]))
        measure(Command(["apt-get", "install", "-y", "-qq", "ffmpeg"]))


def _install(peer: Peer, home: Path) -> Path:
    """Make the peer's environment unless it is there with the same pins."""
    pins = json.dumps(peer.steps)
    done = home / "pins.json"
    if not done.exists() or done.read_text() != pins:
        shutil.rmtree(home, ignore_errors=True)
        uv = _uv()
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        measure(Command([uv, "venv", "--quiet", "--python", version, f"{home}"]))
        for step in peer.steps:
            measure(Command([uv, "pip", "install", "--quiet", "--python", f"{home}/bin/python", *step]))
        done.write_text(pins)
    return home / "bin"


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    uv = f"{beside}" if beside.exists() else shutil.which("uv")
    if uv is None:
        raise CommandFailed("uv is not installed: run `make bench`, which installs it")
    return uv


def _versions(peer: Peer, bins: Path) -> dict[str, str]:
    """The peer's version with those of the parts that do its work, and of the ffmpeg that it starts."""
    ask = (
        "import importlib.metadata as m, json;"
        "print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}))"
    )
    have = json.loads(measure(Command([f"{bins}/python", "-c", ask])).output)
    own = next(version for name, version in have.items() if name.startswith(peer.name))
    parts = [f"{name} {have[name]}" for name in ("moviepy", "av", "opencv-python-headless", "numpy") if name in have]
    if "imageio-ffmpeg" in have:
        ask = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_version())"
        bundled = re.split(r"[-\s]", measure(Command([f"{bins}/python", "-c", ask])).output.strip())[0]
        parts.append(f"its own ffmpeg {bundled}")
    if "ae-ffmpeg" in have:
        ask = "import ae_ffmpeg; print(ae_ffmpeg.get_path())"
        program = measure(Command([f"{bins}/python", "-c", ask])).output.strip()
        whose = "holds no program for this system: Debian's ffmpeg runs" if program == "ffmpeg" else "its own ffmpeg"
        parts.append(f"ae-ffmpeg {have['ae-ffmpeg']} ({whose})")
    return {peer.name: ", ".join([own, *(part for part in parts if not part.startswith(f"{peer.name} "))])}


def own_commit() -> str:
    """The commit that is measured; "-dirty" when files differ from it."""
    root = Path(__file__).parent.parent
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=root, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
