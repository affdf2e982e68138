"""`aiditor labels list|add|export`: what was said about moments, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

__all__ = ["group"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Clip = Annotated[str | None, typer.Option("--source", help="Only those of this clip: a file, or a clip's id.")]
Since = Annotated[
    str | None, typer.Option(help="Only those given since then, as 2026-05-01 or 2026-05-01T12:00 (UTC).")
]

Failing = Callable[[bool], AbstractContextManager[None]]
Print = Callable[[bool, Any, Callable[[], object]], None]


def group(failing: Failing, print_: Print) -> typer.Typer:
    """The commands; `failing` turns errors into exit codes, `print_` answers as JSON or as people read it."""
    app = typer.Typer(no_args_is_help=True, help="What was said about moments: list, add, export.")

    @app.command("list")
    def list_(source: Clip = None, since: Since = None, as_json: AsJson = False) -> None:
        """List the last label of each moment."""
        from aiditor.store.labels import as_json as plain

        with failing(as_json):
            found = _found(source, since)

        def show() -> None:
            table = Table("clip", "at", "says", "detector said", "given", "by", box=None, header_style="bold")
            for label in found:
                detected = (
                    f"{label.detected} {label.confidence:.2f}"
                    if label.detected
                    else "nothing"
                    if label.detector
                    else ""
                )
                at = f"{label.t_s:.2f} s"
                given = f"{label.labelled_at:%Y-%m-%d %H:%M}"
                table.add_row(Path(label.source).name, at, label.says, detected, given, label.labelled_by)
            _out().print(table if found else "no labels yet: give some in the studio, or with `aiditor labels add`")

        print_(as_json, [plain(label) for label in found], show)

    @app.command()
    def add(
        file: Annotated[str, typer.Argument(help="The clip.", show_default=False)],
        time: Annotated[str, typer.Argument(help="When, as 1:02.4 or in seconds.", show_default=False)],
        says: Annotated[str, typer.Argument(help="kill, death …; keep, drop; or taken_back.", show_default=False)],
        as_json: AsJson = False,
    ) -> None:
        """Say what happened at a time of a clip; the last word counts."""
        from aiditor.store.labels import as_json as plain
        from aiditor.store.labels import by_hand, parse_clock
        from aiditor.store.lake import Lake

        with failing(as_json):
            label = by_hand(_source(file), parse_clock(time), says)
            Lake.of(_settings()).add_labels([label])
        print_(as_json, plain(label), lambda: _out().print(f"{Path(file).name} at {label.t_s:.2f} s: {says}"))

    @app.command()
    def export(
        to: Annotated[Path, typer.Argument(help="A .parquet, .csv or .json file.", show_default=False)],
        source: Clip = None,
        since: Since = None,
        as_json: AsJson = False,
    ) -> None:
        """Write the labels for another program."""
        from aiditor.store.lake import Lake

        with failing(as_json):
            found = _found(source, since)
            Lake.of(_settings()).export(found, to)
        print_(as_json, {"file": str(to), "labels": len(found)}, lambda: _out().print(f"{len(found)} labels in {to}"))

    return app


def _found(source: str | None, since: str | None) -> tuple[Any, ...]:
    from aiditor.store.labels import parse_date
    from aiditor.store.lake import Lake

    source_id = None if source is None else _source(source).id if Path(source).exists() else source
    return Lake.of(_settings()).labels(source=source_id, since=parse_date(since) if since else None)


def _source(file: str) -> Any:
    """The clip in that file. Raises BadInput with its reason where it cannot be used."""
    from aiditor.errors import BadInput
    from aiditor.ingest import IngestConfig, ingest

    found = ingest([file], IngestConfig(), workdir=_settings().aiditor_home / "unpacked")
    if not found.sources:
        first = found.rejected[0]
        raise BadInput(first.why, remedy=first.remedy, file=first.file)
    return found.sources[0]


def _settings() -> Any:
    from aiditor.settings import Settings

    return Settings()


def _out() -> Console:
    return Console(highlight=False)
