"""The cascade: all the sound and the keyframes at once, then close frames where that promises most."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Literal

import numpy as np

from aiditor.detect.config import DetectConfig
from aiditor.detect.detector import Session
from aiditor.detect.picture import SIZE, DenseMeter, KeyframeMeter
from aiditor.detect.sound import MEL_BANDS, RATE_HZ, SOUND_SIGNALS, SoundMeter
from aiditor.detect.voice import VoiceMeter
from aiditor.errors import Cancelled
from aiditor.media.read import PictureLog, SharedFile, Shrink, audio_blocks, frames, keyframes
from aiditor.progress import Progress
from aiditor.timeline import AudioStream, Source

__all__ = ["Glance", "glance", "look_at_keyframes", "look_closely", "plan_spans", "step_count"]

_BLOCK_STEPS = 128
_POLL_S = 0.1
_MOST_MISSES = 200
"""Candidates that cost more than is left before the search for cheaper ones ends."""


@dataclass(slots=True)
class Glance:
    """What was heard and seen of a whole source without decoding most of its pictures."""

    sound: dict[str, np.ndarray] = field(default_factory=dict)
    mel: np.ndarray = field(default_factory=lambda: np.zeros((0, MEL_BANDS), np.float16))
    voice: np.ndarray | None = None
    keyframes: KeyframeMeter = field(default_factory=KeyframeMeter)
    log: PictureLog = field(default_factory=PictureLog)


class _Work:
    """Jobs in threads, with the caller's thread reporting for them and stopping them when it is told to."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._done: dict[str, float] = {}

    def tell(self, job: str, fraction: float) -> None:
        """From a job: how far it is. Raises Cancelled when it shall stop."""
        if self._stop.is_set():
            raise Cancelled("stopped")
        self._done[job] = fraction

    def run(self, jobs: dict[str, Callable[[], None]], progress: Progress, note: str) -> None:
        self._done = dict.fromkeys(jobs, 0.0)
        with ThreadPoolExecutor(len(jobs), thread_name_prefix="detect") as pool:
            futures = [pool.submit(job) for job in jobs.values()]
            try:
                while not all(future.done() for future in futures):
                    progress(sum(self._done.values()) / len(jobs), note)
                    _wait(futures, _POLL_S)
            except BaseException:
                self._stop.set()
                raise
        for future in futures:
            future.result()


def _wait(futures: Sequence[Future[None]], seconds: float) -> None:
    end = time.monotonic() + seconds
    for future in futures:
        if not future.done():
            try:
                future.exception(timeout=max(end - time.monotonic(), 0.001))
            except TimeoutError:
                return


def glance(source: Source, cfg: DetectConfig, *, progress: Progress) -> Glance:
    """Listen to everything and look at the keyframes, side by side."""
    found = Glance()
    work = _Work()
    steps = step_count(source, cfg)
    game, speech = _tracks(source.info.audio)
    tracks = {track.index for track in (game, speech if cfg.voice else game) if track is not None}
    with SharedFile(source.path, video=[source.info.video.index], audio=tracks) as shared:
        see = partial(_see, source, cfg, found, work, shared)
        jobs = {"picture": _leaving(shared, "video", source.info.video.index, see)}
        if game is not None:
            listen_here = cfg.voice and speech is game
            hear = partial(_hear, source, cfg, game, found, steps, work, shared, voice=listen_here)
            jobs["sound"] = _leaving(shared, "audio", game.index, hear)
        if speech is not None and speech is not game and cfg.voice:
            hear_voice = partial(_hear_voice, source, cfg, speech, found, steps, work, shared)
            jobs["voice"] = _leaving(shared, "audio", speech.index, hear_voice)
        work.run(jobs, progress, "listening, and looking at keyframes")
    return found


def _leaving(
    shared: SharedFile, kind: Literal["video", "audio"], at: int, job: Callable[[], None]
) -> Callable[[], None]:
    """`job`, after which, however it ends, the file's other readers do not wait for it."""

    def run() -> None:
        try:
            job()
        finally:
            shared.leave(kind, at)

    return run


