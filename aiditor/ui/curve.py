"""One clip's score over time as a drawing, with its moments marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

import numpy as np

from aiditor.timeline import Moment, Scores, spoken

__all__ = ["curve_points", "curve_svg"]

WIDTH, HEIGHT = 1000, 100
MOST = 400
"""Points of the drawing; each is the highest value of its stretch."""


def curve_points(scores: Scores, most: int = MOST) -> np.ndarray:
    """float64 [N, 2]: (share of the clip's length, value), at most `most` of them, peaks kept."""
    values = np.nan_to_num(np.asarray(scores.values, np.float64))
    if not len(values):
        return np.zeros((0, 2))
    edges = np.unique(np.linspace(0, len(values), min(most, len(values)) + 1).astype(int))
    highest = np.maximum.reduceat(values, edges[:-1])
    centres = (edges[:-1] + edges[1:] - 1) / 2 * scores.step_s / max(scores.duration_s, scores.step_s)
    return np.column_stack([np.clip(centres, 0, 1), np.clip(highest, 0, 1)])


def curve_svg(
    scores: Scores,
    moments: Sequence[tuple[int, Moment]],
    dropped: Collection[float] = (),
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """The drawing, as wide as its place.

    `moments` are (number, moment); `dropped` the times of those left out; `marks` are (time, what was said) where
    no moment has its peak.
    """
    points = curve_points(scores)
    whole = max(scores.duration_s, 1e-6)
    line = " ".join(f"{x * WIDTH:.1f},{(1 - y) * (HEIGHT - 6) + 3:.1f}" for x, y in points)
    bands, pins = [], []
    for number, moment in moments:
        state = "out" if moment.t_s in dropped else "in"
        left, width = moment.start_s / whole * WIDTH, max((moment.end_s - moment.start_s) / whole * WIDTH, 3)
        bands.append(f'<rect class="{state}" x="{left:.1f}" y="0" width="{width:.1f}" height="{HEIGHT}"/>')
        why = escape(spoken(moment.reasons))
        place = min(max(100 * moment.t_s / whole, 0), 100)
        pins.append(f'<span class="{state}" style="left:{place:.2f}%" title="{why}">{number}</span>')
    signs = "".join(
        f'<i style="left:{min(max(100 * t_s / whole, 0), 100):.2f}%" title="{escape(says)}">◆</i>'
        for t_s, says in marks
    )
    area = f'<polygon points="0,{HEIGHT} {line} {WIDTH},{HEIGHT}"/><polyline points="{line}"/>' if line else ""
    label = f"score over {whole:.0f} seconds, {len(moments)} moments marked"
    return (
        f'<div class="ai-curve"><div class="ai-pins">{"".join(pins)}</div>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f"{''.join(bands)}{area}</svg>{signs}</div>"
    )
