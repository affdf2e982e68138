"""Words taken out of sound, block by block: silence, a bleep, or soft noise over what is left.

          fade          span          fade
    ───────────╲                  ╱───────────   the recording: untouched up to the fades
                ╲________________╱
                ╱‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾╲               what is heard instead, where anything is
    ───────────╱                  ╲───────────

Every sample of the result follows from its place in the recording and from the span alone, so blocks may be of any
length and come in any order, and an hour needs no more memory than a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aiditor.censor.config import CensorConfig
from aiditor.censor.cover import Span
from aiditor.timeline import Mute

__all__ = ["censored", "covered", "samples"]

_BLEEP_DBFS = (-40.0, -12.0)
_NOISE_DBFS = (-75.0, -35.0)
"""How loud what is heard instead may be, as RMS."""
_SPEECH_DBFS, _FLOOR_DBFS = -24.0, -60.0
"""Where nothing was measured: usual levels of a microphone."""
_SOFT_HZ = 1000.0
"""The noise's upper edge, about: as dark as a quiet room."""


def samples(span: Span, rate_hz: int) -> tuple[int, int]:
    """Samples [first, stop) that hold all of `span`, counted from the recording's first moment."""
    return math.floor(span.start_s * rate_hz), math.ceil(span.end_s * rate_hz)


def censored(block: np.ndarray, start: int, *, rate_hz: int, spans: Sequence[Span], cfg: CensorConfig) -> np.ndarray:
    """`block`, float32 [C, N] from sample `start` of the recording on, with `spans` covered by `cfg.method`.

    Inside a span the recording is exactly zero (lowered by `duck_db` for "duck"); raised-cosine fades of `fade_s` lie
    before and after it; all other samples are the same bits. The method "cut" is silence too: whatever of a span is
    left by cutting at whole frames must not be heard. `block` itself is not changed; it is returned where nothing is
    covered.
    """
    fade = max(round(cfg.fade_s * rate_hz), 1)
    result = block
    for span in spans:
        first, stop = samples(span, rate_hz)
        low, high = max(first - fade + 1, start), min(stop + fade - 1, start + block.shape[1])
        if low >= high:
            continue
        if result is block:
            result = block.copy()
        index = np.arange(low, high)
        outside = np.maximum(np.maximum(first - index, index - (stop - 1)), 0)
        gain = 0.5 - 0.5 * np.cos(np.pi * np.minimum(outside / fade, 1.0))
        least = 10 ** (-cfg.duck_db / 20) if cfg.method == "duck" else 0.0
        here = result[:, low - start : high - start]
        here *= (least + (1 - least) * gain).astype(np.float32)
        if not least:
            here[:, outside == 0] = 0.0  # Not a number times nothing is not nothing.
        if cfg.method == "bleep":
            here += ((1 - gain) * _tone(index - first, span, rate_hz, cfg)).astype(np.float32)
        elif cfg.method == "duck":
            here += ((1 - gain) * _noise(index, span, rate_hz)).astype(np.float32)
    return result


def covered(block: np.ndarray, start: int, rate_hz: int, mutes: Sequence[Mute], *, cfg: CensorConfig) -> np.ndarray:
    """`censored` for a timeline's mutes, each by its own method; a sample wider at both ends, as clocks are rounded.

    With `cfg` given it hides what is muted while a montage's sound is laid.
    """
    for method in dict.fromkeys(mute.method for mute in mutes):
        spans = [
            Span(mute.start_s - 1 / rate_hz, mute.end_s + 1 / rate_hz, (), mute.speech_db, mute.floor_db)
            for mute in mutes
            if mute.method == method
        ]
        own = CensorConfig.model_validate({**cfg.model_dump(), "method": method})
        block = censored(block, start, rate_hz=rate_hz, spans=spans, cfg=own)
    return block


def _tone(since: np.ndarray, span: Span, rate_hz: int, cfg: CensorConfig) -> np.ndarray:
    """A sine at these samples of a span, float64 [N]."""
    level_db = (_SPEECH_DBFS if span.speech_db is None else span.speech_db) + cfg.bleep_gain_db
    peak = math.sqrt(2) * 10 ** (min(max(level_db, _BLEEP_DBFS[0]), _BLEEP_DBFS[1]) / 20)
    tone: np.ndarray = peak * np.sin(2 * np.pi * cfg.bleep_hz / rate_hz * since)
    return tone


def _noise(index: np.ndarray, span: Span, rate_hz: int) -> np.ndarray:
    """Soft noise at these samples of the recording, float64 [N]: white noise through a Hann window."""
    level_db = _FLOOR_DBFS if span.floor_db is None else span.floor_db
    window = np.hanning(max(round(2 * rate_hz / _SOFT_HZ), 1) + 2)[1:-1]
    white = _white(np.arange(index[0], index[-1] + window.size))
    soft = np.zeros(index.size)
    for lag, weight in enumerate(window):  # In the same order for every sample: the same bits for every block.
        soft += weight * white[lag : lag + index.size]
    rms = math.sqrt(float(np.sum(window**2)) / 3)
    return soft / rms * 10 ** (min(max(level_db, _NOISE_DBFS[0]), _NOISE_DBFS[1]) / 20)


def _white(index: np.ndarray) -> np.ndarray:
    """Noise in [-1, 1), each sample made of its number alone: SplitMix64 (Steele, Lea and Flood, 2014)."""
    state = (index.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1.0
