"""What workers do for the studio: look for moments, listen to what is said, make the montage.

Each reads what it needs from the project's rows and files and leaves its result there, so that another worker can
take it up, and doing it twice leaves what doing it once does.
"""

from __future__ import annotations

import mimetypes
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiditor import pipeline
from aiditor.clock import Clock, OnReport, Report
from aiditor.errors import NotFound, NothingToKeep
from aiditor.jobs.tasks import Here, task
from aiditor.pipeline import Analysis
from aiditor.progress import part
from aiditor.store.lake import Lake
from aiditor.store.projects import Projects, set_renders
from aiditor.store.tables import Clip, Job, Render
from aiditor.studio.kept import keep_analysis, keep_words, located
from aiditor.studio.project import Planned, Project
from aiditor.studio.shelf import Shelf
from aiditor.studio.teaching import Teaching, detector_name
from aiditor.studio.thumbnails import thumbnails
from aiditor.studio.wish import Wish
from aiditor.studio.wishes import checked, plan_key
from aiditor.styles import Style
from aiditor.timeline import Export, Rejection, Source, Timeline, from_json, to_json
from aiditor.users.plans import plan_of
from aiditor.words import Words

__all__ = ["analyse", "listen", "make"]

LOOKING = 0.35
"""Share of a montage's time that is spent on clips that nobody looked at before."""


@task("analyse")
def analyse(job: Job, here: Here) -> dict[str, Any]:
    """Look for moments in all of the project's clips."""
    with _clips(job, here) as (project, paths):
        found = _looked(job, here, project, paths, here.on_report)
    return {"clips": len(found.sources), "rejected": [_rejected(each) for each in found.rejected]}


@task("listen")
def listen(job: Job, here: Here) -> dict[str, Any]:
    """Hear what is said in what the montage would show."""
    wish = Wish.model_validate(job.request["wish"])
    insist = frozenset(job.request.get("insist", wish.words.insist))
    with _clips(job, here) as (project, paths):
        analysis = _analysis(job, here, project, paths)
        planned = _planned(job, here, project, analysis, wish)
        words = pipeline.listen(
            planned.timeline, planned.style, insist=insist, scores=analysis.scores, earlier=project.words,
            settings=here.settings, on_report=here.on_report,
        )  # fmt: skip
        keep_words(here.files, job.user_id, project.id, job.id, words, planned.timeline, planned)
        _shelf(here).set(job.user_id, project.id, heard=job.id, kept_words={}, rendered=False)
    return {"words": sum(1 for _ in words.hits())}


@task("make")
def make(job: Job, here: Here) -> dict[str, Any]:
    """Make a montage of the project's kept moments; clips that are new are looked at first."""
    wish = Wish.model_validate(job.request["wish"])
    with _clips(job, here) as (project, paths):
        fresh = _fresh(project)
        first, rest = (LOOKING, LOOKING) if fresh else (0.0, 0.0)
        analysis = (
            _looked(job, here, project, paths, _between(here.on_report, 0.0, first))
            if fresh
            else _analysis(job, here, project, paths)
        )
        if fresh:
            project = _shelf(here).get(job.user_id, project.id)
            analysis = located(project.analysis or analysis, _where(paths))
        report = _between(here.on_report, rest, 1.0)
        planned = _planned(job, here, project, analysis, wish)
        same = project.planned is not None and project.planned.key == planned.key
        made = pipeline.produce(
            planned.timeline, planned.style, out=here.folder / "out", aspects=wish.aspects, rejected=analysis.rejected,
            scores=analysis.scores, words=project.words if same else None, earlier=project.words,
            insist=wish.words.insist, settings=here.settings, on_report=report,
        )  # fmt: skip
    _put(job, here, made)
    if "words" in made.files:
        words = from_json(Words, Path(made.files["words"]).read_bytes())
        keep_words(here.files, job.user_id, project.id, job.id, words, made.timeline, None)
        _shelf(here).set(job.user_id, project.id, heard=job.id, kept_words={}, rendered=True)
    return {
        "seconds": round(made.timeline.duration_s, 3),
        "cuts": len(made.timeline.cuts),
        "style": made.timeline.style,
        "encoder": made.encoder,
        "timing": dict(made.timing),
        "forms": sorted(made.files),
        "rejected": [_rejected(each) for each in made.rejected],
    }


# --- what they share


def _shelf(here: Here) -> Shelf:
    return Shelf(Projects(here.db), here.files, lambda _: [])


@contextmanager
def _clips(job: Job, here: Here) -> Iterator[tuple[Project, dict[str, Path]]]:
    """The project, and where each of its clips lies for as long as the block lasts, by the clip's id."""
    if job.project_id is None:
        raise NotFound("the job has no project", remedy="start it from a project")
    project = _shelf(here).get(job.user_id, job.project_id)
    with ExitStack() as stack:
        paths = {}
        for clip in project.clips:
            if clip.file_key:
                paths[clip.id] = stack.enter_context(here.files.local(clip.file_key))
        yield project, paths


def _fresh(project: Project) -> bool:
    """Whether there are clips that nobody has looked at yet."""
    return project.analysis is None or any(clip.state == "new" for clip in project.clips)


