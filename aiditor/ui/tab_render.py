"""The Render tab: make it, watch it being made, play it, take it home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from aiditor.errors import AIditorError
from aiditor.timeline import Export
from aiditor.ui.friendly import friendly, user
from aiditor.ui.studio import Studio
from aiditor.ui.tab_style import StyleTab, read_wish
from aiditor.ui.views import cuts_view

__all__ = ["RenderTab", "render_tab"]

DOWNLOADS = (
    "landscape",
    "portrait",
    "poster",
    "otio",
    "fcpxml",
    "edl",
    "srt",
    "vtt",
    "words",
    "json",
    "timeline",
    "music",
    "game",
)
"""Files offered, in this order."""


@dataclass(frozen=True)
class RenderTab:
    studio: Studio
    progress: gr.HTML
    cancel: gr.Button
    players: list[gr.Video]
    files: gr.File
    cuts: gr.HTML
    started: Any

    @property
    def outputs(self) -> list[Any]:
        return [*self.players, self.files, self.cuts]

    def show(self, project_id: str) -> tuple[Any, ...]:
        project = self.studio.project(project_id)
        job = project.made if project else None
        made: Export | None = job.result if job else None
        paths = dict(made.files) if made else {}
        videos = [gr.update(value=paths.get(name), visible=name in paths) for name in ("landscape", "portrait")]
        listed = [paths[name] for name in DOWNLOADS if name in paths]
        return *videos, gr.update(value=listed or None, visible=bool(listed)), cuts_view(made)


def render_tab(studio: Studio, project: gr.Textbox, style: StyleTab) -> RenderTab:
    """Builds and wires the tab."""
    with gr.Tab("Render", id="render"):
        with gr.Row():
            make = gr.Button("Make the montage", variant="primary", scale=3, elem_id="make")
            cancel = gr.Button("Cancel", variant="stop", scale=1, visible=False, elem_id="cancel")
        progress = gr.HTML(elem_id="render-progress")
        with gr.Row(elem_classes="ai-players"):
            with gr.Column(scale=5, min_width=300):
                landscape = gr.Video(label="16:9", interactive=False, visible=False, elem_id="player-landscape")
            with gr.Column(scale=2, min_width=220):
                portrait = gr.Video(label="9:16", interactive=False, visible=False, elem_id="player-portrait")
        files = gr.File(label="Downloads", file_count="multiple", interactive=False, visible=False, elem_id="downloads")
        cuts = gr.HTML(cuts_view(None), elem_id="cuts")

    @friendly
    def start(project_id: str, request: gr.Request, *values: Any) -> str:
        studio.make(project_id, read_wish(*values))
        try:
            studio.teaching.teach(studio.opened(project_id), everything=False, by=user(request))
        except AIditorError as error:  # the montage is worth more than the labels
            gr.Warning(str(error), title="Your choices were not kept as labels")
        return project_id

    def stop(project_id: str) -> None:
        studio.cancel(project_id)

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    started = make.click(start, [project, *style.inputs], project, **private)
    cancel.click(stop, project, None, **private)
    return RenderTab(studio, progress, cancel, [landscape, portrait], files, cuts, started)
