"""A transcript as SubRip (.srt) or WebVTT (.vtt): lines that can be read in the time they stand.

Line and reading limits follow the BBC's subtitle guidelines (37 to 42 characters, two lines) and Netflix's timed-text
style guide (5/6 s to 7 s a cue).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiditor.transcript import Segment, Word

__all__ = ["Cue", "cues", "to_srt", "to_vtt", "write_subtitles"]

_LINE = 42
_LINES = 2
_SHORTEST_S, _LONGEST_S = 5 / 6, 7.0
_GAP_S = 2 / 30
"""Between two cues, so that a change is seen."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen from `start_s` to `end_s`, up to two lines."""

    start_s: float
    end_s: float
    text: str


def cues(segments: Iterable[Segment]) -> list[Cue]:
    """Cues in order of time that never overlap."""
    groups = [group for segment in segments for group in _groups(segment.words)]
    found = []
    for index, group in enumerate(groups):
        free_s = groups[index + 1][0].start_s - _GAP_S if index + 1 < len(groups) else float("inf")
        end_s = max(min(max(group[-1].end_s, group[0].start_s + _SHORTEST_S), free_s), group[0].start_s + 0.001)
        found.append(Cue(group[0].start_s, end_s, _lines([word.text for word in group])))
    return found


def _groups(words: Sequence[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in words:
        group = groups[-1] if groups else None
        full = group is None or word.end_s - group[0].start_s > _LONGEST_S or not _fits([*group, word])
        ended = group is not None and group[-1].text[-1:] in ".!?…" and len(_plain(group)) > _LINE // 2
        if full or ended:
            groups.append([word])
        else:
            groups[-1].append(word)
    return groups


def _plain(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _fits(words: Sequence[Word]) -> bool:
    return _lines([word.text for word in words]).count("\n") < _LINES


def _lines(words: Sequence[str]) -> str:
    """One line where it fits, else two as equal as can be."""
    text = " ".join(words)
    if len(text) <= _LINE or len(words) == 1:
        return text
    splits = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    first, second = min(splits, key=lambda pair: (max(map(len, pair)), len(pair[1])))
    if max(len(first), len(second)) <= _LINE:
        return f"{first}\n{second}"
    return "\n".join(_wrapped(words))


def _wrapped(words: Sequence[str]) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= _LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def to_srt(found: Sequence[Cue]) -> str:
    """SubRip text; times are of whatever the cues' are."""
    return "".join(
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{cue.text}\n\n"
        for number, cue in enumerate(found, 1)
    )


def to_vtt(found: Sequence[Cue]) -> str:
    """WebVTT text (https://www.w3.org/TR/webvtt1/)."""
    body = "".join(
        f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n{_escaped(cue.text)}\n\n" for cue in found
    )
    return f"WEBVTT\n\n{body}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(time_s: float, point: str) -> str:
    whole_ms = round(max(time_s, 0.0) * 1000)
    minutes, ms = divmod(whole_ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{ms // 1000:02}{point}{ms % 1000:03}"


def write_subtitles(found: Sequence[Cue], path: Path) -> Path:
    """Write .srt or .vtt by the path's ending, whole or not at all."""
    writers: dict[str, Callable[[Sequence[Cue]], str]] = {".srt": to_srt, ".vtt": to_vtt}
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(writers[path.suffix](found), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
