"""How loud it is around what is covered: a bleep as loud as the voice, noise as soft as the room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from aiditor.censor.cover import Span

__all__ = ["measured"]

_AROUND_S = 1.0
_FRAME_S = 0.02
_SILENCE_DB = -120.0
_SPEECH_RANGE_DB = 15.0
"""Frames this far under the loudest are pauses, not speech."""
_QUIET_SHARE = 0.1


def measured(spans: Sequence[Span], blocks: Iterable[tuple[float, np.ndarray]], *, rate_hz: int) -> tuple[Span, ...]:
    """`spans` with `speech_db` and `floor_db` measured, in one pass over the recording.

    `blocks` are (time of the first sample, float32 [C, N]) as `audio_blocks` yields them, in any division. What is
    kept in memory is one number for every 20 ms within a second of a span. A span that no block comes near is
    returned as it is.
    """
    frame = max(round(_FRAME_S * rate_hz), 1)
    windows = [
        (
            max(int((span.start_s - _AROUND_S) * rate_hz) // frame, 0),
            int((span.end_s + _AROUND_S) * rate_hz) // frame + 1,
        )
        for span in spans
    ]
    power = [np.zeros(stop - first) for first, stop in windows]
    count = [np.zeros(stop - first) for first, stop in windows]
    for time_s, block in blocks:
        start = round(time_s * rate_hz)
        for number, (first, stop) in enumerate(windows):
            low, high = max(first * frame, start), min(stop * frame, start + block.shape[1])
            if low < high:
                part = np.mean(block[:, low - start : high - start].astype(np.float64) ** 2, axis=0)
                place = np.arange(low, high) // frame - first
                power[number] += np.bincount(place, part, stop - first)
                count[number] += np.bincount(place, minlength=stop - first)
    return tuple(
        _with_levels(span, power[number], count[number], frame, first, rate_hz) if count[number].any() else span
        for number, (span, (first, _)) in enumerate(zip(spans, windows, strict=True))
    )


def _with_levels(span: Span, power: np.ndarray, count: np.ndarray, frame: int, first: int, rate_hz: int) -> Span:
    heard = count > 0
    level_db = np.full(power.size, _SILENCE_DB)
    level_db[heard] = 10 * np.log10(np.maximum(power[heard] / count[heard], 1e-12))
    times_s = (first + np.arange(power.size) + 0.5) * frame / rate_hz
    around = heard & ((times_s < span.start_s) | (times_s >= span.end_s))
    speech = level_db[heard & (level_db > level_db[heard].max() - _SPEECH_RANGE_DB)]
    speech_db = 10 * np.log10(np.mean(10 ** (speech / 10)))
    floor_db = np.quantile(level_db[around if around.any() else heard], _QUIET_SHARE)
    return replace(span, speech_db=round(float(speech_db), 1), floor_db=round(float(floor_db), 1))
