"""Which font draws which letters: those that come with the package, then the system's, never an empty box.

Pillow shapes Arabic and its kin, and lays out right to left, where the system has libfribidi (its wheels bring the
rest). Where that is missing, such scripts are left out like letters that no font has, and Hebrew is turned round here.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from PIL import ImageFont, features

from aiditor.captions.script import clusters, is_emoji, needs_shaping

__all__ = ["Face", "Fonts", "Run", "can_shape", "load", "system_folders"]

DISPLAY, TEXT = "BebasNeue-Bold.otf", "DejaVuSans-Bold.ttf"
PREFERRED = (
    "notosanscjk-black", "notosanscjk-bold", "notosanscjksc-bold", "notosanscjkjp-bold", "notosanscjkkr-bold",
    "sourcehansans-bold", "pingfang", "hiragino sans gb", "msyhbd", "yugothb", "malgunbd", "applesdgothicneo",
    "wqy-zenhei", "wqy-microhei", "notosanscjk-regular", "droidsansfallbackfull", "droidsansfallback",
)  # fmt: skip
"""Good fonts for scripts that the package brings none for, by the start of the file's name, best first."""
COLOURED = ("notocoloremoji", "apple color emoji", "seguiemj", "twemoji", "twittercoloremoji", "openmoji-color")
"""Fonts with emoji in colour."""
UNSUITED = ("mono", "serif", "italic", "oblique", "symbol", "thin", "lastresort", "blank", "condensed")
STRIKES = (109, 136, 128, 160, 96, 72, 64, 32)
"""Sizes in pixels that fonts of pictures come in; 109 is Noto's."""
MOST_TRIED = 200
"""System fonts that are opened at most in search of one letter."""
CJK_PARTS = {"ja": 0, "ko": 1, "zh": 2}
"""Place of a language's letters in the collections NotoSansCJK and SourceHanSans."""
NO_CHARACTER = "\uffff"


@dataclass(frozen=True, slots=True)
class Face:
    """A font file, and which of its fonts."""

    path: str
    index: int = 0
    coloured: bool = False
    light: bool = False
    """Whether its letters are thinner than bold ones."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that one font draws, in the order they are written."""

    text: str
    face: Face


@cache
def can_shape() -> bool:
    return bool(features.check("raqm"))


@lru_cache(maxsize=96)
def load(face: Face, size: int) -> tuple[ImageFont.FreeTypeFont, float]:
    """The font at `size` pixels, and what its letters must be scaled by. Raises OSError when it cannot be read."""
    engine = ImageFont.Layout.RAQM if can_shape() else ImageFont.Layout.BASIC
    try:
        return ImageFont.truetype(face.path, size, face.index, layout_engine=engine), 1.0
    except OSError:
        if not face.coloured:
            raise
    for strike in STRIKES:
        try:
            return ImageFont.truetype(face.path, strike, face.index, layout_engine=engine), size / strike
        except OSError:
            continue
    raise OSError(f"{face.path} has no size that can be drawn")


@lru_cache(maxsize=8192)
def _covers(face: Face, letter: str) -> bool:
    """Whether the font has ink for `letter` that is not its sign for a missing one."""
    mode = "RGBA" if face.coloured else "L"
    try:
        font, _ = load(face, 24)
        mask, missing = font.getmask(letter, mode), font.getmask(NO_CHARACTER, mode)
    except OSError:
        return False
    if mask.getbbox() is None:
        return False
    return mask.size != missing.size or bytes(mask) != bytes(missing)


def _has(face: Face, cluster: str) -> bool:
    silent = ("Cf", "Mn", "Me", "Co")
    return all(_covers(face, letter) for letter in cluster if unicodedata.category(letter) not in silent)


def system_folders() -> tuple[Path, ...]:
    """Where this system keeps its fonts."""
    home = Path.home()
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts")
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",)
    data = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    shared = [Path(folder) / "fonts" for folder in data.split(":")]
    return (*shared, home / ".local" / "share" / "fonts", home / ".fonts")


