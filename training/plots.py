"""Pictures of how good a net is: precision against recall, and how far its confidence can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from aiditor.detect.net.model import KINDS
from aiditor.detect.net.weights import Calibration
from training.features import Features
from training.judge import TOLERANCE_S, matchings

__all__ = ["precision_plot", "reliability_axes", "reliability_plot"]

_BINS = 10


def precision_plot(logits: Sequence[np.ndarray], films: Sequence[Features]) -> Figure:
    """Precision against recall of each kind that happens in the films."""
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    for kind in KINDS:
        each = matchings(logits, films, kind, TOLERANCE_S)
        true = sum(one.true for one in each)
        if not true:
            continue
        confidence = np.concatenate([one.confidence for one in each])
        hits = np.cumsum(np.concatenate([one.hit for one in each])[np.argsort(-confidence, kind="stable")])
        axes.plot(hits / true, hits / np.maximum(np.arange(1, len(hits) + 1), 1), label=f"{kind} ({true})")
    axes.set(
        xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=f"events within ±{TOLERANCE_S:g} s"
    )
    axes.legend(fontsize=8)
    return figure


def reliability_plot(
    logits: Sequence[np.ndarray], films: Sequence[Features], calibration: Mapping[str, Calibration], kind: str = "kill"
) -> Figure:
    """How often peaks of each confidence were true."""
    each = matchings(logits, films, kind, TOLERANCE_S)
    values, hits = (np.concatenate([getattr(one, name) for one in each]) for name in ("confidence", "hit"))
    to = calibration.get(kind, Calibration())
    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    reliability_axes(figure.subplots(), 1 / (1 + np.exp(-(to.scale * values + to.offset))), hits, kind)
    return figure


def reliability_axes(axes: object, confidence: np.ndarray, hits: np.ndarray, title: str) -> None:
    """Draw one reliability diagram; a dot's size is how many events it stands for."""
    at = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    bins = [index for index in range(_BINS) if (at == index).any()]
    axes.plot([0, 1], [0, 1], color="0.7", lw=1)  # type: ignore[attr-defined]
    axes.scatter(  # type: ignore[attr-defined]
        [confidence[at == index].mean() for index in bins],
        [hits[at == index].mean() for index in bins],
        s=[20 + 2 * float((at == index).sum()) ** 0.9 for index in bins],
    )
    axes.set(xlabel="confidence", ylabel="share that is true", xlim=(0, 1), ylim=(0, 1), title=title)  # type: ignore[attr-defined]
