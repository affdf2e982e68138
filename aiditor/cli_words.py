"""`aiditor words`: what is said in a montage and what of it would go, before anything is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from aiditor.timeline import Timeline
    from aiditor.words import Words, WordWish

__all__ = [
    "BlurNames",
    "BlurWords",
    "Captions",
    "Censor",
    "KeepWords",
    "Language",
    "Method",
    "MuteWords",
    "beside",
    "document",
    "show",
    "wish",
]

Captions = Annotated[
    str | None, typer.Option("--captions", help="karaoke, pop, minimal or none; the style's by default.")
]
Censor = Annotated[str | None, typer.Option("--censor", help="off, slurs, strong or strict; the style's by default.")]
Method = Annotated[
    str | None, typer.Option("--censor-method", help="mute, bleep, duck or cut; the style's by default.")
]
MuteWords = Annotated[
    list[str] | None, typer.Option("--mute-word", help="A word of your own to take out; noob* takes noobs too.")
]
KeepWords = Annotated[
    list[str] | None, typer.Option("--keep-word", help="Leave this word as it is: its id, from `aiditor words`.")
]
BlurWords = Annotated[
    bool, typer.Option("--blur-words", help="Make words of the lists unreadable in the picture too: in chat and feeds.")
]
BlurNames = Annotated[
    bool, typer.Option("--blur-names", help="Make other players' names unreadable; PLAYER_NAME stays.")
]
Language = Annotated[str, typer.Option("--language", help="What is spoken, as en; found out by default.")]

CHOICES = {
    "captions": "say karaoke, pop, minimal or none",
    "censor": "say off, slurs, strong or strict",
    "method": "say mute, bleep, duck or cut",
    "language": "say it as ISO 639-1 does: en, de, pt",
}
"""What to say instead of what the fields, which know more words, would."""


def wish(
    captions: str | None = None, censor: str | None = None, method: str | None = None,
    mute_words: list[str] | None = None, language: str = "", blur_words: bool = False, blur_names: bool = False,
) -> WordWish:  # fmt: skip
    """What these options ask for. Raises a usage error naming the one that is off."""
    from pydantic import ValidationError

    from aiditor.words import WordWish

    options = {"captions": "--captions", "censor": "--censor", "method": "--censor-method", "mute_words": "--mute-word"}
    try:
        return WordWish(
            captions=captions or "style", censor=censor or "style", method=method or "style",
            mute_words=tuple(mute_words or ()), language=language, blur_words=blur_words, blur_names=blur_names,
        )  # fmt: skip
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        said = CHOICES.get(name, first["msg"].lower())
        raise typer.BadParameter(f"{options.get(name, f'--{name}')}: {said}") from None


def beside(timeline: Path) -> Words | None:
    """What was heard and decided for that timeline.json, where words.json lies beside it. Raises BadInput."""
    from pydantic import ValidationError

    from aiditor.errors import BadInput
    from aiditor.timeline import from_json
    from aiditor.words import Words

    path = timeline.with_name("words.json")
    if not path.is_file():
        return None
    try:
        return from_json(Words, path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadInput(
            f"{path.name} is not what was heard in a montage", remedy="delete it to listen again", file=path
        ) from error


def document(words: Words, timeline: Timeline, seed: int | None) -> dict[str, Any]:
    """What was heard, as JSON, with the seed that plans the same montage again."""
    from aiditor import words as spoken

    return {**spoken.document(words, timeline), "seed": seed}


def show(words: Words, timeline: Timeline, seed: int | None) -> None:
    """The same for people to read."""
    from aiditor.words import word_list

    console = Console(highlight=False)
    names = {source.id: source.name for source in timeline.sources}
    for one in words.transcripts:
        console.print(
            f"[bold]{names[one.source_id]}[/] [dim]{one.engine}{', a draft' if one.draft else ''}", soft_wrap=True
        )
        for segment in one.segments:
            console.print(f"  {segment.start_s:7.2f}  {segment.text}", soft_wrap=True, markup=False)
    rows = word_list(words, timeline)
    if rows:
        table = Table("id", "word", "how bad", "clip", "at", "heard", "goes", box=None, header_style="bold")
        for row in rows:
            goes = "always" if row["fixed"] else "yes" if row["muted"] else "no"
            at = f"{row['start_s']:.2f} s"
            table.add_row(row["id"], row["word"], row["severity"], row["clip"], at, f"{row['confidence']:.2f}", goes)
        console.print(table)
        again = "" if seed is None else f" --seed {seed}"
        console.print(f"[dim]leave one as it is: aiditor make …{again} --keep-word {rows[0]['id']}")
    elif words.reviews:
        console.print("no word of the lists is said in what this montage shows")
    elif not words.transcripts:
        console.print("nothing was listened to")
    for note in words.notes:
        console.print(f"[yellow]note[/]: {note}", soft_wrap=True)
