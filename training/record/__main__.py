"""`python -m training.record`: record one film, a corpus of them, or the repository's samples again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from aiditor.errors import AIditorError, BadConfig, RenderFailed
from training.record.arcade import ArcadeConfig, record_arcade
from training.record.corpus import Outcome, record_corpus
from training.record.doom import Recording, record
from training.record.game import RecordConfig, stop_cleanly
from training.record.plan import Film, plan_films, plan_small
from training.record.quake import QuakeConfig
from training.record.quake.engine import missing_parts
from training.record.samples import remake_samples
from training.record.splits import SPLITS

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


def _show(recording: Recording) -> None:
    typer.echo(f"{recording.video}  {recording.duration_s:.0f} s  {_counts(recording)}")


def _counts(recording: Recording) -> str:
    counts = Counter(event["type"] for event in recording.events if event["type"] != "damage_taken")
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "nothing happens"


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
    mode: Annotated[str, typer.Option(help="campaign, deathmatch or coop.")] = "campaign",
    seconds: Annotated[float, typer.Option(help="Length.")] = 120.0,
    seed: Annotated[int, typer.Option(help="The same seed records the same film.")] = 0,
    size: Annotated[str, typer.Option(help="Picture size: 640x360 or 1280x720.")] = "640x360",
    difficulty: Annotated[int, typer.Option(help="The game's skill level, 1 to 5.")] = 3,
    crowd: Annotated[float, typer.Option(help="Share of the map's monsters that are there.")] = 1.0,
    loadout: Annotated[str, typer.Option(help="pistol, shotgun, chaingun, double, rocket or all.")] = "shotgun",
    mod: Annotated[str, typer.Option(help="Another look and sound: train-1 … train-12 or neon.")] = "",
    skin: Annotated[str, typer.Option(help="The HUD drawn over the picture; another name lists them.")] = "plain",
    scene: Annotated[str, typer.Option(help="play, spectate or calm.")] = "play",
) -> None:
    """Record one film of Doom with its truth."""

    def work() -> None:
        width, height = _size(size)
        cfg = RecordConfig(
            game=game, map=map, mode=mode, seconds=seconds, seed=seed, width=width, height=height,
            difficulty=difficulty, crowd=crowd, loadout=loadout, mod=mod, skin=skin, scene=scene,
        )  # fmt: skip
        _show(record(cfg, out))

    _guarded(work)


@app.command()
def arcade(
    out: Annotated[Path, typer.Option(help="Folder for the film and its truth.")],
    game: Annotated[str, typer.Option(help="space_invaders, berzerk, …; another name lists them.")] = "space_invaders",
    seconds: Annotated[float, typer.Option(help="Length.")] = 60.0,
    seed: Annotated[int, typer.Option(help="The same seed records the same film.")] = 0,
) -> None:
    """Record one film of an arcade game with its truth."""
    _guarded(lambda: _show(record_arcade(ArcadeConfig(map=game, seconds=seconds, seed=seed), out)))


@app.command()
def corpus(
    out: Annotated[Path, typer.Option(help="Folder for the films and their manifest.")] = Path("corpus"),
    hours: Annotated[float, typer.Option(min=0.01, help="Length of the whole corpus, all splits together.")] = 1.0,
    workers: Annotated[int, typer.Option(min=1, help="Games played at the same time.")] = 2,
    split: Annotated[str, typer.Option(help="Record this split only: train, val, test or unseen.")] = "all",
    small: Annotated[bool, typer.Option(help="A quarter of an hour in all, whatever the hours say.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=400, help="Another seed, other films.")] = 0,
    strict: Annotated[bool, typer.Option(help="Fail when any film fails.")] = False,
) -> None:
    """Record a corpus with all its splits, and its manifest; films that are there already are kept."""

    def work() -> None:
        if split != "all" and split not in SPLITS:
            raise BadConfig(f"there is no split {split}", remedy=f"choose all, {', '.join(SPLITS)}")
        splits = SPLITS if split == "all" else tuple(name for name in SPLITS if name == split)
        films = _playable(plan_small(splits, seed) if small else plan_films(hours, splits, seed))
        minutes = sum(film.cfg.seconds for film in films) / 60
        typer.echo(f"{len(films)} films, {minutes:.0f} minutes, {workers} at a time")
        failed = []
        for number, outcome in enumerate(record_corpus(films, out, workers=workers), 1):
            typer.echo(f"[{number}/{len(films)}] {_told(outcome)}")
            if outcome.recording is None:
                failed.append(outcome)
        for outcome in failed:
            typer.secho(f"{outcome.film.name} failed: {outcome.why}", err=True, fg="red")
        if len(failed) < len(films):
            _tabulate(out)
        if failed and (strict or len(failed) == len(films)):
            raise RenderFailed(
                f"{len(failed)} of {len(films)} films failed", remedy="mend what they say and run the command again"
            )

    _guarded(work)


def _playable(films: list[Film]) -> list[Film]:
    """Those whose game is installed; the others are named."""
    missing = missing_parts() if any(isinstance(film.cfg, QuakeConfig) for film in films) else ""
    if not missing:
        return films
    kept = [film for film in films if not isinstance(film.cfg, QuakeConfig)]
    typer.echo(f"{len(films) - len(kept)} films of OpenArena are left out, as this is not installed: {missing}")
    return kept


def _told(outcome: Outcome) -> str:
    """One line about a film."""
    name = f"{outcome.film.split} {outcome.film.name}"
    if outcome.recording is None:
        return f"{name}: FAILED, {outcome.why}"
    recording = outcome.recording
    how = f"in {outcome.wall_s:.0f} s" if outcome.wall_s else "was there already"
    return f"{name}: {recording.duration_s:.0f} s {how}; {_counts(recording)}"


def _tabulate(folder: Path) -> None:
    """Make the tables, and say what the corpus holds, by split."""
    from training.record.manifest import build_manifest  # its libraries are slow to load, and recorders need none

    totals: dict[str, Counter[Any]] = {}
    for film in build_manifest(folder).to_pylist():
        total = totals.setdefault(film["split"], Counter())
        total.update(films=1, seconds=film["duration_s"], kills=film["n_kill"], others=film["n_other_kill"])
    for split in SPLITS:
        if total := totals.get(split):
            every = total["seconds"] / max(total["kills"], 1)
            typer.echo(
                f"{split:7} {total['films']:4} films {total['seconds'] / 3600:6.2f} h {total['kills']:5} own kills, "
                f"one every {every:.1f} s; {total['others']} by others"
            )


@app.command()
def manifest(folder: Annotated[Path, typer.Argument(help="The corpus.")] = Path("corpus")) -> None:
    """Make manifest.parquet and events.parquet of a corpus again, from its truth files."""
    _guarded(lambda: _tabulate(folder))


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
