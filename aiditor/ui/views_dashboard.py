"""What the Dashboard tab shows, as HTML built from values. What came from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from aiditor.store.facts import Totals
from aiditor.store.tables import Job
from aiditor.ui.charts import Chart
from aiditor.ui.views import DOWNLOADS, empty, sentence

__all__ = ["Usage", "chart_view", "jobs_view", "size", "span", "table_view", "totals_view", "usage_view"]

JOB_WORDS = {"analyse": "Look for moments", "listen": "Listen", "make": "Montage", "finetune": "Learn from labels"}
STATE_WORDS = {
    "done": ("done", "good"), "failed": ("failed", "bad"), "cancelled": ("stopped", ""), "running": ("running", ""),
    "queued": ("waiting", ""),
}  # fmt: skip
FORM_WORDS = {"landscape": "16:9", "portrait": "9:16", "poster": "Poster", "otio": "OTIO", "fcpxml": "FCPXML"}
FORM_WORDS |= {"edl": "EDL", "srt": "Captions", "json": "JSON"}
FULL = 0.9


@dataclass(frozen=True, slots=True)
class Usage:
    """What a user has of what their plan gives."""

    plan: str
    """As the page calls it."""
    clip_bytes: int
    made_bytes: int
    storage_bytes: int = 0
    """0 is no limit."""
    montages: int = 0
    """In the last 30 days."""
    montages_a_month: int = 0
    """0 is no limit."""


def totals_view(totals: Totals) -> str:
    """The cards on top."""
    share = totals.success
    ended = f"{totals.done} done, {totals.failed} failed, {totals.cancelled} stopped"
    length = span(totals.montage_s / totals.montages) if totals.montages else ""
    cards = (
        ("Montages made", str(totals.montages), f"{length} each on average" if length else ""),
        ("Length made", span(totals.montage_s), ""),
        ("Footage read", span(totals.footage_s), f"{totals.clips} recording{_s(totals.clips)}"),
        ("Jobs that worked", "–" if share is None else f"{share:.0%}", ended),
        ("Wait for a start", span(totals.wait_median_s), "in the median"),
    )
    rows = "".join(
        f'<div class="ai-stat"><dt>{escape(name)}</dt><dd>{escape(value)}'
        f"{f'<small>{escape(note)}</small>' if note else ''}</dd></div>"
        for name, value, note in cards
    )
    return f'<dl class="ai-stats">{rows}</dl>'


def usage_view(usage: Usage) -> str:
    """The plan, and how full it is."""
    used = usage.clip_bytes + usage.made_bytes
    parts = f"{size(usage.clip_bytes)} of clips, {size(usage.made_bytes)} of montages"
    storage = _meter("Storage", used, usage.storage_bytes, size(used), size(usage.storage_bytes), parts)
    made, most = usage.montages, usage.montages_a_month
    montages = _meter("Montages in 30 days", made, most, str(made), str(most), "")
    return (
        f'<h3 class="ai-sub">Storage and plan</h3><div class="ai-plan"><div class="ai-line"><b>Plan</b>'
        f'<span class="ai-tag good">{escape(usage.plan)}</span></div><div class="ai-meter">{storage}</div>'
        f'<div class="ai-meter">{montages}</div></div>'
    )


def _meter(name: str, used: int, most: int, used_text: str, most_text: str, note: str) -> str:
    said = f"{used_text} of {most_text}" if most else f"{used_text}, no limit"
    share = min(used / most, 1.0) if most else 0.0
    bar = (
        f'<div class="ai-bar" role="meter" aria-label="{escape(name)}" aria-valuemin="0" aria-valuemax="{most}" '
        f'aria-valuenow="{min(used, most)}" aria-valuetext="{escape(said)}">'
        f'<i class="{"full" if share >= FULL else ""}" style="width:{100 * share:.1f}%"></i></div>'
        if most
        else ""
    )
    small = f"<small>{escape(note)}</small>" if note else ""
    return f'<div class="ai-line"><b>{escape(name)}</b><span>{escape(said)}</span></div>{bar}{small}'


def chart_view(chart: Chart) -> str:
    """What a figure says, as a sentence and, opened up, as a table."""
    more = (
        f'<details class="ai-more"><summary>As a table</summary>{table_view(chart.head, chart.rows)}</details>'
        if chart.rows
        else ""
    )
    return f"<h3>{escape(chart.title)}</h3><p>{escape(chart.summary)}</p>{more}"


def table_view(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table; the first column names the row."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f'<td class="num">{escape(v)}</td>' for v in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return f'<table class="ai-table"><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>'


def jobs_view(jobs: Sequence[Job], links: Mapping[str, Mapping[str, str]]) -> str:
    """The last jobs, newest first, with links to their files: job id -> form -> address."""
    if not jobs:
        return empty("No jobs yet", "What you start shows up here, with its files once it is done.")
    rows = "".join(_job_row(job, links.get(job.id, {})) for job in jobs)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("What", "When", "State", "Files"))
    return (
        '<h3 class="ai-sub">Recent jobs</h3><table class="ai-table stack">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _job_row(job: Job, links: Mapping[str, str]) -> str:
    word, look = STATE_WORDS.get(job.state, (job.state, ""))
    why = f'<small class="why">{escape(sentence(job.why))} {escape(sentence(job.remedy))}</small>' if job.why else ""
    what = JOB_WORDS.get(job.kind, job.kind)
    title = f"{what}: {job.title}" if job.title and job.title != what else what
    forms = [form for form in DOWNLOADS if form in links and form in FORM_WORDS]
    files = "".join(
        f'<a href="{escape(links[form])}" download title="{escape(DOWNLOADS[form])}">{FORM_WORDS[form]}</a>'
        for form in forms
    )
    when = f'<time datetime="{job.created_at.isoformat()}">{_ago(job.created_at)}</time>'
    return (
        f'<tr><th scope="row">{escape(title)}</th><td data-name="When" class="num">{when}</td>'
        f'<td data-name="State"><span><span class="ai-tag {look}">{escape(word)}</span>{why}</span></td>'
        f'<td data-name="Files">{f"<span>{files}</span>" if files else ""}</td></tr>'
    )


def _ago(when: datetime) -> str:
    passed = (datetime.now(UTC) - when).total_seconds()
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{passed // 60:.0f} min ago"
    return f"{passed // 3600:.0f} h ago" if passed < 86_400 else f"{when:%d %b %Y, %H:%M} UTC"


def span(seconds: float) -> str:
    """`45 s`, `12.5 min` or `3.2 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.3g} min" if seconds < 5400 else f"{seconds / 3600:.3g} h"


def size(count: int) -> str:
    """`12 KB`, `3.4 GB`: powers of 1024, as plans are counted."""
    value, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.3g} {unit}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
