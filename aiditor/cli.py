"""The command line: `aiditor make|words|probe|detect|render|export|styles|labels|models`.

Exit codes: 0 done; 1 it failed, with the reason on stderr; 2 the command's words are off; 3 none of
the files could be used, or nothing in them could be kept; 130 stopped by Ctrl-C.
`--json` prints one JSON document on stdout and nothing else there.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from aiditor import __version__, cli_labels, cli_models, cli_words
from aiditor.errors import AIditorError, BadInput, Cancelled, NothingToKeep
from aiditor.memory import bound_heaps

if TYPE_CHECKING:
    from aiditor.pipeline import Report
    from aiditor.timeline import Export, Rejection, Timeline

__all__ = ["app", "main"]

FAILED, UNUSABLE, STOPPED = 1, 3, 130
app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Clips in, montage out."
)
err = Console(stderr=True, highlight=False)
out_console = Console(highlight=False)

Files = Annotated[list[str], typer.Argument(help="Clips: files, folders, globs or ZIPs.", show_default=False)]
StyleName = Annotated[str, typer.Option("--style", "-s", help="A preset (see `aiditor styles`) or a YAML file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Aspects = Annotated[
    list[str] | None, typer.Option("--aspect", "-a", help="landscape and/or portrait; both by default.")
]
Seconds = Annotated[
    float | None, typer.Option("--seconds", "-t", min=3, max=1800, help="Length; the style's by default.")
]
Watermark = Annotated[str | None, typer.Option(help='Text in the corner; "" for none, WATERMARK_TEXT by default.')]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of the music; a new one each time by default.")]
Track = Annotated[Path | None, typer.Option(help="Your own track instead of composed music.")]
Engine = Annotated[
    str | None, typer.Option(help="Who makes the music: composer, musicgen, audiocraft, none; the style's by default.")
]
Prompt = Annotated[str, typer.Option(help="Words for the music that musicgen or audiocraft generates.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to write to.")]


@app.command()
def make(
    files: Files,
    style: StyleName = "hype",
    seconds: Seconds = None,
    out: Out = Path("out"),
    aspect: Aspects = None,
    seed: Seed = None,
    music: Track = None,
    music_engine: Engine = None,
    prompt: Prompt = "",
    captions: cli_words.Captions = None,
    censor: cli_words.Censor = None,
    censor_method: cli_words.Method = None,
    mute_word: cli_words.MuteWords = None,
    keep_word: cli_words.KeepWords = None,
    blur_words: cli_words.BlurWords = False,
    blur_names: cli_words.BlurNames = False,
    language: cli_words.Language = "",
    stems: Annotated[bool, typer.Option(help="Also write music and game sound as separate tracks.")] = False,
    watermark: Watermark = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the timeline; render nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a montage."""
    from aiditor import pipeline
    from aiditor.export import ExportConfig
    from aiditor.timeline import to_json

    words = cli_words.wish(captions, censor, censor_method, mute_word, language, blur_words, blur_names)
    with _failing(as_json), _progress(as_json) as on_report:
        if dry_run:
            chosen = pipeline.styled(
                style,
                seconds=seconds,
                seed=seed,
                music_file=music,
                music_engine=music_engine,
                prompt=prompt,
                words=words,
            )
            analysis = pipeline.analyse(files, on_report=on_report)
            timeline = pipeline.plan(analysis, chosen)
            _print(as_json, json.loads(to_json(timeline)), lambda: _show_cuts(timeline, analysis.rejected))
            return
        export = pipeline.make_montage(
            files,
            style=style,
            seconds=seconds,
            aspects=_aspects(aspect),
            out=out,
            seed=seed,
            music_file=music,
            music_engine=music_engine,
            prompt=prompt,
            watermark=watermark,
            words=words,
            keep_words=keep_word or (),
            exports=ExportConfig(stems=stems),
            on_report=on_report,
        )
    _print(as_json, _manifest(export), lambda: _show_export(export))


@app.command()
def words(
    files: Files,
    style: StyleName = "hype",
    seconds: Seconds = None,
    seed: Seed = None,
    music: Track = None,
    censor: cli_words.Censor = None,
    mute_word: cli_words.MuteWords = None,
    language: cli_words.Language = "",
    as_json: AsJson = False,
) -> None:
    """Listen to what a montage would show: the transcript, and the words that would go. Renders nothing."""
    from aiditor import pipeline

    asked = cli_words.wish(None, censor, None, mute_word, language)
    with _failing(as_json), _progress(as_json) as on_report:
        chosen = pipeline.styled(style, seconds=seconds, seed=seed, music_file=music, words=asked)
        heard, timeline = pipeline.heard(files, chosen, insist=asked.insist, on_report=on_report)
    seed = chosen.music.seed
    _print(as_json, cli_words.document(heard, timeline, seed), lambda: cli_words.show(heard, timeline, seed))


