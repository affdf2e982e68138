"""Records arcade games of the Atari 2600 (run by ale-py, which ships them): a film with sound, and its score jumps.

The play is done twice: once for its sound, its points and its lives, and again, the same to the frame, for its
pictures. The emulator is fast enough (some 15,000 frames a second) that the second time costs next to nothing.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydantic import Field
from scipy.signal import lfilter, resample_poly

from aiditor.config import Config
from aiditor.progress import Progress, silent
from training.record.arcade_play import FILM_HZ, SILENCE, SOUND_SAMPLES, play, screens
from training.record.doom import Recording
from training.record.game import AUDIO_HZ
from training.record.movie import MovieWriter
from training.record.splits import ARCADE

__all__ = ["ArcadeConfig", "death_events", "least_points", "record_arcade", "score_events"]

_RESAMPLE = (AUDIO_HZ // FILM_HZ // 2, SOUND_SAMPLES)
_MERGE_S = 0.3
"""Points made within this of one another are one jump of the score."""
_SCARCE_S = 3.0
"""The points that count are the larger ones: so large that they come no more often than this on average."""
_ONE_DEATH_S = 2.0
_REHEARSAL_S = 300.0


class ArcadeConfig(Config):
    """One recording of an arcade game."""

    game: str = Field(ARCADE, pattern=f"^{ARCADE}$")
    map: str = "space_invaders"
    """Which arcade game: one of `splits.ARCADE_GAMES`."""
    mode: str = Field("arcade", pattern="^arcade$")
    mod: str = Field("", pattern="^$")
    skin: str = Field("plain", pattern="^plain$")
    scene: str = Field("arcade", pattern="^arcade$")
    seconds: float = Field(60.0, gt=0.5, le=7200)
    """Length of the recording."""
    seed: int = Field(0, ge=0, le=2**31 - 1)
    """The same seed records the same film."""
    width: int = Field(640, ge=160, le=1920)
    height: int = Field(360, ge=120, le=1080)
    crf: int = Field(23, ge=10, le=40)
    """x264 constant rate factor: lower is better and bigger."""
    preset: str = "superfast"
    """x264 preset."""


def record_arcade(cfg: ArcadeConfig, out: Path, *, name: str = "", progress: Progress = silent) -> Recording:
    """Play `cfg.seconds` and write `<name>.mp4` and `<name>.truth.json` into `out`.

    `name` is arcade_game_seed unless given. Raises BadInput, MissingPart or RenderFailed; no half-written file stays.
    """
    name = name or f"{cfg.game}_{cfg.map}_{cfg.seed}"
    video, truth = out / f"{name}.mp4", out / f"{name}.truth.json"
    frames = round(cfg.seconds * FILM_HZ)
    played = play(cfg.map, cfg.seed, frames)
    events = score_events(played.points, least_points(cfg.map))
    events = sorted([*events, *death_events(played.died)], key=lambda event: event["t"])
    look = _Look(cfg)
    sound = _audible(played.sound, look.volume)
    with MovieWriter(
        video,
        width=cfg.width,
        height=cfg.height,
        rate_hz=FILM_HZ,
        audio_hz=AUDIO_HZ,
        crf=cfg.crf,
        preset=cfg.preset,
    ) as movie:
        for index, screen in enumerate(screens(cfg.map, cfg.seed, frames)):
            movie.add(look.framed(screen), sound[index])
            if index % 8 == 0:
                progress(index / frames, f"{name}: {index / FILM_HZ:.0f} of {cfg.seconds:.0f} s")
    _write_truth(truth, video, cfg, frames / FILM_HZ, events)
    return Recording(video, truth, tuple(events), frames / FILM_HZ)


# --- what counts ------------------------------------------------------------------------------------


def score_events(points: np.ndarray, least: float) -> list[dict[str, Any]]:
    """The `score` events of float64 [T] points by frame of the film: jumps of at least `least` points.

    A jump begins with the first points and takes in all that follow within 0.3 s of the ones before.
    """
    return [
        {"t": round(frame / FILM_HZ, 4), "type": "score", "points": jump}
        for frame, jump in _jumps(points)
        if jump >= least
    ]


def death_events(died: np.ndarray) -> list[dict[str, Any]]:
    """A `death` for every life lost (bool [T] by frame of the film); losing the last and the game's end are one."""
    events: list[dict[str, Any]] = []
    for frame in np.flatnonzero(died).tolist():
        if not events or frame / FILM_HZ - events[-1]["t"] > _ONE_DEATH_S:
            events.append({"t": round(frame / FILM_HZ, 4), "type": "death"})
    return events


