"""The Clips tab: bring footage in, see what was taken and what was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from aiditor.studio import Project, Studio
from aiditor.ui.friendly import friendly
from aiditor.ui.views import clips_view
from aiditor.ui.who import mine, who

__all__ = ["ClipsTab", "clips_tab"]


REMOVE = """
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-clip]');
  if (button) { button.disabled = true; trigger('select', {clip: button.dataset.clip}); }
});
"""


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

    def show(self, project: Project | None) -> tuple[Any, ...]:
        analysis = project.analysis if project else None
        clips, thumbs = (project.clips, project.thumbs) if project else ((), {})
        return clips_view(analysis, clips, thumbs), gr.update(visible=bool(analysis and analysis.sources))


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
        table = gr.HTML(clips_view(None), elem_id="clips-table", js_on_load=REMOVE)
        forward = gr.Button("Choose moments →", variant="primary", visible=False, elem_id="to-moments")

    @friendly
    def upload(project_id: str, paths: list[str] | None, request: gr.Request) -> str:
        me, project_id = mine(studio, project_id, request)
        studio.add_clips(me, project_id, paths or [])
        return project_id

    @friendly
    def use_samples(project_id: str, request: gr.Request) -> str:
        me, project_id = mine(studio, project_id, request)
        studio.use_samples(me, project_id)
        return project_id

    @friendly
    def start_over(project_id: str, request: gr.Request) -> tuple[str, None]:
        return studio.clear(*mine(studio, project_id, request)).id, None

    @friendly
    def stop(project_id: str, request: gr.Request) -> None:
        studio.stop(who(studio, request), project_id)

    @friendly
    def remove(project_id: str, event: gr.EventData, request: gr.Request) -> str:
        studio.remove_clip(who(studio, request), project_id, str(event.clip))
        return project_id

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    started = [
        files.upload(upload, [project, files], project, **private),
        samples.click(use_samples, project, project, **private),
        table.select(remove, project, project, **private),
    ]
    cancel.click(stop, project, None, **private)
    cleared = clear.click(start_over, project, [project, files], **private)
    return ClipsTab(studio, progress, cancel, table, started, cleared, forward)
