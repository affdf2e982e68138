"""One browser tab's work, as a value that the studio changes and the page shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from aiditor.pipeline import Analysis
from aiditor.store.labels import Label
from aiditor.styles import Style
from aiditor.timeline import Moment, Reason, Scores, Source, Timeline
from aiditor.ui.jobs import Job
from aiditor.words import Words

__all__ = ["BY_HAND", "MomentKey", "Planned", "Project", "Step", "with_mark", "without_mark"]

SHOWN = 48
"""Moments offered to keep or drop, strongest first; weaker ones may still fill."""
BY_HAND = (Reason("marked by you", 1.0),)
"""Why a moment that the detector had missed is there."""
BEFORE_S, AFTER_S = 1.5, 1.0
"""How far such a moment reaches, where its neighbours leave room."""

MomentKey = tuple[str, float]


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

    key: tuple[object, ...]
    """The choices that it follows from."""
    style: Style
    timeline: Timeline


@dataclass(eq=False)
class Project:
    """One tab's work: its clips, what was found in them, what to keep, and its latest jobs."""

    id: str
    folder: Path
    clips: tuple[Path, ...] = ()
    analysis: Analysis | None = None
    detector: str = ""
    """Which detector, version and model have found the moments."""
    thumbs: dict[MomentKey, str] = field(default_factory=dict)
    dropped: frozenset[MomentKey] = frozenset()
    wanted: frozenset[MomentKey] = frozenset()
    looked_at: frozenset[str] = frozenset()
    """Clips among whose moments the user has chosen: there, what is kept is meant to be."""
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

    def forget(self, analysis: Analysis | None = None, detector: str = "") -> None:
        """Start choosing anew, among the moments of `analysis` that this detector has found."""
        self.analysis, self.detector, self.thumbs = analysis, detector, {}
        self.dropped = self.wanted = frozenset()
        self.looked_at, self.steps = frozenset(), []
        self.planned = self.words = self.heard = None


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
