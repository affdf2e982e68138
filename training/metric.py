"""How well found events agree with the truth: one-to-one matching, precision, recall, F1, AP and calibration.

Found and true events of one kind are matched greedily, surest first, each to the nearest true event within the
tolerance that is still free, as in temporal action spotting (SoccerNet, Giancola et al. 2018). All counts are summed
over films before a ratio is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "Found",
    "Matching",
    "Tally",
    "average_precision",
    "best_threshold",
    "calibration_error",
    "confusion",
    "match",
    "tally",
]


@dataclass(frozen=True, slots=True)
class Found:
    """One event that a detector claims."""

    t_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Matching:
    """Of one kind in one film: for each found event, surest first, its confidence and whether it is true."""

    confidence: np.ndarray
    """Float64 [N], falling."""
    hit: np.ndarray
    """Bool [N]."""
    true: int
    """How many events there are."""
    partner: np.ndarray
    """Int [N]: index of the true event, -1 for none."""
    order: np.ndarray
    """Int [N]: index of the found event as it was given."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts, and what follows from them; ratios of nothing are 0."""

    hits: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.found + self.true) if self.found + self.true else 0.0


def match(found: Sequence[Found], true_s: Sequence[float], tolerance_s: float) -> Matching:
    """Match one film's found events of a kind to the true times."""
    order = np.array(sorted(range(len(found)), key=lambda i: (-found[i].confidence, found[i].t_s)), dtype=int)
    times = np.array(true_s, float)
    free = np.ones(len(times), bool)
    partner = np.full(len(found), -1)
    for rank, index in enumerate(order):
        away = np.where(free, np.abs(times - found[index].t_s), np.inf)
        if len(away) and away.min() <= tolerance_s + 1e-9:
            partner[rank] = int(away.argmin())
            free[partner[rank]] = False
    confidence = np.array([found[index].confidence for index in order], float)
    return Matching(confidence, partner >= 0, len(times), partner, order)


def tally(matchings: Iterable[Matching], threshold: float = 0.0) -> Tally:
    """Counts over films of what is found with at least this confidence.

    Greedy matching goes from sure to unsure, so leaving out the unsure changes no match of the sure.
    """
    hits = found = true = 0
    for each in matchings:
        kept = each.confidence >= threshold
        hits, found, true = hits + int(each.hit[kept].sum()), found + int(kept.sum()), true + each.true
    return Tally(hits, found, true)


def average_precision(matchings: Sequence[Matching]) -> float:
    """Area under the precision-recall curve, precision made monotone (as PASCAL VOC since 2010)."""
    true = sum(each.true for each in matchings)
    if not true or not any(len(each.hit) for each in matchings):
        return 0.0
    confidence = np.concatenate([each.confidence for each in matchings])
    hit = np.concatenate([each.hit for each in matchings])[np.argsort(-confidence, kind="stable")]
    hits = np.cumsum(hit)
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float((precision * hit).sum() / true)


def best_threshold(matchings: Sequence[Matching]) -> float:
    """The confidence from which on F1 is highest; to be chosen on validation films only."""
    levels = np.unique(np.concatenate([each.confidence for each in matchings])) if matchings else np.zeros(0)
    if not len(levels):
        return 0.5
    levels = np.unique(np.quantile(levels, np.linspace(0, 1, 200)))
    return float(max(levels, key=lambda level: tally(matchings, level).f1))


def calibration_error(confidence: np.ndarray, hit: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): confidence against the share that is true, over equal bins."""
    if not len(confidence):
        return 0.0
    at = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    error = 0.0
    for index in range(bins):
        inside = at == index
        if inside.any():
            error += inside.mean() * abs(float(confidence[inside].mean()) - float(np.mean(hit[inside])))
    return float(error)


def confusion(found: Sequence[Found], true: Sequence[tuple[float, str]], tolerance_s: float) -> dict[str, int]:
    """What found events of one kind truly were: the kind of the nearest true event, "nothing" for none.

    `true` are (time, kind) of all events, the kind sought first where two are as near.
    """
    counts: dict[str, int] = {}
    taken: set[int] = set()
    for each in sorted(found, key=lambda one: -one.confidence):
        near = [
            (abs(time - each.t_s), index)
            for index, (time, _) in enumerate(true)
            if index not in taken and abs(time - each.t_s) <= tolerance_s + 1e-9
        ]
        kind = "nothing"
        if near:
            index = min(near)[1]
            taken.add(index)
            kind = true[index][1]
        counts[kind] = counts.get(kind, 0) + 1
    return counts