@app.command()
def probe(files: Files, as_json: AsJson = False) -> None:
    """Say what each file holds, or why it cannot be used."""
    from aiditor.ingest import IngestConfig, ingest
    from aiditor.settings import Settings
    from aiditor.timeline import to_json

    with _failing(as_json):
        found = ingest(files, IngestConfig(), workdir=Settings().aiditor_home / "unpacked")

        def show() -> None:
            table = Table("clip", "length", "picture", "rate", "sound", "notes", box=None, header_style="bold")
            for source in found.sources:
                video, audio = source.info.video, source.info.audio
                table.add_row(
                    source.name,
                    f"{source.duration_s:.2f} s",
                    f"{video.width}x{video.height} {video.codec}{' HDR' if video.hdr else ''}",
                    f"{video.rate_hz:.4g} Hz{' variable' if video.variable_rate else ''}",
                    ", ".join(f"{a.role} {a.codec} {a.layout}" for a in audio) or "none",
                    "; ".join(source.info.warnings),
                )
            if found.sources:
                out_console.print(table)
            _show_rejected(found.rejected)

        _print(as_json, json.loads(to_json(found)), show)
    if not found.sources:
        raise typer.Exit(UNUSABLE)


@app.command()
def detect(file: Annotated[str, typer.Argument(help="One clip.", show_default=False)], as_json: AsJson = False) -> None:
    """Find the moments of one clip, with the reasons."""
    from aiditor import pipeline
    from aiditor.export import detection_json

    with _failing(as_json), _progress(as_json) as on_report:
        analysis = pipeline.analyse([file], on_report=on_report)
        if not analysis.sources:
            first = analysis.rejected[0]
            raise BadInput(first.why, remedy=first.remedy, file=first.file)
        source, signals, scores = analysis.sources[0], analysis.signals[0], analysis.scores[0]

    from aiditor.timeline import spoken

    def show() -> None:
        table = Table("at", "from", "to", "score", "why", box=None, header_style="bold")
        for m in scores.moments:
            why = spoken(m.reasons)
            table.add_row(f"{m.t_s:.2f} s", f"{m.start_s:.2f}", f"{m.end_s:.2f}", f"{m.score:.2f}", why)
        out_console.print(table if scores.moments else "no moment stands out in this clip")

    _print(as_json, detection_json(source, signals, scores), show)


@app.command()
def render(
    timeline: Annotated[Path, typer.Argument(help="timeline.json of an earlier montage.", show_default=False)],
    style: Annotated[str | None, typer.Option("--style", "-s", help="Its look and sound; its own by default.")] = None,
    out: Out = Path("out"),
    aspect: Aspects = None,
    watermark: Watermark = None,
    captions: cli_words.Captions = None,
    censor: cli_words.Censor = None,
    censor_method: cli_words.Method = None,
    mute_word: cli_words.MuteWords = None,
    keep_word: cli_words.KeepWords = None,
    blur_words: cli_words.BlurWords = False,
    blur_names: cli_words.BlurNames = False,
    as_json: AsJson = False,
) -> None:
    """Render a timeline again: another look, another shape, without detecting anything.

    What was heard lies in words.json beside it: nothing is listened to again, and what was decided stays decided.
    """
    from aiditor import pipeline
    from aiditor.settings import Settings
    from aiditor.words import kept

    asked = cli_words.wish(captions, censor, censor_method, mute_word, blur_words=blur_words, blur_names=blur_names)
    with _failing(as_json), _progress(as_json) as on_report:
        cuts, words = _read_timeline(timeline), cli_words.beside(timeline)
        text = Settings().watermark_text if watermark is None else watermark
        chosen = pipeline.styled(style or cuts.style, watermark=text)
        if words is not None:
            chosen = chosen.model_copy(update={"censor": words.censor})
            words = kept(words, tuple(keep_word or ()))
        chosen = asked.over(chosen)
        export = pipeline.produce(
            cuts, chosen, words=words, insist=asked.insist, out=out, aspects=_aspects(aspect), on_report=on_report
        )
    _print(as_json, _manifest(export), lambda: _show_export(export))


