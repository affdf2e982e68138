"""How far a montage is, from how far each of its stages is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiditor.progress import Progress

__all__ = ["STAGES", "Clock", "OnReport", "Report"]

STAGES = {
    "ingest": 0.04, "detect": 0.26, "select": 0.02, "words": 0.4, "music": 0.08, "sound": 0.0, "render": 0.55,
    "export": 0.05,
}  # fmt: skip
"""The stages in order, with the usual weight of the time that each takes. Sound is mixed beside the render; words take
none where nothing is listened to."""


@dataclass(frozen=True, slots=True)
class Report:
    """How far a montage is."""

    stage: str
    fraction: float
    """Of this stage, in [0, 1]."""
    total: float
    """Of the whole, in [0, 1]."""
    note: str
    elapsed_s: float
    left_s: float | None
    """Seconds left at this pace; None while too little is known."""


OnReport = Callable[[Report], None]
"""Called at least twice a second; may raise Cancelled, which ends the work cleanly."""


class Clock:
    """Turns each stage's progress into one Report of the whole, and keeps the time each took."""

    def __init__(self, on_report: OnReport | None, stages: Sequence[str], *, listens: bool = True) -> None:
        usual = {s: STAGES[s] if listens or s != "words" else 0.0 for s in stages}
        self.weights = {s: weight / sum(usual.values()) for s, weight in usual.items()}
        self.on_report = on_report
        self.began = time.perf_counter()
        self.timing: dict[str, float] = {}
        self.done = 0.0

    def stage(self, name: str) -> Progress:
        begun, base = time.perf_counter(), self.done
        self.done += self.weights[name]

        def progress(fraction: float, note: str) -> None:
            now = time.perf_counter()
            self.timing[name] = round(now - begun, 3)
            if self.on_report is not None:
                total = min(1.0, base + self.weights[name] * fraction)
                elapsed = now - self.began
                left = elapsed * (1 - total) / total if total > 0.05 and elapsed > 1 else None
                self.on_report(Report(name, fraction, total, note, elapsed, left))

        progress(0.0, "")
        return progress
