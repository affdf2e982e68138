"""`python -m training.promote WEIGHTS`: make a model the champion, if it beats the one there is on the test split.

The model is registered in MLflow, the alias `champion` moves to it, and its weights are put where running apps look
(`Settings.model_dir`): they use it from their next clip on.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import mlflow
import typer
from mlflow.tracking import MlflowClient

from aiditor.detect.net.weights import champion_path, load_model
from aiditor.errors import AIditorError, BadInput
from aiditor.memory import bound_heaps
from aiditor.settings import Settings
from training.calibrate import held
from training.examine import examine_all, films_of
from training.metric import average_precision
from training.package import log_model

__all__ = ["ALIAS", "NAME", "Verdict", "decide", "install", "promote"]

NAME = "aiditor-highlight"
ALIAS = "champion"
_MARGIN = 0.0


@dataclass(frozen=True)
class Verdict:
    """How the two did on the same films; `better` decides."""

    challenger: float
    champion: float | None
    """None when there was no champion."""

    @property
    def better(self) -> bool:
        return self.champion is None or self.challenger > self.champion + _MARGIN


def decide(challenger: Path, champion: Path | None, judge: Callable[[Path], float]) -> Verdict:
    """Judge both on the same films. Raises BadInput for damaged weights."""
    for path in (challenger, champion):
        if path is not None:
            load_model(path)
    return Verdict(judge(challenger), None if champion is None else judge(champion))


def install(weights: Path, folder: Path) -> Path:
    """Copy the weights into `folder` under their checksum, then point to them: apps never see half a file."""
    checksum = load_model(weights).checksum
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"highlight-{checksum[:16]}.safetensors"
    for source, place in ((weights, target), (None, folder / "champion.json")):
        partial = place.with_name(f".{place.name}.{os.getpid()}.part")
        try:
            if source is not None:
                shutil.copyfile(source, partial)
            else:
                partial.write_text(json.dumps({"file": target.name, "blake2b": checksum}) + "\n", encoding="utf-8")
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)
    return target


def promote(weights: Path, corpus: Path, folder: Path, *, cache: Path, tracking: str, workers: int = 2) -> Verdict:
    """Register the weights, and make them champion if they are better on the test films.

    Raises BadInput without test films or for damaged weights.
    """
    films = films_of(corpus, ["test"])
    if not films:
        raise BadInput(
            "the corpus has no test films", remedy="record them: python -m training.record corpus --split test"
        )

    def judge(path: Path) -> float:
        examined = examine_all(films, path, cache, workers=workers)
        return average_precision(held(films, examined, "kill", load_model(path).card))

    champion = champion_path(folder)
    verdict = decide(weights, champion if champion.is_file() else None, judge)
    version = _register(weights, verdict, tracking)
    if verdict.better:
        install(weights, folder)
        MlflowClient(tracking_uri=tracking).set_registered_model_alias(NAME, ALIAS, version)
    return verdict


def _register(weights: Path, verdict: Verdict, tracking: str) -> str:
    """The new version's number in MLflow's registry, with how it did."""
    mlflow.set_tracking_uri(tracking)
    mlflow.set_experiment("highlights-promotion")
    with mlflow.start_run(run_name=load_model(weights).card.version):
        mlflow.log_metric("test_kill_ap", verdict.challenger)
        if verdict.champion is not None:
            mlflow.log_metric("champion_test_kill_ap", verdict.champion)
        return str(log_model(weights, registered_as=NAME).registered_model_version)


app = typer.Typer(add_completion=False)


@app.command(help=__doc__)
def main(
    weights: Annotated[Path, typer.Argument(help="The trained weights.")] = Path(
        "data/models/base/highlight.safetensors"
    ),
    corpus: Annotated[Path, typer.Option()] = Path("data/corpus"),
    cache: Annotated[Path, typer.Option()] = Path("data/examined"),
    tracking: Annotated[str, typer.Option()] = "sqlite:///mlruns/mlflow.db",
    workers: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    bound_heaps()
    try:
        verdict = promote(weights, corpus, Settings().model_dir, cache=cache, tracking=tracking, workers=workers)
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error
    before = "there was no champion" if verdict.champion is None else f"the champion has {verdict.champion:.3f}"
    typer.echo(f"own-kill AP on the test films: {verdict.challenger:.3f}; {before}")
    typer.echo(
        "promoted: apps use it from their next clip on"
        if verdict.better
        else "kept the champion: it is as good or better"
    )
    if not verdict.better:
        raise typer.Exit(3)


if __name__ == "__main__":
    app()
