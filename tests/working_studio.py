"""A studio whose jobs are done in the test's own process, so that a test may put a reader of its own in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiditor.jobs.tasks import load_tasks
from aiditor.jobs.worker import Worker
from aiditor.settings import Settings
from aiditor.studio import Studio


@contextmanager
def working(settings: Settings) -> Iterator[Studio]:
    """A studio, and a worker of its own in a thread."""
    with Studio(settings) as studio:
        stopping = threading.Event()
        worker = Worker(settings, load_tasks("aiditor.studio.tasks"), stopping=stopping)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            yield studio
        finally:
            stopping.set()
            thread.join()
            worker.close()
