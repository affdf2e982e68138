"""Where a model's weights are, whether they are whole, and what to run when they are not here.

    a folder that the user names  →  AIDITOR_HOME/models/<name>  →  the Hugging Face cache  →  nowhere yet

Nothing here calls out but `fetch`. A job asks `require` before it starts, so that it is refused at once and
with all that it lacks, rather than half way through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from aiditor.errors import BadInput, MissingPart
from aiditor.models.catalogue import CATALOGUE, Weights, named
from aiditor.models.manifest import Manifest, damaged, hashed, read_manifest
from aiditor.progress import Progress, silent
from aiditor.settings import Settings

__all__ = ["Found", "Status", "Verdict", "fetch", "home", "listing", "locate", "require", "verify"]

Place = Literal["yours", "fetched", "cache", "shipped"]
State = Literal["sound", "damaged", "unrecorded", "missing"]


@dataclass(frozen=True, slots=True)
class Found:
    """A model that is here: the folder to load it from, and whose it is."""

    name: str
    folder: Path
    place: Place
    """"yours" for a folder that was named, "fetched", "cache" for the Hugging Face one, "shipped" with AIditor."""
    commit: str = ""
    """The hub's commit, where it is known."""


@dataclass(frozen=True, slots=True)
class Status:
    """A row of `aiditor models list`."""

    weights: Weights
    found: Found | None
    bytes: int
    """On this disk; 0 where it is not here."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` says of one model."""

    name: str
    state: State
    """"unrecorded": it is here and whole, but nothing says what its bytes should be."""
    damage: tuple[str, ...] = ()
    """Each as "model.bin: other bytes than were fetched"."""
    folder: Path | None = None


def home(name: str, settings: Settings) -> Path:
    """Where this model is fetched to."""
    return settings.model_dir / named(name).name


def locate(name: str, settings: Settings, *, folder: Path | None = None) -> Found | None:
    """Where the weights of `name` are; None when they are not here. Never calls out.

    `name` may be a folder of the user's own instead of a name in the catalogue; so may `folder`, which then goes
    before all other places and holds the model itself. Raises BadInput for a name that is neither, and for a
    folder that lacks files.
    """
    if name not in CATALOGUE:
        if not Path(name).expanduser().is_dir():
            named(name)  # raises, with the names there are
        return Found(name, Path(name).expanduser(), "yours")
    weights = named(name)
    if folder is not None:
        if lacking := weights.lacking(folder):
            why = f"{folder} is not {name}: it lacks {', '.join(lacking)}"
            raise BadInput(why, remedy="name the folder that holds its files", file=folder)
        return Found(name, folder, "yours")
    if not weights.repo:
        shipped = _shipped()
        return None if weights.lacking(shipped) else Found(name, shipped, "shipped")
    own = home(name, settings)
    if own.is_dir() and not weights.lacking(own):
        manifest = read_manifest(own)
        return Found(name, own, "fetched", manifest.commit if manifest else "")
    return _cached(weights)


def require(names: Iterable[str], settings: Settings) -> dict[str, Found]:
    """All these models, by name; to be asked before work starts.

    Raises MissingPart that names every one that is not here, with the one command that brings them.
    """
    found = {name: locate(name, settings) for name in dict.fromkeys(names)}
    missing = [name for name, place in found.items() if place is None]
    if not missing:
        return {name: place for name, place in found.items() if place is not None}
    fetchable = [name for name in missing if named(name).repo]
    size = sum(named(name).about_bytes for name in fetchable)
    verb = "is" if len(missing) == 1 else "are"
    remedy = f"run `aiditor models fetch {' '.join(fetchable)}` (about {spelled(size)})" if fetchable else ""
    if len(fetchable) < len(missing):
        remedy = " and ".join(filter(None, [remedy, "install AIditor again"]))
    raise MissingPart(f"{_listed(missing)} {verb} not on this computer", remedy=remedy)


def listing(settings: Settings) -> tuple[Status, ...]:
    """Every model of the catalogue, here or not."""
    found = [(weights, locate(weights.name, settings)) for weights in CATALOGUE.values()]
    return tuple(Status(weights, place, _size(weights, place) if place else 0) for weights, place in found)


