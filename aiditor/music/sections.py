"""The sections of a recording, and the stretch of it whose drop meets the montage's best moment.

Sections begin on the bars where what follows sounds least like what went before (a one-dimensional form of J. Foote,
"Automatic Audio Segmentation Using a Measure of Audio Novelty", 2000); a drop is a section that begins with a rise.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from aiditor.music.laying import Piece, Track

__all__ = ["is_steady", "meeting", "section_bars"]

_BANDS_HZ = np.geomspace(40, 10_000, 21)
_NEAR = 4
"""Bars on either side that are compared, and the shortest section."""
_LEAST_DB = 2.5
"""A mean change, over all bands, that makes a new section."""
_SHORTEST_LEAD = 8
"""Beats of the track that must lead into a drop for it to be one."""


def section_bars(sound: np.ndarray, rate_hz: int, downbeats_s: np.ndarray) -> tuple[int, ...]:
    """Which bars of `sound`, float32 [N], begin a section; the first always does."""
    if downbeats_s.size < 2 * _NEAR:
        return (0,)
    bands_db = _bar_bands_db(sound, rate_hz, downbeats_s)
    novelty = np.zeros(len(bands_db))
    for bar in range(2, len(bands_db) - 1):
        before = bands_db[max(bar - _NEAR, 0) : bar].mean(axis=0)
        novelty[bar] = np.abs(bands_db[bar : bar + _NEAR].mean(axis=0) - before).mean()
    starts = [0]
    for bar in np.argsort(-novelty, kind="stable"):
        if novelty[bar] < _LEAST_DB:
            break
        if all(abs(bar - other) >= _NEAR for other in starts):
            starts.append(int(bar))
    return tuple(sorted(starts))


def _bar_bands_db(sound: np.ndarray, rate_hz: int, downbeats_s: np.ndarray) -> np.ndarray:
    """Power of each bar in each band, in dB, against the recording's loudest by at most 60: float64 [D, B]."""
    edges = np.append(downbeats_s, sound.size / rate_hz) * rate_hz
    rows = []
    for low, high in pairwise(edges.astype(int)):
        bar = sound[low : max(high, low + 64)]
        power = np.abs(np.fft.rfft(bar)) ** 2 / max(bar.size, 1) ** 2
        hz = np.fft.rfftfreq(bar.size, 1 / rate_hz)
        rows.append([power[(hz >= a) & (hz < b)].sum() for a, b in pairwise(_BANDS_HZ)])
    db = 10 * np.log10(np.array(rows) + 1e-20)
    return np.asarray(np.maximum(db, db.max() - 60))


def is_steady(track: Track) -> bool:
    """Whether all beats are equally long, so that another entry leaves the montage's beats where they were."""
    gaps_s = np.diff(track.beats.beats_s)
    return bool(gaps_s.size >= 2 * _SHORTEST_LEAD and np.ptp(gaps_s) < 1e-3)


def meeting(track: Track, best_s: float, up_to_s: float) -> list[Piece] | None:
    """Pieces of a steady track, on its beats, that put its best fitting drop on the beat nearest to `best_s`.

    Where the montage needs more before the drop than the track has, bars before it are repeated; where it needs more
    after, the track goes on again from the drop. None where the track has no drop.
    """
    beats_s = track.beats.beats_s
    beat_s = float(np.median(np.diff(beats_s)))
    lead = round(best_s / beat_s)
    found: tuple[float, list[Piece]] | None = None
    for bar in track.sections[1:]:
        rise = _rise(track, bar)
        drop = track.beats.phase + 4 * bar
        if rise <= 0.02 or drop - track.beats.phase < _SHORTEST_LEAD or drop >= beats_s.size:
            continue
        repeated = max(lead - (drop - track.beats.phase), 0) / max(lead, 1)
        after_s = max(up_to_s - best_s, beat_s)
        missing = max(after_s - (track.length_s - float(beats_s[drop])), 0.0) / after_s
        worth = rise - 0.3 * repeated - 0.5 * missing
        if found is None or worth > found[0] + 1e-9:
            found = worth, _around(track, bar, lead, beat_s, up_to_s)
    return found[1] if found else None


def _rise(track: Track, bar: int) -> float:
    """How much louder the four bars from here on are than the four before, against the loudest bar: in [-1, 1]."""
    before, after = track.energy[max(bar - _NEAR, 0) : bar], track.energy[bar : bar + _NEAR]
    return float((after.mean() - before.mean()) / max(float(track.energy.max()), 1e-9)) if before.size else 0.0


def _around(track: Track, bar: int, lead: int, beat_s: float, up_to_s: float) -> list[Piece]:
    """`lead` beats of the track, repeated where there are fewer, then the drop at `bar` and what comes after."""
    beats_s, phase = track.beats.beats_s, track.beats.phase
    drop = phase + 4 * bar
    spans: list[tuple[float, float]] = []
    short = lead - (drop - phase)
    if short > 0:
        # Repeat from the first bar line to the section before the drop: a drop that does not come is a let-down.
        before = max((start for start in track.sections if start < bar), default=0)
        turn = phase + 4 * (before if before >= 2 else bar)
        whole, rest = divmod(short, turn - phase)
        if rest:
            spans.append((float(beats_s[turn - rest]), float(beats_s[turn])))
        spans += [(float(beats_s[phase]), float(beats_s[turn]))] * whole
    start_s = float(beats_s[max(drop - lead, phase)])
    filled_s = sum(end_s - begin_s for begin_s, end_s in spans)
    if filled_s + track.length_s - start_s >= up_to_s:
        spans.append((start_s, track.length_s))
    else:
        last_s = _last_loud_s(track, bar)
        spans.append((start_s, last_s))
        filled_s += last_s - start_s
        while filled_s < up_to_s:
            spans.append((float(beats_s[drop]), last_s))
            filled_s += last_s - float(beats_s[drop])
    laid, at = [], 0
    for begin_s, end_s in spans:
        laid.append(Piece(begin_s, end_s, at * beat_s))
        at += round((end_s - begin_s) / beat_s)
    return laid


def _last_loud_s(track: Track, bar: int) -> float:
    """The last bar line that follows a bar as loud as music: fade-outs are not repeated."""
    downbeats_s = track.beats.downbeats_s
    loud = np.flatnonzero(track.energy[: downbeats_s.size - 1] >= 0.3 * np.median(track.energy))
    last = int(loud[-1]) + 1 if loud.size else downbeats_s.size - 1
    return float(downbeats_s[max(last, min(bar + 1, downbeats_s.size - 1))])
