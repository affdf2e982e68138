"""How sure the whole detector may be: fitted on validation films that went through the cascade as users' do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from aiditor.detect.net.fuse import FEATURES, Candidate, chance, claims
from aiditor.detect.net.model import KINDS
from aiditor.detect.net.weights import Calibration, Card, load_model, save_model
from training.examine import Examined, Film, examine_all
from training.metric import Found, Matching, best_threshold, match, tally

__all__ = ["TOLERANCE_S", "calibrate", "fit", "found_of", "held"]

TOLERANCE_S = 0.5
_PRIOR = np.array([-1.5, 0.8, 4.0, -1.0, -2.0])
_PRIOR_SPREAD = np.array([3.0, 1.0, 1.0, 0.7, 1.0])
"""What is believed of FEATURES before any film is seen: a printed kill is almost sure, one that the game did not print
or printed for another is doubtful."""
_MULTI = "multi_kill"
_ROWS = tuple(np.arange(0.2, 0.85, 0.05).round(2).tolist())
_LEAST = 8
"""With fewer true or false candidates of a kind nothing is fitted."""


def calibrate(weights: Path, films: Sequence[Film], cache: Path, *, workers: int = 1) -> Card:
    """Fit the chances on `films` (of validation) and keep them with the weights."""
    examined = examine_all(films, weights, cache, workers=workers)
    model = load_model(weights)
    card = fit(model.card, films, examined)
    save_model(weights, model.net, card)
    return card


def found_of(candidates: Sequence[Candidate], kind: str, card: Card) -> list[Found]:
    """Candidates of one kind with their chances."""
    return [Found(each.t_s, chance(each, card)) for each in candidates if each.kind == kind]


def held(films: Sequence[Film], examined: Sequence[Examined], kind: str, card: Card) -> list[Matching]:
    """Candidates of one kind held against the truth, film by film."""
    return [
        match(found_of(each.candidates, kind, card), film.times_s(kind), TOLERANCE_S)
        for film, each in zip(films, examined, strict=True)
    ]


def fit(card: Card, films: Sequence[Film], examined: Sequence[Examined]) -> Card:
    """The card with chances and thresholds fitted to these films. What is too rare keeps what training gave it."""
    heard, looked = dict(card.heard), dict(card.looked)
    raw = card.model_copy(update={"fusion": {}, "heard": {}, "looked": {}})
    for kind in KINDS:
        features, hits, sides = _table(kind, films, examined, raw)
        for side, table in ((False, heard), (True, looked)):
            chosen = sides == side
            if hits[chosen].sum() >= _LEAST and (~hits[chosen]).sum() >= _LEAST:
                plain = LogisticRegression(C=10.0).fit(features[chosen][:, 1:2], hits[chosen])
                scale, offset = float(plain.coef_[0, 0]), float(plain.intercept_[0])
                table[kind] = Calibration(scale=max(scale, 1e-3), offset=offset)
    fitted = card.model_copy(update={"heard": heard, "looked": looked, "fusion": _fusion(films, examined, raw)})
    for kind in KINDS:
        matchings = held(films, examined, kind, fitted)
        if sum(each.true for each in matchings) < _LEAST:
            continue
        least = float(np.clip(best_threshold(matchings), 0.1, 0.9))
        for table in (heard, looked):
            table[kind] = table.get(kind, Calibration()).model_copy(update={"least": least})
        if kind == "kill" and fitted.fusion:
            fitted = fitted.model_copy(update={"fusion": fitted.fusion | {"least": least}})
    return _rows_fitted(fitted.model_copy(update={"heard": heard, "looked": looked}), films, examined)


def _rows_fitted(card: Card, films: Sequence[Film], examined: Sequence[Examined]) -> Card:
    """The card with the thresholds by which most multi-kills come out right: of kills in a row, and of the net's own
    word for one."""
    if not card.fusion or sum(len(film.times_s("multi_kill")) for film in films) < _LEAST:
        return card

    def changed(row: float, own: float) -> Card:
        tables = {
            name: table | {"multi_kill": table.get("multi_kill", Calibration()).model_copy(update={"least": own})}
            for name, table in (("heard", card.heard), ("looked", card.looked))
        }
        return card.model_copy(update={**tables, "fusion": card.fusion | {"row": row}})

    def right(choice: Card) -> float:
        return tally(
            match(
                [
                    Found(event.t_s, event.confidence)
                    for event in claims(each.candidates, choice)
                    if event.kind == _MULTI
                ],
                film.times_s(_MULTI),
                TOLERANCE_S,
            )
            for film, each in zip(films, examined, strict=True)
        ).f1

    # Of equally good ones the strictest for the net's own word, which is the weaker.
    return max((changed(row, own) for own in (1.0, 0.8, 0.6, 0.4) for row in _ROWS), key=right)


def _table(
    kind: str, films: Sequence[Film], examined: Sequence[Examined], card: Card
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features [N, 5], whether each candidate is true [N], and whether its pictures were looked at [N]."""
    rows, hits, sides = [], [], []
    for film, each in zip(films, examined, strict=True):
        own = [one for one in each.candidates if one.kind == kind]
        matching = match([Found(one.t_s, chance(one, card)) for one in own], film.times_s(kind), TOLERANCE_S)
        for index, hit in zip(matching.order, matching.hit, strict=True):
            rows.append(own[index].features())
            hits.append(bool(hit))
            sides.append(own[index].looked)
    return np.array(rows).reshape(-1, len(FEATURES)), np.array(hits, bool), np.array(sides, bool)


def _fusion(films: Sequence[Film], examined: Sequence[Examined], card: Card) -> dict[str, float]:
    """Weights of FEATURES for kills, for each sight; empty where there is too little to learn from."""
    features, hits, sides = _table("kill", films, examined, card)
    found: dict[str, float] = {}
    for side, name in ((False, "heard"), (True, "looked")):
        chosen = sides == side
        if hits[chosen].sum() < _LEAST or (~hits[chosen]).sum() < _LEAST:
            chosen = np.ones(len(sides), bool)
        if hits[chosen].sum() < _LEAST or (~hits[chosen]).sum() < _LEAST:
            return {}
        weights = _towards_prior(features[chosen], hits[chosen])
        found |= {f"{name}.{what}": round(float(value), 5) for what, value in zip(FEATURES, weights, strict=True)}
    return found


def _towards_prior(features: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Logistic regression with a Gaussian prior about `_PRIOR`: few films move it little, many decide alone."""
    signs = np.where(hits, 1.0, -1.0)

    def cost(weights: np.ndarray) -> float:
        surprise = np.logaddexp(0, -signs * (features @ weights)).sum()
        return float(surprise + 0.5 * np.square((weights - _PRIOR) / _PRIOR_SPREAD).sum())

    return np.asarray(minimize(cost, _PRIOR, method="BFGS").x)
