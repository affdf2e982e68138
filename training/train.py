"""`python -m training.train --config configs/train/base.yaml`: train the highlight net, every run kept in MLflow."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import lightning
import mlflow
import torch
import typer
import yaml
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import MLFlowLogger
from pydantic import Field, ValidationError

from aiditor.config import Config, digest
from aiditor.detect.net.model import NetConfig
from aiditor.detect.net.weights import Card, save_model
from aiditor.errors import AIditorError, BadConfig
from aiditor.memory import keep_heaps
from training.calibrate import calibrate
from training.data import DataConfig, FilmData
from training.examine import films_of
from training.judge import calibrate as calibrate_peaks
from training.judge import curves, precisions
from training.module import HighlightModule, OptimConfig
from training.package import log_model
from training.plots import precision_plot, reliability_plot

__all__ = ["TrainConfig", "Trained", "read_config", "train"]


class TrainConfig(Config):
    """A whole run. YAML files in configs/train name only what differs."""

    name: str = "base"
    epochs: int = Field(16, ge=1)
    precision: str = Field("auto", description="auto: bf16-mixed on a GPU, 32-true on a CPU.")
    compile: bool = Field(False, description="torch.compile; pays on a GPU.")
    threads: int = Field(2, ge=1, description="CPU threads of the mathematics.")
    seed: int = 0
    fast_dev_run: bool = False
    val_every: int = Field(4, ge=1, description="Epochs between validations.")
    out: Path = Field(Path("data/models"), description="Where checkpoints and the exported weights go.")
    tracking: str = Field("sqlite:///mlruns/mlflow.db", description="MLflow's tracking store.")
    artifacts: Path = Field(Path("mlruns/artifacts"), description="MLflow's artifacts.")
    experiment: str = "highlights"
    net: NetConfig = NetConfig()
    data: DataConfig = DataConfig()
    optim: OptimConfig = OptimConfig()


class Trained(Config):
    """What a run left behind."""

    weights: Path
    checkpoint: Path | None
    run_id: str
    metrics: dict[str, float]


class Judge(Callback):
    """Every few epochs the whole validation films are judged, as they will be used; the best checkpoint is by that."""

    def __init__(self, every: int) -> None:
        self._every = every

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        last = trainer.current_epoch + 1 == trainer.max_epochs
        if not last and (trainer.current_epoch + 1) % self._every:
            return
        module.eval()
        films = trainer.datamodule.val_films
        for name, looked in (("heard", False), ("looked", True)):
            logits = [curves(module.net, film, looked=looked) for film in films]
            for kind, value in precisions(logits, films).items():
                module.log(f"val/{kind}_ap_{name}", value)
        module.train()


def train(cfg: TrainConfig, *, resume: Path | None = None, callbacks: Sequence[Callback] = ()) -> Trained:
    """Train, validate, calibrate on the validation films, export. Raises BadConfig, UnreadableMedia."""
    torch.set_num_threads(cfg.threads)
    lightning.seed_everything(cfg.seed, workers=True, verbose=False)
    gpu = torch.cuda.is_available()
    data = FilmData(cfg.data)
    data.setup()
    module = HighlightModule(cfg.net, cfg.optim)
    if cfg.compile:
        module.net.compile()
    logger = _logger(cfg)
    logger.log_hyperparams(_flat(cfg.model_dump(mode="json")) | _provenance(cfg))
    folder = cfg.out / cfg.name
    best = ModelCheckpoint(
        folder, "best-{epoch:02d}", monitor="train/loss", save_last=True, enable_version_counter=False
    )
    trainer = lightning.Trainer(
        max_epochs=cfg.epochs,
        accelerator="gpu" if gpu else "cpu",
        devices=1,
        precision=("bf16-mixed" if gpu else "32-true") if cfg.precision == "auto" else cfg.precision,
        logger=False if cfg.fast_dev_run else logger,
        callbacks=[] if cfg.fast_dev_run else [best, LearningRateMonitor("epoch"), Judge(cfg.val_every), *callbacks],
        enable_checkpointing=not cfg.fast_dev_run,
        fast_dev_run=cfg.fast_dev_run,
        gradient_clip_val=1.0,
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        enable_model_summary=False,
        enable_progress_bar=False,
    )
    trainer.fit(module, data, ckpt_path=None if resume is None else str(resume), weights_only=False)
    return _export(cfg, module, data, logger, folder)


def _export(
    cfg: TrainConfig,
    module: HighlightModule,
    data: FilmData,
    logger: MLFlowLogger,
    folder: Path,
) -> Trained:
    net = module.net.eval().cpu()
    films = data.val_films
    heard, looked = ([curves(net, film, looked=look) for film in films] for look in (False, True))
    metrics = {f"val_{k}_ap_heard": v for k, v in precisions(heard, films).items()}
    metrics |= {f"val_{k}_ap_looked": v for k, v in precisions(looked, films).items()}
    card = Card(
        version=f"{cfg.name}-{digest(cfg)}",
        heard=calibrate_peaks(heard, films),
        looked=calibrate_peaks(looked, films),
        trained_on=f"{len(data.train_films)} films, {sum(f.duration_s for f in data.train_films) / 3600:.2f} h",
        metrics={name: round(value, 4) for name, value in metrics.items()},
    )
    weights = folder / "highlight.safetensors"
    save_model(weights, net, card)
    checkpoint = folder / "last.ckpt"
    run_id = "" if cfg.fast_dev_run else logger.run_id
    if run_id:
        with mlflow.start_run(run_id=run_id):
            mlflow.log_metrics(metrics)
            log_model(weights)
            mlflow.log_figure(precision_plot(looked, films), "precision_recall.png")
            mlflow.log_figure(reliability_plot(looked, films, card.looked), "calibration.png")
            mlflow.log_dict(cfg.model_dump(mode="json"), "config.yaml")
    return Trained(
        weights=weights, checkpoint=checkpoint if checkpoint.is_file() else None, run_id=run_id, metrics=metrics
    )


def _logger(cfg: TrainConfig) -> MLFlowLogger:
    cfg.artifacts.mkdir(parents=True, exist_ok=True)
    if cfg.tracking.startswith("sqlite:///"):
        Path(cfg.tracking.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(cfg.tracking)
    if mlflow.get_experiment_by_name(cfg.experiment) is None:
        mlflow.create_experiment(cfg.experiment, artifact_location=cfg.artifacts.resolve().as_uri())
    return MLFlowLogger(cfg.experiment, run_name=cfg.name, tracking_uri=cfg.tracking)


def _provenance(cfg: TrainConfig) -> dict[str, str]:
    """The code's commit and the data's hash."""
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    manifest = cfg.data.corpus / "manifest.parquet"
    data = digest(manifest.read_bytes().hex()) if manifest.is_file() else "none"
    return {"git": git.stdout.strip() or "unknown", "manifest": data}


def _flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{above}{name}.")
        else:
            flat[f"{above}{name}"] = value
    return flat


def read_config(path: Path | None, changes: list[str]) -> TrainConfig:
    """The YAML file with `a.b=value` changes on top. Raises BadConfig."""
    try:
        values = {} if path is None else yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise BadConfig(f"{path} cannot be read ({error})", remedy="name a file of configs/train") from error
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise BadConfig(f"{change} changes nothing", remedy="write it like data.windows=200")
        *groups, last = name.split(".")
        place = values
        for group in groups:
            place = place.setdefault(group, {})
        place[last] = yaml.safe_load(value)
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadConfig(
            f"the training config's {where} is wrong ({first['msg']})", remedy="see configs/train/base.yaml"
        ) from error


app = typer.Typer(add_completion=False)


@app.command(help=__doc__)
def main(
    config: Annotated[Path | None, typer.Option(help="A YAML file of configs/train.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Changes, like data.windows=200.")] = None,
    resume: Annotated[Path | None, typer.Option(help="A checkpoint to go on from.")] = None,
    fast_dev_run: Annotated[bool, typer.Option(help="One batch, nothing kept.")] = False,
) -> None:
    keep_heaps()
    try:
        cfg = read_config(config, [*(set_ or []), *(["fast_dev_run=true"] if fast_dev_run else [])])
        done = train(cfg, resume=resume)
        if not cfg.fast_dev_run:
            val = films_of(cfg.data.corpus, ["val"])
            calibrate(done.weights, val, cfg.out / "examined", workers=cfg.data.build_workers)
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error
    for name, value in sorted(done.metrics.items()):
        typer.echo(f"{name:28} {value:.3f}")
    typer.echo(f"{done.weights}  run {done.run_id}")


if __name__ == "__main__":
    app()
