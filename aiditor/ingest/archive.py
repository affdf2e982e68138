"""Clips out of a ZIP that a stranger may have made.

Nothing an archive says is believed: names never become paths, links and encrypted entries stop it, sizes are capped,
and an entry that would unpack to more than it claims fails (`zipfile` stops at the claim, and the checksum is wrong).
Entries are stored or deflated, as every tool writes them: Python's bzip2 and LZMA readers inflate a block whole,
gigabytes of memory from a few bytes. Only entries that may be clips are unpacked, in a stream, to files of our own
naming; a half-unpacked file never stays.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from aiditor.errors import BadInput, UnsafeArchive
from aiditor.ingest.config import IngestConfig
from aiditor.ingest.expand import CLIP_SUFFIXES, NEVER_CLIPS, Candidate
from aiditor.ingest.identity import content_id
from aiditor.progress import Progress, silent
from aiditor.timeline import Rejection

__all__ = ["unpack"]

CHUNK_BYTES = 2**20
SMALL_BYTES = 2**20
"""Archives that unpack to no more than this cannot hurt, whatever their ratio."""
_ENCRYPTED_FLAG = 0x1
_UNIX = 3
_ARCHIVES = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".xz", ".bz2", ".zst"})
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What `zipfile` raises for damaged or unsupported entries (LookupError and OSError are handled apart)."""


def unpack(
    archive: Path, cfg: IngestConfig, *, workdir: Path, progress: Progress = silent
) -> Iterator[Candidate | Rejection | str]:
    """The clips of `archive`, unpacked under `workdir`, rejections of single entries, and notes (str).

    Raises UnsafeArchive when the archive as a whole must not be unpacked (escapes, links, bombs, too many files),
    BadInput when it is no ZIP, is damaged, is encrypted or there is no room for it. Cancelled passes through.
    """
    try:
        with zipfile.ZipFile(archive) as pack:
            entries = pack.infolist()
            for entry in entries:
                _check_entry(archive, entry)
            _check_caps(archive, entries, cfg)
            yield from _clips(pack, entries, archive, workdir, progress)
    except FileNotFoundError as error:
        raise BadInput(
            f"{archive.name} does not exist", remedy="check the path and its spelling", file=archive
        ) from error
    except (*_BROKEN, LookupError) as error:
        remedy = "download or pack it again, as a plain ZIP"
        raise BadInput(f"{archive.name} is not a ZIP, or is damaged", remedy=remedy, file=archive) from error
    except OSError as error:
        why = f"{archive.name} cannot be unpacked ({error.strerror or error})"
        remedy = f"make room under {workdir}, or check that the file may be read"
        raise BadInput(why, remedy=remedy, file=archive) from error


def _check_entry(archive: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename.replace("\\", "/")
    pack_again = "pack the clips again, plainly, from one folder"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in PurePosixPath(name).parts or "\0" in name:
        why = f"{archive.name} holds an entry that would land outside its folder ({_printable(name)})"
        raise UnsafeArchive(why, remedy=pack_again, file=archive)
    mode = entry.external_attr >> 16
    if mode and entry.create_system == _UNIX and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        why = f"{archive.name} holds a link or a device ({_printable(name)})"
        raise UnsafeArchive(why, remedy="pack the clips themselves, not links to them", file=archive)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not entry.flag_bits & _ENCRYPTED_FLAG:
        why = f"{archive.name} is packed in a way that is not opened here ({_printable(name)})"
        raise BadInput(why, remedy="pack it again as a plain ZIP (deflate)", file=archive)
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise BadInput(
            f"{archive.name} is encrypted", remedy="unpack it with its password and give the clips", file=archive
        )


def _check_caps(archive: Path, entries: list[zipfile.ZipInfo], cfg: IngestConfig) -> None:
    split = "split it, or unpack it yourself and give the clips"
    if len(entries) > cfg.zip_max_files:
        why = f"{archive.name} holds {len(entries)} entries, over the cap of {cfg.zip_max_files}"
        raise UnsafeArchive(why, remedy=split, file=archive)
    total = sum(entry.file_size for entry in entries)
    if total > cfg.zip_max_unpacked_gb * 1e9:
        why = f"{archive.name} unpacks to {total / 1e9:.1f} GB, over the cap of {cfg.zip_max_unpacked_gb:g} GB"
        raise UnsafeArchive(why, remedy=split, file=archive)
    ratio = total / max(archive.stat().st_size, 1)
    if total > SMALL_BYTES and ratio > cfg.zip_max_ratio:
        why = f"{archive.name} unpacks to {ratio:.0f} times its size, as a bomb does and clips do not"
        raise UnsafeArchive(why, remedy="pack the clips again yourself", file=archive)


def _clips(
    pack: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    archive: Path,
    workdir: Path,
    progress: Progress,
) -> Iterator[Candidate | Rejection | str]:
    wanted = []
    nested = False
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        shown = f"{archive.name}/{_printable(str(name))}"
        suffix = name.suffix.lower()
        if entry.is_dir():
            continue
        if suffix in _ARCHIVES:
            nested = True
            yield Rejection(shown, f"{shown} is an archive in an archive", "unpack it and give the clips")
        elif suffix in NEVER_CLIPS or name.name.startswith(".") or name.parts[0] == "__MACOSX":
            yield f"{shown} is no clip: passed over"
        else:
            wanted.append((entry, name, shown))
    if not wanted and nested:
        return
    if not wanted:
        raise BadInput(f"{archive.name} holds no clips", remedy="pack the recordings themselves", file=archive)

    total = sum(entry.file_size for entry, _, _ in wanted)
    workdir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(workdir).free
    if total > free:
        why = f"{archive.name} unpacks to {total / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are free"
        raise BadInput(why, remedy=f"make room under {workdir}", file=archive)

    folder = workdir / f"zip-{content_id(archive)}"
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(min(done / max(total, 1), 1.0), f"unpacking {archive.name}")

    for number, (entry, name, shown) in enumerate(wanted):
        target = folder / f"{number:04d}" / _file_name(name)
        try:
            _extract(pack, entry, target, advance)
        except _BROKEN:
            yield Rejection(shown, f"{shown} is damaged in the archive", "download or pack the archive again")
            continue
        yield Candidate(target, shown, named=name.suffix.lower() in CLIP_SUFFIXES)


def _extract(pack: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, advance: Callable[[int], None]) -> None:
    """Stream one entry to `target`, whole or not at all; one from an earlier run is used again."""
    if target.is_file() and target.stat().st_size == entry.file_size:
        advance(entry.file_size)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with pack.open(entry) as packed, partial.open("wb") as handle:
            while chunk := packed.read(CHUNK_BYTES):
                handle.write(chunk)
                advance(len(chunk))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _file_name(name: PurePosixPath) -> str:
    """A name every file system takes, near to the entry's own."""
    stem = re.sub(r"[^\w '()\[\]&+,.-]", "_", name.stem)[:60].strip(" .") or "clip"
    suffix = name.suffix.lower() if re.fullmatch(r"\.\w{1,8}", name.suffix) else ""
    return stem + suffix


def _printable(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:200]
