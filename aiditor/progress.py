"""How a stage says how far it is, and how it is told to stop.

A stage takes `progress: Progress = silent` by keyword and calls `progress(fraction, note)` at least
twice a second. The caller's function may raise `Cancelled`: the stage lets it pass, removing what it
had half-written. That one rule is the whole of cancelling.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "halves", "part", "silent"]

Progress = Callable[[float, str], None]
"""`progress(fraction, note)`: fraction done in [0, 1], and a few words on what is being done now."""


def silent(fraction: float, note: str) -> None:
    """Report to nobody."""


def part(progress: Progress, low: float, high: float, prefix: str = "") -> Progress:
    """The share of `progress` between fractions `low` and `high`, for a step inside a stage."""

    def report(fraction: float, note: str) -> None:
        progress(low + (high - low) * min(max(fraction, 0.0), 1.0), f"{prefix}{note}")

    return report


def halves(progress: Progress, *, second: bool) -> tuple[Progress, Progress]:
    """Two steps that share one `progress`; all of it is the first one's where there is no `second`."""
    if not second:
        return progress, silent
    return part(progress, 0.0, 0.5), part(progress, 0.5, 1.0)
