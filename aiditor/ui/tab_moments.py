"""The Moments tab: each clip's curve with its moments; keep or drop each, and say what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from aiditor.errors import BadInput
from aiditor.studio import Project, Studio
from aiditor.studio.teaching import WORDS, Said
from aiditor.ui.friendly import friendly
from aiditor.ui.tab_words import WordsPart, words_part
from aiditor.ui.views import choice_label, clock, labels_view, moments_view, total_view
from aiditor.ui.who import theirs, who

__all__ = ["MomentsTab", "moments_tab", "wire_total"]

LISTEN = """
const strips = () => [...element.querySelectorAll('.ai-strip')];
let places = [], number = null;
element.addEventListener('change', event => {
  const asked = event.target.closest('select[data-number]');
  if (asked) { asked.classList.toggle('said', asked.value !== '');
    trigger('select', {number: Number(asked.dataset.number), says: asked.value}); }
});
element.addEventListener('scroll', () => { places = strips().map(strip => strip.scrollLeft); }, true);
element.addEventListener('focusin', event => { number = event.target.dataset?.number ?? null; });
const players = new Map();
element.addEventListener('click', event => {
  const button = event.target.closest('button.ai-play'), section = button?.closest('section[data-src]');
  if (!section) return;
  let video = section.querySelector('video');
  if (!video) {
    video = Object.assign(document.createElement('video'), {controls: true, playsInline: true, preload: 'auto'});
    video.setAttribute('aria-label', 'The clip');
    video.src = section.dataset.src;
    video.addEventListener('timeupdate', () => {
      if (video.dataset.to && video.currentTime >= Number(video.dataset.to)) {
        video.pause(); delete video.dataset.to; } });
    video.addEventListener('error', () => {
      const note = document.createElement('p');
      note.className = 'ai-note'; note.setAttribute('role', 'alert');
      note.textContent = 'This browser cannot play the clip itself; the montage can be played.';
      video.replaceWith(note); });
    section.querySelector('.ai-strip').before(video);
  }
  video.dataset.to = button.dataset.to;
  const go = () => { video.currentTime = Number(button.dataset.from); video.play().catch(() => {}); };
  video.readyState ? go() : video.addEventListener('loadedmetadata', go, {once: true});
});
watch('value', () => {
  strips().forEach((strip, n) => { strip.scrollLeft = places[n] ?? 0; });
  if (number !== null && document.activeElement === document.body)
    element.querySelector(`select[data-number="${number}"]`)?.focus({preventScroll: true});
});
"""
"""Hands what was chosen under a picture to the server; a redrawn view keeps its place and the keyboard's."""


@dataclass(frozen=True)
class MomentsTab:
    studio: Studio
    view: gr.HTML
    kept: gr.CheckboxGroup
    wanted: gr.Dropdown
    missed: gr.Accordion
    clip: gr.Dropdown
    teach_row: gr.Row
    tally: gr.HTML
    total: gr.HTML
    undo: gr.Button
    words: WordsPart
    forward: gr.Button

    @property
    def outputs(self) -> list[Any]:
        return [
            self.view, self.kept, self.wanted, self.missed, self.clip, self.teach_row, self.tally, self.undo,
            self.forward,
        ]  # fmt: skip

    def show(self, project: Project | None) -> tuple[Any, ...]:
        said = self.studio.teaching.said(project)
        offered = project.moments() if project else []
        sources = project.analysis.sources if project and project.analysis else ()
        labels = [choice_label(n, s, m, several=len(sources) > 1) for n, (s, m) in enumerate(offered, start=1)]
        choices = [(label, str(n)) for n, label in enumerate(labels, start=1)]
        short = [(label.splitlines()[0], value) for label, value in choices]
        dropped, wanted = (project.dropped, project.wanted) if project else (frozenset(), frozenset())
        keys = [(source.id, moment.t_s) for source, moment in offered]
        kept = [str(n) for n, key in enumerate(keys, start=1) if key not in dropped]
        must = [str(n) for n, key in enumerate(keys, start=1) if key in wanted]
        clips = [(source.name, source.id) for source in sources]
        return (
            _view(self.studio, project, said),
            gr.update(choices=choices, value=kept, visible=bool(offered)),
            gr.update(choices=short, value=must, visible=bool(offered)),
            gr.update(visible=bool(sources)),
            gr.update(choices=clips, value=clips[0][1] if clips else None, visible=len(clips) > 1),
            gr.update(visible=bool(sources)),
            labels_view(said),
            gr.update(interactive=bool(project and project.steps)),
            gr.update(visible=bool(offered)),
        )


def _view(studio: Studio, project: Project | None, said: Said) -> str:
    if project is None:
        return moments_view(None, [], {}, ())
    players = {clip.source_id: studio.clip_link(clip) for clip in project.clips if clip.source_id and clip.file_key}
    return moments_view(
        project.analysis, project.moments(), project.thumbs, project.dropped, said, project.revision, players
    )


