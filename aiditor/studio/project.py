"""A project as the studio works on it: clips, what was found in them, what was chosen, and its latest jobs.

It is put together from a row (who, which jobs' results count, what was chosen) and from the results that jobs left as
files (`kept.py`). Change it through `Studio`, which writes it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from aiditor.pipeline import Analysis
from aiditor.store.labels import Label
from aiditor.store.tables import Clip, Job
from aiditor.styles import Style
from aiditor.timeline import Moment, Reason, Scores, Source, Timeline
from aiditor.words import Words

__all__ = [
    "BY_HAND",
    "Mark",
    "MomentKey",
    "Planned",
    "Project",
    "Step",
    "as_choices",
    "choose",
    "with_mark",
    "without_mark",
]

SHOWN = 48
"""Moments offered to keep or drop, strongest first; weaker ones may still fill."""
BY_HAND = (Reason("marked by you", 1.0),)
"""Why a moment that the detector had missed is there."""
BEFORE_S, AFTER_S = 1.5, 1.0
"""How far such a moment reaches, where its neighbours leave room."""
UNDOS = 50
"""Presses that can be taken back."""

MomentKey = tuple[str, float]
Mark = tuple[str, float, str]


@dataclass(frozen=True, slots=True)
class Step:
    """What one press changed, so that it can be undone."""

    written: tuple[Label, ...]
    before: tuple[Label | None, ...]
    """What had been said of the same moments."""
    dropped: tuple[tuple[MomentKey, bool], ...] = ()
    """Moments that it dropped or kept, with whether they were dropped before."""
    added: tuple[MomentKey, ...] = ()
    """Moments that were not there before."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A timeline that was planned and not rendered yet: what was listened to is what will be shown."""

    key: str
    """Digest of the choices that it follows from."""
    style: Style
    timeline: Timeline


@dataclass(eq=False)
class Project:
    """One user's work on some clips."""

    id: str
    user_id: str
    name: str = ""
    clips: tuple[Clip, ...] = ()
    analysis: Analysis | None = None
    detector: str = ""
    """Which detector, version and model have found the moments."""
    thumbs: Mapping[MomentKey, str] = field(default_factory=dict)
    dropped: frozenset[MomentKey] = frozenset()
    wanted: frozenset[MomentKey] = frozenset()
    looked_at: frozenset[str] = frozenset()
    """Clips among whose moments the user has chosen: there, what is kept is meant to be."""
    marks: tuple[Mark, ...] = ()
    """Moments that were marked by hand where none had been found: source id, time, kind."""
    steps: list[Step] = field(default_factory=list)
    """What was labelled here, oldest first."""
    revision: int = 0
    """Goes up with every label, given or undone."""
    planned: Planned | None = None
    words: Words | None = None
    """What was heard and decided, lately."""
    heard: Timeline | None = None
    """What was listened to."""
    job: Job | None = None
    """The latest job, of any kind."""
    made: Job | None = None
    """The latest job that makes a montage."""

    def moments(self) -> list[tuple[Source, Moment]]:
        """Those offered, in order of clip and time."""
        if self.analysis is None:
            return []
        found = [
            (s, m)
            for s, scores in zip(self.analysis.sources, self.analysis.scores, strict=True)
            for m in scores.moments
        ]
        strongest = sorted(found, key=lambda pair: -pair[1].score)[:SHOWN]
        order = {source.id: number for number, source in enumerate(self.analysis.sources)}
        return sorted(strongest, key=lambda pair: (order[pair[0].id], pair[1].t_s))

    def mark(self, label: Label) -> tuple[MomentKey, ...]:
        """Add a moment where the label says that one was missed; the keys of those added."""
        assert self.analysis is not None
        after = with_mark(self.analysis, label.source_id, label.t_s, label.says)
        if after.scores == self.analysis.scores:
            return ()
        self.analysis, self.marks = after, (*self.marks, (label.source_id, label.t_s, label.says))
        return (label.moment,)

    def unmark(self, key: MomentKey) -> None:
        """Take away a moment that was marked by hand."""
        assert self.analysis is not None
        self.analysis = without_mark(self.analysis, key)
        self.marks = tuple(mark for mark in self.marks if mark[:2] != key)
        self.dropped, self.wanted = self.dropped - {key}, self.wanted - {key}


_STEPS = TypeAdapter(list[Step])


def as_choices(project: Project) -> dict[str, Any]:
    """What was chosen, as JSON for the project's row; `choose` takes it back."""
    return {
        "dropped": sorted(map(list, project.dropped)),
        "wanted": sorted(map(list, project.wanted)),
        "looked_at": sorted(project.looked_at),
        "marks": [list(mark) for mark in project.marks],
        "steps": _STEPS.dump_python(project.steps[-UNDOS:], mode="json"),
        "revision": project.revision,
    }


def choose(project: Project, choices: Mapping[str, Any]) -> None:
    """Set what `as_choices` gave; marks are put among the moments again."""
    project.dropped = frozenset((source_id, t_s) for source_id, t_s in choices.get("dropped", ()))
    project.wanted = frozenset((source_id, t_s) for source_id, t_s in choices.get("wanted", ()))
    project.looked_at = frozenset(choices.get("looked_at", ()))
    project.steps = _STEPS.validate_python(choices.get("steps", []))
    project.revision = choices.get("revision", 0)
    project.marks = tuple((source_id, t_s, kind) for source_id, t_s, kind in choices.get("marks", ()))
    if project.analysis is not None:
        for mark in project.marks:
            project.analysis = with_mark(project.analysis, *mark)


def with_mark(analysis: Analysis, source_id: str, t_s: float, kind: str) -> Analysis:
    """`analysis` with a moment at `t_s` of that source; the same where one is there already, or nothing would fit."""

    def changed(scores: Scores) -> Scores:
        if scores.source_id != source_id or any(m.start_s <= t_s <= m.end_s for m in scores.moments):
            return scores
        low = max([0.0, t_s - BEFORE_S, *(m.end_s for m in scores.moments if m.end_s < t_s)])
        high = min([scores.duration_s, t_s + AFTER_S, *(m.start_s for m in scores.moments if m.start_s > t_s)])
        if not low <= t_s <= high:
            return scores
        return replace(scores, moments=(Moment(t_s, low, high, 1.0, BY_HAND, kind), *scores.moments))

    return replace(analysis, scores=tuple(map(changed, analysis.scores)))


def without_mark(analysis: Analysis, key: MomentKey) -> Analysis:
    """`analysis` without the moment of that source at that time."""
    scores = (replace(s, moments=tuple(m for m in s.moments if (s.source_id, m.t_s) != key)) for s in analysis.scores)
    return replace(analysis, scores=tuple(scores))
