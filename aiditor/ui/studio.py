"""What the studio can do, without a page: projects, their clips and choices, and the jobs that work on them.

The page and the named endpoints call this and nothing else. One project belongs to one browser tab: its
id is in the tab's address, so a reload finds it and two tabs never mix.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from aiditor import music as scored
from aiditor import pipeline, styles
from aiditor.clock import Clock
from aiditor.config import Config
from aiditor.errors import BadInput, NothingToKeep
from aiditor.pipeline import Analysis, OnReport
from aiditor.progress import part
from aiditor.settings import Settings
from aiditor.store.labels import Label, parse_clock
from aiditor.store.lake import Lake
from aiditor.styles import Style
from aiditor.timeline import Export, Source, from_json
from aiditor.ui.jobs import Job, Jobs
from aiditor.ui.project import Planned, Project
from aiditor.ui.teaching import Teaching, detector_name
from aiditor.ui.thumbnails import thumbnails
from aiditor.ui.wish import Wish
from aiditor.words import Words, lacking, preflight, word_list

__all__ = ["SAMPLES_DIR", "Project", "Studio", "Wish"]

SAMPLES_DIR = Path(__file__).resolve().parents[2] / "samples"


class Studio:
    """The services of the page. `close` stops what still runs."""

    def __init__(self, settings: Settings | None = None, *, samples: Path = SAMPLES_DIR) -> None:
        self.settings = settings or Settings()
        self.samples = samples
        self.jobs = Jobs()
        self.teaching = Teaching(Lake.of(self.settings))
        self._projects: dict[str, Project] = {}
        self._lock = threading.Lock()

    # --- projects

    def project(self, project_id: str) -> Project | None:
        """The project of that id, if this process knows it."""
        return self._projects.get(project_id)

    def opened(self, project_id: str) -> Project:
        """The project of that id, or a new one."""
        with self._lock:
            found = self._projects.get(project_id)
            if found is None:
                new = uuid.uuid4().hex[:12]
                found = self._projects[new] = Project(new, (self.settings.montage_dir / new).resolve())
        return found

    def choose(self, project_id: str, kept: Sequence[str], wanted: Sequence[str] = ()) -> Project:
        """Keep these of the offered moments (numbered from "1"), and be sure to use `wanted`."""
        project = self.opened(project_id)
        keys = [(source.id, moment.t_s) for source, moment in project.moments()]
        dropped, wanted_before = project.dropped, project.wanted
        project.dropped = frozenset(key for n, key in enumerate(keys, start=1) if str(n) not in set(kept))
        project.wanted = frozenset(keys[int(n) - 1] for n in wanted if int(n) <= len(keys)) - project.dropped
        changed = (dropped ^ project.dropped) | (wanted_before ^ project.wanted)
        project.looked_at |= {source_id for source_id, _ in changed}
        return project

    def source(self, named: str, project_id: str = "") -> tuple[Project, Source]:
        """The clip of that id, name or path, in this project or in the latest that has it. Raises BadInput."""
        given = self._projects.get(project_id)
        for project in [given] if given else reversed(list(self._projects.values())):
            for source in project.analysis.sources if project.analysis else ():
                if named in (source.id, source.name, source.path):
                    return project, source
        raise BadInput(f"there is no clip {named!r} here", remedy="add it first, or name one of those that were added")

    def label(self, named: str, time: str | float, says: str, *, project_id: str = "", by: str = "") -> Label:
        """Say what happened at a time ("1:02.4") of a clip that `source` finds; see `Teaching.mark`."""
        project, source = self.source(named, project_id)
        label = self.teaching.mark(project, source, parse_clock(time), says, by=by)
        new = [(s, m) for s, m in project.moments() if (s.id, m.t_s) not in project.thumbs]
        project.thumbs |= thumbnails(new)
        return label

    # --- work

    def add_clips(self, project_id: str, paths: Sequence[str | Path]) -> Project:
        """Take these clips into the project and look for moments in all of them, in the background.

        Raises BadInput when there is nothing to add.
        """
        if not paths:
            raise BadInput("no clips were given", remedy="choose video files or a ZIP, or use the samples")
        project = self.opened(project_id)
        self._stop(project)
        known = project.clips
        title = f"{len(paths)} clip{'s' if len(paths) != 1 else ''}"
        project.job = self.jobs.start("analyse", title, lambda report: self._analyse(project, known, paths, report))
        return project

    def use_samples(self, project_id: str) -> Project:
        """Add the clips that come with AIditor. Raises BadInput where they were not installed."""
        clips = sorted(self.samples.glob("*.mp4"))
        if not clips:
            raise BadInput("the sample clips are not here", remedy="drop in a clip of your own")
        return self.add_clips(project_id, clips)

    def clear(self, project_id: str) -> Project:
        """Forget the project's clips and moments; what was made stays on disk."""
        project = self.opened(project_id)
        self._stop(project)
        project.clips = ()
        project.forget()
        return project

    def listen(self, project_id: str, wish: Wish) -> Job:
        """Hear what is said in what the montage would show, in the background, to be looked through then.

        Raises BadInput without clips, MissingPart where nothing can listen.
        """
        project = self.opened(project_id)
        analysis = _analysed(project)
        style = self.styled(wish)
        insist = wish.words.insist
        if style.captions is None and style.censor.level == "off":  # to read what is said is reason enough
            wish = wish.model_copy(update={"words": wish.words.model_copy(update={"captions": "minimal"})})
            style, insist = self.styled(wish), frozenset({"captions"})
        hearing = preflight(style, self.settings, insist=insist)
        if hearing.speech is None:
            raise BadInput(hearing.notes[0], remedy="then listen again")
        plan = self._planner(project, analysis, wish)

        def work(report: OnReport) -> Words:
            planned = plan(report)
            words = pipeline.listen(
                planned.timeline, planned.style, insist=insist, scores=analysis.scores, earlier=project.words,
                settings=self.settings, on_report=report,
            )  # fmt: skip
            project.planned, project.words, project.heard = planned, words, planned.timeline
            return words

        self._stop(project)
        project.job = self.jobs.start("listen", "what is said", work)
        return project.job

    def keep_word(self, project_id: str, hit_id: str, keep: bool) -> Words:
        """Leave a word that was found as it is, or take it out after all. Raises BadInput where nothing was heard."""
        project = self.opened(project_id)
        if project.words is None:
            raise BadInput("nothing was listened to yet", remedy="listen first")
        project.words = project.words.with_keep(hit_id, keep)
        return project.words

    def take_out(self, project_id: str, hit_ids: Sequence[str]) -> str:
        """Take out these words and leave all others that were found as they are; says why where one cannot stay."""
        project, chosen, refused = self.opened(project_id), set(hit_ids), ""
        shown = [] if project.words is None or project.heard is None else word_list(project.words, project.heard)
        for row in shown:
            try:
                self.keep_word(project_id, row["id"], row["id"] not in chosen)
            except BadInput as error:
                refused = str(error)
        return refused

    def hears(self) -> str:
        """What is lacking to hear every word, as a sentence; "" where nothing is."""
        return lacking(self.settings)

    def make(self, project_id: str, wish: Wish) -> Job:
        """Make a montage of the project's kept moments, in the background.

        Raises BadInput without clips, MissingPart for captions or censoring that cannot be had here.
        """
        project = self.opened(project_id)
        analysis = _analysed(project)
        insist = wish.words.insist
        preflight(self.styled(wish), self.settings, insist=insist)
        plan = self._planner(project, analysis, wish)
        listened, earlier, project.planned = project.planned, project.words, None

        def work(out: Path, report: OnReport) -> Export:
            planned = plan(report)
            same = listened is not None and planned.timeline is listened.timeline
            made = pipeline.produce(
                planned.timeline, planned.style, out=out, aspects=wish.aspects, rejected=analysis.rejected,
                scores=analysis.scores, words=earlier if same else None, earlier=earlier, insist=insist,
                settings=self.settings, on_report=report,
            )  # fmt: skip
            if "words" in made.files:
                project.words = from_json(Words, Path(made.files["words"]).read_bytes())
                project.heard = made.timeline
            return made

        self._stop(project)
        project.job = project.made = self.jobs.start(
            "make", f"{wish.style.capitalize()}, {wish.seconds:g} s", _in_new_folder(work, project.folder)
        )
        return project.job

    def create(self, clips: Sequence[str | Path], wish: Wish) -> Job:
        """Clips in, montage out, in one job of a project of its own. Raises BadInput without clips."""
        if not clips:
            raise BadInput("no clips were given", remedy="send at least one video file or a ZIP")
        style, project = self.styled(wish), self.opened("")
        preflight(style, self.settings, insist=wish.words.insist)

        def work(out: Path, report: OnReport) -> Export:
            kept = _adopt(clips, project.folder / "clips")
            return pipeline.make_montage(
                kept, style=style, aspects=wish.aspects, out=out, watermark=style.render.watermark_text,
                words=wish.words, settings=self.settings, on_report=report,
            )  # fmt: skip

        project.job = project.made = self.jobs.start(
            "make", f"{style.title}, {wish.seconds:g} s", _in_new_folder(work, project.folder)
        )
        return project.job

    def styled(self, wish: Wish) -> Style:
        """The preset with this wish in it. Raises BadInput when it is longer than this studio makes."""
        longest_s = self.settings.freemium_max_duration
        if wish.seconds > longest_s:
            raise BadInput(
                f"{wish.seconds:g} s is longer than the {longest_s} s this studio makes",
                remedy="choose a shorter length",
            )
        if wish.music == "own" and not wish.music_file:
            raise BadInput(
                "there is no track to lay under the montage", remedy="add your track, or let one be composed"
            )
        style = pipeline.styled(
            wish.style,
            seconds=wish.seconds,
            seed=wish.seed,
            music_file=wish.music_file if wish.music == "own" else None,
            music_engine=None if wish.music in ("composer", "own") else wish.music,
            prompt=wish.prompt if wish.music == "musicgen" else "",
            watermark=self.settings.watermark_text if wish.watermark is None else wish.watermark,
            words=wish.words,
        )
        changes: dict[str, Config] = {}
        scored.preflight(style.music, self.settings)
        if wish.quality == "draft":
            smaller = {"landscape": (640, 360), "portrait": (360, 640), "preset": "ultrafast", "crf": 26, "fps": 30}
            changes["render"] = style.render.model_copy(update=smaller)
        return style.model_copy(update=changes)

    def _planner(self, project: Project, analysis: Analysis, wish: Wish) -> Callable[[OnReport], Planned]:
        """What plans the montage: as it was planned to be listened to, where the same choices still stand."""
        style, drop, keep, before = self.styled(wish), project.dropped, project.wanted, project.planned
        key = (wish.style, wish.seconds, wish.music, wish.music_file, wish.prompt, wish.seed, drop, keep)

        def plan(report: OnReport) -> Planned:
            if before is not None and before.key == key:
                return Planned(key, style.model_copy(update={"music": before.style.music}), before.timeline)
            progress = Clock(report, ["select"]).stage("select")
            timeline = pipeline.plan(analysis, style, drop=drop, keep=keep, settings=self.settings, progress=progress)
            return Planned(key, style, timeline)

        return plan

    def presets(self) -> list[Style]:
        return styles.presets()

    def cancel(self, project_id: str) -> Project:
        """Stop whatever the project is doing."""
        project = self.opened(project_id)
        self._stop(project)
        return project

    def close(self) -> None:
        self.jobs.close()

    def _stop(self, project: Project) -> None:
        if project.job is not None and not project.job.ended:
            project.job.cancel()

    def _analyse(
        self, project: Project, known: tuple[Path, ...], added: Sequence[str | Path], report: OnReport
    ) -> Analysis:
        clips = (*known, *(p for p in _adopt(added, project.folder / "clips") if p not in known))
        cfg = pipeline.analysis_config(self.settings)
        analysis = pipeline.analyse(clips, cfg=cfg, settings=self.settings, on_report=_squeezed(report, 0.9))
        recalled, out = self.teaching.recall(analysis)
        project.clips = clips
        project.forget(recalled, detector_name(cfg.detect))
        project.dropped = out
        offered = project.moments()
        last = pipeline.Report("pictures", 0.0, 0.9, "", 0.0, None)
        progress = part(lambda f, note: report(replace(last, fraction=f, total=f, note=note)), 0.9, 1.0)
        project.thumbs = thumbnails(offered, progress=progress)
        if not analysis.sources:
            first = analysis.rejected[0]
            raise NothingToKeep(f"none of the files can be used: {first.why}", remedy=first.remedy, file=first.file)
        return recalled


