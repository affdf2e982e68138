"""Plans a corpus of films and records them side by side, each in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic

import numpy as np

from aiditor.errors import AIditorError
from training.record.doom import Recording, record
from training.record.game import RecordConfig, stop_cleanly
from training.record.plan import Film
from training.record.splits import HELD_OUT_MAPS, SAMPLE_MAPS, TRAINING_MAPS, Place

__all__ = [
    "HELD_OUT_MAPS",
    "SAMPLE_MAPS",
    "TRAINING_MAPS",
    "Outcome",
    "plan_corpus",
    "record_all",
    "record_corpus",
    "recorded",
]

_FILM_S = 240.0
_LOADOUTS = ("pistol", "shotgun", "chaingun", "double", "rocket", "all")
_GIVE_UP_S = 30.0
"""So long a recorder may take to close its game when asked to stop."""


def plan_corpus(minutes: float, places: Sequence[Place], seed: int = 0, film_s: float = _FILM_S) -> list[RecordConfig]:
    """Films of about `film_s` that add up to `minutes`, over the places in turn, each with its own seed and arms.

    Plain play only, for benchmarks; a corpus to learn from is planned by `training.record.plan`.
    """
    count = max(round(minutes * 60 / film_s), 1)
    seconds = minutes * 60 / count
    random = np.random.default_rng(seed)
    films = []
    for index in range(count):
        game, name, mode = places[index % len(places)]
        films.append(
            RecordConfig(
                game=game,
                map=name,
                mode=mode,
                seconds=seconds,
                seed=seed + index,
                crowd=round(float(random.uniform(0.2, 0.5)), 2),
                difficulty=int(random.integers(2, 5)),
                loadout=str(random.choice(_LOADOUTS)),
            )
        )
    return films


def record_all(films: Sequence[RecordConfig], out: Path, *, workers: int = 1) -> Iterator[Recording]:
    """Record them, each in a process of its own, in order; a film that lies there already is not played again."""
    with get_context("spawn").Pool(workers, initializer=stop_cleanly) as pool:
        yield from pool.imap(partial(_record_once, out=out), films)
        pool.close()
        pool.join()


def _record_once(cfg: RecordConfig, out: Path) -> Recording:
    name = f"{cfg.game}_{cfg.map.lower()}_{cfg.mode}_{cfg.seed}"
    return _lying_there(cfg.model_dump_json(), out / f"{name}.truth.json") or record(cfg, out, name=name)


def _lying_there(config_json: str, truth: Path) -> Recording | None:
    """The film that was recorded there with this very configuration, if it is whole."""
    if not truth.is_file():
        return None
    text = json.loads(truth.read_text())
    video = truth.parent / text["video"]
    if text["config"] != json.loads(config_json) or not video.is_file():
        return None
    return Recording(video, truth, tuple(text["events"]), text["duration_s"])


# --- a corpus ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one film: a recording, or `why` there is none."""

    film: Film
    recording: Recording | None
    why: str = ""
    wall_s: float = 0.0
    """How long it took; 0 when it lay there already."""


def recorded(film: Film, out: Path) -> Recording | None:
    """The film, if it lies in `out` already, recorded with this very configuration."""
    return _lying_there(film.cfg.model_dump_json(), out / film.split / f"{film.name}.truth.json")


def record_corpus(films: Sequence[Film], out: Path, *, workers: int = 1) -> Iterator[Outcome]:
    """Record the films into `out/<split>`, `workers` at a time, and tell each one's outcome as it is known.

    A film that lies there already with the same configuration is not played again. One that fails, or whose game
    crashes, is an `Outcome` without a recording, and the rest goes on. Leaving the iteration stops all recorders.
    """
    waiting = []
    for film in films:
        ready = recorded(film, out)
        if ready is None:
            waiting.append(film)
        else:
            yield Outcome(film, ready)
    waiting.reverse()
    running: list[_Recorder] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_Recorder(waiting.pop(), out))
            done = wait([recorder.process.sentinel for recorder in running])
            for recorder in [one for one in running if one.process.sentinel in done]:
                running.remove(recorder)
                yield recorder.outcome(out)
    finally:
        for recorder in running:
            recorder.stop()


class _Recorder:
    """A process that records one film."""

    def __init__(self, film: Film, out: Path) -> None:
        spawn = get_context("spawn")
        self._said, says = spawn.Pipe(duplex=False)
        self._film, self._folder = film, out / film.split
        self._since = monotonic()
        self.process: BaseProcess = spawn.Process(target=_record_film, args=(film, out, says), name=film.name)
        self.process.start()
        says.close()

    def outcome(self, out: Path) -> Outcome:
        """The outcome, once the process has ended."""
        self.process.join()
        code = self.process.exitcode
        try:
            why = self._said.recv()
        except EOFError:  # it had nothing to say
            why = ""
        self._close()
        recording = recorded(self._film, out) if not why and code == 0 else None
        if recording is None and not why:
            why = f"its recorder stopped with exit code {code}"
        return Outcome(self._film, recording, why, monotonic() - self._since)

    def stop(self) -> None:
        """End it, so that it closes its game and leaves no half-written file."""
        self.process.terminate()
        self.process.join(_GIVE_UP_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self._close()

    def _close(self) -> None:
        """Let go of the ended process, and remove what it left half-written if it was killed."""
        for left in self._folder.glob(f".{self._film.name}.*.{self.process.pid}.part"):
            left.unlink()
        self._said.close()
        self.process.close()


def _record_film(film: Film, out: Path, says: Connection) -> None:
    """The recorder's whole life: it says why it failed, or nothing."""
    stop_cleanly()
    try:
        film.record(out)
    except AIditorError as error:
        says.send(str(error))
        sys.exit(1)
    finally:
        says.close()
