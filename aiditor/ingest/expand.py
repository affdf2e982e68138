"""From what a person typed or dropped to single files: folders, glob patterns and archives are opened up."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from aiditor.timeline import Rejection

__all__ = ["CLIP_SUFFIXES", "NEVER_CLIPS", "Candidate", "expand", "is_archive"]

# fmt: off
CLIP_SUFFIXES = frozenset({
    ".mp4", ".mkv", ".mov", ".webm", ".avi", ".flv", ".ts", ".m2ts", ".mts", ".m4v", ".mpg", ".mpeg", ".wmv", ".asf",
    ".3gp", ".3g2", ".ogv", ".ogg", ".mxf", ".vob", ".dv", ".nut", ".f4v", ".divx",
})
"""Endings of recordings. Files in a folder with other endings are tried too, unless they are in NEVER_CLIPS."""

NEVER_CLIPS = frozenset({
    ".txt", ".md", ".nfo", ".json", ".xml", ".html", ".htm", ".csv", ".tsv", ".log", ".ini", ".cfg", ".conf", ".yaml",
    ".yml", ".toml", ".db", ".sqlite", ".url", ".lnk", ".exe", ".dll", ".bat", ".sh", ".py", ".js", ".jpg", ".jpeg",
    ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".svg", ".ico", ".psd", ".pdf", ".doc", ".docx", ".xls",
    ".xlsx", ".ppt", ".pptx", ".mp3", ".wav", ".flac", ".m4a", ".aac", ".opus", ".wma", ".mid", ".midi", ".srt", ".ass",
    ".vtt", ".sub", ".idx", ".m3u", ".m3u8", ".pls", ".cue", ".sdp", ".mpd", ".edl", ".otio", ".fcpxml", ".prproj",
    ".part", ".crdownload", ".tmp", ".thm", ".rar", ".7z", ".gz", ".xz", ".bz2", ".zst", ".tar", ".iso",
})
"""Endings of what lies beside clips in a folder: passed over with a note, refused only when named."""
# fmt: on


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to try."""

    path: Path
    name: str
    """The name to show."""
    named: bool
    """The user named it: if it is no clip, say so. Else it merely lay in a folder."""


def is_archive(path: Path) -> bool:
    return path.suffix.lower() == ".zip"


def expand(paths: Iterable[str | PathLike[str]]) -> Iterator[Candidate | Rejection | str]:
    """Candidates in the order given (folders sorted by path), rejections of what leads nowhere, and notes (str)."""
    seen: set[Path] = set()
    for given in paths:
        for item in _one(os.fspath(given)):
            if isinstance(item, Candidate):
                real = Path(os.path.realpath(item.path))
                if real in seen:
                    yield f"{item.name} was given twice: it is used once"
                    continue
                seen.add(real)
            yield item


def _one(given: str) -> Iterator[Candidate | Rejection | str]:
    path = Path(os.path.abspath(os.path.expanduser(given))) if given else Path()
    if not given or "\0" in given:
        yield Rejection(given.replace("\0", "?"), f"{given!r} is not a file name", "give the path of a clip")
    elif _is_folder(path):
        yield from _folder(path)
    elif any(sign in given for sign in "*?[") and not os.path.lexists(path):
        yield from _pattern(given)
    else:
        yield Candidate(path, path.name, named=True)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long for this file system, a dead network drive: opening the file will say which
        return False


def _pattern(given: str) -> Iterator[Candidate | Rejection | str]:
    found = sorted(glob.glob(os.path.expanduser(given), recursive=True))
    if not found:
        yield Rejection(given, f"no file matches {given}", "check the pattern, or name the files")
    for name in found:
        path = Path(os.path.abspath(name))
        if not path.is_dir():
            yield from _lying_there(path)
        elif "**" not in given:  # "**" lists what is inside its folders by itself
            yield from _folder(path)


def _folder(folder: Path) -> Iterator[Candidate | Rejection | str]:
    unreadable: list[OSError] = []
    found = 0
    for parent, children, names in os.walk(folder, onerror=unreadable.append):
        children[:] = sorted(name for name in children if not name.startswith("."))
        for name in sorted(names):
            for item in _lying_there(Path(parent, name)):
                found += isinstance(item, Candidate)
                yield item
    for error in unreadable:
        where = str(error.filename or folder)
        yield Rejection(
            where, f"{Path(where).name} may not be read ({error.strerror})", "give yourself the right to it"
        )
    if not found and not unreadable:
        yield Rejection(str(folder), f"{folder.name or folder} holds no clips", "give a folder with recordings in it")


def _lying_there(path: Path) -> Iterator[Candidate | str]:
    """A file found in a folder or by a pattern."""
    suffix = path.suffix.lower()
    if path.name.startswith("."):
        yield f"{path.name} is hidden: passed over"
    elif suffix in NEVER_CLIPS:
        yield f"{path.name} is no clip: passed over"
    else:
        yield Candidate(path, path.name, named=suffix in CLIP_SUFFIXES or is_archive(path))