def look_closely(
    source: Source,
    cfg: DetectConfig,
    spans_s: Sequence[tuple[float, float]],
    found: Glance,
    meter: DenseMeter,
    sessions: Sequence[Session] = (),
    *,
    progress: Progress,
) -> None:
    """Decode the spans and give their frames to `meter`, and larger ones to the sessions that look."""
    work = _Work()
    total_s = sum(high - low for low, high in spans_s) or 1.0
    before = np.concatenate([[0.0], np.cumsum([high - low for low, high in spans_s])])
    starts = np.array([low for low, _ in spans_s])
    looking = [session for session in sessions if session.picture_size is not None]
    last_step = -1

    def watch(time_s: float, shrink: Shrink) -> None:
        nonlocal last_step
        # Of each step one frame, from near its middle.
        step = int(time_s / cfg.step_s - 0.4)
        if step == last_step:
            return
        last_step = step
        for session in looking:
            session.picture(time_s, shrink(session.picture_size))  # type: ignore[arg-type]

    def look() -> None:
        log = PictureLog()
        video = source.info.video
        pictures = frames(
            source.path,
            spans_s=spans_s,
            every_s=cfg.dense_every_s,
            stream=video.index,
            size=SIZE,
            rotation_deg=video.rotation_deg,
            clock_start_s=source.info.start_s,
            log=log,
            watch=watch if looking else None,
        )
        for time_s, picture in pictures:
            span = max(int(np.searchsorted(starts, time_s + 1e-3)) - 1, 0)
            work.tell("close", float(before[span] + time_s - starts[span]) / total_s)
            meter.add(time_s, picture)
        found.log.decoded += log.decoded

    work.run({"close": look}, progress, "looking closely at the best parts")


def look_at_keyframes(source: Source, found: Glance, session: Session, *, progress: Progress) -> None:
    """Show the session the keyframes that it wants, as often as it wants more."""
    all_s = np.sort(np.array(found.log.keyframes_s))
    video, work, log = source.info.video, _Work(), PictureLog()

    def watch(time_s: float, shrink: Shrink) -> None:
        work.tell("text", min(max(time_s / source.duration_s, 0.0), 1.0))
        assert session.picture_size is not None
        session.keyframe(time_s, shrink(session.picture_size))

    def read() -> None:
        while len(wanted := session.wants(all_s)):
            work.tell("text", 0.0)
            pictures = keyframes(
                source.path,
                stream=video.index,
                size=(16, 16),
                rotation_deg=video.rotation_deg,
                clock_start_s=source.info.start_s,
                log=log,
                only_s=wanted,
                watch=watch,
            )
            deque(pictures, maxlen=0)
        found.log.decoded += log.decoded

    if session.picture_size is not None:
        work.run({"text": read}, progress, "reading what the game prints")


def plan_spans(
    interest: np.ndarray,
    found: Glance,
    source: Source,
    cfg: DetectConfig,
    *,
    share: float,
    asked: Sequence[tuple[float, float]] = (),
) -> list[tuple[float, float]]:
    """Spans to look at closely, those `asked` for and then the best candidates, until the share of frames is used.

    In order of time.

    Each costs the frames from the keyframe before it; where keyframes are far apart some cannot be afforded.
    """
    times = np.sort(np.array(found.log.times_s))
    keys = np.sort(np.array(found.log.keyframes_s))
    if not len(times):
        return []
    budget = max(share * len(times), cfg.dense_least_s * len(times) / max(source.duration_s, 0.1))
    blocked = np.array([_skipped(step * cfg.step_s, source) for step in range(len(interest))])
    covered = blocked.copy()
    taken = np.zeros(len(times), bool)
    chosen: list[tuple[float, float]] = []
    misses = 0
    best = ((step + 0.5) * cfg.step_s for step in np.argsort(-interest, kind="stable"))
    around = chain(asked, ((centre - cfg.dense_before_s, centre + cfg.dense_after_s) for centre in best))
    for number, (first_s, last_s) in enumerate(around):
        if budget <= 0 or misses > _MOST_MISSES:
            break
        middle = min(max(int((first_s + last_s) / 2 / cfg.step_s), 0), len(covered) - 1)
        if number >= len(asked):
            middle = round((first_s + cfg.dense_before_s) / cfg.step_s - 0.5)
        if covered[middle]:
            continue
        low, high = _from_keyframe(first_s, last_s, keys, source)
        frames_in = taken[np.searchsorted(times, low) : np.searchsorted(times, high)]
        cost = len(frames_in) - int(frames_in.sum())
        if cost > budget:
            misses += 1
            continue
        budget -= cost
        frames_in[:] = True
        chosen.append((low, high))
        covered[max(int(low / cfg.step_s), 0) : int(np.ceil(high / cfg.step_s))] = True
    return _merge(chosen)


