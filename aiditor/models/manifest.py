"""What a model's files were when they came: sizes and checksums, so that damage shows."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiditor.errors import BadInput
from aiditor.progress import Progress, silent

__all__ = ["MANIFEST", "FileRecord", "Manifest", "blake2b", "damaged", "read_manifest", "write_manifest"]

MANIFEST = "manifest.json"
SCHEMA = 1
_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file: its size in bytes and its BLAKE2b checksum (32 hex digits)."""

    bytes: int
    blake2b: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a folder of weights came from, and its files by their path inside it."""

    name: str
    repo: str
    revision: str
    commit: str
    licence: str
    files: dict[str, FileRecord]
    schema: int = SCHEMA

    @property
    def bytes(self) -> int:
        """All files together."""
        return sum(record.bytes for record in self.files.values())


def hashed(path: Path, digest: Any, note: Callable[[int], object] = lambda _: None) -> str:
    """The hex digest of a file, read in blocks; `note` hears the bytes of each."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            note(len(block))
    return str(digest.hexdigest())


def blake2b(path: Path, note: Callable[[int], object] = lambda _: None) -> str:
    """BLAKE2b with 16 bytes of digest, as 32 hex digits."""
    return hashed(path, hashlib.blake2b(digest_size=16), note)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put it into the folder, whole or not at all."""
    partial = folder / f".{MANIFEST}.{os.getpid()}.part"
    try:
        partial.write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
        partial.replace(folder / MANIFEST)
    finally:
        partial.unlink(missing_ok=True)


def read_manifest(folder: Path) -> Manifest | None:
    """The folder's manifest; None where there is none. Raises BadInput when it cannot be read."""
    path = folder / MANIFEST
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        files = {name: FileRecord(**record) for name, record in kept.pop("files").items()}
        return Manifest(**kept, files=files)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{folder.name}/{MANIFEST} cannot be read", remedy="fetch the model again", file=path) from error


def record(folder: Path, paths: Iterable[str], note: Callable[[int], object] = lambda _: None) -> dict[str, FileRecord]:
    """Sizes and checksums of these files of the folder as they are now."""
    return {name: FileRecord((folder / name).stat().st_size, blake2b(folder / name, note)) for name in sorted(paths)}


def damaged(folder: Path, manifest: Manifest, *, progress: Progress = silent) -> list[str]:
    """What differs from the manifest, each as "model.bin: other bytes than were fetched"; [] when sound."""
    found, done, total = [], 0, max(manifest.bytes, 1)
    for name, kept in manifest.files.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name}: not there")
        elif (size := path.stat().st_size) != kept.bytes:
            found.append(f"{name}: {size} bytes instead of {kept.bytes}")
        else:
            read = 0

            def note(count: int, name: str = name, before: int = done) -> None:
                nonlocal read
                read += count
                progress((before + read) / total, name)

            if blake2b(path, note) != kept.blake2b:
                found.append(f"{name}: other bytes than were fetched")
        done += kept.bytes
    return found