@app.command()
def export(
    timeline: Annotated[Path, typer.Argument(help="timeline.json of an earlier montage.", show_default=False)],
    out: Out = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Write a timeline for an editor: OpenTimelineIO, FCPXML and EDL."""
    from aiditor.export import write_edits

    with _failing(as_json):
        written = write_edits(_read_timeline(timeline), out)
    named = {name: str(path) for name, path in written.items()}
    _print(as_json, named, lambda: [out_console.print(f"{name:10} {path}") for name, path in named.items()])


@app.command()
def styles(as_json: AsJson = False) -> None:
    """List the styles."""
    from aiditor.styles import presets

    with _failing(as_json):
        found = presets()

    def show() -> None:
        table = Table(box=None, show_header=False)
        for style in found:
            table.add_row(f"[bold]{style.name}", style.description)
        out_console.print(table)

    _print(as_json, [s.model_dump(mode="json") for s in found], show)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Clips in, montage out."""
    if version:
        out_console.print(f"aiditor {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        raise typer.Exit(2)


def main() -> None:
    """The `aiditor` command."""
    bound_heaps()
    app()


# --- reading and printing ---------------------------------------------------------------------------


def _aspects(named: list[str] | None) -> tuple[str, ...]:
    for aspect in named or ():
        if aspect not in ("landscape", "portrait"):
            raise typer.BadParameter(f"{aspect} is not an aspect: say landscape or portrait")
    return tuple(named or ("landscape", "portrait"))


def _read_timeline(path: Path) -> Timeline:
    from pydantic import ValidationError

    from aiditor.timeline import Timeline, from_json

    try:
        return from_json(Timeline, path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})", remedy="name a timeline.json", file=path) from error
    except ValidationError as error:
        raise BadInput(f"{path} is not a timeline", remedy="name the timeline.json of a montage", file=path) from error


@contextmanager
def _failing(as_json: bool) -> Iterator[None]:
    """Our own errors become one sentence and an exit code; anything else is a bug and shows itself."""
    try:
        yield
    except Cancelled:
        err.print("stopped: nothing half-written was left")
        raise typer.Exit(STOPPED) from None
    except AIditorError as error:
        if as_json:
            print(json.dumps({"error": error.why, "remedy": error.remedy, "file": error.file}))  # noqa: T201
        err.print(f"[bold red]error[/]: {error}")
        raise typer.Exit(UNUSABLE if isinstance(error, BadInput | NothingToKeep) else FAILED) from None


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[Report], None]]:
    """A progress bar on stderr with the time left; Ctrl-C ends the work at its next report."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    stopped: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _: stopped.append(number))
    columns = (
        TextColumn("{task.fields[stage]:<8}"),
        BarColumn(32),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
    )
    bar = Progress(*columns, TextColumn("[dim]{task.description}"), console=err, transient=True, disable=as_json)
    task = bar.add_task("", total=1.0, stage="", left="")

    def on_report(report: Report) -> None:
        if stopped:
            raise Cancelled("stopped by Ctrl-C")
        left = "" if report.left_s is None else f"{report.left_s:.0f} s left"
        bar.update(task, completed=report.total, description=report.note[:60], stage=report.stage, left=left)

    try:
        with bar:
            yield on_report
    finally:
        signal.signal(signal.SIGINT, previous)


def _print(as_json: bool, document: Any, show: Callable[[], object]) -> None:
    if as_json:
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    else:
        show()


def _manifest(export: Export) -> Any:
    return json.loads(Path(export.files["json"]).read_text(encoding="utf-8"))


def _show_export(export: Export) -> None:
    _show_cuts(export.timeline, export.rejected)
    out_console.print()
    for name, path in export.files.items():
        out_console.print(f"[bold]{name:10}[/] {path}", soft_wrap=True)
    took = sum(export.timing.values())
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in export.timing.items())
    out_console.print(f"\n[dim]{export.encoder}; {took:.1f} s in all ({stages})")


def _show_cuts(timeline: Timeline, rejected: tuple[Rejection, ...]) -> None:
    from aiditor.timeline import spoken

    table = Table("at", "clip", "from", "to", "score", "why", box=None, header_style="bold")
    for cut in timeline.cuts:
        name = timeline.source(cut.source_id).name
        why = spoken(cut.reasons)
        table.add_row(f"{cut.at_s:6.2f}", name, f"{cut.start_s:.2f}", f"{cut.end_s:.2f}", f"{cut.score:.2f}", why)
    out_console.print(table)
    out_console.print(f"{len(timeline.cuts)} cuts, {timeline.duration_s:.1f} s, style {timeline.style}")
    for note in timeline.notes:
        out_console.print(f"[yellow]note[/]: {note}")
    _show_rejected(rejected)


def _show_rejected(rejected: tuple[Rejection, ...]) -> None:
    for item in rejected:
        out_console.print(f"[red]left out[/] {item.file}: {item.why}: {item.remedy}", soft_wrap=True)


app.add_typer(cli_labels.group(_failing, _print), name="labels")
app.add_typer(cli_models.group(_failing, _print), name="models")
