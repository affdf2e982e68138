"""The Render tab: make it, watch it being made, play it, take it home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from aiditor.errors import AIditorError
from aiditor.studio import Project, Studio
from aiditor.ui.friendly import friendly
from aiditor.ui.tab_style import StyleTab, read_wish
from aiditor.ui.views import cuts_view, files_view, players_view
from aiditor.ui.who import mine, who

__all__ = ["RenderTab", "render_tab"]


@dataclass(frozen=True)
class RenderTab:
    studio: Studio
    progress: gr.HTML
    cancel: gr.Button
    players: gr.HTML
    files: gr.HTML
    cuts: gr.HTML
    started: Any

    @property
    def outputs(self) -> list[Any]:
        return [self.players, self.files, self.cuts]

    def show(self, project: Project | None) -> tuple[Any, ...]:
        job = project.made if project else None
        if project is None or job is None or job.state != "done":
            return "", "", cuts_view(None, {})
        renders = self.studio.renders(project.user_id, job.id)
        played, kept = (
            {form: self.studio.link(render, keep=keep) for form, render in renders.items()} for keep in (False, True)
        )
        timeline = self.studio.timeline(project.user_id, job.id)
        return players_view(played), files_view(kept, renders), cuts_view(timeline, job.result)


def render_tab(studio: Studio, project: gr.Textbox, style: StyleTab) -> RenderTab:
    """Builds and wires the tab."""
    with gr.Tab("Render", id="render"):
        with gr.Row():
            make = gr.Button("Make the montage", variant="primary", scale=3, elem_id="make")
            cancel = gr.Button("Cancel", variant="stop", scale=1, visible=False, elem_id="cancel")
        progress = gr.HTML(elem_id="render-progress")
        players = gr.HTML(elem_id="players")
        files = gr.HTML(elem_id="downloads")
        cuts = gr.HTML(cuts_view(None, {}), elem_id="cuts")

    @friendly
    def start(project_id: str, request: gr.Request, *values: Any) -> str:
        me, project_id = mine(studio, project_id, request)
        studio.make(me, project_id, read_wish(*values))
        try:
            if studio.project(me, project_id).analysis is not None:
                studio.teach(me, project_id, everything=False)
        except AIditorError as error:  # the montage is worth more than the labels
            gr.Warning(str(error), title="Your choices were not kept as labels")
        return project_id

    @friendly
    def stop(project_id: str, request: gr.Request) -> None:
        studio.stop(who(studio, request), project_id)

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    started = make.click(start, [project, *style.inputs], project, **private)
    cancel.click(stop, project, None, **private)
    return RenderTab(studio, progress, cancel, players, files, cuts, started)
