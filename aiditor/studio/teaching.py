"""What a creator says about moments, on its way into the lake: labels given, undone and counted."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aiditor.detect import VERSION, DetectConfig
from aiditor.errors import BadInput
from aiditor.pipeline import Analysis
from aiditor.store.labels import CHOICES, KINDS, TAKEN_BACK, Label, by_hand
from aiditor.store.lake import Lake
from aiditor.studio.project import BY_HAND, Mark, MomentKey, Project, Step, with_mark
from aiditor.timeline import Moment, Source

__all__ = ["LEFT_OUT", "WORDS", "Said", "Teaching", "detector_name"]

WORDS = {
    "kill": "own kill",
    "other_kill": "somebody else's kill",
    "death": "death",
    "score": "score",
    "nothing": "nothing",
}
"""What the page offers, with its words."""
LEFT_OUT = frozenset({"other_kill", "death", "nothing", "drop"})
"""A moment of which one of these is said leaves the montage, until it is checked again."""
NEAR_S = 0.5
"""A time this close to a moment's peak is about that moment."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the lake knows, when it is asked for a project."""

    last: Mapping[MomentKey, Label] = field(default_factory=dict)
    """The last label of each moment of the project's clips, whoever gave it."""
    total: int = 0
    """Labels in the whole lake."""

    def of(self, source: Source, moment: Moment) -> str:
        """What happened there as far as anybody has said: a kind, or ""."""
        label = self.last.get(_key(source, moment))
        return label.says if label and label.says in KINDS else ""

    def between(self, source: Source, moments: Sequence[Moment]) -> list[tuple[float, str]]:
        """(time, kind) of what was said of this source at other times than these moments'."""
        known = {_key(source, moment) for moment in moments}
        said = (label for key, label in self.last.items() if key[0] == source.id and key not in known)
        return sorted((label.t_s, label.says) for label in said if label.says in KINDS)


def detector_name(cfg: DetectConfig) -> str:
    """Which detector, version and model: "signals/2", "net/2/0a1b2c3d"."""
    return "/".join(filter(None, ("+".join(cfg.detectors), str(VERSION), cfg.model_version[:8])))


