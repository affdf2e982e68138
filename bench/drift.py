"""Drift: whether picture and sound stay together over ten minutes of variable frame rate."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.commands import ROOT
from bench.report import Bar, Section, judged, table
from bench.timing import Command, measure

__all__ = ["Offsets", "offsets", "run"]

BAR = Bar(20.0, "ms")
EDGE = 10
"""Flashes at the start and at the end that are averaged."""


@dataclass(frozen=True)
class Offsets:
    """Flash minus beep, in milliseconds: above 0 the picture comes late."""

    largest_ms: float
    start_ms: float
    end_ms: float
    drift_ms: float
    """How much the offset changes over the whole length, by a straight line through all pairs."""
    pairs: int


def offsets(flashes_s: Sequence[float], beeps_s: Sequence[float]) -> Offsets:
    """Judge flashes and beeps, first with first. Raises ValueError when their numbers differ or there are under 2."""
    if len(flashes_s) != len(beeps_s) or len(flashes_s) < 2:
        raise ValueError(f"{len(flashes_s)} flashes and {len(beeps_s)} beeps were found: they cannot be paired")
    late_ms = [(flash - beep) * 1000 for flash, beep in zip(flashes_s, beeps_s, strict=True)]
    slope = statistics.linear_regression(beeps_s, late_ms).slope
    return Offsets(
        largest_ms=max(late_ms, key=abs),
        start_ms=statistics.fmean(late_ms[:EDGE]),
        end_ms=statistics.fmean(late_ms[-EDGE:]),
        drift_ms=slope * (beeps_s[-1] - beeps_s[0]),
        pairs=len(late_ms),
    )


def run(work: Path, *, minutes: float, say: Callable[[str], None]) -> Section:
    """Render a recording of flashes and beeps whole, in both aspects, and measure each flash against its beep."""
    folder = work / "drift"
    folder.mkdir(parents=True, exist_ok=True)
    say(f"rendering {minutes:g} minutes of flashes and beeps")
    done = measure(Command([sys.executable, "-m", "bench.run_drift", f"{folder}", f"{minutes * 60:g}"], cwd=ROOT))
    found = json.loads(done.output.strip().splitlines()[-1])
    video = found.pop("video")
    truth_s = found["source"]["flashes_s"]
    rows, verdicts = [], []
    for aspect in ("landscape", "portrait"):
        seen = found[aspect]
        held = offsets(seen["flashes_s"], seen["beeps_s"])
        moved_ms = [max(_apart_ms(seen[what], truth_s), key=abs) for what in ("flashes_s", "beeps_s")]
        verdicts.append(judged(f"picture against sound, {aspect}, largest", BAR, abs(held.largest_ms)))
        verdicts.append(judged(f"drift from start to end, {aspect}", BAR, abs(held.drift_ms)))
        shown = (held.largest_ms, held.start_ms, held.end_ms, held.drift_ms, *moved_ms)
        rows.append([aspect, held.pairs, *(f"{value:+.1f}" for value in shown)])
    head = ["output", "pairs", "largest", "first 10", "last 10", "drift", "flash vs source", "beep vs source"]
    return Section(
        title="Drift",
        method=(
            f"A recording of {video['duration_s']:.0f} s with uneven frame times (variable rate: "
            f"{video['variable_rate']}, {video['rate_hz']:.1f} frames a second on average), {len(truth_s)} white "
            "frames, each with a beep from the same instant, is rendered whole in four long cuts to both aspects at "
            "60 Hz. Each flash's presentation time less its beep's first loud sample, in ms. A frame lies on the grid "
            "of 60 Hz, so up to 16.7 ms late is what any output of that rate must have."
        ),
        tables=[table(head, rows)],
        verdicts=verdicts,
        data=found,
    )


def _apart_ms(seen_s: Sequence[float], truth_s: Sequence[float]) -> list[float]:
    return [(seen - truth) * 1000 for seen, truth in zip(seen_s, truth_s, strict=True)]