def _jumps(points: np.ndarray) -> list[tuple[int, float]]:
    """First frame and sum of every jump."""
    jumps: list[tuple[int, float]] = []
    before = -FILM_HZ
    for frame in np.flatnonzero(points > 0).tolist():
        if frame - before <= _MERGE_S * FILM_HZ:
            start, total = jumps.pop()
            jumps.append((start, total + float(points[frame])))
        else:
            jumps.append((frame, float(points[frame])))
        before = frame
    return jumps


@cache
def least_points(game: str) -> float:
    """How many points a jump must bring to count in this game, from its own rewards. Raises as `play` does.

    Of the sizes that jumps have in a rehearsal of 300 s (always the same one), the smallest such that jumps of that
    size and above come no more often than every 3 s on average. So where points trickle, only what stands out
    counts, and where they are scarce, all do. When even the largest are more frequent, the largest count.
    """
    frames = round(_REHEARSAL_S * FILM_HZ)
    sizes = np.array([size for _, size in _jumps(play(game, 0, frames).points)])
    if not len(sizes):
        return 0.0
    values = np.unique(sizes)
    rare = [value for value in values if (sizes >= value).sum() <= _REHEARSAL_S / _SCARCE_S]
    return float(rare[0] if rare else values[-1])


# --- picture and sound ------------------------------------------------------------------------------


class _Look:
    """How the small picture is shown in a large one, by seed: sides black, dim or blurred, dots hard or soft."""

    def __init__(self, cfg: ArcadeConfig) -> None:
        random = np.random.default_rng([cfg.seed, 1])
        self.volume = float(random.uniform(0.25, 0.9))
        self._size = (cfg.width, cfg.height)
        self._sides = str(random.choice(["black", "dim", "blurred"]))
        self._dim = random.integers(10, 60, 3).astype(np.uint8)
        self._soft = cv2.INTER_LINEAR if random.random() < 0.5 else cv2.INTER_NEAREST

    def framed(self, screen: np.ndarray) -> np.ndarray:
        """The screen uint8 [H, W, 3], 4:3 as on a television, amid a picture of the film's size."""
        width, height = self._size
        inner = min(height * 4 // 3, width) // 2 * 2
        left = (width - inner) // 2
        if self._sides == "blurred":
            picture = cv2.resize(cv2.resize(screen, (16, 9), interpolation=cv2.INTER_AREA), self._size) // 2
        else:
            picture = np.zeros((height, width, 3), np.uint8)
            if self._sides == "dim":
                picture[:] = self._dim
        picture[:, left : left + inner] = cv2.resize(screen, (inner, height), interpolation=self._soft)
        return picture


def _audible(sound: np.ndarray, volume: float) -> np.ndarray:
    """int16 [T, N, 2] at `AUDIO_HZ` from the emulator's uint8 [T, 1024], its constant offset filtered out."""
    wave = (sound.reshape(-1).astype(np.float32) - SILENCE) / 128
    wave = lfilter([1.0, -1.0], [1.0, -0.995], wave)  # a one-pole high pass at 24 Hz
    wave = resample_poly(wave, *_RESAMPLE)
    pulses = (np.clip(wave * volume, -1, 1) * 32_767).astype(np.int16).reshape(len(sound), -1)
    return np.repeat(pulses[:, :, None], 2, axis=2)


def _write_truth(path: Path, video: Path, cfg: ArcadeConfig, duration_s: float, events: list[dict[str, Any]]) -> None:
    text = {
        "schema": 1,
        "video": video.name,
        **cfg.model_dump(include={"game", "map", "mode", "mod", "skin", "scene", "seed", "width", "height"}),
        "player": "",
        "prints_kills": False,
        "announces": [],
        "fps": FILM_HZ,
        "duration_s": round(duration_s, 4),
        "config": cfg.model_dump(mode="json"),
        "events": events,
    }
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(json.dumps(text, indent=1) + "\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
