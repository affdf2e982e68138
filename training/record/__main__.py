"""`python -m training.record`: record one film, a corpus of them, or the repository's samples again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from aiditor.errors import AIditorError, BadConfig
from training.record.corpus import HELD_OUT_MAPS, TRAINING_MAPS, plan_corpus, record_all
from training.record.doom import Recording, record
from training.record.game import RecordConfig, stop_cleanly
from training.record.samples import remake_samples

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


def _show(recording: Recording) -> None:
    counts = ", ".join(
        f"{recording.count(kind)} {kind}" for kind in ("kill", "multi_kill", "clutch", "death", "other_kill")
    )
    typer.echo(f"{recording.video}  {recording.duration_s:.0f} s  {counts}")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise BadConfig(f"{text} is not a size", remedy="write it like 1280x720")
    return int(width), int(height)


def _guarded(work: Callable[[], None]) -> None:
    stop_cleanly()
    try:
        work()
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error


@app.command()
def doom(
    out: Annotated[Path, typer.Option(help="Folder for the film and its truth.")],
    map: Annotated[str, typer.Option(help="MAP01 … for freedoom2, E1M1 … for freedoom1.")] = "MAP05",
    game: Annotated[str, typer.Option(help="freedoom1 or freedoom2.")] = "freedoom2",
    mode: Annotated[str, typer.Option(help="campaign or deathmatch.")] = "campaign",
    seconds: Annotated[float, typer.Option(help="Length.")] = 120.0,
    seed: Annotated[int, typer.Option(help="The same seed records the same film.")] = 0,
    size: Annotated[str, typer.Option(help="Picture size: 640x360 or 1280x720.")] = "640x360",
    difficulty: Annotated[int, typer.Option(help="The game's skill level, 1 to 5.")] = 3,
    crowd: Annotated[float, typer.Option(help="Share of the map's monsters that are there.")] = 1.0,
    loadout: Annotated[str, typer.Option(help="pistol, shotgun, chaingun, double, rocket or all.")] = "shotgun",
) -> None:
    """Record one film of Doom with its truth."""

    def work() -> None:
        width, height = _size(size)
        cfg = RecordConfig(
            game=game, map=map, mode=mode, seconds=seconds, seed=seed, width=width, height=height,
            difficulty=difficulty, crowd=crowd, loadout=loadout,
        )  # fmt: skip
        _show(record(cfg, out))

    _guarded(work)


@app.command()
def corpus(
    out: Annotated[Path, typer.Option(help="Folder for the films.")],
    minutes: Annotated[float, typer.Option(help="Length of all together.")] = 10.0,
    workers: Annotated[int, typer.Option(help="Games played at the same time.")] = 1,
    seed: Annotated[int, typer.Option(help="First seed.")] = 0,
    held_out: Annotated[bool, typer.Option(help="On the maps kept for evaluation, which training never sees.")] = False,
) -> None:
    """Record many films over many maps; those that are there already are kept."""

    def work() -> None:
        maps = HELD_OUT_MAPS if held_out else TRAINING_MAPS
        for recording in record_all(plan_corpus(minutes, maps, seed), out, workers=workers):
            _show(recording)

    _guarded(work)


@app.command()
def samples(
    out: Annotated[Path, typer.Option(help="Folder for the clips.")] = Path("samples"),
) -> None:
    """Make the repository's three sample clips again."""

    def work() -> None:
        for recording in remake_samples(out):
            _show(recording)

    _guarded(work)


if __name__ == "__main__":
    app()
