"""Figures, bars and tables as Markdown."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

__all__ = ["Bar", "Section", "judged", "machine", "merged", "page", "save_data", "table"]


_FIGURE = re.compile(r"[-+≤≥ ]*[\d.]+ ?(×|%|ms|GB|dB)?")


@dataclass(frozen=True)
class Bar:
    """What a figure must reach: at most `limit`, or at least `limit`."""

    limit: float
    unit: str = "×"
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{_spaced(self.unit)}"

    def verdict(self, figure: float) -> str:
        """ "holds", or "falls short by" how much. Judged on the figure itself, not as printed."""
        short = self.limit - figure if self.at_least else figure - self.limit
        return "holds" if short <= 0 else f"falls short by {_digits(short)}{_spaced(self.unit)}"


@dataclass(frozen=True)
class Section:
    """One part of the page: what was done, its tables, and what to know when reading them."""

    title: str
    method: str
    tables: Sequence[str]
    notes: Sequence[str] = ()
    verdicts: Sequence[tuple[str, str, str, str]] = ()
    """(what, bar, figure, verdict) for the summary on top."""
    data: Mapping[str, object] = field(default_factory=dict)
    """The raw figures, kept as JSON beside the page's work files."""
    stamp: str = ""
    """When this was measured, and how busy the machine was."""

    def markdown(self) -> str:
        parts = [f"## {self.title}", self.method, *([self.stamp] if self.stamp else []), *self.tables]
        if self.notes:
            parts.append("\n".join(f"- {note}" for note in self.notes))
        return "\n\n".join(parts)


def judged(what: str, bar: Bar, figure: float) -> tuple[str, str, str, str]:
    """A line of the summary."""
    return what, str(bar), f"{_digits(figure)}{_spaced(bar.unit)}", bar.verdict(figure)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; a column that holds only figures is set to the right."""
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"a row of {len(row)} under {len(head)} headings: {row}")
    figures = [all(_FIGURE.fullmatch(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(head) + " |", "|" + "".join("---:|" if right else "---|" for right in figures)]
    for row in rows:
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |")
    return "\n".join(lines)


def page(sections: Sequence[Section], *, versions: Mapping[str, str], intro: str) -> str:
    """The whole page: machine, versions, every bar with its verdict, then the sections."""
    verdicts = [line for section in sections for line in section.verdicts]
    parts = ["# Side by side", intro, f"Machine: {machine()}."]
    if verdicts:
        parts += ["## The bars", table(["what", "bar", "measured", "verdict"], verdicts)]
    parts += ["## Versions", table(["tool", "version"], sorted(versions.items()))]
    parts += [section.markdown() for section in sections]
    return "\n\n".join(parts) + "\n"


def merged(old: str, new: str) -> str:
    """The page `new` with what only `old` has: sections, and rows of the bars and versions, in their order there."""
    before, now = _parts(old), _parts(new)
    for title in ("The bars", "Versions"):
        if title in before and title in now:
            rows = _rows(before[title]) | _rows(now[title])
            now[title] = "\n".join([*now[title].splitlines()[:2], *rows.values()])
    order = dict.fromkeys([*before, *now])
    parts = [now.get(title, before.get(title, "")) for title in order]
    return (
        "\n\n".join(f"## {title}\n\n{part}" if title else part for title, part in zip(order, parts, strict=True)) + "\n"
    )


def _parts(text: str) -> dict[str, str]:
    """What stands under each heading of the second order; under "" what stands before the first."""
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    named = {"": head.strip()} if head.strip() else {}
    return named | {title.strip(): body.strip() for title, _, body in (part.partition("\n") for part in sections)}


def _rows(text: str) -> dict[tuple[str, int], str]:
    """The rows of a table by their first cell, and how often it stood there before."""
    rows: dict[tuple[str, int], str] = {}
    for line in text.splitlines()[2:]:
        name = line.split("|")[1].strip()
        rows[name, sum(name == other for other, _ in rows)] = line
    return rows


def save_data(sections: Sequence[Section], path: Path) -> None:
    """Write the raw figures of each section as JSON."""
    path.write_text(json.dumps({section.title: section.data for section in sections}, indent=1, default=str))


def save_sections(sections: Mapping[str, Section], folder: Path) -> None:
    """Keep each section by name, for pages made later."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, section in sections.items():
        (folder / f"{name}.json").write_text(json.dumps(asdict(section), indent=1, default=str))


def load_sections(names: Sequence[str], folder: Path) -> list[Section]:
    """The kept sections of these names, in this order; those never measured are left out."""
    found = [folder / f"{name}.json" for name in names]
    return [Section(**json.loads(path.read_text())) for path in found if path.exists()]


def machine() -> str:
    """Cores, processor, memory and system, in one line."""
    model = next(iter(_field("/proc/cpuinfo", "model name")), platform.processor() or "unknown processor")
    memory_kib = next(iter(_field("/proc/meminfo", "MemTotal")), "0 kB").split()[0]
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores of {model}, {int(memory_kib) / 2**20:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, no GPU used"
    )


def _field(path: str, name: str) -> list[str]:
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    return [line.split(":", 1)[1].strip() for line in lines if line.split(":", 1)[0].strip() == name]


def _spaced(unit: str) -> str:
    return unit if unit in {"×", "%", ""} else f" {unit}"


def _digits(value: float) -> str:
    magnitude = abs(value)
    return f"{value:.0f}" if magnitude >= 100 else f"{value:.1f}" if magnitude >= 10 else f"{value:.2f}"
