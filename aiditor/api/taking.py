"""Finished uploads, taken for a job or a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from aiditor.errors import NotFound
from aiditor.store.uploads import Uploads
from aiditor.studio import Studio

__all__ = ["drop_quietly", "taken", "uploads_of"]


def uploads_of(studio: Studio) -> Uploads:
    """The uploads of the studio's deployment; cheap to make."""
    return Uploads(studio.db, studio.settings)


@contextmanager
def taken(studio: Studio, me: str, upload_ids: Sequence[str], *, keep: bool = False) -> Iterator[list[Path]]:
    """The files of these uploads, which are forgotten when the block has moved them away, unless `keep`.

    Raises NotFound, BadInput for one that has not arrived. When the block raises, what it left can be used again.
    """
    uploads = uploads_of(studio)
    paths = [uploads.finish(upload_id, me) for upload_id in dict.fromkeys(upload_ids)]
    yield paths
    for upload_id in () if keep else upload_ids:
        drop_quietly(studio, me, upload_id)


def drop_quietly(studio: Studio, me: str, upload_id: str) -> None:
    """Forget an upload; one that is gone already is no error."""
    with suppress(NotFound):
        uploads_of(studio).drop(upload_id, me)
