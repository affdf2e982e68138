"""Score: all that was measured becomes one curve in [0, 1], and its peaks become moments with their reasons.

Each signal counts by how far it rises over the source's calm, in its own unit. The span that counts in full is
what the source reaches, but at least what its rule says: so a dull clip stays low beside a lively one of the same
batch. The curve is the weighted mean of what is known of the whole source; pictures looked at closely lift it
from there towards 1; events move it on. What each adds at a peak is the moment's reasons, and they add up to
the curve.
"""

from __future__ import annotations

import numpy as np

from aiditor.score.config import EVENT_WEIGHTS, SIGNAL_RULES, ScoreConfig, SignalRule
from aiditor.score.fuse import fuse
from aiditor.score.moments import find_moments
from aiditor.timeline import Scores, Signals

__all__ = ["EVENT_WEIGHTS", "SIGNAL_RULES", "ScoreConfig", "SignalRule", "score"]


def score(signals: Signals, cfg: ScoreConfig | None = None) -> Scores:
    """The curve over `signals`, and its moments, strongest first. Silent, still footage gives none."""
    cfg = ScoreConfig() if cfg is None else cfg
    adds = fuse(signals, cfg)
    # Rounding in float32 may leave the sum a hair outside.
    curve = np.clip(sum(adds.values(), np.zeros(len(signals))), 0, 1).astype(np.float32)
    unknown = np.full(len(signals), np.nan, np.float32)
    voice = np.nan_to_num(np.asarray(signals.values.get("voice", unknown), np.float32))
    return Scores(
        source_id=signals.source_id,
        duration_s=signals.duration_s,
        step_s=signals.step_s,
        values=curve,
        focus_x=np.asarray(signals.values.get("focus_x", unknown), np.float32),
        voice=np.clip(voice, 0, 1),
        moments=find_moments(curve, adds, signals, cfg),
        events=signals.events,
        shots_s=signals.shots_s,
    )
