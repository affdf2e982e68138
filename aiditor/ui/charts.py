"""The dashboard's figures, from the lake's answers: pure functions to Plotly, each with the same as a table of text.

Colours stand out from the dark and from a light page alike (3:1 or more); text and lines take the page's own colour
by `dashboard.css`, so that a figure fits whichever it is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from aiditor.store.facts import Answers
from aiditor.ui.views import KIND_NAMES, STAGE_NAMES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["COLOURS", "Chart", "activity", "failures", "moments", "stages", "styles"]

COLOURS = {"good": "#719a0e", "bad": "#d4506a", "calm": "#77849c", "blue": "#4a86d8"}
ROW_PX, HEAD_PX, LEAST_PX = 40, 70, 150
MOST_DAYS = 92
"""With a longer time, bars are of weeks."""
REASONS = {
    "UnreadableMedia": "a clip could not be read", "BadInput": "something given could not be used",
    "UnsafeArchive": "an unsafe ZIP", "NothingToKeep": "no moment could be used", "DiskFull": "the disk was full",
    "MissingPart": "a part was not installed", "RenderFailed": "the encoder gave up", "BadConfig": "a setting was off",
    "LimitReached": "the plan's limit was reached", "MemoryError": "there was too little memory",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A figure, and what it says for those who do not see it."""

    title: str
    summary: str
    """One sentence."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figure: Figure


def activity(answers: Answers, since: date, until: date) -> Chart:
    """Jobs by day (by week where the time is long) from `since` to `until`, both included."""
    step = 1 if (until - since).days < MOST_DAYS else 7
    spans = [since + timedelta(days=n) for n in range(0, (until - since).days + 1, step)]
    counts = {start: [0, 0, 0] for start in spans}
    for day in answers.days:
        if since <= day.day <= until:
            start = since + timedelta(days=(day.day - since).days // step * step)
            counts[start] = [n + m for n, m in zip(counts[start], (day.done, day.failed, day.cancelled), strict=True)]
    series = [("done", "good", 0), ("failed", "bad", 1), ("cancelled", "calm", 2)]
    bars = [(name, colour, [counts[start][n] for start in spans]) for name, colour, n in series]
    figure = _figure(260, barmode="stack")
    for name, colour, values in bars:
        if any(values):
            figure.add_bar(x=spans, y=values, name=name, marker_color=COLOURS[colour])
    figure.update_yaxes(rangemode="tozero", tickformat="d", dtick=_whole_step(map(sum, counts.values())))
    half, ends = timedelta(days=step / 2), [datetime.combine(spans[n], time()) for n in (0, -1)]
    figure.update_xaxes(nticks=6, range=[ends[0] - half, ends[1] + half])
    busy = max(spans, key=lambda start: sum(counts[start]))
    word, verb = ("day", "was") if step == 1 else ("week", "began")
    summary = f"{sum(map(sum, counts.values()))} jobs; the busiest {word} {verb} {busy:%d %b} with {sum(counts[busy])}."
    rows = [(f"{start:%Y-%m-%d}", *map(str, counts[start])) for start in spans if any(counts[start])]
    title = "Activity by day" if step == 1 else "Activity by week"
    return Chart(title, summary, (word.capitalize(), "Done", "Failed", "Cancelled"), tuple(rows), figure)


def moments(answers: Answers) -> Chart:
    """Moments by kind: how many were found, and how many of them were used."""
    names = [_word(KIND_NAMES, each.kind) for each in answers.moments]
    used = [each.used for each in answers.moments]
    left = [each.found - each.used for each in answers.moments]
    figure = _lying(names, [("used", "good", used), ("not used", "calm", left)])
    found = sum(each.found for each in answers.moments)
    summary = f"{found} found, {sum(used)} of them used; most are: {names[0]}." if names else "None yet."
    rows = [(name, str(each.found), str(each.used)) for name, each in zip(names, answers.moments, strict=True)]
    return Chart("Moments by kind", summary, ("Kind", "Found", "Used"), tuple(rows), figure)


def stages(answers: Answers) -> Chart:
    """How long each stage takes: the median, and what nine of ten stay under."""
    names = [_word(STAGE_NAMES, each.stage) for each in answers.stages]
    half, most = [each.median_s for each in answers.stages], [each.p90_s for each in answers.stages]
    figure = _lying(names, [("median", "good", half)], unit=" s")
    figure.update_layout(showlegend=True)
    figure.add_scatter(
        x=most, y=names, mode="markers", name="9 of 10 are under", hovertemplate="%{x:.1f} s<extra></extra>",
        marker={"symbol": "line-ns-open", "size": 18, "color": COLOURS["blue"], "line": {"width": 3}},
    )  # fmt: skip
    summary = f"Slowest: {names[0]}, {_seconds(half[0])} in the median." if names else "None yet."
    rows = [
        (name, _seconds(each.median_s), _seconds(each.p90_s), str(each.jobs))
        for name, each in zip(names, answers.stages, strict=True)
    ]
    head = ("Stage", "Median", "9 of 10 under", "Jobs")
    return Chart("Time each stage takes", summary, head, tuple(rows), figure)


def _whole_step(values: Iterable[int]) -> int:
    """Between ticks of an axis that counts: about five of them, and never half a job."""
    return max(1, -(-max(values, default=0) // 5))


def failures(answers: Answers) -> Chart:
    """Why jobs failed, and where."""
    counts: dict[str, int] = {}
    rows = []
    for each in answers.failures:
        why = _word(REASONS, each.error_kind) or "no reason was given"
        counts[why] = counts.get(why, 0) + each.jobs
        rows.append((why, _word(STAGE_NAMES, each.stage), str(each.jobs)))
    figure = _lying(list(counts), [("jobs", "bad", list(counts.values()))])
    figure.update_xaxes(tickformat="d", dtick=_whole_step(counts.values()))
    top = max(counts, key=lambda why: counts[why], default="")
    summary = f"{sum(counts.values())} failed; most often {top}." if counts else "None failed."
    return Chart("Why jobs failed", summary, ("Reason", "Stage", "Jobs"), tuple(rows), figure)


def styles(answers: Answers) -> Chart:
    """Which styles montages are made in."""
    names = [each.style or "own" for each in answers.styles]
    figure = _lying(names, [("montages", "blue", [each.montages for each in answers.styles])])
    figure.update_xaxes(tickformat="d", dtick=_whole_step(each.montages for each in answers.styles))
    rows = [
        (name, str(each.montages), _seconds(each.montage_s)) for name, each in zip(names, answers.styles, strict=True)
    ]
    summary = f"Most used: {names[0]}." if names else "None yet."
    return Chart("Montages by style", summary, ("Style", "Montages", "Length"), tuple(rows), figure)


def _word(words: dict[str, str], name: str) -> str:
    return words.get(name, name.replace("_", " "))


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 90 else f"{value / 60:.1f} min"


def _figure(height_px: int, **layout: Any) -> Figure:
    from plotly.graph_objects import Figure

    figure = Figure(
        layout={
            "template": None, "height": height_px, "margin": {"l": 8, "r": 12, "t": 34, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "dragmode": False,
            "font": {"family": "IBM Plex Sans, sans-serif", "size": 13},
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "xanchor": "left"},
            "showlegend": True, **layout,
        }
    )  # fmt: skip
    for axis in (figure.update_xaxes, figure.update_yaxes):
        axis(gridcolor="rgba(130,144,169,.25)", zeroline=False, automargin=True, fixedrange=True, showline=False)
    return figure


def _lying(names: Sequence[str], bars: Sequence[tuple[str, str, Sequence[float]]], unit: str = "") -> Figure:
    """Bars that lie, the first on top, one on the other."""
    figure = _figure(
        max(HEAD_PX + ROW_PX * len(names), LEAST_PX), barmode="stack", bargap=0.35, showlegend=len(bars) > 1
    )
    for name, colour, values in bars:
        figure.add_bar(
            y=list(names), x=list(values), name=name, orientation="h", marker_color=COLOURS[colour],
            hovertemplate=f"%{{x:.4g}}{unit}<extra>{name}</extra>",
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", gridcolor="rgba(0,0,0,0)", ticksuffix="  ")
    figure.update_xaxes(rangemode="tozero", nticks=6, ticksuffix=unit)
    return figure