def fetch(
    name: str, settings: Settings, *, revision: str | None = None, again: bool = False, progress: Progress = silent
) -> Found:
    """Bring a model here from the hub, from where an earlier try stopped; see `download` for what it raises.

    One that is here already, fetched and at that revision, is left alone, unless `again` asks for a second look:
    then what is sound of it stays, and the rest is fetched anew.
    """
    from aiditor.models.fetch import download

    weights = named(name)
    if not weights.repo:
        found = locate(name, settings)
        if found is None:
            raise MissingPart(f"{name} ships with AIditor and is not there", remedy="install AIditor again")
        return found
    folder = home(name, settings)
    manifest = _manifest(folder)
    at = revision or weights.revision
    if not again and manifest and at in (manifest.revision, manifest.commit) and not _altered(folder, manifest):
        return Found(name, folder, "fetched", manifest.commit)
    manifest = download(weights, folder, revision=revision, progress=progress)
    return Found(name, folder, "fetched", manifest.commit)


def verify(name: str, settings: Settings, *, progress: Progress = silent) -> Verdict:
    """Read every file of a model and compare it with what was recorded when it came; never calls out.

    A model of the Hugging Face cache is compared with the checksums that are its files' names there.
    """
    weights = named(name)
    folder = home(name, settings) if weights.repo else _shipped()
    if not weights.repo:
        if weights.lacking(folder):
            return Verdict(name, "missing")
        return _verdict(name, folder, _sealed(folder / weights.tensors[0]))
    if not folder.is_dir():
        cached = _cached(weights)
        return Verdict(name, "missing") if cached is None else _verdict(name, cached.folder, _blobs(cached.folder))
    try:
        manifest = read_manifest(folder)
    except BadInput as error:
        return _verdict(name, folder, [error.why])
    lacking = [f"{path}: not there" for path in weights.lacking(folder)]
    if manifest is None:
        return _verdict(name, folder, lacking) if lacking else Verdict(name, "unrecorded", folder=folder)
    return _verdict(name, folder, damaged(folder, manifest, progress=progress) or lacking)


def spelled(size: int) -> str:
    """A size as people say it: "486 MB", "2.4 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


# --- the places


def _shipped() -> Path:
    """The folder inside the package where the highlight model lies."""
    return Path(str(files("aiditor"))) / "detect" / "net"


def _cached(weights: Weights) -> Found | None:
    """The model in the Hugging Face cache, left there by any program; None where it is not, or not whole."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    root = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=weights.repo, repo_type="model")
    pointer = root / "refs" / weights.revision
    commit = pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else weights.revision
    folder = root / "snapshots" / commit
    whole = folder.is_dir() and not weights.lacking(folder)
    return Found(weights.name, folder, "cache", commit) if whole else None


def _manifest(folder: Path) -> Manifest | None:
    """The manifest; None where it is missing or spoilt, either of which a fetch mends."""
    try:
        return read_manifest(folder)
    except BadInput:
        return None


def _altered(folder: Path, manifest: Manifest) -> bool:
    """Whether a file has gone or changed its size, which costs nothing to ask."""
    paths = ((folder / name, kept) for name, kept in manifest.files.items())
    return any(not path.is_file() or path.stat().st_size != kept.bytes for path, kept in paths)


def _blobs(folder: Path) -> list[str]:
    """The cache's files whose bytes are not those of their blob's name: SHA-256 of large files, git's of others."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        kept, size = path.resolve().name, path.stat().st_size
        if len(kept) == 64:
            real = hashed(path, hashlib.sha256())
        elif len(kept) == 40:
            real = hashed(path, hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False))
        else:
            continue  # a copy, on a disk without links: nothing is recorded
        if real != kept:
            found.append(f"{path.relative_to(folder).as_posix()}: other bytes than were fetched")
    return found


def _sealed(path: Path) -> list[str]:
    """Whether a file of ours holds the tensors that the checksum in its head was made of."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            head = file.metadata() or {}
            sha = hashlib.blake2b(head["card"].encode(), digest_size=16)
            for name in sorted(file.keys()):
                sha.update(name.encode() + file.get_tensor(name).tobytes())
        sound = sha.hexdigest() == head["blake2b"]
    except (OSError, SafetensorError, KeyError):
        sound = False
    return [] if sound else [f"{path.name}: other bytes than were shipped"]


def _verdict(name: str, folder: Path, damage: list[str]) -> Verdict:
    return Verdict(name, "damaged" if damage else "sound", tuple(damage), folder)


def _size(weights: Weights, found: Found) -> int:
    if found.place == "shipped":
        return (found.folder / weights.tensors[0]).stat().st_size
    return sum(path.stat().st_size for path in found.folder.rglob("*") if path.is_file())


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