class Teaching:
    """Labels of one studio's projects. Every write is one file in the lake; what was said is read from there.

    `everyone`: there is one user only, who hears what anybody has said, on the command line too. Else each user hears
    what they have said themselves.
    """

    def __init__(self, lake: Lake, *, everyone: bool = True) -> None:
        self.lake = lake
        self.everyone = everyone
        self._lock = threading.Lock()

    def _by(self, user_id: str) -> str | None:
        """Whose labels this user hears: None is everybody's."""
        return None if self.everyone else user_id

    def said(self, project: Project | None) -> Said:
        """What has been said of the project's clips, and how much in all."""
        labels = self.lake.labels(by=self._by(project.user_id if project else ""))
        here = {source.id for source in project.analysis.sources} if project and project.analysis else set()
        return Said({label.moment: label for label in labels if label.source_id in here}, len(labels))

    def heard(self, user_id: str, *, source: str = "", since: datetime | None = None) -> tuple[Label, ...]:
        """What this user hears of, oldest first."""
        return self.lake.labels(source=source or None, since=since, by=self._by(user_id))

    def recall(self, analysis: Analysis, user_id: str) -> tuple[tuple[Mark, ...], frozenset[MomentKey]]:
        """The moments of these clips that were marked by hand before, and the keys of those to leave out."""
        here = {source.id for source in analysis.sources}
        said = [label for label in self.lake.labels(source=here, by=self._by(user_id)) if label.says in KINDS]
        marks: list[Mark] = []
        for label in said:
            if not label.detected and label.says != "nothing":
                before, analysis = analysis, with_mark(analysis, label.source_id, label.t_s, label.says)
                if analysis.scores != before.scores:
                    marks.append((label.source_id, label.t_s, label.says))
        keys = {_rounded(s.source_id, m.t_s): (s.source_id, m.t_s) for s in analysis.scores for m in s.moments}
        out = (keys[label.moment] for label in said if label.says in LEFT_OUT and label.moment in keys)
        return tuple(marks), frozenset(out)

    def say(self, project: Project, number: int, says: str) -> Label:
        """Say what happened in an offered moment (numbered from 1); "" takes back what was said.

        Raises BadInput when there is no such moment, AIditorError when the lake cannot be written.
        """
        source, moment = _numbered(project, number)
        label = self._label(project, source, moment, says or TAKEN_BACK)
        key = (source.id, moment.t_s)
        with self._lock:
            self._write(project, [label], dropped=((key, key in project.dropped),))
            project.looked_at |= {source.id}
            if says:
                _drop(project, key, says in LEFT_OUT)
        return label

    def mark(self, project: Project, source: Source, t_s: float, says: str) -> Label:
        """Say what happened at a time; where the detector had seen nothing, a moment is added to the project.

        "" takes back what was said there. Raises BadInput when the clip is not that long or nothing was said.
        """
        assert project.analysis is not None
        offered = project.moments()
        near = [n for n, (s, m) in enumerate(offered, start=1) if s.id == source.id and abs(m.t_s - t_s) <= NEAR_S]
        if near:
            return self.say(project, min(near, key=lambda n: abs(offered[n - 1][1].t_s - t_s)), says)
        there = [t for t, _ in self.said(project).between(source, ()) if abs(t - t_s) <= NEAR_S]
        if not says and not there:
            raise BadInput("nothing was said about it", remedy=f"choose what happened: {', '.join(WORDS.values())}")
        t_s = min(there, key=lambda t: abs(t - t_s), default=t_s)
        label = self._at(project, source, t_s, says or TAKEN_BACK)
        before = project.analysis
        with self._lock:
            after = before if says in ("", "nothing", *CHOICES) else with_mark(before, source.id, label.t_s, says)
            added = (label.moment,) if after.scores != before.scores else ()
            self._write(project, [label], added=added)
            if added:
                project.mark(label)
                _drop(project, label.moment, says in LEFT_OUT)
        return label

    def teach(self, project: Project, *, everything: bool) -> int:
        """Turn what is kept and dropped into labels, where nobody has said more; returns how many were new.

        Without `everything`, a moment that is only kept because it was offered says nothing, unless its
        user has chosen among the moments of that clip.
        """
        last, labels = self.said(project).last, []
        for source, moment in project.moments():
            key = (source.id, moment.t_s)
            says = "drop" if key in project.dropped else "keep"
            meant = everything or says == "drop" or key in project.wanted or source.id in project.looked_at
            known = last.get(_key(source, moment))
            new = meant if known is None else known.says in CHOICES and known.says != says
            if new:
                labels.append(self._label(project, source, moment, says))
        with self._lock:
            self._write(project, labels)
        return len(labels)

    def undo(self, project: Project) -> int:
        """Take back the last press, where nobody has said something else since; returns how many labels it was."""
        with self._lock:
            if not project.steps:
                return 0
            step, now = project.steps[-1], datetime.now(UTC)
            last = self._last(project, step.written, taken_back=True)
            mine = [(w, b) for w, b in zip(step.written, step.before, strict=True) if _still(w, last.get(w.moment))]
            back = [replace(b or replace(written, says=TAKEN_BACK), labelled_at=now) for written, b in mine]
            self.lake.add_labels(back)
            project.steps.pop()
            project.revision += 1
            for key, was in step.dropped:
                _drop(project, key, was)
            for key in step.added:
                project.unmark(key)
            return len(back)

    # --- how a label is made

    def _write(self, project: Project, labels: Sequence[Label], **changed: tuple[object, ...]) -> None:
        if labels:
            last = self._last(project, labels)
            self.lake.add_labels(labels)
            before = tuple(last.get(label.moment) for label in labels)
            project.steps.append(Step(tuple(labels), before, **changed))  # type: ignore[arg-type]
            project.revision += 1

    def _last(self, project: Project, labels: Iterable[Label], *, taken_back: bool = False) -> dict[MomentKey, Label]:
        sources, by = {label.source_id for label in labels}, self._by(project.user_id)
        return {label.moment: label for label in self.lake.labels(source=sources, by=by, history=taken_back)}

    def _at(self, project: Project, source: Source, t_s: float, says: str) -> Label:
        """Of a time given by hand."""
        return by_hand(
            source,
            t_s,
            says,
            detector=project.detector,
            project=project.id,
            labelled_by=self._by(project.user_id) or "",
        )

    def _label(self, project: Project, source: Source, moment: Moment, says: str) -> Label:
        """Of an offered moment."""
        label = self._at(project, source, moment.t_s, says)
        if moment.reasons == BY_HAND:
            return label
        found = {"detected": moment.kind, "confidence": _confidence(project, source, moment)}
        return replace(label, start_s=moment.start_s, end_s=moment.end_s, **found)


def _still(written: Label, last: Label | None) -> bool:
    """Whether the last word on a moment is the one that was written, or that word restored by an undo."""
    return last is not None and replace(last, labelled_at=written.labelled_at) == written


def _drop(project: Project, key: MomentKey, out: bool) -> None:
    project.dropped = project.dropped | {key} if out else project.dropped - {key}


def _confidence(project: Project, source: Source, moment: Moment) -> float:
    """Of the strongest event of the moment's kind inside it; the moment's own score where there is none."""
    assert project.analysis is not None
    events = next(s.events for s in project.analysis.scores if s.source_id == source.id)
    inside = [e.confidence for e in events if e.kind == moment.kind and moment.start_s <= e.t_s <= moment.end_s]
    return float(min(max(inside, default=moment.score), 1.0))


def _numbered(project: Project, number: int) -> tuple[Source, Moment]:
    offered = project.moments()
    if not 1 <= number <= len(offered):
        raise BadInput(f"there is no moment {number}", remedy="reload the page to see which there are")
    return offered[number - 1]


def _key(source: Source, moment: Moment) -> MomentKey:
    return _rounded(source.id, moment.t_s)


def _rounded(source_id: str, t_s: float) -> MomentKey:
    """As a `Label` names it."""
    return source_id, round(float(t_s), 2)
