"""The beats of a piece that grows window by window: what was measured of its beginning never changes.

So the grid that cuts were planned on stays true when the piece is made longer.
"""

from __future__ import annotations

import numpy as np

from aiditor.music.beats import ANALYSIS_RATE_HZ, Beats, track_beats

__all__ = ["joined", "measure"]


def measure(sound: np.ndarray, rate_hz: int, at_s: float) -> Beats:
    """The beats of float32 [N], which begins at `at_s` of the piece, in seconds of the piece."""
    import soxr

    heard = track_beats(soxr.resample(sound, rate_hz, ANALYSIS_RATE_HZ))
    return Beats(heard.tempo_bpm, heard.beats_s + at_s, heard.phase)


def joined(known: Beats | None, found: Beats) -> Beats:
    """`known`, going on with those of `found` that come after it; bars are counted on from the first.

    A beat is dropped where it would follow the one before in less than half a beat, and beats are set evenly where
    more than one and a half have none.
    """
    if known is None or not known.beats_s.size:
        return found
    beat_s = 60.0 / known.tempo_bpm
    times_s = list(known.beats_s)
    for t_s in found.beats_s:
        gap_s = float(t_s) - times_s[-1]
        if gap_s < 0.5 * beat_s:
            continue
        steps = max(round(gap_s / beat_s), 1)
        last_s = times_s[-1]
        times_s += [last_s + gap_s * step / steps for step in range(1, steps + 1)]
    return Beats(known.tempo_bpm, np.array(times_s), known.phase)
