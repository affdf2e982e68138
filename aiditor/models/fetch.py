"""Weights from the hub to this disk: the one place of this package that calls out, and only when asked to.

Files arrive in a hidden folder beside the place, `.whisper-small.<commit>.part`. What broke off goes on where
it stopped, in this run or a later one (the hub's own client forgets a half file when its process ends). Each
file is checked against the hub's checksum, the manifest is written, and then the folder gets its name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aiditor.errors import AIditorError, BadInput, MissingPart
from aiditor.models.catalogue import Weights
from aiditor.models.manifest import Manifest, hashed, record, write_manifest
from aiditor.progress import Progress, part, silent

__all__ = ["download"]

SPARE_BYTES = 64 * 2**20
"""Room that is left on the disk."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file as the hub describes it."""

    path: str
    bytes: int
    sha256: str
    """Of a large file; "" for one that lies in git."""
    git_sha1: str

    def matches(self, path: Path) -> bool:
        """Whether the file there is this one, to the bit."""
        if not path.is_file() or path.stat().st_size != self.bytes:
            return False
        if self.sha256:
            return hashed(path, hashlib.sha256()) == self.sha256
        if not self.git_sha1:
            return True
        return hashed(path, hashlib.sha1(b"blob %d\0" % self.bytes, usedforsecurity=False)) == self.git_sha1


def download(
    weights: Weights,
    folder: Path,
    *,
    revision: str | None = None,
    endpoint: str | None = None,
    progress: Progress = silent,
) -> Manifest:
    """Fetch these weights into `folder`, which is replaced whole, or not touched.

    `endpoint` is the hub's address, HF_ENDPOINT or the public one by default. Files of a folder that is already
    there are kept where they are sound. Raises MissingPart when the hub or the model cannot be reached or the
    line breaks (what has come is kept), AIditorError when there is no room, Cancelled when `progress` says so.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    revision = revision or weights.revision
    endpoint = endpoint or os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
    with _locked(folder, weights), _understood(weights):
        progress(0.0, f"asking for {weights.name}")
        commit, files = _listed(weights, revision, endpoint)
        partial = folder.with_name(f".{folder.name}.{commit[:12]}.part")
        partial.mkdir(exist_ok=True)
        _keep_sound(folder, partial, files)
        _check_room(weights, partial, files)
        _bring(weights, commit, files, partial, endpoint, part(progress, 0.0, 0.95))
        progress(0.95, "recording checksums")
        kept = record(partial, (file.path for file in files))
        manifest = Manifest(weights.name, weights.repo, revision, commit, weights.licence, kept)
        write_manifest(partial, manifest)
        _settle(partial, folder)
    progress(1.0, f"{weights.name} is here")
    return manifest


def _listed(weights: Weights, revision: str, endpoint: str | None) -> tuple[str, list[_File]]:
    """The commit that the revision stands for, and the files of it that are wanted."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint).model_info(weights.repo, revision=revision, files_metadata=True)
    there = {
        item.rfilename: _File(
            item.rfilename, item.size or 0, item.lfs.sha256 if item.lfs else "", "" if item.lfs else item.blob_id or ""
        )
        for item in info.siblings or ()
    }
    files = [there[path] for path in weights.wanted(there)]
    if not info.sha or not files or any(".." in file.path.split("/") or file.path.startswith("/") for file in files):
        raise BadInput(f"{weights.repo} holds no files of {weights.name}", remedy="name another revision")
    return info.sha, files


def _bring(
    weights: Weights, commit: str, files: list[_File], partial: Path, endpoint: str | None, progress: Progress
) -> None:
    """Every file into the partial folder, small ones first, each from where it stopped, and checked."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    total, done = max(sum(file.bytes for file in files), 1), 0
    for file in sorted(files, key=lambda file: file.bytes):
        target = partial / file.path
        if not file.matches(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            rest = target.with_name(target.name + ".incomplete")
            if rest.exists() and rest.stat().st_size > file.bytes:
                rest.unlink()
            url = hf_hub_url(weights.repo, file.path, revision=commit, endpoint=endpoint)
            with rest.open("ab") as out:

                def note(at: int, before: int = done, name: str = file.path) -> None:
                    progress((before + at) / total, f"{weights.name}: {name}")

                http_get(
                    url,
                    _Counted(out, note),  # type: ignore[arg-type]
                    resume_size=out.tell(),
                    headers=build_hf_headers(),
                    expected_size=file.bytes,
                    tqdm_class=_quiet(),
                )
            if not file.matches(rest):
                rest.unlink()
                raise MissingPart(
                    f"{file.path} of {weights.name} came with other bytes than the hub announced",
                    remedy=f"run `aiditor models fetch {weights.name}` again",
                )
            rest.replace(target)
        done += file.bytes
        progress(done / total, f"{weights.name}: {file.path}")


class _Counted:
    """A file that tells how far it is after each block; what `note` raises ends the download."""

    def __init__(self, file: BinaryIO, note: Callable[[int], object]) -> None:
        self._file, self._note = file, note

    def write(self, block: bytes) -> int:
        count = self._file.write(block)
        self._note(self._file.tell())
        return count

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int) -> int:
        return self._file.seek(offset)

    def truncate(self) -> int:
        return self._file.truncate()


def _quiet() -> Any:
    """A progress bar that draws nothing: ours is drawn by whoever asked."""
    from tqdm.auto import tqdm

    class Quiet(tqdm):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **{**options, "disable": True})

    return Quiet


def _keep_sound(folder: Path, partial: Path, files: list[_File]) -> None:
    """What an earlier copy has right is not fetched again."""
    for file in files:
        old, new = folder / file.path, partial / file.path
        if not new.exists() and file.matches(old):
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(old, new)


def _check_room(weights: Weights, partial: Path, files: list[_File]) -> None:
    here = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
    needed, free = sum(file.bytes for file in files) - here + SPARE_BYTES, shutil.disk_usage(partial).free
    if needed > free:
        raise AIditorError(
            f"{weights.name} needs {needed / 1e9:.1f} GB more room and {free / 1e9:.1f} GB are free",
            remedy="make room, or set AIDITOR_HOME to a larger disk",
        )


def _settle(partial: Path, folder: Path) -> None:
    """Give the whole folder its name; an older one of that name goes, as do halves of other revisions."""
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.replace(old)
    try:
        partial.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    for left in (old, *folder.parent.glob(f".{folder.name}.*.part")):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _locked(folder: Path, weights: Weights) -> Iterator[None]:
    """One process at a time fetches a model."""
    from huggingface_hub.utils import WeakFileLock

    with ExitStack() as held:
        try:
            held.enter_context(WeakFileLock(folder.with_name(f".{folder.name}.lock"), timeout=0.2))
        except TimeoutError:
            raise AIditorError(f"another process is fetching {weights.name}", remedy="wait until it is done") from None
        yield


@contextmanager
def _understood(weights: Weights) -> Iterator[None]:
    """What the hub's client and the network raise, as a sentence with what to do."""
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled, RepositoryNotFoundError, RevisionNotFoundError

    again = f"run `aiditor models fetch {weights.name}` again; what has come is kept"
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise MissingPart(f"{weights.name} cannot be fetched: HF_HUB_OFFLINE is set", remedy="unset it") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        why = f"the hub has no {weights.repo} at that revision, or it is not public"
        raise MissingPart(why, remedy="check the revision and HF_TOKEN") from error
    except (httpx2.HTTPError, OSError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise MissingPart(f"{weights.name} could not be fetched ({why})", remedy=again) from error
