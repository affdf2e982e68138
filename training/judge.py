"""What the net alone says of films whose features are kept: for validation while it trains, and for calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from aiditor.detect.net.infer import Listener, peaks
from aiditor.detect.net.model import KINDS, HighlightNet
from aiditor.detect.net.weights import Calibration, Card, Model
from training.features import Features
from training.metric import Found, Matching, average_precision, best_threshold, match

__all__ = ["TOLERANCE_S", "calibrate", "curves", "matchings", "precisions"]

TOLERANCE_S = 0.5
_LEAST_EVENTS = 8
"""With fewer true events of a kind there is nothing to calibrate on."""


@torch.inference_mode()
def curves(net: HighlightNet, film: Features, *, looked: bool) -> np.ndarray:
    """Float32 [T, 8] logits of a whole film, by sound alone or with all of its pictures."""
    listener = Listener(Model(net, Card(), ""), film.mel, len(film))
    if looked:
        for step in range(len(film)):
            listener.take(step, film.whole[step], film.details[step])
    return listener.judge()


def matchings(logits: Sequence[np.ndarray], films: Sequence[Features], kind: str, tolerance_s: float) -> list[Matching]:
    """Peaks of one kind held against the truth, film by film; the confidence is the logit."""
    return [
        match([Found(peak.t_s, peak.logit) for peak in peaks(curve, kind)], film.times_s(kind), tolerance_s)
        for curve, film in zip(logits, films, strict=True)
    ]


def precisions(
    logits: Sequence[np.ndarray], films: Sequence[Features], tolerance_s: float = TOLERANCE_S
) -> dict[str, float]:
    """Average precision by kind, for the kinds that happen in these films."""
    return {
        kind: average_precision(matchings(logits, films, kind, tolerance_s))
        for kind in KINDS
        if any(film.times_s(kind) for film in films)
    }


def calibrate(logits: Sequence[np.ndarray], films: Sequence[Features]) -> dict[str, Calibration]:
    """By kind: the logistic curve from a peak's logit to the chance that it is true, and the best threshold."""
    found = {}
    for kind in KINDS:
        each = matchings(logits, films, kind, TOLERANCE_S)
        values = np.concatenate([one.confidence for one in each])
        hits = np.concatenate([one.hit for one in each])
        if sum(one.true for one in each) < _LEAST_EVENTS or hits.sum() < _LEAST_EVENTS or hits.all():
            found[kind] = Calibration(scale=1.0, offset=-1.0, least=0.9)
            continue
        fit = LogisticRegression(C=10.0).fit(values[:, None], hits)
        scale, offset = float(fit.coef_[0, 0]), float(fit.intercept_[0])
        least = 1 / (1 + np.exp(-(scale * best_threshold(each) + offset)))
        found[kind] = Calibration(scale=max(scale, 1e-3), offset=offset, least=float(np.clip(least, 0.05, 0.95)))
    return found
