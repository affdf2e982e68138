"""Which footage of a window a cut shows: its peak on the beat, nothing clipped at its edges."""

from __future__ import annotations

import numpy as np

from aiditor.select.config import SelectConfig
from aiditor.select.fit import Slots
from aiditor.select.windows import Window
from aiditor.timeline import Scores

__all__ = ["start_of"]

VOICE_ON = 0.5
# Costs are in "seconds of moving the cut": a downbeat is worth moving it by half a bar, a word by more.
CLIPPED_EVENT, CLIPPED_WORD, OFF_DOWNBEAT, OFF_BEAT = 20.0, 2.5, 1.2, 1.8
LATTICE_S = 0.1


def start_of(
    window: Window,
    at_s: float,
    end_s: float,
    extra_s: float,
    slots: Slots,
    scores: Scores,
    cfg: SelectConfig,
    *,
    strong: bool,
) -> float:
    """Source time where the cut over montage [at_s, end_s) begins.

    `extra_s` is what slow motion adds after the peak, so the footage used is that much shorter.
    """
    used = end_s - at_s - extra_s
    low = window.limit[0]
    high = max(low, window.limit[1] - used)
    edges = slots.inside(at_s, end_s) if slots.musical else np.array([], int)
    on_edge = window.peak_s - (slots.edges_s[edges] - at_s)
    lattice = np.concatenate([np.arange(low, high, LATTICE_S), [high]])
    starts = np.concatenate([on_edge, lattice])
    beat_cost = np.concatenate(
        [
            np.where(slots.downbeat[edges], 0.0, OFF_DOWNBEAT if strong else 0.0),
            np.full(len(lattice), OFF_BEAT if strong and slots.musical else 0.0),
        ]
    )
    allowed = (starts >= low - 1e-9) & (starts <= high + 1e-9)
    starts, beat_cost = np.clip(starts[allowed], low, high), beat_cost[allowed]
    # What is missing from the wanted stretch, or too much, is shared between its two ends as the rolls are.
    before = cfg.pre_roll_s / (cfg.pre_roll_s + cfg.post_roll_s)
    ideal = window.want[0] + (window.want[1] - window.want[0] - used) * before
    cost = beat_cost + np.abs(starts - ideal)
    cost += CLIPPED_EVENT * (np.maximum(starts - window.must[0], 0) + np.maximum(window.must[1] - starts - used, 0))
    cost += CLIPPED_WORD * (_speaking(scores, starts) + _speaking(scores, starts + used))
    return float(starts[cost.argmin()])


def _speaking(scores: Scores, times_s: np.ndarray) -> np.ndarray:
    """1.0 where somebody is in mid-speech at the time, else 0.0; float64 like `times_s`."""
    if not len(scores.voice):
        return np.zeros(len(times_s))
    at = np.clip((times_s / scores.step_s).astype(int), 0, len(scores.voice) - 1)
    voice = np.nan_to_num(scores.voice)
    both = (voice[at] > VOICE_ON) & (voice[np.maximum(at - 1, 0)] > VOICE_ON)
    result: np.ndarray = both.astype(np.float64)
    return result
