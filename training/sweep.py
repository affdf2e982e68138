"""`python -m training.sweep --config configs/train/small.yaml --trials 8`: search for better settings with Optuna.

Each trial is a run in MLflow; the study is kept in SQLite, so that a sweep can be stopped and gone on with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import optuna
import typer
import yaml

from aiditor.errors import AIditorError
from aiditor.memory import keep_heaps
from training.train import TrainConfig, read_config, train

__all__ = ["sweep"]

_AIM = "val_kill_ap_looked"


def sweep(cfg: TrainConfig, trials: int, storage: str) -> optuna.Study:
    """Maximise own-kill average precision on the validation films."""

    def trial_of(trial: optuna.Trial) -> float:
        optim = cfg.optim.model_copy(
            update={
                "learning_rate": trial.suggest_float("learning_rate", 5e-4, 6e-3, log=True),
                "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.1, log=True),
            }
        )
        net = cfg.net.model_copy(
            update={
                "dropout": trial.suggest_float("dropout", 0.0, 0.4),
                "embedding": trial.suggest_categorical("embedding", [64, 96, 128]),
                "head": trial.suggest_categorical("head", [96, 128, 192]),
            }
        )
        data = cfg.data.model_copy(update={"picture_share": trial.suggest_float("picture_share", 0.3, 0.8)})
        name = f"{cfg.name}-sweep-{trial.number}"
        return train(cfg.model_copy(update={"optim": optim, "net": net, "data": data, "name": name})).metrics[_AIM]

    study = optuna.create_study(
        study_name=cfg.name, storage=storage, load_if_exists=True, direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=cfg.seed),
    )  # fmt: skip
    study.optimize(trial_of, n_trials=trials)
    return study


app = typer.Typer(add_completion=False)


@app.command(help=__doc__)
def main(
    config: Annotated[Path | None, typer.Option(help="A YAML file of configs/train.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Changes, like epochs=4.")] = None,
    trials: Annotated[int, typer.Option(min=1)] = 8,
    storage: Annotated[str, typer.Option(help="Where Optuna keeps the study.")] = "sqlite:///mlruns/optuna.db",
) -> None:
    keep_heaps()
    try:
        study = sweep(read_config(config, set_ or []), trials, storage)
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error
    typer.echo(yaml.safe_dump({"best": study.best_value, "settings": study.best_params}))


if __name__ == "__main__":
    app()
