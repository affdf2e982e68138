"""Jobs of the studio's kinds that are over at once, for tests of what is around them."""

from __future__ import annotations

import time
from typing import Any

from aiditor.clock import Report
from aiditor.errors import BadInput
from aiditor.jobs.tasks import Here, task
from aiditor.store.tables import Job, Render

FILM = bytes(range(256)) * 400


def _say(here: Here, fraction: float) -> None:
    here.on_report(Report("render", fraction, fraction, f"{fraction:.0%}", 0.0, None))


@task("make")
def make(job: Job, here: Here) -> dict[str, Any]:
    """Two files; the wish's seed 1 fails, 2 goes on until it is stopped."""
    seed = job.request["wish"]["seed"]
    _say(here, 0.5)
    if seed == 1:
        raise BadInput("clip.mp4 has no picture", remedy="export it again with video", file="/srv/clip.mp4")
    while seed == 2:
        _say(here, 0.6)
        time.sleep(0.02)
    rows = []
    for form, name, kind in (("landscape", "m.mp4", "video/mp4"), ("json", "m.json", "application/json")):
        path = here.folder / name
        path.write_bytes(FILM)
        key = f"users/{job.user_id}/renders/{job.id}/{name}"
        stored = here.files.put(key, path, media_type=kind)
        about = {"media_type": kind, "bytes": stored.bytes, "sha256": stored.sha256}
        rows.append(Render(user_id=job.user_id, job_id=job.id, form=form, file_key=key, **about))
    here.at_the_end(lambda session: session.add_all(rows))
    return {"forms": ["json", "landscape"], "seconds": 10.0}


@task("analyse")
def analyse(job: Job, here: Here) -> dict[str, Any]:
    """Looks at nothing."""
    _say(here, 0.9)
    return {"clips": 1, "rejected": []}
