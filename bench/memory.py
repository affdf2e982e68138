"""Memory: a montage made from a long recording and from a very long one, by the command a creator would type."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench.commands import ROOT
from bench.footage import Footage, describe
from bench.report import Bar, Section, judged, table
from bench.timing import Command, Run, measure

__all__ = ["run"]

PEAK_BAR, GROWTH_BAR = Bar(1.2, "GB"), Bar(1.10)
SECONDS = 30


def run(work: Path, short: Footage, long: Footage, *, say: Callable[[str], None]) -> Section:
    """Peak memory of `aiditor detect` and of `aiditor make`, both aspects, on `short` and `long`."""
    runs: dict[tuple[str, str], Run] = {}
    for footage in (short, long):
        for what in ("detect", "make"):
            name = f"{footage.seconds / 60:.0f} min"
            runs[what, name] = measure(_command(work, what, footage))
            say(f"{what} {name}: {runs[what, name].wall_s:.0f} s, {runs[what, name].peak_mib:.0f} MiB")
    first, last = (f"{footage.seconds / 60:.0f} min" for footage in (short, long))
    verdicts = []
    for what in ("detect", "make"):
        peak = runs[what, last].peak_mib
        verdicts.append(judged(f"peak memory of {what}, {last}", PEAK_BAR, peak * 2**20 / 1e9))
        verdicts.append(judged(f"the same / {first}", GROWTH_BAR, peak / runs[what, first].peak_mib))
    rows = [
        [f"aiditor {what}", name, f"{each.peak_mib:.0f}", f"{each.wall_s:.0f}", f"{each.cpu_s:.0f}"]
        for (what, name), each in runs.items()
    ]
    return Section(
        title="Memory",
        method=(
            f"`aiditor detect FILE` and `aiditor make FILE --style hype --seconds {SECONDS}` (both aspects, music "
            "and all), nothing cached, one run each. The peak is the larger of what the kernel kept for one process "
            "and of the whole family's resident memory, sampled 20 times a second. The recordings, each a shorter one "
            f"over and over, joined without encoding: {describe(short)}; {describe(long)}."
        ),
        tables=[table(["command", "recording", "peak MiB", "wall s", "cpu s"], rows)],
        verdicts=verdicts,
        data={f"{what} {name}": vars(each) | {"output": ""} for (what, name), each in runs.items()},
    )


def _command(work: Path, what: str, footage: Footage) -> Command:
    home = work / "memory"

    def empty() -> None:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)

    program = [f"{Path(sys.executable).with_name('aiditor')}", what, f"{footage.path}", "--json"]
    if what == "make":
        program += ["--style", "hype", "--seconds", f"{SECONDS}", "--out", f"{home / 'out'}"]
    return Command(program, cwd=ROOT, env={"AIDITOR_HOME": f"{home / 'data'}"}, before=empty)
