"""From a recording to its transcript: which track to hear, where somebody speaks, and stretch by stretch what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from aiditor.errors import MissingPart
from aiditor.media.read import read_audio
from aiditor.progress import Progress, part, silent
from aiditor.speech.config import SpeechConfig
from aiditor.speech.engine import RATE_HZ, Engine, open_engine
from aiditor.timeline import AudioStream, Source
from aiditor.transcript import Segment, Transcript, Word

__all__ = ["spoken_track", "transcribe"]

Span = tuple[float, float]

_STEP_S = 0.25
_AROUND_S = 0.4
"""Speech begins before the voice detector is sure, and ends after."""
_SEEK_S = 10.0
"""A long stretch is cut at the quietest place in so many seconds."""
_JOIN_S = 1.0
"""Stretches no further apart than this are heard as one."""


def spoken_track(source: Source) -> AudioStream | None:
    """Where the player is heard best: the microphone's own track, else the one that holds everything."""
    tracks = source.info.audio
    order = ("microphone", "mix", "game")
    return min(tracks, key=lambda track: order.index(track.role), default=None)


def transcribe(
    source: Source,
    cfg: SpeechConfig,
    *,
    spans_s: Sequence[Span] | None = None,
    voice: np.ndarray | None = None,
    voice_step_s: float = _STEP_S,
    progress: Progress = silent,
) -> Transcript:
    """What is said in `source`, or in `spans_s` of it only, with the time of every word in seconds of the source.

    `voice`, float32 [T] in [0, 1] with one value per `voice_step_s`, tells where somebody may be speaking; NaN and
    missing values count as speech. Of a long recording never more than `cfg.stretch_s` is held in memory.
    Raises UnreadableMedia, MissingPart where no engine is installed, Cancelled from `progress`.
    """
    track = spoken_track(source)
    name = _engine_of(cfg)
    alone = track is not None and track.role == "microphone"
    blank = Transcript(source.id, source.duration_s, cfg.language or "en", name, draft=name == "pocketsphinx")
    if track is None:
        return blank
    wanted = _stretches(source, track.index, _spoken(source, cfg, spans_s, voice, voice_step_s), cfg.stretch_s)
    segments: list[Segment] = []
    total_s = sum(end - start for start, end in wanted) or 1.0
    with open_engine(name, cfg) as engine:
        done_s = 0.0
        for start_s, end_s in wanted:
            share = part(progress, done_s / total_s, (done_s + end_s - start_s) / total_s)
            segments += _hear(engine, source, track.index, start_s, end_s, cfg, share)
            done_s += end_s - start_s
        progress(1.0, f"{len(segments)} sentences")
        return replace(
            blank, language=engine.language or blank.language, engine=engine.name, draft=engine.draft,
            segments=tuple(segments), track=track.index, alone=alone,
        )  # fmt: skip


def _engine_of(cfg: SpeechConfig) -> str:
    """The engine that "auto" means: Whisper where weights are named, else the spotter where it has words to hear."""
    if cfg.engine != "auto":
        return cfg.engine
    if cfg.model:
        return "faster-whisper"
    if cfg.words:
        return "pocketsphinx"
    raise MissingPart(
        "no speech model is on this computer, and the offline engine was given no words to listen for",
        remedy="run `aiditor models fetch whisper-small`",
    )


def _hear(
    engine: Engine, source: Source, track: int, start_s: float, end_s: float, cfg: SpeechConfig, progress: Progress
) -> list[Segment]:
    sound = _sound(source, track, start_s, end_s)
    found = []
    for words in engine.hear(sound, progress=progress):
        moved = [replace(word, start_s=word.start_s + start_s, end_s=word.end_s + start_s) for word in words]
        inside = [word for word in moved if word.start_s < end_s]
        found += [Segment(group) for group in _breaths(inside, cfg.pause_s)]
    return found


def _sound(source: Source, track: int, start_s: float, end_s: float) -> np.ndarray:
    """Float32 [N] at RATE_HZ."""
    return read_audio(
        source.path, track=track, rate_hz=RATE_HZ, start_s=start_s, end_s=end_s, clock_start_s=source.info.start_s
    )[0]


def _breaths(words: Sequence[Word], pause_s: float) -> Iterator[tuple[Word, ...]]:
    """Words between which nobody pauses that long."""
    start = 0
    for index, (before, after) in enumerate(pairwise(words), 1):
        if after.start_s - before.end_s >= pause_s:
            yield tuple(words[start:index])
            start = index
    if words:
        yield tuple(words[start:])


# --- where to listen --------------------------------------------------------------------------------


def _spoken(
    source: Source, cfg: SpeechConfig, spans_s: Sequence[Span] | None, voice: np.ndarray | None, step_s: float
) -> list[Span]:
    """Spans in which somebody may speak, inside those asked for, apart and in order."""
    whole = [(0.0, source.duration_s)] if spans_s is None else sorted(spans_s)
    asked = _joined((max(low, 0.0), min(high, source.duration_s)) for low, high in whole)
    if voice is None or not len(voice):
        return asked
    loud = ~(voice < cfg.voice_least)  # NaN counts as speech
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(int))).reshape(-1, 2) * step_s
    spoken = [(low - _AROUND_S, high + _AROUND_S) for low, high in edges.tolist()]
    if len(voice) * step_s < source.duration_s:
        spoken.append((len(voice) * step_s, source.duration_s))
    return [
        (max(low, start), min(high, end))
        for low, high in _joined(spoken)
        for start, end in asked
        if min(high, end) - max(low, start) > 0.1
    ]


def _joined(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for low, high in spans:
        if high <= low:
            continue
        if found and low - found[-1][1] <= _JOIN_S:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _stretches(source: Source, track: int, spans: Sequence[Span], most_s: float) -> list[Span]:
    """Those spans, the long ones cut where it is quiet, so that no word is cut."""
    found = []
    for low, high in spans:
        count = max(int(np.ceil((high - low) / (most_s - _SEEK_S))), 1)
        edges = np.linspace(low, high, count + 1).tolist()
        edges[1:-1] = [_quiet(source, track, edge) for edge in edges[1:-1]]
        found += list(pairwise(edges))
    return found


def _quiet(source: Source, track: int, near_s: float) -> float:
    """The middle of the quietest quarter of a second no further than half of `_SEEK_S` from `near_s`."""
    start_s = max(near_s - _SEEK_S / 2, 0.0)
    power = np.square(_sound(source, track, start_s, near_s + _SEEK_S / 2))
    size = RATE_HZ // 4
    sums = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
    windows = sums[size:] - sums[:-size]
    return start_s + (int(windows.argmin()) + size / 2) / RATE_HZ
