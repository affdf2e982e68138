"""The Dashboard tab: what came of the jobs, as cards, figures and a list with downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import gradio as gr

from aiditor.store.facts import Answers
from aiditor.store.tables import Job
from aiditor.store.usage import used_bytes
from aiditor.studio import Studio
from aiditor.ui import charts
from aiditor.ui.charts import Chart
from aiditor.ui.friendly import friendly
from aiditor.ui.views import empty
from aiditor.ui.views_dashboard import Usage, chart_view, jobs_view, totals_view, usage_view
from aiditor.ui.who import who

__all__ = ["Asked", "DashboardTab", "dashboard_tab"]

SPANS = [("7 days", 7), ("30 days", 30), ("90 days", 90), ("All time", 0)]
MONTH = timedelta(days=30)
RECENT = 12
NOTHING = empty("Nothing made yet", "Add clips on the first tab and make a montage: how it went shows up here.")
LOST = empty("Nothing ended in this time", "Choose a longer time above.")
Links = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Asked:
    """Whom the tab asks. Each is given the request, and answers for its user alone."""

    answers: Callable[[gr.Request, datetime | None], Answers]
    """From that time on; from the first where None."""
    jobs: Callable[[gr.Request], tuple[Sequence[Job], Links]]
    """The last jobs, and the addresses of their files: job id -> form -> address."""
    usage: Callable[[gr.Request], Usage]

    @classmethod
    def of(cls, studio: Studio) -> Asked:
        """What the studio knows."""

        def answers(request: gr.Request, since: datetime | None) -> Answers:
            studio.tell()
            return studio.facts.answers(who(studio, request), since=since)

        def jobs(request: gr.Request) -> tuple[Sequence[Job], Links]:
            me = who(studio, request)
            found = studio.jobs(me, limit=RECENT)
            made = {job.id: studio.renders(me, job.id) for job in found if job.state == "done"}
            links = {
                job_id: {form: studio.link(render, keep=True) for form, render in renders.items()}
                for job_id, renders in made.items()
            }
            return found, links

        def usage(request: gr.Request) -> Usage:
            me = who(studio, request)
            plan, (clips, made) = studio.plan(me), used_bytes(studio.db, me)
            lately = studio.facts.answers(me, since=datetime.now(UTC) - MONTH).totals.montages
            return Usage(plan.title, clips, made, plan.storage_bytes, lately, plan.montages_a_month)

        return cls(answers, jobs, usage)


@dataclass(frozen=True)
class DashboardTab:
    """What the page may want to bring up to date: `show` gives updates of `outputs`."""

    asked: Asked
    tab: gr.Tab
    days: gr.Radio
    nothing: gr.HTML
    cards: gr.HTML
    figures: list[tuple[gr.Column, gr.HTML, gr.Plot]]
    usage: gr.HTML
    jobs: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        return [self.nothing, self.cards, *(part for figure in self.figures for part in figure), self.usage, self.jobs]

    def show(self, days: int, request: gr.Request) -> tuple[Any, ...]:
        """Raises AIditorError when the lake or the database does not answer."""
        today = datetime.now(UTC)
        answers = self.asked.answers(request, today - timedelta(days=days) if days else None)
        jobs, links = self.asked.jobs(request)
        some = bool(answers.totals.jobs)
        since = min([today.date() - timedelta(days=days or 7), *(day.day for day in answers.days)])
        drawn = (
            charts.activity(answers, since, today.date()), charts.moments(answers), charts.stages(answers),
            charts.failures(answers), charts.styles(answers),
        )  # fmt: skip
        return (
            gr.update(value=LOST if jobs else NOTHING, visible=not some),
            gr.update(value=totals_view(answers.totals), visible=some),
            *(part for chart in drawn for part in _drawn(chart)),
            usage_view(self.asked.usage(request)),
            gr.update(value=jobs_view(jobs, links), visible=bool(jobs)),
        )


def _drawn(chart: Chart) -> tuple[Any, ...]:
    some = bool(chart.rows)
    return gr.update(visible=some), chart_view(chart), chart.figure if some else None


def dashboard_tab(asked: Asked) -> DashboardTab:
    """Builds and wires the tab: it is brought up to date whenever it is opened."""
    with gr.Tab("Dashboard", id="dashboard") as tab:
        with gr.Row(equal_height=True):
            days = gr.Radio(SPANS, value=30, label="Show the last", elem_id="dashboard-days", scale=4, min_width=280)
            refresh = gr.Button("Refresh", size="md", scale=0, min_width=120, elem_id="dashboard-refresh")
        nothing = gr.HTML(NOTHING, elem_id="dashboard-nothing")
        cards = gr.HTML(visible=False, elem_id="dashboard-totals")
        figures = []
        for names in (("activity",), ("moments", "stages"), ("failures", "styles")):
            with gr.Row(elem_classes="ai-figures", equal_height=True):
                figures += [_place(name) for name in names]
        usage = gr.HTML(elem_id="dashboard-usage")
        jobs = gr.HTML(visible=False, elem_id="dashboard-jobs")
    made = DashboardTab(asked, tab, days, nothing, cards, figures, usage, jobs)

    @friendly
    def show(days: int, request: gr.Request) -> tuple[Any, ...]:
        return made.show(days, request)

    triggers = [tab.select, refresh.click, days.input]
    gr.on(triggers, show, days, made.outputs, api_visibility="private", show_progress="hidden")
    return made


def _place(name: str) -> tuple[gr.Column, gr.HTML, gr.Plot]:
    """Where a figure goes, below what it says."""
    with gr.Column(visible=False, min_width=300, elem_classes="ai-figure", elem_id=f"figure-{name}") as column:
        text = gr.HTML()
        plot = gr.Plot(show_label=False, container=False, buttons=[])
    return column, text, plot
