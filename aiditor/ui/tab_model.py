"""The Model tab: which model finds the moments, what was taught, how to improve it, and the runs of training."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr

from aiditor.detect.net.package import SHIPPED, Card, champion_path, read_package
from aiditor.errors import AIditorError
from aiditor.models.registry_reader import Run, champion_version, runs
from aiditor.settings import Settings
from aiditor.store.labels import KINDS, Label
from aiditor.studio import Studio
from aiditor.ui.friendly import friendly
from aiditor.ui.views import FINETUNE, KIND_NAMES, empty, error_view
from aiditor.ui.who import who

__all__ = ["LEAST", "MODEL_CARD", "Champion", "ModelAsked", "model_tab"]

LEAST, HELD_BACK = 8, 4
"""Labels that learning needs, and every how many one is held back: as `training.finetune` has them."""
MODEL_CARD = SHIPPED.with_name("CARD.md")
MLFLOW = "mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db"
SAID = {**KIND_NAMES, "kill": "own kill", "nothing": "nothing happened", "keep": "keep", "drop": "leave out"}
FIGURES = {"precision": "precision", "recall": "recall", "f1": "F1", "ap": "AP"}


@dataclass(frozen=True, slots=True)
class Champion:
    """The model in use."""

    card: Card
    where: str
    """shipped, promoted or adapted."""
    registered: str = ""
    """Its number in MLflow's registry."""


@dataclass(frozen=True)
class ModelAsked:
    """Whom the tab asks."""

    champion: Callable[[], Champion | None]
    """None where the trained model is switched off."""
    labels: Callable[[gr.Request], Sequence[Label]]
    runs: Callable[[], Sequence[Run]]
    improve: Callable[[gr.Request], None] | None = None
    """Starts learning from the labels as a job; None where that cannot be done here."""
    progress: Callable[[gr.Request], Iterator[str]] | None = None
    """Follows that job, as HTML, until it has ended; nothing where there is none."""

    @classmethod
    def of(cls, studio: Studio) -> ModelAsked:
        """What the studio knows; how to start learning is the caller's to add."""
        return cls(
            lambda: champion(studio.settings), lambda request: studio.labels(who(studio, request)), lambda: runs()
        )


def champion(settings: Settings) -> Champion | None:
    """The model that is in use; None where it is switched off. Raises BadInput, MissingPart where it is no model."""
    if not settings.use_highlight_model:
        return None
    path = champion_path(settings.model_dir)
    card = read_package(path).card
    where = "shipped" if path == SHIPPED else "adapted" if "+" in card.version else "promoted"
    return Champion(card, where, champion_version() if where == "promoted" else "")


def model_tab(asked: ModelAsked) -> gr.Tab:
    """Builds and wires the tab: it is brought up to date whenever it is opened."""
    with gr.Tab("Model", id="model") as tab:
        card = gr.HTML(elem_id="model-card")
        labels = gr.HTML(elem_id="model-labels")
        if asked.improve is not None:
            start = gr.Button("Improve with my labels", variant="primary", interactive=False, elem_id="improve")
            progress = gr.HTML(elem_id="improve-progress")
        listed = gr.HTML(elem_id="model-runs")

    @friendly
    def show(request: gr.Request) -> tuple[Any, ...]:
        given = asked.labels(request)
        views = _tried(lambda: champion_view(asked.champion())), labels_view(given, start=asked.improve is not None)
        ran = _tried(lambda: runs_view(asked.runs()))
        return (*views, ran, *([gr.update(interactive=len(given) >= LEAST)] if asked.improve else []))

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    outputs = [card, labels, listed, *([start] if asked.improve else [])]
    opened = tab.select(show, None, outputs, **quiet)
    if asked.improve is not None:
        begin, follow = asked.improve, asked.progress

        @friendly
        def improve(request: gr.Request) -> None:
            begin(request)

        @friendly
        def watch(request: gr.Request) -> Iterator[str]:
            yield from follow(request) if follow else ()

        started = start.click(improve, None, None, **quiet)
        for event in (opened.then, started.success):
            event(watch, None, progress, **quiet).then(show, None, outputs, **quiet)
    return tab


def _tried(view: Callable[[], str]) -> str:
    """A part of the page that cannot be shown says why; the others are shown."""
    try:
        return view()
    except AIditorError as error:
        return error_view(error.why, error.remedy, error.file or "")


# --- what is shown


