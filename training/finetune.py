"""`python -m training.finetune --labels`: adapt the model to the games that you labelled, in minutes on a CPU.

The eyes stay as they are; only the head moves, towards what the labels say near them and towards what it said before
everywhere else. A quarter of the labels is held back: the adapted model is used only if it does better on those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from pydantic import Field
from torch.nn.functional import binary_cross_entropy_with_logits

from aiditor.config import Config, digest
from aiditor.detect.net.infer import Listener
from aiditor.detect.net.model import KINDS, OUTPUTS, STEP_S
from aiditor.detect.net.weights import Model, champion_path, load_model, save_model
from aiditor.detect.sound import RATE_HZ, SoundMeter
from aiditor.errors import AIditorError, BadInput, NothingToKeep
from aiditor.media.probe import probe
from aiditor.media.read import Shrink, audio_blocks, frames
from aiditor.memory import bound_heaps
from aiditor.settings import Settings
from aiditor.store.labels import Label
from aiditor.store.lake import Lake
from training.promote import install

__all__ = ["Clip", "FinetuneConfig", "Outcome", "adapt", "open_clip"]

_OWN = {"kill", "headshot", "multi_kill", "clutch"}
_REACH_STEPS = 3
_AROUND_S = 6.0


class FinetuneConfig(Config):
    """How far, and how fast, the head may move."""

    epochs: int = Field(40, ge=1)
    learning_rate: float = Field(1e-3, gt=0, le=0.1)
    stay: float = Field(2.0, ge=0, description="How much it counts to say what was said before, away from labels.")
    held_back: int = Field(4, ge=2, description="Every so many labels one is held back to judge by.")
    least: int = Field(8, ge=4, description="With fewer labels nothing is learned.")
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One labelled clip as the frozen eyes see it."""

    heard: torch.Tensor
    looked: torch.Tensor
    seen: torch.Tensor
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the held-back labels were judged before and after: mean surprise in nats, and share that was right."""

    before: tuple[float, float]
    after: tuple[float, float]
    taught: int
    judged: int

    @property
    def better(self) -> bool:
        return self.after[0] < self.before[0] and self.after[1] >= self.before[1]


def open_clip(path: Path, labels: Sequence[Label], model: Model) -> Clip:
    """Hear all of the clip and look around its labels. Raises UnreadableMedia."""
    info = probe(path)
    steps = max(int(np.ceil(info.duration_s / STEP_S)), 1)
    meter = SoundMeter(STEP_S)
    if info.audio:
        for _, block in audio_blocks(path, rate_hz=RATE_HZ, channels=1, end_s=steps * STEP_S, block_s=32.0):
            meter.measure(block[0][: len(block[0]) // meter.step * meter.step])
    listener = Listener(model, meter.mel, steps)

    def watch(time_s: float, shrink: Shrink) -> None:
        listener.look(int(time_s / STEP_S), shrink((1280, 720)))

    spans = _joined([(label.t_s - _AROUND_S, label.t_s + _AROUND_S) for label in labels], info.duration_s)
    for _ in frames(
        path, spans_s=spans, every_s=STEP_S / 2, size=(16, 16), rotation_deg=info.video.rotation_deg, watch=watch
    ):
        pass
    heard, looked = listener.vectors()
    return Clip(heard, looked, torch.from_numpy(listener.seen), tuple(labels))


def adapt(model: Model, clips: Sequence[Clip], cfg: FinetuneConfig) -> tuple[Model, Outcome]:
    """The adapted model and how it did. Raises NothingToKeep with too few labels."""
    said = sum(len(clip.labels) for clip in clips)
    if said < cfg.least:
        raise NothingToKeep(
            f"there are {said} labels, and {cfg.least} are needed",
            remedy="label more moments in the studio's Moments tab",
        )
    torch.manual_seed(cfg.seed)
    kept, taught = _parted(clips, cfg)
    net = HighlightCopy(model)
    before = _judged(net, clips, kept)
    with torch.no_grad():
        old = [torch.sigmoid(net.judge(clip)) for clip in clips]
    optimizer = torch.optim.AdamW(net.moving(), lr=cfg.learning_rate, weight_decay=1e-3)
    for _ in range(cfg.epochs):
        for index, clip in enumerate(clips):
            logits = net.judge(clip)
            target, weight = _lesson(clip, taught, old[index], logits.detach(), cfg)
            loss = binary_cross_entropy_with_logits(logits, target, weight, reduction="sum") / weight.sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    outcome = Outcome(before, _judged(net, clips, kept), len(taught), len(kept))
    version = (
        f"{model.card.version}+{digest(*sorted(f'{label.source_id} {label.t_s} {label.says}' for label in taught))[:8]}"
    )
    return Model(net.net, model.card.model_copy(update={"version": version}), ""), outcome


class HighlightCopy:
    """A copy of the net whose head moves and whose eyes do not."""

    def __init__(self, model: Model) -> None:
        self.net = type(model.net)(model.net.cfg)
        self.net.load_state_dict(model.net.state_dict())
        self.net.eval()  # no dropout: a few labels are little to learn from as it is
        for eye in self.net.eyes:
            eye.requires_grad_(False)

    def moving(self) -> list[torch.nn.Parameter]:
        return [parameter for parameter in self.net.parameters() if parameter.requires_grad]

    def judge(self, clip: Clip) -> torch.Tensor:
        """Logits [T, 8] of a clip."""
        return self.net.judge(clip.heard[None], clip.looked[None], clip.seen[None])[0]


def _parted(clips: Sequence[Clip], cfg: FinetuneConfig) -> tuple[list[Label], list[Label]]:
    """Labels to judge by and labels to teach with: every nth, in an order that the labels' own hashes give."""
    everything = sorted(
        (label for clip in clips for label in clip.labels), key=lambda one: digest(one.source_id, one.t_s)
    )
    return everything[:: cfg.held_back], [label for index, label in enumerate(everything) if index % cfg.held_back]


