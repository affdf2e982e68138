"""The word lists: one YAML file a language in `lists/`, which says itself how it is written (see en.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml
from pydantic import Field, ValidationError

from aiditor.config import Config
from aiditor.errors import BadConfig

__all__ = ["LISTS_DIR", "Entry", "Severity", "WordList", "entry", "languages", "load", "read"]

Severity = Literal["mild", "strong", "slur", "own"]
"""How bad a word is; "own" is what the user added."""
LISTS_DIR = Path(__file__).parent / "lists"
_NOTATION = re.compile(r"^(=?)(\*?)([^*=]*[^*=\s][^*=]*?)(\*?)$")


class WordList(Config):
    """A file of words."""

    language: str = Field(pattern=r"^[a-z]{2,3}$", description="ISO 639 code, the file's name.")
    licence: str = Field(min_length=3, description="SPDX id of the list's own licence.")
    letters: str = Field("", description="Letters with accents that are never written without.")
    elisions: str = Field("", description="What hangs before a word by an apostrophe, separated by spaces.")
    contractions: str = Field("", description="What hangs after a word by an apostrophe, separated by spaces.")
    endings: dict[str, str] = Field({}, description="Names for several endings together.")
    words: dict[Literal["mild", "strong", "slur"], dict[str, str | None]] = Field(description="Words by severity.")
    borrows: dict[str, tuple[str, ...]] = Field({}, description="Words of other lists that are said here too.")
    innocent: tuple[str, ...] = Field((), description="Words and phrases that are never found.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: a word or phrase and all of its forms."""

    name: str
    severity: Severity
    forms: tuple[tuple[str, ...], ...]
    """Each form as its words, unfolded; the first is the word as it is listed."""
    anywhere: bool = False
    """Found inside longer words too."""
    begins: bool = False
    """Found at the beginning of longer words too."""
    exact: bool = False
    """Found only with its accents."""


def entry(notation: str, severity: Severity, endings: tuple[str, ...] = ()) -> Entry | None:
    """The entry that `notation` says ("noob*"), with its forms; None when it says no word."""
    match = _NOTATION.match(notation.strip())
    if match is None:
        return None
    exact, before, name, after = match.groups()
    words = tuple(re.split(r"[\s\-]+", name.strip()))
    if (before and not after) or (after and len(words) > 1):
        return None
    forms = dict.fromkeys([words, *((*words[:-1], _ended(words[-1], ending)) for ending in endings)])
    return Entry(" ".join(words), severity, tuple(forms), bool(before), bool(after), bool(exact))


def _ended(word: str, ending: str) -> str:
    if ending.startswith("+"):
        return word + word[-1] + ending[1:]
    return word[:-1] + ending[1:] if ending.startswith("-") else word + ending


def languages() -> list[str]:
    """The languages that there are lists for, in alphabetical order."""
    return sorted(path.stem for path in LISTS_DIR.glob("*.yaml"))


@cache
def load(language: str) -> tuple[WordList, tuple[Entry, ...]]:
    """The list of that language (ISO 639, "en" or "en-GB") and all of its entries, borrowed ones too.

    Raises BadConfig when there is none.
    """
    code = re.split("[-_]", language.strip().lower())[0]
    if code not in languages():
        said = f"there is no word list for the language “{language}”" if code else "the language spoken is not known"
        raise BadConfig(said, remedy=f"name the lists to use ({', '.join(languages())}, own), or turn censoring off")
    path = LISTS_DIR / f"{code}.yaml"
    words = read(path)
    return words, (*_entries(words, path), *_borrowed(words, path))


def read(path: Path) -> WordList:
    """The word list in the file at `path`. Raises BadConfig naming the file and the field that is wrong."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadConfig(
            f"the word list {path.name} cannot be read ({error})", remedy="mend the file", file=path
        ) from error
    try:
        words = WordList.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadConfig(f"{path.name}: {where}: {first['msg'].lower()}", remedy="mend that field", file=path) from error
    for made in _entries(words, path):
        assert made.forms
    return words


def _entries(words: WordList, path: Path) -> Iterator[Entry]:
    seen: set[str] = set()
    for severity in get_args(Severity):
        for notation, endings in words.words.get(severity, {}).items():
            each = " ".join(words.endings.get(part, part) for part in (endings or "").split())
            made = entry(notation, severity, tuple(each.split()))
            if made is None or notation in seen:
                wrong = "stands there twice" if notation in seen else "is no word in the list's notation"
                raise BadConfig(f"{path.name}: words.{severity}: “{notation}” {wrong}", remedy="mend it", file=path)
            seen.add(notation)
            yield made


def _borrowed(words: WordList, path: Path) -> Iterator[Entry]:
    for language, names in words.borrows.items():
        lender = LISTS_DIR / f"{language}.yaml"
        there = {made.name: made for made in _entries(read(lender), lender)}
        for name in names:
            if name.strip("*=") not in there:
                raise BadConfig(
                    f"{path.name}: borrows.{language}: “{name}” is not in that list", remedy="mend it", file=path
                )
            yield there[name.strip("*=")]