def champion_view(found: Champion | None, page: Path = MODEL_CARD) -> str:
    """Which model it is, what it reaches, what it was trained on, and what it cannot do."""
    if found is None:
        return empty("The trained model is switched off", "Set USE_HIGHLIGHT_MODEL=1 to find moments with it.")
    card, text = found.card, page.read_text(encoding="utf-8")
    about = dict(re.findall(r"^\| ([^|]+?) \| (.+?) \|$", text, re.MULTILINE))
    limits = re.findall(r"^- (.+(?:\n  .+)*)", text.partition("## Limits")[2], re.MULTILINE)
    number = f", version {found.registered} in the registry" if found.registered else ""
    trained = about.get("trained on", "") if found.where == "shipped" else card.trained_on
    rows = {"What it is": about.get("what it is", ""), "Trained on": trained, "Licence": about.get("licence", "")}
    facts = "".join(
        f'<tr><th scope="row">{name}</th><td>{_plain(value)}</td></tr>' for name, value in rows.items() if value
    )
    return (
        '<div class="ai-line"><h3 class="ai-sub">The model in use</h3>'
        f'<span class="ai-tag good">{found.where}</span></div>'
        f'<p class="ai-lead">{escape(card.version)}{escape(number)}</p>{_figures(card)}'
        f'<table class="ai-table facts"><tbody>{facts}</tbody></table><h3 class="ai-sub">What it cannot do</h3>'
        f'<ul class="ai-lead">{"".join(f"<li>{_plain(limit)}</li>" for limit in limits)}</ul>'
    )


def _figures(card: Card) -> str:
    """The card's own figures of own kills, else of whatever it has."""
    chosen = {name: value for name, value in card.metrics.items() if "kill" in name and "other" not in name}
    cards = "".join(
        f'<div class="ai-stat"><dt>{escape(_metric(name))}</dt><dd>{value:.2f}</dd></div>'
        for name, value in sorted((chosen or card.metrics).items())[:6]
    )
    return f'<dl class="ai-stats">{cards}</dl>' if cards else ""


_PLACES = ("val", "test", "unseen", "looked", "heard", "AIditor")


def _metric(name: str) -> str:
    """`val_kill_ap_looked` as "kill AP, with picture (validation)"."""
    words = re.split(r"[_/.]", name)
    where = {"val": "validation", "test": "test", "unseen": "unseen games"}.get(words[0], "")
    how = {"looked": ", with picture", "heard": ", by sound alone"}.get(words[-1], "")
    kept = [FIGURES.get(word, word) for word in words if word not in _PLACES]
    return f"{' '.join(kept)}{how}{f' ({where})' if where else ''}"


def labels_view(labels: Sequence[Label], *, start: bool) -> str:
    """What was said, what learning from it would do, and what to run where it cannot be started here."""
    head = '<h3 class="ai-sub">Your labels</h3>'
    if not labels:
        return head + empty("No labels yet", "Say on the Moments tab what a moment is: the model can learn from it.")
    counts = Counter(label.says for label in labels)
    clips = len({label.source_id for label in labels})
    order = [says for says in (*KINDS, "keep", "drop") if counts[says]]
    cards = "".join(
        f'<div class="ai-stat"><dt>{escape(SAID.get(says, says))}</dt><dd>{counts[says]}</dd></div>' for says in order
    )
    held = -(-len(labels) // HELD_BACK)
    what = (
        f"{len(labels)} labels on {clips} clip{'s' if clips != 1 else ''}. Learning teaches the model "
        f"{len(labels) - held} of them and holds {held} back to judge by; the new model is used only if it does better "
        "on those. It takes minutes, and clips must still be where they were."
        if len(labels) >= LEAST
        else f"{len(labels)} of the {LEAST} labels that learning needs: label {LEAST - len(labels)} more moments."
    )
    return f'{head}<dl class="ai-stats">{cards}</dl><p class="ai-lead">{what}</p>{"" if start else _by_hand()}'


def _by_hand() -> str:
    if find_spec("training") is None:
        return (
            '<p class="ai-do">The training code is not installed here. In a checkout of AIditor, with the same '
            f"AIDITOR_HOME, run <code>{FINETUNE}</code></p>"
        )
    return f'<p class="ai-do">To improve the model with them, run <code>{FINETUNE}</code></p>'


def runs_view(found: Sequence[Run]) -> str:
    """The last runs of training."""
    head = '<h3 class="ai-sub">Runs of training</h3>'
    if not found:
        return head + empty("No runs here", "Train with “make train”: each run is kept in mlruns/mlflow.db.")
    rows = "".join(
        f'<tr><th scope="row">{escape(run.name)}<small class="why">{escape(run.experiment)}</small></th>'
        f'<td data-name="When" class="num">{run.started_at:%d %b %Y, %H:%M} UTC</td>'
        f'<td data-name="State">{_state(run.status)}</td>'
        f'<td data-name="Kill AP" class="num">{"–" if run.kill_ap is None else f"{run.kill_ap:.3f}"}'
        f'<small class="why">{escape(_metric(run.measured_on)) if run.measured_on else ""}</small></td>'
        f'<td data-name="Link"><code>{escape(run.link)}</code></td></tr>'
        for run in found
    )
    names = "".join(f'<th scope="col">{name}</th>' for name in ("Run", "When", "State", "Kill AP", "Link"))
    return (
        f'{head}<p class="ai-lead ai-do">To look closer, run <code>{MLFLOW}</code> and put the link behind its '
        "address.</p>"
        f'<table class="ai-table stack"><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _state(status: str) -> str:
    look = {"FINISHED": "good", "FAILED": "bad", "KILLED": "bad"}.get(status, "")
    return f'<span class="ai-tag {look}">{escape(status.lower())}</span>'


def _plain(text: str) -> str:
    """A line of Markdown as HTML: code, and links as their words."""
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", " ".join(text.split()))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
