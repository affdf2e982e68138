"""The studio's page: one line a tab, and the wires between them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr

from aiditor.studio import Project, Studio
from aiditor.ui.endpoints import endpoints
from aiditor.ui.tab_accounts import accounts_tab
from aiditor.ui.tab_billing import BillingAsked, billing_tab
from aiditor.ui.tab_clips import clips_tab
from aiditor.ui.tab_dashboard import Asked, dashboard_tab
from aiditor.ui.tab_model import ModelAsked, model_tab
from aiditor.ui.tab_moments import moments_tab, wire_total
from aiditor.ui.tab_render import render_tab
from aiditor.ui.tab_social import social_tab
from aiditor.ui.tab_style import style_tab
from aiditor.ui.tab_words import wire_words
from aiditor.ui.theme import CSS, StudioTheme
from aiditor.ui.views import job_view, person_view
from aiditor.ui.who import theirs, who

__all__ = ["build", "mount"]

HEAD = (
    '<header class="ai-top"><h1 class="ai-brand">AI<em>ditor</em></h1>'
    "<p>Raw clips in, a montage worth posting out.</p></header>"
)

REMEMBER = """(id) => { if (id) { const here = new URL(location); here.searchParams.set('p', id);
  history.replaceState(null, '', here); sessionStorage.setItem('aiditor', id); } }"""
"""The project's id goes into the address of this browser tab: a reload finds it, another tab has its own."""
RECALL = "() => new URL(location).searchParams.get('p') || sessionStorage.getItem('aiditor') || ''"

SIGN_OUT = """
element.addEventListener('click', async event => {
  if (!event.target.closest('button')) return;
  const csrf = document.cookie.match(/aiditor_csrf=([^;]+)/);
  const headers = csrf ? {'X-CSRF-Token': decodeURIComponent(csrf[1])} : {};
  const answer = await fetch('/v2/auth/logout', {method: 'POST', headers});
  if (answer.ok) { sessionStorage.clear(); location.assign('/sign-in'); }
});
"""

PLACES = ("analyse", "listen", "make")
"""The kinds of jobs, in the order in which the page has a place for each."""
MANY = 64
"""Pages that may follow their jobs at the same time."""


def environment() -> Mapping[str, str]:
    """Settings of services outside, by their names."""
    return os.environ


def build(studio: Studio) -> gr.Blocks:
    """The page, with its named endpoints."""
    with gr.Blocks(title="AIditor", analytics_enabled=False, delete_cache=(3600, 86_400)) as page:
        project = gr.Textbox("", visible=False, elem_id="project")
        gr.HTML(HEAD)
        person = gr.HTML(elem_id="person", js_on_load=SIGN_OUT, visible=not studio.settings.one_user)
        with gr.Tabs(selected="clips", overflow_behavior="wrap") as tabs:
            clips = clips_tab(studio, project)
            moments = moments_tab(studio, project)
            style = style_tab(studio)
            render = render_tab(studio, project, style)
            dashboard_tab(Asked.of(studio))
            model_tab(ModelAsked.of(studio))
            accounts_tab(environment)
            billing_tab(BillingAsked.of(studio), environment)
            social_tab(environment)
        words = moments.words
        listened = wire_words(words, project, style)
        wire_total(moments, project, style.inputs[1])
        endpoints(studio)

        def recognise(project_id: str, request: gr.Request) -> str:
            return project_id if theirs(studio, project_id, request) else ""

        def watch(project_id: str, request: gr.Request) -> Iterator[tuple[Any, ...]]:
            yield from watched(studio, theirs(studio, project_id, request))

        def show(project_id: str, request: gr.Request) -> tuple[Any, ...]:
            project = theirs(studio, project_id, request)
            shown = (part.show(project) for part in parts)
            return tuple(update for updates in shown for update in updates)

        def greet(request: gr.Request) -> str:
            account = studio.users.account(who(studio, request))
            return person_view(account.user.name or account.email, account.plan.title)

        if not studio.settings.one_user:
            page.load(greet, None, person, api_visibility="private", show_progress="hidden")
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


def watched(studio: Studio, project: Project | None) -> Iterator[tuple[Any, ...]]:
    """Progress and the stop button, in each place where jobs of one kind are shown, until the project's has ended."""
    job = project.job if project else None
    if project is None or job is None:
        yield ("", gr.update(visible=False)) * len(PLACES)
        return
    for now in studio.follow(project.user_id, job.id):
        here = (job_view(now), gr.update(visible=now.state in ("queued", "running")))
        away = ("", gr.update(visible=False))
        yield tuple(update for kind in PLACES for update in (here if kind == job.kind else away))


def mount(app: Any, studio: Studio, user_id: Callable[[Any], str | None] | None = None) -> Any:
    """The FastAPI `app` with the page at its root, its named endpoints under /gradio_api, and the same as MCP tools.

    `user_id(request)` tells who looks, None for nobody. A browser is given no file by its path: all go through the API.
    """
    limit = studio.settings.max_upload_bytes
    return gr.mount_gradio_app(
        app, build(studio), path="/", theme=StudioTheme(), css=CSS, footer_links=["api"], auth_dependency=user_id,
        max_file_size=limit, run_history=False, ssr_mode=False, mcp_server=True, show_error=True,
    )  # fmt: skip
