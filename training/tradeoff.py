"""`python -m training.tradeoff`: how much is found for how much of the picture is decoded.

The same films go through the detector again and again, each time allowed a larger share of their frames; the
thresholds stay as the model has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import mlflow
import numpy as np
import typer
from matplotlib.figure import Figure

from aiditor.detect import DetectConfig
from aiditor.detect.net.weights import champion_path, load_model
from aiditor.errors import AIditorError, BadInput
from aiditor.memory import bound_heaps
from aiditor.settings import Settings
from training.calibrate import held
from training.examine import Film, examine_all, films_of
from training.metric import average_precision, tally
from training.mistakes import mistakes

__all__ = ["SHARES", "Point", "plot", "tradeoff"]

SHARES = (0.0, 0.03, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """Own kills found with one setting of `DetectConfig.dense_share`."""

    dense_share: float
    decoded_share: float
    """Of all frames, keyframes included."""
    precision: float
    recall: float
    f1: float
    ap: float
    times_realtime: float


def tradeoff(
    films: Sequence[Film], weights: Path, cache: Path, *, shares: Sequence[float] = SHARES, workers: int = 1
) -> list[Point]:
    """One point a share. Raises BadInput without films."""
    if not films:
        raise BadInput("there is no film to measure on", remedy="record the corpus: python -m training.record corpus")
    card = load_model(weights).card
    points = []
    for share in shares:
        cfg = DetectConfig(dense_share=share, dense_share_without_sound=share)
        examined = examine_all(films, weights, cache, cfg=cfg, workers=workers)
        _, matchings = mistakes(films, examined, card)
        counted = tally(matchings)
        points.append(
            Point(
                share,
                float(np.average([each.decoded_share for each in examined], weights=[f.duration_s for f in films])),
                counted.precision,
                counted.recall,
                counted.f1,
                average_precision(held(films, examined, "kill", card)),
                sum(film.duration_s for film in films) / max(sum(each.wall_s for each in examined), 1e-9),
            )
        )
    return points


def plot(points: Sequence[Point]) -> Figure:
    """Recall, F1 and average precision against the share of frames that was decoded."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    at = [100 * point.decoded_share for point in points]
    for name, label in (("recall", "recall"), ("f1", "F1"), ("ap", "average precision")):
        axes.plot(at, [getattr(point, name) for point in points], marker="o", label=label)
    axes.set(
        xscale="symlog", xlabel="frames decoded, %", ylabel="own kills within ±0.5 s", ylim=(0, 1),
        title="what looking at more of the picture brings",
    )  # fmt: skip
    axes.set_xticks([1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"])
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


app = typer.Typer(add_completion=False)


@app.command(help=__doc__)
def main(
    split: Annotated[str, typer.Option()] = "test",
    share: Annotated[list[float] | None, typer.Option(help="A value of dense_share; may be given again.")] = None,
    corpus: Annotated[Path, typer.Option()] = Path("data/corpus"),
    weights: Annotated[Path | None, typer.Option(help="The champion's, or those shipped, by default.")] = None,
    cache: Annotated[Path, typer.Option()] = Path("data/examined"),
    out: Annotated[Path, typer.Option(help="The picture.")] = Path("docs/cascade.png"),
    workers: Annotated[int, typer.Option(min=1)] = 2,
    tracking: Annotated[str, typer.Option(help="MLflow's store; empty to log nothing.")] = "sqlite:///mlruns/mlflow.db",
) -> None:
    bound_heaps()
    try:
        weights = weights or champion_path(Settings().model_dir)
        points = tradeoff(films_of(corpus, [split]), weights, cache, shares=share or SHARES, workers=workers)
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error
    typer.echo("dense_share  decoded  precision  recall    F1    AP  times realtime")
    for point in points:
        typer.echo(
            f"{point.dense_share:11.2f} {point.decoded_share:8.1%} {point.precision:10.2f} {point.recall:7.2f} "
            f"{point.f1:5.2f} {point.ap:5.2f} {point.times_realtime:15.1f}"
        )
    figure = plot(points)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=110)
    if tracking:
        mlflow.set_tracking_uri(tracking)
        mlflow.set_experiment("highlights-evaluation")
        with mlflow.start_run(run_name=f"tradeoff {load_model(weights).card.version}"):
            mlflow.log_figure(figure, "cascade.png")
            mlflow.log_dict({"points": [asdict(point) for point in points]}, "cascade.json")


if __name__ == "__main__":
    app()