def _analysed(project: Project) -> Analysis:
    if project.analysis is None:
        raise BadInput("there are no clips yet", remedy="add some on the Clips tab, or use the samples")
    return project.analysis


def _squeezed(report: OnReport, share: float) -> OnReport:
    return lambda r: report(replace(r, total=r.total * share))


def _in_new_folder(work: Callable[[Path, OnReport], Export], parent: Path) -> Callable[[OnReport], Export]:
    """`work` given a folder of its own, numbered after those in `parent`; none is left behind when it fails."""

    def wrapped(report: OnReport) -> Export:
        taken = [int(path.name) for path in parent.glob("*") if path.name.isdigit()]
        out = parent / f"{max(taken, default=0) + 1:02d}"
        out.mkdir(parents=True)
        try:
            return work(out, report)
        except BaseException:
            shutil.rmtree(out, ignore_errors=True)
            raise

    return wrapped


def _adopt(paths: Sequence[str | Path], folder: Path) -> list[Path]:
    """The same clips inside the project, where an editor's project file will still find them tomorrow.

    Clips that lie outside any upload folder (the samples) stay where they are.
    """
    adopted = []
    for path in map(Path, paths):
        if path.parent == SAMPLES_DIR:
            adopted.append(path)
            continue
        target = folder / path.name
        number = 2
        while target.exists() and not (target.samefile(path) or filecmp.cmp(target, path, shallow=False)):
            target = folder / f"{path.stem} ({number}){path.suffix}"
            number += 1
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:  # another disk: links cannot cross
                shutil.copyfile(path, target)
        adopted.append(target)
    return adopted
