"""What makes strong cuts stand out: slow motion, transitions and callouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aiditor.select.config import SelectConfig
from aiditor.select.windows import Window
from aiditor.timeline import Cut, Scores, Transition

__all__ = ["focus_of", "ramped", "strong_ranks", "with_callouts", "with_transitions"]

EVENT_TEXT = {"headshot": "HEADSHOT", "multi_kill": "MULTI KILL", "clutch": "CLUTCH"}
FOCUS_STEP_S = 0.25


def strong_ranks(scores: Sequence[float], share: float) -> set[int]:
    """Indices of the strongest `share` of `scores`, ties to the earlier."""
    count = round(share * len(scores))
    return set(sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:count])


def ramped(windows: Sequence[Window], cfg: SelectConfig) -> tuple[list[Window], list[float]]:
    """The windows, those to be slowed with `must` stretched over the slow part, and the seconds it adds."""
    chosen = strong_ranks([w.score for w in windows], cfg.ramp_share) if cfg.ramp_speed < 1 else set()
    result: list[Window] = []
    extra: list[float] = []
    for index, window in enumerate(windows):
        end = window.peak_s + cfg.ramp_s
        if index in chosen and window.kind != "fill" and end <= window.limit[1]:
            window = replace(
                window,
                must=(window.must[0], max(window.must[1], end)),
                want=(window.want[0], max(window.want[1], end)),
            )
            extra.append(cfg.ramp_s / cfg.ramp_speed - cfg.ramp_s)
        else:
            extra.append(0.0)
        result.append(window)
    return result, extra


def with_transitions(cuts: Sequence[Cut], cfg: SelectConfig) -> list[Cut]:
    """A transition into the strongest share of cuts (never the first), the kinds taken in turn."""
    later = range(1, len(cuts))
    chosen = (
        {i + 1 for i in strong_ranks([cuts[i].score for i in later], cfg.transition_share)}
        if cfg.transitions
        else set()
    )
    result: list[Cut] = []
    turn = 0
    for index, cut in enumerate(cuts):
        if index in chosen:
            length = min(cfg.transition_s, cut.duration_s / 2, cuts[index - 1].duration_s / 2)
            cut = replace(cut, transition=Transition(cfg.transitions[turn % len(cfg.transitions)], length))
            turn += 1
        result.append(cut)
    return result


def with_callouts(cuts: Sequence[Cut], cfg: SelectConfig) -> list[Cut]:
    """Text at the peaks. Only what was detected is named: an untrained burst is never called a kill."""
    if cfg.callouts == "none":
        return list(cuts)
    texts = [""] * len(cuts)
    if cfg.callouts == "rank" and len(cuts) > 3:
        best = sorted(range(len(cuts)), key=lambda i: -cuts[i].score)[:3]
        for place, index in enumerate(best, start=1):
            texts[index] = f"#{place}"
    kills = 0
    for index, cut in enumerate(cuts):
        if cut.kind in EVENT_TEXT:
            texts[index] = EVENT_TEXT[cut.kind]
        elif cut.kind == "kill":
            kills += 1
            texts[index] = f"KILL {kills}"
    return [replace(cut, callout=text) for cut, text in zip(cuts, texts, strict=True)]


def focus_of(scores: Scores, start_s: float, end_s: float) -> tuple[tuple[float, float], ...]:
    """Where the action is between two source times, where the picture was looked at."""
    values = scores.focus_x
    if not len(values):
        return ()
    first, last = int(start_s / scores.step_s), min(int(np.ceil(end_s / scores.step_s)) + 1, len(values))
    stride = max(1, round(FOCUS_STEP_S / scores.step_s))
    return tuple(
        (round(k * scores.step_s, 3), round(float(values[k]), 3))
        for k in range(first, last, stride)
        if np.isfinite(values[k])
    )
