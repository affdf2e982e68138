"""The words part of the Moments tab: what is said in the montage, and which words go, before anything is rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from aiditor.studio import Project, Studio
from aiditor.ui.friendly import friendly
from aiditor.ui.tab_style import StyleTab, read_wish
from aiditor.ui.views_words import word_label, words_view
from aiditor.ui.who import mine, theirs, who
from aiditor.words import word_list

__all__ = ["WordsPart", "wire_words", "words_part"]

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True)
class WordsPart:
    studio: Studio
    part: gr.Accordion
    view: gr.HTML
    muted: gr.CheckboxGroup
    listen: gr.Button
    cancel: gr.Button
    progress: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        return [self.part, self.view, self.muted, self.listen]

    def show(self, project: Project | None) -> tuple[Any, ...]:
        here = bool(project and project.analysis and project.analysis.sources)
        heard = bool(project and project.words)
        return (
            gr.update(visible=here),
            self.written(project),
            self.choices(project),
            gr.update(value="Listen again" if heard else "Listen to what is said"),
        )

    def written(self, project: Project | None) -> str:
        words, heard = (project.words, project.heard) if project else (None, None)
        return words_view(words, heard, self.studio.hears())

    def choices(self, project: Project | None) -> Any:
        if project is None or project.words is None or project.heard is None:
            return gr.update(choices=[], value=[], visible=False)
        rows = word_list(project.words, project.heard)
        choices = [(word_label(row), row["id"]) for row in rows]
        return gr.update(choices=choices, value=[row["id"] for row in rows if row["muted"]], visible=bool(rows))


def words_part(studio: Studio) -> WordsPart:
    """Builds the part; `wire_words` brings it to life once there is a Style tab to ask."""
    with gr.Accordion("Words", open=True, visible=False, elem_id="words") as part:
        view = gr.HTML(words_view(None, None, studio.hears()), elem_id="words-view")
        muted = gr.CheckboxGroup(
            label="Words to take out", info="Uncheck one to leave it as it is.", show_select_all=True, visible=False,
            elem_id="words-muted", elem_classes="ai-choices",
        )  # fmt: skip
        progress = gr.HTML(elem_id="words-progress")
        with gr.Row():
            listen = gr.Button("Listen to what is said", size="md", elem_id="listen")
            cancel = gr.Button("Stop", variant="stop", size="md", visible=False, elem_id="stop-listening")
    return WordsPart(studio, part, view, muted, listen, cancel, progress)


def wire_words(words: WordsPart, project: gr.Textbox, style: StyleTab) -> Any:
    """Wires the part; returns the event after which the project has a job to follow."""
    studio = words.studio

    @friendly
    def start(project_id: str, request: gr.Request, *values: Any) -> str:
        me, project_id = mine(studio, project_id, request)
        studio.listen(me, project_id, read_wish(*values))
        return project_id

    @friendly
    def choose(project_id: str, checked: list[str], request: gr.Request) -> tuple[Any, ...]:
        here = theirs(studio, project_id, request)
        if here is None or here.words is None:
            return words.written(here), words.choices(here)
        me = who(studio, request)
        refused = studio.take_out(me, project_id, checked)
        here = studio.project(me, project_id)
        if refused:
            gr.Info(refused, duration=6)
        return words.written(here), words.choices(here) if refused else gr.skip()

    @friendly
    def stop(project_id: str, request: gr.Request) -> None:
        studio.stop(who(studio, request), project_id)

    words.muted.input(choose, [project, words.muted], [words.view, words.muted], trigger_mode="always_last", **PRIVATE)
    words.cancel.click(stop, project, None, **PRIVATE)
    return words.listen.click(start, [project, *style.inputs], project, **PRIVATE)
