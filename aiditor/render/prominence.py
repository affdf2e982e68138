"""What the music gives way to: events, voices, and the game's own loud moments, each 10 ms of the montage.

A share of 1 asks for all of the ducking, 0 for none. Events and voices are known by their times; level alone asks for
half, so that a loud game does not hold the music down for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from aiditor.render.ducking import STEP, loud_share
from aiditor.render.loudness import RATE_HZ
from aiditor.render.sound_config import SoundConfig
from aiditor.timeline import Cut, Scores, Timeline

__all__ = ["Spoken", "half_beats", "microphone_share", "prominence", "span_share"]

Spoken = Mapping[str, Sequence[tuple[float, float]]]
"""By source id: (start, end) of what is said, in seconds of the source."""

_EVENT_S = (0.06, 0.3)
"""How long before and after an event's peak its own sound must be heard."""
_AROUND_S = (0.4, 1.2)
"""How far from an event loud sound still belongs to it."""
_BEST_S = (0.05, 1.0)
_BEST_SHARE = 0.5
"""At the best moment the music has its drop: there it gives way by half."""
_AUDIBLE_DB = -50.0
_WORD_S = 0.1


def prominence(
    timeline: Timeline,
    cfg: SoundConfig,
    game_db: np.ndarray,
    *,
    scores: Mapping[str, Scores],
    spoken: Spoken,
    microphone_db: np.ndarray | None = None,
) -> np.ndarray:
    """The share of each 10 ms, float32 [T] in [0, 1]: 0 where there is neither event nor voice nor loud game.

    `game_db` and `microphone_db` are levels as from `levels_db`, [T]; `spoken` are words' times, where they are known.
    """
    count = game_db.size
    share = np.zeros(count, np.float32)
    peaks = list(_events(timeline, scores))
    if cfg.duck_under_events:
        share = np.maximum(share, _event_share(peaks, game_db))
    if cfg.duck_under_game:
        around = span_share([(t - _AROUND_S[0], t + _AROUND_S[1], 1.0) for t, _ in peaks], count)
        share = np.maximum(share, loud_share(game_db) * (0.5 + 0.5 * around))
    best = max(timeline.cuts, key=lambda cut: cut.score, default=None)
    if best is not None and timeline.music is not None:
        best_s = best.montage_s(best.peak_s)
        here = span_share([(best_s - _BEST_S[0], best_s + _BEST_S[1], 1.0)], count)
        share = np.where(here > 0, np.minimum(share, _BEST_SHARE), share)
    if cfg.duck_under_voice:
        share = np.maximum(share, _voice_share(timeline, scores, spoken, count))
        if microphone_db is not None:
            share = np.maximum(share, microphone_share(microphone_db))
    return np.asarray(share, np.float32)


def span_share(spans_s: Sequence[tuple[float, float, float]], count: int) -> np.ndarray:
    """The highest strength of the (start, end, strength) spans over each 10 ms: float32 [count]."""
    share = np.zeros(count, np.float32)
    for start_s, end_s, strength in spans_s:
        low, high = int(np.floor(start_s * RATE_HZ / STEP)), int(np.ceil(end_s * RATE_HZ / STEP))
        low, high = max(low, 0), min(high, count)
        if high > low:
            np.maximum(share[low:high], np.float32(strength), out=share[low:high])
    return share


def microphone_share(level_db: np.ndarray) -> np.ndarray:
    """How surely somebody speaks into a microphone of their own, by its level: float32 [T] in [0, 1]."""
    if not level_db.size:
        return np.zeros(0, np.float32)
    quiet_db, loud_db = np.percentile(level_db, (5, 98))
    gate_db = max(float(loud_db) - 22, float(quiet_db) + 8, _AUDIBLE_DB)
    above = np.clip((level_db - gate_db) / 4, 0, 1)
    # Syllables, not samples: a breath of 40 ms is no word, and 60 ms between two syllables no pause.
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(above, 3), 7)
    return np.asarray(np.where(wide.mean(axis=1) > 0.5, wide.max(axis=1), 0), np.float32)


def half_beats(timeline: Timeline, count: int) -> np.ndarray | None:
    """When the music may begin to come back, in steps of 10 ms under `count`, rising: every half beat.

    Where the grid is silent for longer, it is taken to go on at its tempo. None without music or without beats.
    """
    if timeline.music is None or not timeline.music.grid.beats_s:
        return None
    half_s = 30.0 / timeline.music.grid.tempo_bpm
    beats_s = np.asarray(timeline.music.grid.beats_s) - timeline.music.offset_s
    edges_s = [0.0, *beats_s[beats_s > 0], count * STEP / RATE_HZ]
    points_s = [np.arange(low_s, high_s - 0.4 * half_s, half_s) for low_s, high_s in pairwise(edges_s)]
    steps = np.unique(np.round(np.concatenate(points_s) * RATE_HZ / STEP).astype(int))
    return steps[(steps > 0) & (steps < count)]


def _events(timeline: Timeline, scores: Mapping[str, Scores]) -> Iterator[tuple[float, float]]:
    """(montage time, strength in [0, 1]) of every event that is seen, and of the moment each cut is there for."""
    for cut in timeline.cuts:
        yield cut.montage_s(cut.peak_s), 1.0
        known = scores.get(cut.source_id)
        for event in known.events if known is not None else ():
            if cut.start_s <= event.t_s < cut.end_s:
                yield cut.montage_s(event.t_s), float(np.clip(event.confidence, 0, 1))


def _event_share(peaks: Sequence[tuple[float, float]], game_db: np.ndarray) -> np.ndarray:
    heard = []
    for t_s, strength in peaks:
        low, high = int((t_s - 0.1) * RATE_HZ / STEP), int((t_s + 0.5) * RATE_HZ / STEP)
        # A recording without sound leaves nothing to give way to.
        if game_db[max(low, 0) : max(high, 0)].max(initial=-100.0) > _AUDIBLE_DB:
            heard.append((t_s - _EVENT_S[0], t_s + _EVENT_S[1], strength))
    return span_share(heard, game_db.size)


def _voice_share(timeline: Timeline, scores: Mapping[str, Scores], spoken: Spoken, count: int) -> np.ndarray:
    """Where somebody speaks: by the words, or the detector's curve, whose 0.4 still is no one: float32 [count]."""
    share = np.zeros(count, np.float32)
    times_s = (np.arange(count) + 0.5) * STEP / RATE_HZ
    for cut in timeline.cuts:
        inside = np.flatnonzero((times_s >= cut.at_s) & (times_s < cut.at_s + cut.duration_s))
        if cut.source_id in spoken:
            share[inside] = _said(cut, spoken[cut.source_id], count)[inside]
            continue
        curve = scores.get(cut.source_id)
        if curve is None or not curve.voice.size:
            continue
        source_s = np.array([cut.source_s(t_s) for t_s in times_s[inside]])
        voice = np.interp(source_s, np.arange(curve.voice.size) * curve.step_s, np.nan_to_num(curve.voice))
        share[inside] = np.clip((voice - 0.4) / 0.2, 0, 1)
    return share


def _said(cut: Cut, spans_s: Sequence[tuple[float, float]], count: int) -> np.ndarray:
    shown = [(a, b) for a, b in spans_s if b > cut.start_s and a < cut.end_s]
    return span_share([(cut.montage_s(a) - _WORD_S, cut.montage_s(b) + _WORD_S, 1.0) for a, b in shown], count)
