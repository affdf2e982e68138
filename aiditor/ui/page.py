"""The studio's page: one line a tab, and the wires between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from aiditor.settings import Settings
from aiditor.ui.endpoints import endpoints
from aiditor.ui.studio import SAMPLES_DIR, Studio
from aiditor.ui.tab_clips import clips_tab
from aiditor.ui.tab_moments import moments_tab
from aiditor.ui.tab_render import render_tab
from aiditor.ui.tab_style import style_tab
from aiditor.ui.tab_words import wire_words
from aiditor.ui.theme import CSS, StudioTheme
from aiditor.ui.views import job_view

__all__ = ["build", "launch_options"]

HEAD = (
    '<header class="ai-top"><h1 class="ai-brand">AI<em>ditor</em></h1>'
    "<p>Raw clips in, a montage worth posting out.</p></header>"
)

REMEMBER = """(id) => { if (id) { const here = new URL(location); here.searchParams.set('p', id);
  history.replaceState(null, '', here); sessionStorage.setItem('aiditor', id); } }"""
"""The project's id goes into the address of this browser tab: a reload finds it, another tab has its own."""
RECALL = "() => new URL(location).searchParams.get('p') || sessionStorage.getItem('aiditor') || ''"

PLACES = ("analyse", "listen", "make")
"""The kinds of jobs, in the order in which the page has a place for each."""
MANY = 64
"""Pages that may follow their jobs at the same time."""


def build(studio: Studio) -> gr.Blocks:
    """The page, with its named endpoints."""
    with gr.Blocks(title="AIditor", analytics_enabled=False) as page:
        project = gr.Textbox("", visible=False, elem_id="project")
        gr.HTML(HEAD)
        with gr.Tabs(selected="clips", overflow_behavior="wrap") as tabs:
            clips = clips_tab(studio, project)
            moments = moments_tab(studio, project)
            style = style_tab(studio)
            render = render_tab(studio, project, style)
        words = moments.words
        listened = wire_words(words, project, style)
        endpoints(studio)

        def recognise(project_id: str) -> str:
            return project_id if studio.project(project_id) else ""

        def watch(project_id: str) -> Iterator[tuple[Any, ...]]:
            yield from watched(studio, project_id)

        def show(project_id: str) -> tuple[Any, ...]:
            shown = (part.show(project_id) for part in parts)
            return tuple(update for updates in shown for update in updates)

        parts = (clips, moments, words, render)
        everything = [output for part in parts for output in part.outputs]
        bars = [bar for part in (clips, words, render) for bar in (part.progress, part.cancel)]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": MANY}
        opened = page.load(recognise, project, project, js=RECALL, **quiet).then(show, project, everything, **quiet)
        opened.then(watch, project, bars, **quiet).then(show, project, everything, **quiet)
        for started in (*clips.started, listened, render.started):
            kept = started.success(None, project, None, js=REMEMBER)
            kept.success(watch, project, bars, **quiet).then(show, project, everything, **quiet)
        clips.cleared.then(show, project, everything, **quiet).then(watch, project, bars, **quiet)
        for button, place in ((clips.forward, "moments"), (moments.forward, "style"), (style.forward, "render")):
            button.click(lambda place=place: gr.Tabs(selected=place), None, tabs, **quiet)
    return page.queue(default_concurrency_limit=16)


def watched(studio: Studio, project_id: str) -> Iterator[tuple[Any, ...]]:
    """Progress and the stop button, in each place where jobs of one kind are shown, until the project's has ended."""
    project = studio.project(project_id)
    job = project.job if project else None
    if project is None or job is None:
        yield ("", gr.update(visible=False)) * len(PLACES)
        return
    for now in job.follow():
        if project.job is not job:  # a newer one has taken over, and somebody follows that
            return
        here = (job_view(now), gr.update(visible=not now.ended))
        away = ("", gr.update(visible=False))
        yield tuple(update for kind in PLACES for update in (here if kind == job.kind else away))


def launch_options(settings: Settings) -> dict[str, Any]:
    """How the page is served: its looks, and the folders whose files a browser may ask for."""
    folders = [settings.montage_dir.resolve(), SAMPLES_DIR]
    return {
        "theme": StudioTheme(),
        "css": CSS,
        "allowed_paths": [str(folder) for folder in folders],
        "footer_links": ["api"],
        "run_history": False,
        "ssr_mode": False,
        "share": False,
    }
