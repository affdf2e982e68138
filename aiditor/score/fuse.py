"""From signals and events to what each of them adds to the curve."""

from __future__ import annotations

import numpy as np

from aiditor.score.config import ScoreConfig, SignalRule
from aiditor.score.smooth import gaussian
from aiditor.timeline import Signals

__all__ = ["event_reason", "fuse", "level"]

_SOUND = frozenset({"loudness_db", "onset", "attack", "high_db", "low_db", "flatness"})
_CLOSE = frozenset({"motion", "flash", "hud", "red"})
"""Known only where the picture was looked at closely."""
_OPTIONAL = frozenset({"highlight"})
"""There only with the trained model; without it nothing is missing."""
_LEAST_KNOWN = 0.25
"""With less than this share of the weights known, the rest is taken to be calm: one weak sense earns less trust."""


def fuse(signals: Signals, cfg: ScoreConfig) -> dict[str, np.ndarray]:
    """What each signal and kind of event adds to the curve: float64 [T] by reason; the sum is in [0, 1]."""
    audible = _audible(signals, cfg)
    rules = {name: rule for name, rule in cfg.signals.items() if name in signals.values and rule.weight > 0}
    levels = {name: level(signals.values[name], rule, signals.step_s, cfg.calm_share) for name, rule in rules.items()}
    for name in _SOUND & levels.keys():
        levels[name] = levels[name] * audible

    wide = {name: rule for name, rule in rules.items() if name not in _CLOSE}
    known = sum((rule.weight * np.isfinite(levels[name]) for name, rule in wide.items()), np.zeros(len(signals)))
    expected = [name for name in cfg.signals if name not in _CLOSE and (name not in _OPTIONAL or name in rules)]
    all_weights = sum(cfg.signals[name].weight for name in expected)
    share = np.maximum(known, _LEAST_KNOWN * all_weights)
    adds: dict[str, np.ndarray] = {}
    curve = np.zeros(len(signals))
    for name, rule in wide.items():
        add = np.nan_to_num(levels[name]) * np.divide(rule.weight, share, where=share > 0, out=np.zeros_like(share))
        adds[rule.says] = adds.get(rule.says, 0.0) + add
        curve = curve + add
    for name, rule in rules.items():
        if name in _CLOSE:
            add = (1 - curve) * rule.weight * np.nan_to_num(levels[name])
            adds[rule.says] = adds.get(rule.says, 0.0) + add
            curve = curve + add
    _add_events(adds, curve, signals, cfg)
    return adds


def level(values: np.ndarray, rule: SignalRule, step_s: float, calm_share: float) -> np.ndarray:
    """Float64 [T] in [0, 1]: how far `values` rise over their calm; NaN where nothing is known near."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(values.shape, np.nan)
    smooth = _smooth(values, known, rule.smooth_s / 2 / step_s)
    calm, high = np.nanpercentile(smooth, [100 * calm_share, 99.5])
    if rule.calm_most is not None:
        calm = min(calm, rule.calm_most)
    return np.clip((smooth - calm) / max(high - calm, rule.least_span), 0, 1)


def event_reason(kind: str) -> str:
    """How an event of that kind is called among the reasons."""
    return kind.replace("_", " ")


def _smooth(values: np.ndarray, known: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean of the known values, kept to where they are known."""
    if sigma < 0.1:
        return np.where(known, values, np.nan).astype(float)
    total = gaussian(np.where(known, values, 0.0).astype(float), sigma)
    weight = gaussian(known.astype(float), sigma)
    return np.where(known, total / np.maximum(weight, 1e-9), np.nan)


def _audible(signals: Signals, cfg: ScoreConfig) -> np.ndarray:
    """Float64 [T]: 0 where the sound is too quiet to mean anything, rising to 1 over 10 dB."""
    loudness = signals.values.get("loudness_db")
    if loudness is None:
        return np.ones(len(signals))
    return np.clip((np.nan_to_num(loudness, nan=-100.0) - cfg.quiet_db) / 10, 0, 1)


def _add_events(adds: dict[str, np.ndarray], curve: np.ndarray, signals: Signals, cfg: ScoreConfig) -> None:
    times_s = signals.times_s + signals.step_s / 2
    for event in signals.events:
        weight = cfg.event_weights.get(event.kind, 0.0) * event.confidence
        if weight == 0:
            continue
        away_s = np.maximum(np.maximum(event.start_s - times_s, times_s - event.end_s), 0)
        near = weight * np.exp(-0.5 * np.square(away_s / cfg.event_spread_s))
        add = np.where(near > 0, (1 - curve) * near, curve * near)
        reason = event_reason(event.kind)
        adds[reason] = adds.get(reason, 0.0) + add
        curve += add
