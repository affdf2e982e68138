"""Records one film of OpenArena: plays it, renders it, and writes film and truth."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from aiditor.errors import BadConfig, RenderFailed
from aiditor.progress import Progress, silent
from training.record.doom import Recording
from training.record.movie import MovieWriter
from training.record.quake.config import (
    DEMO,
    FRAME_WORD,
    QuakeConfig,
    cast,
    film_script,
    film_settings,
    play_script,
    play_settings,
)
from training.record.quake.engine import Engine, open_engine
from training.record.quake.log import WROTE, FilmLog, read_log, to_events
from training.record.rules import multi_kills

__all__ = ["AUDIO_HZ", "record_quake"]

AUDIO_HZ = 44_100


def record_quake(cfg: QuakeConfig, out: Path, *, name: str = "", progress: Progress = silent) -> Recording:
    """Play `cfg.seconds` of the map and write `<name>.mp4` and `<name>.truth.json` into `out`.

    `name` is openarena_map_seed_prints unless given. Raises BadConfig, MissingPart or RenderFailed;
    no half-written file and no process stays.
    """
    if AUDIO_HZ % cfg.fps:
        raise BadConfig(f"sound cannot be cut into {cfg.fps} equal parts a second", remedy="use 25, 30, 35, 50 or 60")
    name = name or f"openarena_{cfg.map}_{cfg.seed}_{'prints' if cfg.prints else 'none'}"
    video, truth = out / f"{name}.mp4", out / f"{name}.truth.json"
    frames = round(cfg.seconds * cfg.fps)
    with open_engine(cfg.width, cfg.height) as engine:
        _play(engine, cfg)
        log = _render(engine, cfg, frames, progress, name)
        if log.frames < frames:
            raise RenderFailed(f"only {log.frames} of {frames} frames were rendered", remedy="use another map or seed")
        _transcode(_only_avi(engine), video, cfg, frames)
    kills = to_events(log, cast(cfg).player.name, fps=cfg.fps, frames=frames)
    events = sorted([*kills, *multi_kills(kills)], key=lambda event: event["t"])
    _write_truth(truth, video, cfg, frames / cfg.fps, events)
    return Recording(video, truth, tuple(events), frames / cfg.fps)


def _play(engine: Engine, cfg: QuakeConfig) -> None:
    log = engine.run("play", play_script(cfg), play_settings()).read_text(errors="replace")
    if f"Loading DLL file: {engine.folder}" not in log:
        raise RenderFailed("the engine played with another game library", remedy="reinstall openarena 0.8.8")
    if not list((engine.folder / "demos").glob(f"{DEMO}.*")):
        raise RenderFailed(f"the game on {cfg.map} was not played", remedy="choose a map of training.record.quake.MAPS")


def _render(engine: Engine, cfg: QuakeConfig, frames: int, progress: Progress, name: str) -> FilmLog:
    done, said = 0, ""

    def until(text: str) -> bool:
        nonlocal done, said
        done += text.count(f"{FRAME_WORD}\n")
        said = said.rpartition("\n")[2] + text
        progress(min(done / frames, 1.0), f"{name}: {min(done / cfg.fps, cfg.seconds):.0f} of {cfg.seconds:.0f} s")
        return any(line.startswith(WROTE) for line in said.split("\n")[:-1])

    path = engine.run("film", film_script(cfg), film_settings(cfg), until=until)
    with path.open(errors="replace") as lines:
        return read_log(lines, cast(cfg).names)


def _only_avi(engine: Engine) -> Path:
    films = sorted((engine.folder / "videos").glob("*.avi"))
    if len(films) != 1:
        raise RenderFailed("the film grew past the 2 GB of an AVI", remedy="record fewer seconds or a smaller picture")
    return films[0]


def _transcode(avi: Path, video: Path, cfg: QuakeConfig, frames: int) -> None:
    """The engine's AVI as our mp4; its sound comes one frame late, so one frame of it is left out."""
    part = AUDIO_HZ // cfg.fps
    sound = _sound(avi)[part:]
    sound = np.pad(sound, ((0, max(frames * part - len(sound), 0)), (0, 0)))
    writer = MovieWriter(
        video, width=cfg.width, height=cfg.height, rate_hz=cfg.fps, audio_hz=AUDIO_HZ, crf=cfg.crf, preset="superfast"
    )
    written = 0
    with writer as movie:
        for picture in _pictures(avi):
            movie.add(picture, sound[written * part : (written + 1) * part])
            written += 1
            if written == frames:
                break
        if written < frames:
            raise RenderFailed(f"only {written} of {frames} frames can be read back", remedy="record it again")


def _sound(avi: Path) -> np.ndarray:
    """All of it, int16 [N, 2] at AUDIO_HZ."""
    with av.open(str(avi)) as source:
        stream = source.streams.audio[0]
        if (stream.rate, stream.channels) != (AUDIO_HZ, 2):
            raise RenderFailed(
                f"the engine mixed {stream.channels} channels at {stream.rate} Hz", remedy="record again"
            )
        parts = [frame.to_ndarray().reshape(-1, 2) for frame in source.decode(stream)]
    return np.concatenate(parts)


def _pictures(avi: Path) -> Iterator[np.ndarray]:
    """Each frame, uint8 [H, W, 3] RGB."""
    with av.open(str(avi)) as source:
        for frame in source.decode(source.streams.video[0]):
            yield frame.to_ndarray(format="rgb24")


def _write_truth(path: Path, video: Path, cfg: QuakeConfig, duration_s: float, events: list[dict[str, Any]]) -> None:
    people = cast(cfg)
    text = {
        "schema": 1,
        "video": video.name,
        "game": "openarena",
        "map": cfg.map,
        "mode": "deathmatch",
        "mod": "",
        "skin": "own" if cfg.prints else "none",
        "scene": "play",
        "player": people.player.name if cfg.prints else "",
        "players": list(people.names),
        "prints_kills": cfg.prints,
        "announces": ["feed", "banner", "points", "medal"] if cfg.prints else [],
        "seed": cfg.seed,
        "width": cfg.width,
        "height": cfg.height,
        "fps": cfg.fps,
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
