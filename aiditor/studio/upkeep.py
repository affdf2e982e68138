"""What is done now and then, whoever looks: clips expire, broken uploads go, the lake hears of jobs."""

from __future__ import annotations

import logging
import threading

from aiditor.errors import AIditorError
from aiditor.store.belongings import expire
from aiditor.store.tables import now
from aiditor.store.uploads import Uploads
from aiditor.studio.studio import Studio

__all__ = ["Upkeep", "once"]

log = logging.getLogger(__name__)

EVERY_S = 600.0


def once(studio: Studio) -> None:
    """All of it, now. Raises AIditorError when the database, the files or the lake do not answer."""
    studio.tell()
    Uploads(studio.db, studio.settings).expire()
    expire(studio.db, studio.files, now())


class Upkeep:
    """A thread that does it every ten minutes, for as long as the block; what goes wrong is logged and tried again."""

    def __init__(self, studio: Studio, *, every_s: float = EVERY_S) -> None:
        self._studio, self._every_s = studio, every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def __enter__(self) -> Upkeep:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            try:
                once(self._studio)
            except AIditorError as error:
                log.warning("upkeep will be tried again: %s", error)
