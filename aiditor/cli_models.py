"""`aiditor models list|fetch|verify`: which weights are here, bring some, check them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from aiditor.models.hub import Status, Verdict
    from aiditor.progress import Progress

__all__ = ["group"]

DAMAGED = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Failing = Callable[[bool], AbstractContextManager[None]]
Print = Callable[[bool, Any, Callable[[], object]], None]


def group(failing: Failing, print_: Print) -> typer.Typer:
    """The commands; `failing` turns errors into exit codes, `print_` answers as JSON or as people read it."""
    app = typer.Typer(no_args_is_help=True, help="The models' weights: list, fetch, verify.")

    @app.command("list")
    def list_(as_json: AsJson = False) -> None:
        """List the models: what for, how big, under which licence, whether they are here. Calls nobody."""
        from aiditor.models.hub import listing, spelled

        with failing(as_json):
            rows = listing(_settings())

        def show() -> None:
            table = Table(box=None, header_style="bold")
            for column in ("model", "size", "licence", "here", "notes"):
                table.add_column(column, no_wrap=column != "notes")
            for row in rows:
                size = spelled(row.bytes) if row.found else f"about {spelled(row.weights.about_bytes)}"
                sold = "" if row.weights.commercial else "not to be sold"
                notes = "; ".join(filter(None, [row.weights.note, sold]))
                here = row.found.place if row.found else "no"
                table.add_row(row.weights.name, size, row.weights.licence, here, notes)
            _out().print(table)

        print_(as_json, [_row(row) for row in rows], show)

    @app.command()
    def fetch(
        names: Annotated[list[str], typer.Argument(help="Models, as `list` names them.", show_default=False)],
        revision: Annotated[
            str | None, typer.Option(help="Branch, tag or commit of the hub; the catalogue's by default.")
        ] = None,
        again: Annotated[bool, typer.Option("--again", help="Look again, and mend what is damaged.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Bring models here from the hub; what broke off goes on where it stopped."""
        from aiditor.models import hub
        from aiditor.models.catalogue import named

        with failing(as_json):
            for name in names:
                named(name)
            found = []
            for name in names:
                with _bar(quiet=as_json) as progress:
                    found.append(hub.fetch(name, _settings(), revision=revision, again=again, progress=progress))
        rows = [{"name": f.name, "folder": str(f.folder), "place": f.place, "commit": f.commit} for f in found]
        print_(as_json, rows, lambda: [_out().print(f"{f.name} is in {f.folder}", soft_wrap=True) for f in found])

    @app.command()
    def verify(
        names: Annotated[
            list[str] | None, typer.Argument(help="Models; all that are here by default.", show_default=False)
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Compare every file with what was recorded when it came; ends with 1 where one is damaged or missing."""
        from aiditor.models import hub
        from aiditor.models.catalogue import CATALOGUE

        with failing(as_json):
            verdicts = []
            for name in names or CATALOGUE:
                with _bar(quiet=as_json) as progress:
                    verdict = hub.verify(name, _settings(), progress=progress)
                if names or verdict.state != "missing":
                    verdicts.append(verdict)
        print_(as_json, [_said(verdict) for verdict in verdicts], lambda: _show(verdicts))
        if any(verdict.state in ("damaged", "missing") for verdict in verdicts):
            raise typer.Exit(DAMAGED)

    return app


def _row(row: Status) -> dict[str, Any]:
    weights, found = row.weights, row.found
    return {
        "name": weights.name,
        "kind": weights.kind,
        "repo": weights.repo,
        "revision": weights.revision,
        "licence": weights.licence,
        "commercial": weights.commercial,
        "about_bytes": weights.about_bytes,
        "here": found is not None,
        "place": found.place if found else None,
        "folder": str(found.folder) if found else None,
        "commit": found.commit if found else None,
        "bytes": row.bytes,
        "note": weights.note,
    }


def _said(verdict: Verdict) -> dict[str, Any]:
    folder = None if verdict.folder is None else str(verdict.folder)
    return {"name": verdict.name, "state": verdict.state, "damage": list(verdict.damage), "folder": folder}


def _show(verdicts: list[Verdict]) -> None:
    remedies = {
        "sound": "[green]sound[/]",
        "unrecorded": "here; nothing is recorded to compare it with",
        "missing": "[red]not here[/]: run `aiditor models fetch {name}`",
        "damaged": "[red]damaged[/]: run `aiditor models fetch --again {name}`",
    }
    for verdict in verdicts:
        _out().print(f"[bold]{verdict.name:24}[/] {remedies[verdict.state].format(name=verdict.name)}", soft_wrap=True)
        for line in verdict.damage:
            _out().print(f"    {line}", soft_wrap=True)


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Progress]:
    """A progress bar on stderr; Ctrl-C ends the work as a cancel does."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    from aiditor.errors import Cancelled

    console = Console(stderr=True, highlight=False)
    columns = (BarColumn(32), TaskProgressColumn(), TextColumn("[dim]{task.description}"))
    try:
        with Bar(*columns, console=console, transient=True, disable=quiet) as bar:
            task = bar.add_task("", total=1.0)
            yield lambda fraction, note: bar.update(task, completed=fraction, description=note[:60])
    except KeyboardInterrupt:
        raise Cancelled("stopped by Ctrl-C", remedy="run it again to go on from here") from None


def _settings() -> Any:
    from aiditor.settings import Settings

    return Settings()


def _out() -> Console:
    return Console(highlight=False)
