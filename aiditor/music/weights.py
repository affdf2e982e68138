"""Which weights a generated piece is made with: named ones of the catalogue, or a folder of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aiditor.errors import BadConfig
from aiditor.models.catalogue import CATALOGUE, named
from aiditor.models.hub import require
from aiditor.models.manifest import read_manifest
from aiditor.music.config import MusicConfig
from aiditor.music.token_model import About
from aiditor.settings import Settings

__all__ = ["SIZES", "MusicWeights", "find_weights"]

SIZES = ("small", "medium", "large", "melody")
_LICENCE = "CC-BY-NC-4.0"
"""Of MusicGen's public weights; what was tuned from them is taken to be under it too, unless its manifest says else."""


@dataclass(frozen=True, slots=True)
class MusicWeights:
    """A folder to load from, and what it is."""

    folder: Path
    about: About

    @property
    def bytes(self) -> int:
        """All that lies in the folder."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def find_weights(cfg: MusicConfig, settings: Settings, *, family: str, needs: tuple[str, ...]) -> MusicWeights:
    """The weights `family-model`, as "musicgen-small", or those in the folder that `cfg.model` names.

    `needs` are the files that a folder of the user's own must hold. Never calls out. Raises MissingPart with the
    command that fetches them, BadConfig for a name that is neither.
    """
    name = f"{family}-{cfg.model}"
    if name in CATALOGUE:
        found = require([name], settings)[name]
        known = named(name)
        return MusicWeights(found.folder, About(name, found.commit or _stamp(found.folder), known.licence, known.repo))
    folder = Path(cfg.model).expanduser()
    sizes = ", ".join(size for size in SIZES if f"{family}-{size}" in CATALOGUE)
    if not folder.is_dir():
        raise BadConfig(f"no music model is called {cfg.model!r}", remedy=f"say {sizes}, or name a folder")
    lacking = [need for need in needs if not any(folder.glob(need))]
    if lacking:
        why = f"{folder.name} holds no model for {family}: it lacks {', '.join(lacking)}"
        raise BadConfig(why, remedy="name the folder that holds the model's files")
    manifest = read_manifest(folder)
    licence = manifest.licence if manifest else _LICENCE
    return MusicWeights(folder, About(folder.name, _stamp(folder), licence))


def _stamp(folder: Path) -> str:
    """Sizes and times of the weights' largest file, so that other weights in the same place are other weights."""
    largest = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    return f"{largest.stat().st_size:x}-{largest.stat().st_mtime_ns:x}"
