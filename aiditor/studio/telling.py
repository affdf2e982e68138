"""What jobs tell the lake once they have ended: who waited how long, what was found, what was used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from aiditor.store.facts import Facts
from aiditor.store.job_facts import ClipFact, EventFact, JobFact, MomentFact, fact_of
from aiditor.store.projects import Projects
from aiditor.store.tables import Job
from aiditor.studio.project import Project
from aiditor.timeline import Timeline

__all__ = ["facts_of", "tell"]

log = logging.getLogger(__name__)


def tell(
    rows: Projects, facts: Facts, project: Callable[[Job], Project | None], timeline: Callable[[Job], Timeline | None]
) -> int:
    """Tell the lake of all jobs that ended since it was told last; returns how many.

    Two processes may do so at once: a job that is told twice counts once.
    """
    count = 0
    while jobs := rows.untold():
        facts.add(*(facts_of(job, project(job), timeline(job), rows) for job in jobs))
        rows.told([job.id for job in jobs])
        count += len(jobs)
    return count


def facts_of(job: Job, project: Project | None, timeline: Timeline | None, rows: Projects) -> JobFact:
    """What is known of an ended job; `project` and `timeline` where they are still there."""
    analysis = project.analysis if project else None
    read = analysis is not None and job.state == "done" and job.kind in ("analyse", "make")
    sources = analysis.sources if analysis is not None and read else ()
    scores = analysis.scores if analysis is not None and read else ()
    sizes = {clip.name: clip.bytes for clip in project.clips} if project else {}
    shown = {(cut.source_id, round(cut.peak_s, 2)) for cut in timeline.cuts} if timeline else set()
    return fact_of(
        job,
        montage_s=timeline.duration_s if timeline else 0.0,
        style=timeline.style if timeline else str(job.request.get("wish", {}).get("style", "")),
        engine=timeline.music.engine if timeline and timeline.music else "",
        detector=project.detector if project and read else "",
        bytes=sum(render.bytes for render in rows.renders(job.id).values()),
        clips=tuple(
            ClipFact(s.id, Path(s.name).name, s.duration_s, bytes=sizes.get(s.name, 0)) for s in sources
        ),
        events=tuple(
            EventFact(each.source_id, event.kind, event.t_s, event.confidence)
            for each in scores
            for event in each.events
        ),
        moments=tuple(
            MomentFact(
                each.source_id, moment.kind, moment.t_s, min(max(moment.score, 0.0), 1.0),
                (each.source_id, round(moment.t_s, 2)) in shown,
            )
            for each in scores
            for moment in each.moments
        ),
    )  # fmt: skip
