"""The Clips tab: bring footage in, see what was taken and what was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from aiditor.ui.friendly import friendly
from aiditor.ui.studio import Studio
from aiditor.ui.views import clips_view

__all__ = ["ClipsTab", "clips_tab"]


@dataclass(frozen=True)
class ClipsTab:
    """What the page wires: `started` are the events after which the project has a job to follow."""

    studio: Studio
    progress: gr.HTML
    cancel: gr.Button
    table: gr.HTML
    started: list[Any]
    cleared: Any
    forward: gr.Button

    @property
    def outputs(self) -> list[Any]:
        return [self.table, self.forward]

    def show(self, project_id: str) -> tuple[Any, ...]:
        project = self.studio.project(project_id)
        analysis = project.analysis if project else None
        return clips_view(analysis), gr.update(visible=bool(analysis and analysis.sources))


def clips_tab(studio: Studio, project: gr.Textbox) -> ClipsTab:
    """Builds and wires the tab."""
    with gr.Tab("Clips", id="clips"):
        files = gr.File(
            label="Recordings of your game, or a ZIP of them",
            file_count="multiple",
            file_types=["video", ".mkv", ".mts", ".m2ts", ".ts", ".flv", ".avi", ".zip"],
            height=170,
            elem_id="clips-upload",
        )
        with gr.Row():
            samples = gr.Button("Use the samples", size="md", elem_id="use-samples")
            clear = gr.Button("Start over", size="md", elem_id="start-over")
            cancel = gr.Button("Stop", variant="stop", size="md", visible=False, elem_id="stop-analysis")
        progress = gr.HTML(elem_id="clips-progress")
        table = gr.HTML(clips_view(None), elem_id="clips-table")
        forward = gr.Button("Choose moments →", variant="primary", visible=False, elem_id="to-moments")

    @friendly
    def upload(project_id: str, paths: list[str] | None) -> str:
        return studio.add_clips(project_id, paths or []).id

    @friendly
    def use_samples(project_id: str) -> str:
        return studio.use_samples(project_id).id

    def start_over(project_id: str) -> tuple[str, None]:
        return studio.clear(project_id).id, None

    def stop(project_id: str) -> None:
        studio.cancel(project_id)

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    started = [
        files.upload(upload, [project, files], project, **private),
        samples.click(use_samples, project, project, **private),
    ]
    cancel.click(stop, project, None, **private)
    cleared = clear.click(start_over, project, [project, files], **private)
    return ClipsTab(studio, progress, cancel, table, started, cleared, forward)
