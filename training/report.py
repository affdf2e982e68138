"""The evaluation's tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

__all__ = ["markdown"]


def markdown(
    rows: Sequence[dict[str, Any]], groups: Sequence[dict[str, Any]], facts: dict[str, float], confused: dict[str, int]
) -> str:
    """Own kills of every method first, then the other kinds, what the errors were, and where they lie."""
    parts = []
    for split, inside in groupby(rows, key=lambda row: row["split"]):
        of_split = list(inside)
        parts.append(f"## {split}\n")
        parts.append("Own kills:\n\n" + _table([row for row in of_split if row["kind"] == "kill"], "method"))
        others = [row for row in of_split if row["kind"] != "kill" and row["method"] == "AIditor"]
        if others:
            parts.append("Other kinds, AIditor:\n\n" + _table(others, "kind"))
        of_this = {name.removeprefix(f"{split}."): v for name, v in facts.items() if name.startswith(f"{split}.")}
        parts.append("\n".join(f"- {_said(name, value)}" for name, value in of_this.items()) + "\n")
    parts.append("## Where\n\nOwn kills, AIditor:\n\n" + _table(groups, "by", "value"))
    total = max(sum(confused.values()), 1)
    said = ", ".join(
        f"{kind} {count} ({count / total:.0%})" for kind, count in sorted(confused.items(), key=lambda x: -x[1])
    )
    parts.append(f"What was claimed as an own kill truly was: {said}.\n")
    return "\n".join(parts)


_FIGURES = ("true", "found", "precision", "recall", "f1", "f1_wide", "ap", "ap_wide")
_HEADS = {"f1": "F1 ±0.5 s", "f1_wide": "F1 ±1 s", "ap": "AP ±0.5 s", "ap_wide": "AP ±1 s"}


def _table(rows: Sequence[dict[str, Any]], *names: str) -> str:
    heads = [*names, *(_HEADS.get(name, name) for name in _FIGURES)]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        figures = [f"{row[name]}" if isinstance(row[name], int) else f"{row[name]:.2f}" for name in _FIGURES]
        lines.append("| " + " | ".join([*(str(row[name]) for name in names), *figures]) + " |")
    return "\n".join(lines) + "\n"


def _said(name: str, value: float) -> str:
    words = name.replace("_", " ")
    if name in ("others_as_own", "decoded_share"):
        return f"{words}: {value:.1%}"
    return f"{words}: {value:.3g}"