def _lesson(
    clip: Clip, taught: Sequence[Label], old: torch.Tensor, now: torch.Tensor, cfg: FinetuneConfig
) -> tuple[torch.Tensor, torch.Tensor]:
    """Targets [T, 8] and weights: near a taught label what it says, elsewhere what was said before.

    A label is not exact to the step: what it says holds where the net, as it is `now`, finds it most likely.
    """
    steps = len(old)
    target = old.clone()
    weight = torch.full((steps, OUTPUTS), cfg.stay / max(steps, 1) * max(len(clip.labels), 1))
    held = set(taught)
    for label in clip.labels:
        middle = int(label.t_s / STEP_S)
        near = slice(max(middle - _REACH_STEPS, 0), min(middle + _REACH_STEPS + 1, steps))
        if label not in held:
            weight[near] = 0.0  # what is held back must not be taught, not even as it was
            continue
        outputs, true = _meant(label)
        weight[near] = 0.0
        for output in outputs:
            weight[near, output] = 1.0
            target[near, output] = 0.0
            if true:
                best = near.start + int(now[near, output].argmax())
                target[best, output] = 1.0
                for beside in (best - 1, best + 1):
                    if 0 <= beside < steps:
                        target[beside, output] = 0.5
    return target, weight


def _meant(label: Label) -> tuple[list[int], bool]:
    """Which outputs a label speaks of, and whether it says yes."""
    if label.says in KINDS:
        outputs = [KINDS.index(label.says)]
        return ([KINDS.index("kill"), *outputs] if label.says in _OWN - {"kill"} else outputs), True
    if label.says == "nothing":
        return list(range(OUTPUTS)), False
    return [OUTPUTS - 1], label.says == "keep"


def _judged(net: HighlightCopy, clips: Sequence[Clip], kept: Sequence[Label]) -> tuple[float, float]:
    """Mean surprise (negative log-likelihood, nats) and share right of the held-back labels."""
    held, surprise, right = set(kept), [], []
    with torch.no_grad():
        for clip in clips:
            chances = torch.sigmoid(net.judge(clip)).numpy()
            for label in clip.labels:
                if label not in held:
                    continue
                outputs, true = _meant(label)
                middle = int(label.t_s / STEP_S)
                chance = float(
                    chances[max(middle - _REACH_STEPS, 0) : middle + _REACH_STEPS + 1, outputs].max(initial=1e-4)
                )
                chance = min(max(chance, 1e-4), 1 - 1e-4)
                surprise.append(-np.log(chance if true else 1 - chance))
                right.append((chance >= 0.5) == true)
    return float(np.mean(surprise)), float(np.mean(right))


def _joined(spans: list[tuple[float, float]], end_s: float) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for low, high in sorted((max(low, 0.0), min(high, end_s)) for low, high in spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        elif high > low:
            joined.append((low, high))
    return joined


def run(settings: Settings, cfg: FinetuneConfig) -> tuple[Outcome, Path | None]:
    """Adapt to all labels in the lake; the better model is installed. Raises NothingToKeep, BadInput."""
    model = load_model(champion_path(settings.model_dir))
    by_source: dict[str, list[Label]] = {}
    for label in Lake.of(settings).labels():
        by_source.setdefault(label.source, []).append(label)
    clips = [open_clip(Path(source), found, model) for source, found in by_source.items() if Path(source).is_file()]
    if by_source and not clips:
        raise BadInput("none of the labelled clips is where it was", remedy="put them back, or label them again")
    adapted, outcome = adapt(model, clips, cfg)
    if not outcome.better:
        return outcome, None
    weights = settings.model_dir / "finetuned.safetensors"
    save_model(weights, adapted.net, adapted.card)
    return outcome, install(weights, settings.model_dir)


app = typer.Typer(add_completion=False)


@app.command(help=__doc__)
def main(
    labels: Annotated[bool, typer.Option("--labels", help="Learn from the labels given in the studio.")] = True,  # noqa: ARG001
    epochs: Annotated[int, typer.Option(min=1)] = FinetuneConfig().epochs,
) -> None:
    bound_heaps()
    try:
        outcome, installed = run(Settings(), FinetuneConfig(epochs=epochs))
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error
    typer.echo(f"taught {outcome.taught} labels, judged by {outcome.judged} that were held back")
    for name, (surprise, right) in (("before", outcome.before), ("after", outcome.after)):
        typer.echo(f"{name:7} {right:.0%} right, surprise {surprise:.3f} nats")
    typer.echo(
        "the adapted model is in use from the next clip on" if installed else "it did no better: nothing was changed"
    )


if __name__ == "__main__":
    app()
