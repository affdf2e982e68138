"""Jobs that are over soon, for workers that are processes of their own."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from sqlmodel import Session

from aiditor.clock import Report
from aiditor.errors import BadInput, DiskFull
from aiditor.jobs.tasks import Here, task
from aiditor.store.tables import Job, Render

STEPS = 4


def say(here: Here, stage: str, fraction: float) -> None:
    here.on_report(Report(stage, fraction, fraction, f"{fraction:.0%}", 0.0, None))


@task("stages")
def stages(job: Job, here: Here) -> dict[str, Any]:
    """Four stages of a quarter of a second, each from the one before; the last goes into the user's files."""
    made = []
    for step in range(STEPS):
        path = here.folder / f"stage{step}"
        if not path.is_file():
            begun = time.monotonic()
            while time.monotonic() - begun < job.request["step_s"]:
                say(here, f"stage{step}", (step + 0.5) / STEPS)
                time.sleep(0.02)
            before = made[-1].read_bytes() if made else job.id.encode()
            whole(path, hashlib.sha512(before).digest() * 2000)
            log_line(job, f"{step}")
        made.append(path)
        say(here, f"stage{step}", (step + 1) / STEPS)
    key = f"users/{job.user_id}/renders/{job.id}/montage.bin"
    stored = here.files.put(key, made[-1])

    def listed(session: Session) -> None:
        session.add(Render(user_id=job.user_id, job_id=job.id, form="landscape", file_key=key, bytes=stored.bytes))

    here.at_the_end(listed)
    return {"sha256": stored.sha256}


def whole(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    half = len(data) // 2
    with partial.open("wb") as file:
        file.write(data[:half])
        file.flush()
        time.sleep(0.01)
        file.write(data[half:])
    partial.replace(path)


def log_line(job: Job, text: str) -> None:
    """Leaves a line for the test to see how often a stage was made."""
    with Path(job.request["log"]).open("a", encoding="ascii") as file:
        file.write(f"{job.id} {text}\n")


@task("polite")
def polite(job: Job, here: Here) -> dict[str, Any]:
    """Goes on until it is told to stop, and leaves something in the user's files before that."""
    (here.folder / "half").write_bytes(b"x" * 1000)
    here.files.put(f"users/{job.user_id}/renders/{job.id}/half", here.folder / "half")
    while True:
        say(here, "polite", 0.5)
        time.sleep(0.05)


@task("deaf")
def deaf(job: Job, here: Here) -> dict[str, Any]:
    """Says where it is once, then listens to nobody."""
    say(here, "deaf", 0.1)
    while True:
        time.sleep(0.05)


@task("suicidal")
def suicidal(job: Job, here: Here) -> dict[str, Any]:
    say(here, "suicidal", 0.5)
    os._exit(9)


@task("raises")
def raises(job: Job, here: Here) -> dict[str, Any]:
    """Fails in the way that the request names, as often as it says; then it is done."""
    tries = here.folder / "tries"
    before = int(tries.read_text()) if tries.is_file() else 0
    tries.write_text(str(before + 1))
    if before < job.request.get("times", 99):
        raise {
            "memory": MemoryError(),
            "disk": OSError(28, "No space left on device"),
            "full": DiskFull("the disk is full", remedy="make room"),
            "hiccup": OSError(5, "Input/output error"),
            "input": BadInput("clip.mp4 is no video", remedy="export it again", file="/srv/secret/clip.mp4"),
            "bug": KeyError("/srv/secret"),
        }[job.request["how"]]
    return {"tries": before + 1, "pid": os.getpid()}


@task("nan")
def nan(job: Job, here: Here) -> dict[str, Any]:
    return {"seconds": float("nan")}


@task("quick")
def quick(job: Job, here: Here) -> dict[str, Any]:
    return {"pid": os.getpid(), "timing": {"made": 0.25}}
