"""Detect: what happens in a clip, measured on one clock, for any game and without training.

`detect` listens to all of the sound, looks at the keyframes and at the sizes of all frames, and decodes the rest
only around the best candidates. `Signals.values` holds float32 [T] under these names, NaN where nothing was
looked at (a clip without sound, spans already covered elsewhere, pictures that were not decoded):

    loudness_db   level of the game's sound, dB full scale, -100 for silence
    onset         dB by which the bands of the spectrum rise in 31 ms, averaged over the step: shots, hits, doors
    attack        the same, its peak in the step
    high_db       level from 2 to 8 kHz, where shots crack, dB full scale
    low_db        level under 150 Hz, where explosions rumble, dB full scale
    flatness      spectral flatness from 250 Hz up, 0 a tone, 1 noise
    voice         chance that somebody speaks, 0 to 1 (on the microphone's track where there is one)
    stir          log2 of the bytes a second that the encoder spent on change: motion without decoding
    motion        mean change of brightness in 1/16 s, share of full scale      (only where looked at closely)
    flash         how far the picture rises over its last half second, 0 to 1   (only where looked at closely)
    red           how far red is over green and blue, -1 to 1                   (only where looked at closely)
    hud           share of the still rim of the picture that changes, 0 to 1    (closely, and at keyframes)
    kill          chance that the player kills, death that he dies, other_kill that another kills, score that points
                  are made, highlight how much of one it is, 0 to 1             (only with the trained model)
    focus_x       where across the picture most moves, 0 left to 1 right        (only where looked at closely)
"""

from __future__ import annotations

import dataclasses
import time

import numpy as np

from aiditor.detect.bursts import interest_db
from aiditor.detect.cascade import Glance, glance, look_at_keyframes, look_closely, plan_spans, step_count
from aiditor.detect.config import DetectConfig
from aiditor.detect.detector import Detector, Session, detector_names, open_session, register
from aiditor.detect.picture import DenseMeter, KeyframeMeter, packet_rate, shot_cuts
from aiditor.detect.sound import SOUND_SIGNALS
from aiditor.progress import Progress, part, silent
from aiditor.timeline import Event, Signals, Source

VERSION = 3
"""Goes up when the same config measures something else, so that kept results of before are not read."""

__all__ = ["VERSION", "DetectConfig", "Detector", "Session", "detect", "detector_names", "register"]


def detect(source: Source, cfg: DetectConfig | None = None, *, progress: Progress = silent) -> Signals:
    """Measure `source` and find its events. Raises UnreadableMedia, BadConfig for an unknown detector, Cancelled."""
    cfg = DetectConfig() if cfg is None else cfg
    sessions = [open_session(name, source, cfg) for name in cfg.detectors]
    began = time.perf_counter()
    found = glance(source, cfg, progress=part(progress, 0.0, 0.4))
    steps = step_count(source, cfg)
    values = _known_everywhere(found, steps, cfg)
    interests = []
    for number, session in enumerate(sessions):
        session.hear(found.mel)
        interests.append(session.interest())
        stretch = 0.2 / len(sessions)
        share = part(progress, 0.4 + number * stretch, 0.4 + (number + 1) * stretch)
        look_at_keyframes(source, found, session, progress=share)
    around = max(round(cfg.scene_s / cfg.step_s), 3)
    share_of_frames = cfg.dense_share if found.sound else cfg.dense_share_without_sound
    interest = next((each for each in interests if each is not None), None)
    if interest is None:
        interest = interest_db(values, around, seen=False)
    asked = [span for session in sessions for span in session.spans()]
    spans = plan_spans(interest, found, source, cfg, share=share_of_frames, asked=asked)
    meter = DenseMeter(steps, cfg.step_s, found.keyframes.hud_mask())
    look_closely(source, cfg, spans, found, meter, sessions, progress=part(progress, 0.6, 0.95))
    values.update(_with_keyframes(meter.values(), found.keyframes, cfg))
    _leave_out(values, source, cfg)
    shots = shot_cuts(found.keyframes, found.log, meter.cuts_s, spans)
    signals = Signals(
        source_id=source.id,
        duration_s=source.duration_s,
        step_s=cfg.step_s,
        values=values,
        shots_s=tuple(time for time in shots if time < source.duration_s),
        decoded_frame_share=min(found.log.decoded / max(found.log.packets, 1), 1.0),
    )
    events: list[Event] = []
    for number, session in enumerate(sessions):
        report = part(progress, 0.95 + 0.05 * number / len(sessions), 0.95 + 0.05 * (number + 1) / len(sessions))
        new, curves = session.finish(signals, report)
        events.extend(new)
        values.update(curves)
    events.sort(key=lambda event: event.t_s)
    return dataclasses.replace(signals, events=tuple(events), wall_s=time.perf_counter() - began)


def _known_everywhere(found: Glance, steps: int, cfg: DetectConfig) -> dict[str, np.ndarray]:
    unknown = np.full(steps, np.nan, np.float32)
    values = {name: found.sound.get(name, unknown.copy()) for name in SOUND_SIGNALS}
    values["voice"] = unknown.copy() if found.voice is None else found.voice
    values["stir"] = packet_rate(found.log, steps, cfg.step_s)
    return values


def _with_keyframes(seen: dict[str, np.ndarray], keyframes: KeyframeMeter, cfg: DetectConfig) -> dict[str, np.ndarray]:
    """What keyframes tell of the HUD, where no close frames did."""
    hud = seen["hud"]
    for time_s, change in zip(keyframes.times_s, keyframes.hud_change, strict=True):
        step = int(time_s / cfg.step_s)
        if 0 <= step < len(hud) and np.isnan(hud[step]):
            hud[step] = change
    return seen


def _leave_out(values: dict[str, np.ndarray], source: Source, cfg: DetectConfig) -> None:
    """Spans that another source covers already are as if not looked at."""
    for low_s, high_s in source.skip_s:
        for series in values.values():
            series[max(int(np.floor(low_s / cfg.step_s)), 0) : int(np.ceil(high_s / cfg.step_s))] = np.nan