class Fonts:
    """The fonts at hand. `face` is "display" or "text", as in the config."""

    def __init__(self, folders: Iterable[Path] | None = None) -> None:
        self._folders = tuple(system_folders() if folders is None else folders)
        self._found: tuple[Face, ...] | None = None
        self._chosen: dict[tuple[str, str, str], tuple[tuple[Run, ...], tuple[str, ...]]] = {}

    def runs(self, text: str, face: str, language: str = "") -> tuple[tuple[Run, ...], tuple[str, ...]]:
        """`text` by font, and the letters that nothing here can draw, which are in no run.

        A word is drawn by one font where one has all of it; emoji have fonts of their own.
        """
        key = (text, face, language)
        if key not in self._chosen:
            if len(self._chosen) > 4096:
                self._chosen.clear()
            self._chosen[key] = self._choose(text, face, language)
        return self._chosen[key]

    def _choose(self, text: str, face: str, language: str) -> tuple[tuple[Run, ...], tuple[str, ...]]:
        letters = clusters(text)
        shipped = [_shipped(name) for name in ((DISPLAY, TEXT) if face == "display" else (TEXT, DISPLAY))]
        plain = [letter for letter in letters if not is_emoji(letter) and not _cannot_shape(letter)]
        whole = next((own for own in shipped if all(_has(own, letter) for letter in plain)), None)
        found: list[tuple[str, Face]] = []
        missing = []
        for letter in letters:
            if _cannot_shape(letter):
                missing.append(letter)
                continue
            emoji = is_emoji(letter)
            order = [] if emoji or whole is None else [whole]
            own = self._first(letter, [*order, *shipped], emoji=emoji, language=language)
            if own is None:
                missing.append(letter)
            elif found and found[-1][1] == own:
                found[-1] = (found[-1][0] + letter, own)
            else:
                found.append((letter, own))
        return tuple(Run(part, own) for part, own in found), tuple(missing)

    def _first(self, letter: str, shipped: Sequence[Face], *, emoji: bool, language: str) -> Face | None:
        system = self._system(language)
        coloured = [face for face in system if face.coloured]
        plain = [face for face in system if not face.coloured]
        order = [*coloured, *shipped, *plain] if emoji else [*shipped, *plain]
        return next((face for face in order[:MOST_TRIED] if _has(face, letter)), None)

    def _system(self, language: str) -> list[Face]:
        """The system's fonts, best first, with the part of a collection that `language` reads."""
        if self._found is None:
            paths = {path.name.lower(): path for folder in self._folders for path in _font_files(folder)}
            self._found = tuple(
                Face(str(path), 0, name.startswith(COLOURED), not _is_bold(name))
                for name, path in sorted(paths.items(), key=lambda item: (_rank(item[0]), item[0]))
            )
        part = CJK_PARTS.get(language, 0)
        collections = ("NotoSansCJK", "SourceHanSans")
        return [
            replace(face, index=part)
            if part and Path(face.path).stem.startswith(collections) and _is_set(face)
            else face
            for face in self._found
        ]


def _is_set(face: Face) -> bool:
    return face.path.lower().endswith(".ttc")


def _cannot_shape(letter: str) -> bool:
    return not can_shape() and needs_shaping(letter)


@cache
def _shipped(name: str) -> Face:
    return Face(str(files("aiditor").joinpath("render", "fonts", name)))


def _font_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".ttf", ".otf", ".ttc"))


def _is_bold(name: str) -> bool:
    return any(word in name for word in ("bold", "black", "heavy", "msyhbd", "yugothb", "malgunbd"))


def _rank(name: str) -> int:
    """Lower is tried earlier."""
    for place, start in enumerate(PREFERRED):
        if name.startswith(start):
            return place
    poor = sum(word in name for word in UNSUITED)
    return len(PREFERRED) + 10 * poor + (0 if _is_bold(name) else 1) + (0 if "sans" in name else 2)