def _from_keyframe(low_s: float, high_s: float, keys: np.ndarray, source: Source) -> tuple[float, float]:
    """The span to look at, from the keyframe where decoding must begin."""
    before = int(np.searchsorted(keys, low_s, side="right")) - 1
    if len(keys):
        low_s = float(keys[max(before, 0)])
    return max(low_s, 0.0), min(high_s, source.duration_s)


def step_count(source: Source, cfg: DetectConfig) -> int:
    """Samples of each signal."""
    return max(int(np.ceil(source.duration_s / cfg.step_s - 1e-6)), 1)


def _skipped(time_s: float, source: Source) -> bool:
    return any(low <= time_s < high for low, high in source.skip_s)


def _merge(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _tracks(audio: Sequence[AudioStream]) -> tuple[AudioStream | None, AudioStream | None]:
    """The track that plays the game, and the one that people speak on."""
    if not audio:
        return None, None

    def first(*roles: str) -> AudioStream | None:
        return next((track for role in roles for track in audio if track.role == role), None)

    return first("game", "mix") or audio[0], first("microphone", "mix") or audio[0]


# --- jobs, each in a thread of its own --------------------------------------------------------------


def _hear(
    source: Source,
    cfg: DetectConfig,
    track: AudioStream,
    found: Glance,
    steps: int,
    work: _Work,
    shared: SharedFile,
    *,
    voice: bool,
) -> None:
    meter = SoundMeter(cfg.step_s)
    speech = VoiceMeter(meter.step) if voice else None
    parts: dict[str, list[np.ndarray]] = {name: [] for name in SOUND_SIGNALS}
    for time_s, block in _blocks(source, cfg, track, steps, shared):
        work.tell("sound", time_s / source.duration_s)
        for name, values in meter.measure(block[0]).items():
            parts[name].append(values)
        if speech is not None:
            speech.listen(block[0])
    found.sound = {name: np.concatenate(values).astype(np.float32) for name, values in parts.items()}
    found.mel = meter.mel
    if speech is not None:
        found.voice = speech.steps(steps)


def _hear_voice(
    source: Source, cfg: DetectConfig, track: AudioStream, found: Glance, steps: int, work: _Work, shared: SharedFile
) -> None:
    speech = VoiceMeter(SoundMeter(cfg.step_s).step)
    for time_s, block in _blocks(source, cfg, track, steps, shared):
        work.tell("voice", time_s / source.duration_s)
        speech.listen(block[0])
    found.voice = speech.steps(steps)


def _blocks(
    source: Source, cfg: DetectConfig, track: AudioStream, steps: int, shared: SharedFile
) -> Iterator[tuple[float, np.ndarray]]:
    return audio_blocks(
        source.path,
        track=track.index,
        rate_hz=RATE_HZ,
        end_s=steps * cfg.step_s,
        clock_start_s=source.info.start_s,
        block_s=_BLOCK_STEPS * cfg.step_s,
        shared=shared,
    )


def _see(source: Source, cfg: DetectConfig, found: Glance, work: _Work, shared: SharedFile) -> None:
    video = source.info.video

    def check(time_s: float) -> None:
        work.tell("picture", min(max(time_s / source.duration_s, 0.0), 1.0))

    found.log.check = check
    pictures = keyframes(
        source.path,
        stream=video.index,
        size=SIZE,
        rotation_deg=video.rotation_deg,
        clock_start_s=source.info.start_s,
        min_gap_s=cfg.keyframe_gap_s,
        log=found.log,
        shared=shared,
    )
    for time_s, picture in pictures:
        found.keyframes.add(time_s, picture)
