"""The Moments tab: each clip's curve with its moments; keep or drop each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from aiditor.ui.friendly import friendly
from aiditor.ui.studio import Project, Studio
from aiditor.ui.views import choice_label, moments_view

__all__ = ["MomentsTab", "moments_tab"]


@dataclass(frozen=True)
class MomentsTab:
    studio: Studio
    view: gr.HTML
    kept: gr.CheckboxGroup
    wanted: gr.Dropdown
    forward: gr.Button

    @property
    def outputs(self) -> list[Any]:
        return [self.view, self.kept, self.wanted, self.forward]

    def show(self, project_id: str) -> tuple[Any, ...]:
        project = self.studio.project(project_id)
        offered = project.moments() if project else []
        several = len({source.id for source, _ in offered}) > 1
        labels = [choice_label(n, s, m, several=several) for n, (s, m) in enumerate(offered, start=1)]
        choices = [(label, str(n)) for n, label in enumerate(labels, start=1)]
        short = [(label.splitlines()[0], value) for label, value in choices]
        dropped, wanted = (project.dropped, project.wanted) if project else (frozenset(), frozenset())
        keys = [(source.id, moment.t_s) for source, moment in offered]
        kept = [str(n) for n, key in enumerate(keys, start=1) if key not in dropped]
        must = [str(n) for n, key in enumerate(keys, start=1) if key in wanted]
        return (
            _view(project),
            gr.update(choices=choices, value=kept, visible=bool(offered)),
            gr.update(choices=short, value=must, visible=bool(offered)),
            gr.update(visible=bool(offered)),
        )


def _view(project: Project | None) -> str:
    if project is None:
        return moments_view(None, [], {}, ())
    return moments_view(project.analysis, project.moments(), project.thumbs, project.dropped)


def moments_tab(studio: Studio, project: gr.Textbox) -> MomentsTab:
    """Builds and wires the tab."""
    with gr.Tab("Moments", id="moments"):
        view = gr.HTML(_view(None), elem_id="moments-view")
        kept = gr.CheckboxGroup(
            label="Moments to keep",
            info="Uncheck what should not be in the montage.",
            show_select_all=True,
            visible=False,
            elem_id="moments-kept",
            elem_classes="ai-choices",
        )
        wanted = gr.Dropdown(
            label="Be sure to use",
            info="These go in before all others, however they score.",
            multiselect=True,
            visible=False,
            elem_id="moments-wanted",
        )
        forward = gr.Button("Choose a style →", variant="primary", visible=False, elem_id="to-style")

    @friendly
    def choose(project_id: str, numbers: list[str], must: list[str]) -> str:
        return _view(studio.choose(project_id, numbers, must))

    for control in (kept, wanted):
        control.input(
            choose,
            [project, kept, wanted],
            view,
            api_visibility="private",
            show_progress="hidden",
            trigger_mode="always_last",
        )
    return MomentsTab(studio, view, kept, wanted, forward)
