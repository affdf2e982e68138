"""What people can do: the verbs behind the page, the REST API, the named endpoints and the command line.

Each takes the user who asks; what is somebody else's is not found. Long work becomes a job (`tasks.py`); everything
here answers at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiditor import styles
from aiditor.errors import BadInput, NotFound
from aiditor.jobs.queue import LocalQueue, Queue
from aiditor.settings import Settings
from aiditor.store.db import Database
from aiditor.store.facts import Facts
from aiditor.store.files import Files, open_files
from aiditor.store.labels import Label, parse_clock
from aiditor.store.lake import Lake
from aiditor.store.projects import Projects
from aiditor.store.tables import Clip, Job, Render, now
from aiditor.studio.kept import project_prefix
from aiditor.studio.limits import check_job, check_montage, check_room
from aiditor.studio.project import Project
from aiditor.studio.shelf import Shelf
from aiditor.studio.teaching import Teaching
from aiditor.studio.telling import tell
from aiditor.studio.thumbnails import thumbnails
from aiditor.studio.wish import Wish
from aiditor.studio.wishes import checked, styled
from aiditor.styles import Style
from aiditor.timeline import Source, Timeline, from_json
from aiditor.users.plans import Plan, plan_of
from aiditor.users.service import Users
from aiditor.words import Words, lacking, preflight, word_list

__all__ = ["SAMPLES_DIR", "Studio"]

STOP_S = 5.0
"""How long a job of somebody who leaves may take to stop."""
SAMPLES_DIR = Path(__file__).resolve().parents[2] / "samples"


class Studio:
    """The verbs, over one database, one place for files and one queue. `close` lets them go."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        samples: Path = SAMPLES_DIR,
        db: Database | None = None,
        files: Files | None = None,
        queue: Queue | None = None,
    ) -> None:
        """What is not given is opened as the settings say; the tables are brought up to date."""
        self.settings = settings or Settings()
        self.samples = samples
        self.db = db or Database.of(self.settings)
        self.db.migrate()
        self.files = files or open_files(self.settings)
        self.queue = queue or LocalQueue(self.db)
        self.users = Users(self.db, self.settings, wipe=self._wipe)
        self.rows = Projects(self.db)
        self.facts = Facts.of(self.settings)
        self.shelf = Shelf(self.rows, self.files, lambda project_id: self.queue.jobs(project_id=project_id, limit=20))
        self.teaching = Teaching(Lake.of(self.settings), everyone=self.settings.one_user)

    def local_user(self) -> str:
        """The id of the one user of AIDITOR_AUTH=none."""
        return self.users.local_user().id

    # --- projects

    def project(self, user_id: str, project_id: str) -> Project:
        """Raises NotFound."""
        return self.shelf.get(user_id, project_id)

    def new_project(self, user_id: str, name: str = "") -> Project:
        """An empty one."""
        return self.shelf.get(user_id, self.rows.add(user_id, name).id)

    def opened(self, user_id: str, project_id: str) -> Project:
        """The project of that id where it is this user's, else a new one."""
        try:
            return self.project(user_id, project_id)
        except NotFound:
            return self.new_project(user_id)

    def remove_project(self, user_id: str, project_id: str) -> None:
        """The project, its clips, its jobs and their files. Raises NotFound."""
        project = self.project(user_id, project_id)
        self._stop(project)
        made = [job.id for job in self.queue.jobs(project_id=project.id, limit=1000)]
        self.rows.remove(user_id, project_id)
        self._remove_clip_files(user_id, project.clips)
        self.files.delete_all(project_prefix(user_id, project_id))
        for job_id in made:
            self.files.delete_all(f"users/{user_id}/renders/{job_id}/")

    def plan(self, user_id: str) -> Plan:
        """What this user may do."""
        return plan_of(self.db, user_id, self.settings)

    # --- clips

    def add_clips(self, user_id: str, project_id: str, paths: Sequence[str | Path], *, move: bool = False) -> Job:
        """Take these clips into the project and look for moments in all of them, in the background.

        `move` takes the files themselves, as of a finished upload, and leaves no copy behind.
        Raises BadInput when there is nothing to add, LimitReached past the plan, NotFound.
        """
        project = self.project(user_id, project_id)
        self._stop(project)
        self._adopt(user_id, project, paths, move=move)
        return self._analyse(user_id, project, f"{len(paths)} clip{'s' if len(paths) != 1 else ''}")

    def use_samples(self, user_id: str, project_id: str) -> Job:
        """Add the clips that come with AIditor. Raises BadInput where they were not installed."""
        clips = sorted(self.samples.glob("*.mp4"))
        if not clips:
            raise BadInput("the sample clips are not here", remedy="drop in a clip of your own")
        return self.add_clips(user_id, project_id, clips)

    def remove_clip(self, user_id: str, project_id: str, clip_id: str) -> Job | None:
        """Take one clip out; the others are looked through anew, which the cache makes quick. Raises NotFound."""
        project = self.project(user_id, project_id)
        if clip_id not in {clip.id for clip in project.clips}:
            raise NotFound("there is no such clip in this project", remedy="reload to see which there are")
        self._stop(project)
        gone = [clip for clip in project.clips if clip.id == clip_id]
        self._remove_clips(user_id, gone)
        if len(project.clips) == 1:
            self._forget(user_id, project.id)
            return None
        return self._analyse(user_id, project, "one clip fewer")

    def clear(self, user_id: str, project_id: str) -> Project:
        """Forget the project's clips and moments; what was made stays."""
        project = self.project(user_id, project_id)
        self._stop(project)
        self._remove_clips(user_id, project.clips)
        self._forget(user_id, project.id)
        return self.project(user_id, project.id)

    def source(self, user_id: str, project_id: str, named: str) -> Source:
        """The clip of that id, name or path in the project. Raises NotFound."""
        project = self.project(user_id, project_id)
        for source in project.analysis.sources if project.analysis else ():
            if named in (source.id, source.name, source.path):
                return source
        raise NotFound(f"there is no clip {named!r} here", remedy="add it first, or name one of those that were added")

    # --- choices

    def choose(self, user_id: str, project_id: str, kept: Sequence[str], wanted: Sequence[str] = ()) -> Project:
        """Keep these of the offered moments (numbered from "1"), and be sure to use `wanted`."""
        with self.shelf.changing(user_id, project_id) as project:
            keys = [(source.id, moment.t_s) for source, moment in project.moments()]
            dropped, wanted_before = project.dropped, project.wanted
            project.dropped = frozenset(key for n, key in enumerate(keys, start=1) if str(n) not in set(kept))
            chosen = frozenset(keys[int(n) - 1] for n in wanted if n.isdigit() and 0 < int(n) <= len(keys))
            project.wanted = chosen - project.dropped
            changed = (dropped ^ project.dropped) | (wanted_before ^ project.wanted)
            project.looked_at |= {source_id for source_id, _ in changed}
        return project

    def say(self, user_id: str, project_id: str, number: int, says: str) -> Project:
        """Say what happened in an offered moment; see `Teaching.say`."""
        with self._analysed(user_id, project_id) as project:
            self.teaching.say(project, number, says)
        return project

    def label(self, user_id: str, project_id: str, named: str, time: str | float, says: str) -> Label:
        """Say what happened at a time ("1:02.4") of a clip that `source` finds; see `Teaching.mark`."""
        with self._analysed(user_id, project_id) as project:
            source = self.source(user_id, project_id, named)
            label = self.teaching.mark(project, source, parse_clock(time), says)
            new = [(s, m) for s, m in project.moments() if (s.id, m.t_s) not in project.thumbs]
            project.thumbs = {**project.thumbs, **thumbnails(new)}
        return label

    def teach(self, user_id: str, project_id: str, *, everything: bool) -> int:
        """Turn choices into labels; see `Teaching.teach`."""
        with self._analysed(user_id, project_id) as project:
            return self.teaching.teach(project, everything=everything)

    def labels(self, user_id: str, *, source: str = "", since: datetime | None = None) -> tuple[Label, ...]:
        """The last label of each moment that this user hears of, oldest first."""
        return self.teaching.heard(user_id, source=source, since=since)

    def undo(self, user_id: str, project_id: str) -> int:
        """Take back the last label that was given here; see `Teaching.undo`."""
        with self._analysed(user_id, project_id) as project:
            return self.teaching.undo(project)

    # --- words

    def listen(self, user_id: str, project_id: str, wish: Wish) -> Job:
        """Hear what is said in what the montage would show, in the background, to be looked through then.

        Raises BadInput without clips, MissingPart where nothing can listen.
        """
        project = self._ready(user_id, project_id)
        style, insist = styled(wish, self.plan(user_id)), wish.words.insist
        if style.captions is None and style.censor.level == "off":  # to read what is said is reason enough
            wish = wish.model_copy(update={"words": wish.words.model_copy(update={"captions": "minimal"})})
            style, insist = styled(wish, self.plan(user_id)), frozenset({"captions"})
        hearing = preflight(style, self.settings, insist=insist)
        if hearing.speech is None:
            raise BadInput(hearing.notes[0], remedy="then listen again")
        self._stop(project)
        request = {"wish": wish.model_dump(mode="json"), "insist": sorted(insist)}
        return self._enqueue(user_id, "listen", request, project.id, "what is said")

    def keep_word(self, user_id: str, project_id: str, hit_id: str, keep: bool) -> Words:
        """Leave a word that was found as it is, or take it out after all. Raises BadInput where nothing was heard."""
        words = self._heard(user_id, project_id).with_keep(hit_id, keep)
        self.rows.change(user_id, project_id, lambda c: {**c, "kept_words": {**c.get("kept_words", {}), hit_id: keep}})
        return words

    def take_out(self, user_id: str, project_id: str, hit_ids: Sequence[str]) -> str:
        """Take out these words and leave all others that were found as they are; says why where one cannot stay."""
        project, chosen, refused = self.project(user_id, project_id), set(hit_ids), ""
        words, decided = project.words, {}
        shown = [] if words is None or project.heard is None else word_list(words, project.heard)
        for row in shown:
            try:
                assert words is not None
                words = words.with_keep(row["id"], row["id"] not in chosen)
                decided[row["id"]] = row["id"] not in chosen
            except BadInput as error:
                refused = str(error)
        self.rows.change(user_id, project_id, lambda c: {**c, "kept_words": {**c.get("kept_words", {}), **decided}})
        return refused

    def hears(self) -> str:
        """What is lacking to hear every word, as a sentence; "" where nothing is."""
        return lacking(self.settings)

    # --- montages

    def make(self, user_id: str, project_id: str, wish: Wish, *, idempotency_key: str | None = None) -> Job:
        """Make a montage of the project's kept moments, in the background.

        Raises BadInput without clips, LimitReached past the plan, MissingPart for what cannot be had here.
        """
        project = self.project(user_id, project_id)
        if not project.clips:
            raise BadInput("there are no clips yet", remedy="add some on the Clips tab, or use the samples")
        plan = self.plan(user_id)
        style = checked(wish, plan, self.settings)
        check_montage(self.db, user_id, plan)
        self._stop(project)
        request = {"wish": wish.model_dump(mode="json")}
        title = f"{style.title}, {wish.seconds:g} s"
        return self._enqueue(user_id, "make", request, project.id, title, idempotency_key=idempotency_key)

    def create(
        self,
        user_id: str,
        clips: Sequence[str | Path],
        wish: Wish,
        *,
        move: bool = False,
        idempotency_key: str | None = None,
    ) -> Job:
        """Clips in, montage out, in one job and a project of its own. Raises as `add_clips` and `make`."""
        if not clips:
            raise BadInput("no clips were given", remedy="send at least one video file or a ZIP")
        checked(wish, self.plan(user_id), self.settings)
        project = self.new_project(user_id, Path(clips[0]).stem[:200])
        try:
            self._adopt(user_id, project, clips, move=move)
            job = self.make(user_id, project.id, wish, idempotency_key=idempotency_key)
        except BaseException:
            self.remove_project(user_id, project.id)
            raise
        if job.project_id != project.id:  # asked for before, with the same key
            self.remove_project(user_id, project.id)
        return job

    def presets(self) -> list[Style]:
        return styles.presets()

    # --- jobs and what they made

    def job(self, user_id: str, job_id: str) -> Job:
        """Raises NotFound."""
        try:
            job = self.queue.get(job_id)
        except BadInput:
            job = None
        if job is None or job.user_id != user_id:
            raise NotFound(f"there is no job {job_id!r}", remedy="list the jobs to see which there are")
        return job

    def jobs(
        self, user_id: str, *, states: Sequence[str] = (), before: datetime | None = None, limit: int = 50
    ) -> list[Job]:
        """Newest first."""
        return self.queue.jobs(user_id, states=states, before=before, limit=limit)

    def cancel(self, user_id: str, job_id: str) -> Job:
        """Ask a job to stop: within two seconds it does. Raises NotFound."""
        self.job(user_id, job_id)
        return self.queue.cancel(job_id)

    def follow(self, user_id: str, job_id: str) -> Iterator[Job]:
        """The job now, at each change, and when it has ended. Raises NotFound."""
        self.job(user_id, job_id)
        return self.queue.follow(job_id)

    def stop(self, user_id: str, project_id: str) -> None:
        """Stop whatever the project is doing. Raises NotFound."""
        self._stop(self.project(user_id, project_id))

    def renders(self, user_id: str, job_id: str) -> Mapping[str, Render]:
        """The files of a job, by form. Raises NotFound."""
        return self.rows.renders(self.job(user_id, job_id).id)

    def render(self, user_id: str, job_id: str, form: str) -> Render:
        """Raises NotFound, which says what there is."""
        job, found = self.job(user_id, job_id), self.renders(user_id, job_id)
        if form not in found:
            have = f"it has {', '.join(sorted(found))}" if found else "wait until it is done"
            raise NotFound(f"job {job.id} has no file {form!r}", remedy=have)
        return found[form]

    def tell(self) -> int:
        """Tell the lake of the jobs that have ended since; returns how many."""

        def project(job: Job) -> Project | None:
            try:
                return self.project(job.user_id, job.project_id or "")
            except NotFound:
                return None

        return tell(self.rows, self.facts, project, lambda job: self.timeline(job.user_id, job.id))

    def link(self, render: Render, *, keep: bool = False) -> str:
        """Where a player, or with `keep` a download, finds a file: good for this user and a few hours."""
        token = self.users.tokens.download(render.user_id, render.file_key)
        asked = {"format": render.form, "token": token} | ({} if keep else {"inline": "true"})
        return f"/v2/jobs/{render.job_id}/download?{urlencode(asked)}"

    def clip_link(self, clip: Clip) -> str:
        """Where a player finds a clip: good for this user and a few hours."""
        token = self.users.tokens.download(clip.user_id, clip.file_key)
        return f"/v2/clips/{clip.id}/file?{urlencode({'token': token})}"

    def timeline(self, user_id: str, job_id: str) -> Timeline | None:
        """What a finished montage shows; None where there is none yet."""
        found = self.renders(user_id, job_id).get("timeline")
        if found is None:
            return None
        with self.files.local(found.file_key) as path:
            return from_json(Timeline, path.read_bytes())

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- how

    def _enqueue(
        self,
        user_id: str,
        kind: str,
        request: dict[str, Any],
        project_id: str,
        title: str,
        *,
        idempotency_key: str | None = None,
    ) -> Job:
        plan = self.plan(user_id)
        check_job(self.db, user_id, plan, project_id)
        priority = plan.priority
        return self.queue.enqueue(
            user_id, kind, request, project_id=project_id, title=title, priority=priority,
            idempotency_key=idempotency_key,
        )  # fmt: skip

    def _analyse(self, user_id: str, project: Project, title: str) -> Job:
        return self._enqueue(user_id, "analyse", {}, project.id, title)

    def _stop(self, project: Project) -> None:
        if project.job is not None and project.job.state in ("queued", "running"):
            self.queue.cancel(project.job.id)

    def _ready(self, user_id: str, project_id: str) -> Project:
        project = self.project(user_id, project_id)
        if project.analysis is None:
            raise BadInput("there are no clips yet", remedy="add some on the Clips tab, or use the samples")
        return project

    def _analysed(self, user_id: str, project_id: str) -> Any:
        """`Shelf.changing` for a project whose moments are known."""
        self._ready(user_id, project_id)
        return self.shelf.changing(user_id, project_id)

    def _heard(self, user_id: str, project_id: str) -> Words:
        words = self.project(user_id, project_id).words
        if words is None:
            raise BadInput("nothing was listened to yet", remedy="listen first")
        return words

    def _adopt(self, user_id: str, project: Project, paths: Sequence[str | Path], *, move: bool) -> None:
        """The clips under the user's keys, with a row each; the same bytes twice are one clip."""
        if not paths:
            raise BadInput("no clips were given", remedy="choose video files or a ZIP, or use the samples")
        plan = self.plan(user_id)
        check_room(self.db, user_id, plan, [Path(path) for path in paths])
        days = plan.retention_days
        expires = now() + timedelta(days=days) if days else None
        known = {clip.sha256 for clip in project.clips if clip.file_key}
        rows, taken = [], {clip.name for clip in project.clips}
        for path in map(Path, paths):
            if not path.is_file():
                raise BadInput(f"{path.name} is not there any more", remedy="add it again", file=path.name)
            clip = Clip(user_id=user_id, project_id=project.id, name=_free_name(path.name, taken), expires_at=expires)
            key = f"users/{user_id}/clips/{clip.id}/{clip.name}"
            stored = self.files.put(key, path, move=move)
            if stored.sha256 in known:
                self.files.delete(key)
                continue
            known.add(stored.sha256)
            taken.add(clip.name)
            clip.file_key, clip.bytes, clip.sha256 = key, stored.bytes, stored.sha256
            rows.append(clip)
        self.rows.add_clips(rows)

    def _wipe(self, user_id: str) -> None:
        """What a user has besides rows: files, labels and facts; what still runs is stopped first."""
        running = self.queue.jobs(user_id, states=("queued", "running"), limit=1000)
        for job in running:
            self.queue.cancel(job.id)
        for job in running:
            self.queue.wait(job.id, timeout_s=STOP_S)
        self.files.delete_all(f"users/{user_id}/")
        self.facts.forget(user_id)
        self.teaching.lake.forget(user_id)

    def _remove_clips(self, user_id: str, clips: Sequence[Clip]) -> None:
        self.rows.remove_clips(user_id, [clip.id for clip in clips])
        self._remove_clip_files(user_id, clips)

    def _remove_clip_files(self, user_id: str, clips: Sequence[Clip]) -> None:
        for clip in clips:
            self.files.delete_all(f"users/{user_id}/clips/{clip.id}/")

    def _forget(self, user_id: str, project_id: str) -> None:
        """No clips, no moments, no choices."""
        self.rows.change(user_id, project_id, lambda _: {"revision": 0})
        self.files.delete_all(project_prefix(user_id, project_id))


def _free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number where the project has another clip of that name."""
    stem, suffix = os.path.splitext(name)
    number, free = 2, name
    while free in taken:
        free, number = f"{stem} ({number}){suffix}", number + 1
    return free