def _looked(job: Job, here: Here, project: Project, paths: dict[str, Path], on_report: OnReport) -> Analysis:
    """What is in the clips, left for the project. Raises NothingToKeep, once that is done, when none can be used."""
    cfg = pipeline.analysis_config(here.settings)
    looking = _between(on_report, 0.0, 0.9)
    found = pipeline.analyse(list(paths.values()), cfg=cfg, settings=here.settings, on_report=looking)
    teaching = Teaching(Lake.of(here.settings), everyone=here.settings.one_user)
    marks, out = teaching.recall(found, job.user_id)
    project.analysis = found
    for source_id, t_s, kind in marks:
        project.marks = (*project.marks, (source_id, t_s, kind))
    before = Report("pictures", 0.0, 0.0, "", 0.0, None)
    taking = _between(on_report, 0.9, 1.0)
    thumbs = thumbnails(
        project.moments(), progress=part(lambda f, note: taking(replace(before, fraction=f, total=f, note=note)), 0, 1)
    )
    keep_analysis(here.files, job.user_id, project.id, job.id, found, thumbs, detector_name(cfg.detect))
    rows = Projects(here.db)
    rows.set_clips(_facts(project.clips, paths, found))
    _shelf(here).set(
        job.user_id, project.id, analysis=job.id, dropped=sorted(map(list, out)), wanted=[], looked_at=[], steps=[],
        marks=[list(mark) for mark in marks], thumbs=[], heard="", kept_words={}, rendered=False,
    )  # fmt: skip
    if not found.sources:
        first = found.rejected[0] if found.rejected else Rejection("", "there are no clips", "add some")
        raise NothingToKeep(
            f"none of the files can be used: {first.why}", remedy=first.remedy, file=Path(first.file).name
        )
    return found


def _facts(clips: Sequence[Clip], paths: dict[str, Path], found: Analysis) -> dict[str, dict[str, Any]]:
    """What the rows of clips should say now. A ZIP is ready when something in it is."""
    facts: dict[str, dict[str, Any]] = {}
    for clip in clips:
        path = paths.get(clip.id)
        if path is None:
            continue
        mine = [s for s in found.sources if s.path == str(path) or s.name.startswith(f"{path.name}/")]
        bad = [r for r in found.rejected if Path(r.file) == path or r.file.startswith((f"{path}/", f"{path.name}/"))]
        if mine:
            facts[clip.id] = {"state": "ready", "why": "", "remedy": "", **_measures(mine)}
        elif bad:
            facts[clip.id] = {"state": "rejected", "why": bad[0].why, "remedy": bad[0].remedy}
        else:
            facts[clip.id] = {"state": "ready"}
    return facts


def _measures(sources: Sequence[Source]) -> dict[str, Any]:
    video = sources[0].info.video
    return {
        "source_id": sources[0].id if len(sources) == 1 else "",
        "duration_s": round(sum(source.duration_s for source in sources), 3),
        "width": video.width,
        "height": video.height,
        "fps": float(video.rate_hz),
        "warnings": [text for source in sources for text in source.info.warnings],
    }


def _analysis(job: Job, here: Here, project: Project, paths: dict[str, Path]) -> Analysis:
    """The project's analysis with its clips where they lie for this worker; made now where it has gone."""
    if project.analysis is None:
        return _looked(job, here, project, paths, here.on_report)
    return located(project.analysis, _where(paths))


def _where(paths: dict[str, Path]) -> Any:
    by_name = {path.name: str(path) for path in paths.values()}
    known = {str(path) for path in paths.values()}

    def where(source: Source) -> str:
        """A clip's own path; what came out of a ZIP lies where it was unpacked."""
        return source.path if source.path in known else by_name.get(source.name, source.path)

    return where


def _planned(job: Job, here: Here, project: Project, analysis: Analysis, wish: Wish) -> Planned:
    """What the montage will show: as it was planned to be listened to, where the same choices still stand."""
    key = plan_key(project, wish)
    style = checked(wish, plan_of(here.db, job.user_id, here.settings), here.settings)
    before = project.planned
    if before is not None and before.key == key:
        return Planned(key, style.model_copy(update={"music": before.style.music}), before.timeline)
    kept = here.folder / "plan"
    if not kept.is_dir():
        progress = Clock(here.on_report, ["select"]).stage("select")
        timeline = pipeline.plan(
            analysis, style, drop=project.dropped, keep=project.wanted, settings=here.settings, progress=progress
        )
        _keep_plan(kept, style, timeline)
    style = Style.model_validate_json((kept / "style.json").read_bytes())
    return Planned(key, style, from_json(Timeline, (kept / "timeline.json").read_bytes()))


def _keep_plan(folder: Path, style: Style, timeline: Timeline) -> None:
    """A worker that takes the job up again must cut the same pieces to the same music."""
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    (partial / "style.json").write_text(style.model_dump_json(), encoding="utf-8")
    (partial / "timeline.json").write_text(to_json(timeline), encoding="utf-8")
    partial.rename(folder)


def _put(job: Job, here: Here, made: Export) -> None:
    """The montage's files, under the user's keys; their rows come with the job's end."""
    rows = []
    for form, path in made.files.items():
        key = f"users/{job.user_id}/renders/{job.id}/{Path(path).name}"
        media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        stored = here.files.put(key, Path(path), media_type=media_type)
        rows.append(
            Render(
                user_id=job.user_id,
                job_id=job.id,
                form=form,
                file_key=key,
                media_type=media_type,
                bytes=stored.bytes,
                sha256=stored.sha256,
            )
        )
    here.at_the_end(set_renders(job.id, rows))


def _between(on_report: OnReport, low: float, high: float) -> OnReport:
    """Reports of a part of the work as a part of the whole."""
    return lambda report: on_report(replace(report, total=low + (high - low) * report.total))


def _rejected(rejection: Rejection) -> dict[str, str]:
    return {"file": Path(rejection.file).name, "why": rejection.why, "remedy": rejection.remedy}