def wire_total(tab: MomentsTab, project: gr.Textbox, seconds: gr.Slider) -> None:
    """Keeps the line that tells how much is kept, against the length that the Style tab asks for."""

    def add_up(project_id: str, numbers: list[str], target_s: float, request: gr.Request) -> str:
        here = theirs(tab.studio, project_id, request)
        offered = here.moments() if here else []
        kept = [m.end_s - m.start_s for n, (_, m) in enumerate(offered, start=1) if str(n) in set(numbers)]
        return total_view(kept, len(offered), target_s)

    gr.on(
        [tab.kept.change, seconds.change], add_up, [project, tab.kept, seconds], tab.total,
        trigger_mode="always_last", **PRIVATE,
    )  # fmt: skip


def moments_tab(studio: Studio, project: gr.Textbox) -> MomentsTab:
    """Builds and wires the tab."""
    with gr.Tab("Moments", id="moments"):
        view = gr.HTML(_view(studio, None, Said()), elem_id="moments-view", js_on_load=LISTEN)
        total = gr.HTML(elem_id="moments-total")
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
        with (
            gr.Accordion("Was a moment missed?", open=False, visible=False, elem_id="moments-missed") as missed,
            gr.Row(equal_height=False),
        ):
            clip = gr.Dropdown(label="Clip", visible=False, min_width=140, elem_id="missed-clip")
            time = gr.Textbox(label="At", placeholder="0:12.3", min_width=100, elem_id="missed-time")
            kind = gr.Dropdown(
                [(word, says) for says, word in WORDS.items()], value="kill", label="What it is", min_width=140,
                elem_id="missed-kind",
            )  # fmt: skip
            add = gr.Button("Mark it", min_width=100, elem_id="missed-add")
        with gr.Row(visible=False, equal_height=True, elem_id="teach-row") as teach_row:
            tally = gr.HTML(labels_view(Said()), elem_id="labels-tally")
            undo = gr.Button("Undo label", size="md", scale=0, min_width=130, elem_id="undo-label")
            teach = gr.Button("Teach", size="md", scale=0, min_width=130, elem_id="teach")
        words = words_part(studio)
        forward = gr.Button("Choose a style →", variant="primary", visible=False, elem_id="to-style")
    tab = MomentsTab(studio, view, kept, wanted, missed, clip, teach_row, tally, total, undo, words, forward)
    _wire_choices(tab, project)
    _wire_labels(tab, project, time, kind, add, teach)
    return tab


PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def _wire_choices(tab: MomentsTab, project: gr.Textbox) -> None:
    @friendly
    def choose(project_id: str, numbers: list[str], must: list[str], request: gr.Request) -> str:
        chosen = tab.studio.choose(who(tab.studio, request), project_id, numbers, must)
        return _view(tab.studio, chosen, tab.studio.teaching.said(chosen))

    for control in (tab.kept, tab.wanted):
        control.input(choose, [project, tab.kept, tab.wanted], tab.view, trigger_mode="always_last", **PRIVATE)


def _wire_labels(
    tab: MomentsTab, project: gr.Textbox, time: gr.Textbox, kind: gr.Dropdown, add: gr.Button, teach: gr.Button
) -> None:
    studio = tab.studio

    @friendly
    def say(project_id: str, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        me, dropped = who(studio, request), _known(studio, project_id, request).dropped
        here = studio.say(me, project_id, int(event.number), str(event.says))
        shown = tab.show(here)
        if here.dropped == dropped:  # the list shows it already
            return gr.skip(), *shown[1:]
        return shown

    @friendly
    def mark(project_id: str, clip: str | None, at: str, says: str, request: gr.Request) -> tuple[Any, ...]:
        me, here = who(studio, request), _known(studio, project_id, request)
        assert here.analysis is not None
        label = studio.label(me, project_id, clip or here.analysis.sources[0].id, at, says)
        gr.Info(f"Marked: {WORDS.get(says, says)} at {clock(label.t_s)}.", duration=4)
        return "", *tab.show(studio.project(me, project_id))

    @friendly
    def teach_now(project_id: str, request: gr.Request) -> tuple[Any, ...]:
        me = who(studio, request)
        new = studio.teach(me, _known(studio, project_id, request).id, everything=True)
        told = (
            f"{new} choice{'s are labels' if new != 1 else ' is a label'} now."
            if new
            else "Nothing new: all of this is known."
        )
        gr.Info(told, duration=4)
        return tab.show(studio.project(me, project_id))

    @friendly
    def undo_last(project_id: str, request: gr.Request) -> tuple[Any, ...]:
        me = who(studio, request)
        if not studio.undo(me, _known(studio, project_id, request).id):
            gr.Info("Somebody has labelled it anew since: that stays.", duration=6)
        return tab.show(studio.project(me, project_id))

    tab.view.select(say, project, tab.outputs, **PRIVATE)
    gr.on([add.click, time.submit], mark, [project, tab.clip, time, kind], [time, *tab.outputs], **PRIVATE)
    teach.click(teach_now, project, tab.outputs, **PRIVATE)
    tab.undo.click(undo_last, project, tab.outputs, **PRIVATE)


def _known(studio: Studio, project_id: str, request: gr.Request) -> Project:
    project = theirs(studio, project_id, request)
    if project is None or project.analysis is None:
        raise BadInput("these clips are not here any more", remedy="add them again on the Clips tab")
    return project
