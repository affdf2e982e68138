"""The stage: whatever was given becomes clips that can be used and rejections that say what to do."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from aiditor.errors import BadInput
from aiditor.ingest.archive import unpack
from aiditor.ingest.config import IngestConfig
from aiditor.ingest.expand import Candidate, expand, is_archive
from aiditor.ingest.identity import content_id
from aiditor.ingest.overlap import drop_repeats
from aiditor.media.probe import probe
from aiditor.progress import Progress, part, silent
from aiditor.timeline import Ingested, Rejection, Source

__all__ = ["ingest"]


def ingest(
    paths: Iterable[str | PathLike[str]], cfg: IngestConfig, *, workdir: Path, progress: Progress = silent
) -> Ingested:
    """Clips from files, folders (with all below them), glob patterns and ZIPs, in the order given.

    ZIPs are unpacked under `workdir`, which must outlive the sources. A bad file becomes a `Rejection` and the
    rest goes on; what merely lies beside clips in a folder is passed over with a progress note.
    A moment that several clips recorded is kept in one of them (see `overlap`).
    Raises only Cancelled, through `progress`.
    """
    rejected: list[Rejection] = []
    candidates = _gather(paths, cfg, rejected, workdir, part(progress, 0.0, 0.3))
    sources = _probe_all(candidates, cfg, rejected, part(progress, 0.3, 0.5))
    if cfg.find_overlaps:
        sources = _once(sources, cfg, rejected, part(progress, 0.5, 1.0))
    progress(1.0, f"{len(sources)} clips, {len(rejected)} rejected")
    return Ingested(tuple(sources), tuple(rejected))


def _gather(
    paths: Iterable[str | PathLike[str]],
    cfg: IngestConfig,
    rejected: list[Rejection],
    workdir: Path,
    progress: Progress,
) -> list[Candidate]:
    found: list[Candidate] = []
    left_out: list[Candidate] = []

    def take(item: Candidate | Rejection | str) -> None:
        if isinstance(item, Candidate):
            (found if len(found) < cfg.max_clips else left_out).append(item)
        elif isinstance(item, Rejection):
            rejected.append(item)
        else:
            progress(0.0, item)

    for item in expand(paths):
        if not (isinstance(item, Candidate) and is_archive(item.path)):
            take(item)
            progress(0.0, f"{len(found)} files found")
            continue
        try:
            # Listed first: of an archive that turns out to be bad nothing is used.
            for entry in list(unpack(item.path, cfg, workdir=workdir, progress=progress)):
                take(entry)
        except BadInput as error:
            rejected.append(Rejection(str(item.path), error.why, error.remedy))
    if left_out:
        why = f"{len(found) + len(left_out)} files were given, {cfg.max_clips} are read at once: "
        why += f"{left_out[0].name} and {len(left_out) - 1} after it are left out"
        rejected.append(Rejection(str(left_out[0].path), why, "give fewer files, or raise max_clips"))
    return found


def _probe_all(
    candidates: list[Candidate], cfg: IngestConfig, rejected: list[Rejection], progress: Progress
) -> list[Source]:
    sources: dict[str, Source] = {}
    for number, item in enumerate(candidates):
        progress(number / len(candidates), f"reading {item.name}")
        shown = item.name if "/" in item.name else str(item.path)
        try:
            source = _probe_one(item, cfg)
        except BadInput as error:
            why = error.why.replace(item.path.name, item.name, 1)  # an archive's entry goes by its name in there
            if item.named:
                rejected.append(Rejection(shown, why, error.remedy))
            else:
                progress(number / len(candidates), f"{why}: passed over")
            continue
        twin = sources.get(source.id)
        if twin is not None:
            why = f"{item.name} is the same file as {twin.name}"
            rejected.append(Rejection(shown, why, "nothing to do: the recording is used once"))
            continue
        sources[source.id] = source
    return list(sources.values())


def _once(sources: list[Source], cfg: IngestConfig, rejected: list[Rejection], progress: Progress) -> list[Source]:
    while True:
        try:
            kept, repeats = drop_repeats(sources, cfg, progress=progress)
        except BadInput as error:
            # A file that could be probed has gone since, or its disk has.
            gone = [source for source in sources if source.path == error.file]
            if not gone:
                raise
            rejected.append(Rejection(gone[0].aka or gone[0].path, error.why, error.remedy))
            sources = [source for source in sources if source is not gone[0]]
            continue
        rejected.extend(repeats)
        return kept


def _probe_one(item: Candidate, cfg: IngestConfig) -> Source:
    info = probe(item.path)
    if info.duration_s < cfg.min_clip_s:
        why = f"{item.name} lasts only {info.duration_s:.2f} s"
        raise BadInput(why, remedy=f"give clips of at least {cfg.min_clip_s:g} s", file=item.path)
    if info.duration_s > cfg.max_clip_s:
        why = f"{item.name} lasts {info.duration_s / 3600:.1f} h, over the cap of {cfg.max_clip_s / 3600:g} h"
        raise BadInput(why, remedy="split the recording", file=item.path)
    try:
        name = content_id(item.path)
    except OSError as error:
        why = f"{item.name} cannot be read to its end ({error.strerror})"
        raise BadInput(why, remedy="check the disk, or copy the file elsewhere", file=item.path) from error
    return Source(id=name, path=str(item.path), info=info, aka=item.name if "/" in item.name else "")
