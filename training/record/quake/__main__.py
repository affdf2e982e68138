"""`python -m training.record.quake --minutes N --out DIR`: record films of OpenArena with their truth."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from aiditor.errors import AIditorError
from training.record.game import stop_cleanly
from training.record.quake.plan import plan_quake, record_plan


def main(
    out: Annotated[Path, typer.Option(help="Folder for the films.")],
    minutes: Annotated[float, typer.Option(help="Length of all together.")] = 20.0,
    seed: Annotated[int, typer.Option(help="First seed.")] = 0,
    film: Annotated[float, typer.Option(help="Seconds of one film, about.")] = 150.0,
) -> None:
    """Record films of OpenArena with their truth; half of them print nothing."""
    stop_cleanly()
    start = perf_counter()
    try:
        for recording in record_plan(plan_quake(minutes, seed, film), out):
            counts = ", ".join(f"{recording.count(kind)} {kind}" for kind in ("kill", "death", "other_kill"))
            wall_s, start = perf_counter() - start, perf_counter()
            typer.echo(f"{recording.video}  {recording.duration_s:.0f} s in {wall_s:.0f} s  {counts}")
    except AIditorError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
