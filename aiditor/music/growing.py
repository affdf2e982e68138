"""A generated piece on disk, window by window: whole files only, so that a cancel or a crash costs one window.

    window 0 [----------------------------]
    window 1                    [prompt---|-------------------]       hop = window - overlap
    window 2                                        [prompt---|-------------------]

Each next window is prompted with the codec's tokens of the seconds before. Its sound takes over within the last
tenth of a second of what was played: there the old sound lacks what comes after, which the codec looks at.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from aiditor.errors import DiskFull
from aiditor.music.beats import Beats
from aiditor.music.snap import joined, measure
from aiditor.music.token_model import TokenModel
from aiditor.progress import Progress, part

__all__ = ["Window", "grow"]

_SEAM_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What one window adds to the piece."""

    tokens: np.ndarray
    """int64 [K, F]: what it played, without its prompt."""
    sound: np.ndarray
    """float32 [N] at the model's rate, settled."""
    tail: np.ndarray
    """float32 [M]: how it would end; the next window's sound is blended into it."""
    beats: Beats
    """Of the piece up to here."""


def grow(
    folder: Path, model: TokenModel, *, window_s: float, overlap_s: float, seed: int,
    enough: Callable[[list[Window]], int], progress: Progress,
) -> list[Window]:  # fmt: skip
    """The first windows of the piece kept in `folder`, made where they are not there yet.

    `enough(windows)` says how many it takes; with none yet, how many it may take at most. What the piece holds
    depends on `model`, the lengths and the seed alone, never on how many windows were asked for before. Raises
    Cancelled from `progress`, DiskFull, and AIditorError where the model finds no memory.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    while True:
        try:
            lock.acquire(timeout=0.4)
            break
        except Timeout:
            progress(0.0, "waiting for somebody who makes the same piece")
    try:
        frames = round(window_s * model.rate_hz / model.frame)
        overlap = min(max(round(overlap_s * model.rate_hz / model.frame), 1), frames - 1)
        windows: list[Window] = []
        wanted = max(enough(windows), 1)
        while len(windows) < wanted:
            number = len(windows)
            report = part(progress, number / wanted, (number + 1) / wanted)
            path = folder / f"{number:03d}.npz"
            window = _read(path)
            if window is None:
                window = _next(model, windows, frames, overlap, seed, report)
                _write(path, window)
            windows.append(window)
            wanted = max(enough(windows), 1)
    finally:
        lock.release()
    return windows


def _next(model: TokenModel, windows: list[Window], frames: int, overlap: int, seed: int, progress: Progress) -> Window:
    number = len(windows)
    before = np.concatenate([np.zeros((model.books, 0), np.int64), *(window.tokens for window in windows)], axis=1)
    before = before[:, -overlap:]
    held = before.shape[1]
    begin = number * (frames - overlap)
    begin_s = begin * model.frame / model.rate_hz
    played, sound = model.play(before, frames - held, at_s=begin_s, seed=(seed, number), progress=progress)
    seam = min(round(_SEAM_S * model.rate_hz), held * model.frame if held else sound.size // 4)
    fresh = sound[held * model.frame - seam :] if windows else sound
    if windows:
        rise = np.linspace(0, 1, seam, dtype=np.float32)
        fresh = np.concatenate([windows[-1].tail * (1 - rise) + fresh[:seam] * rise, fresh[seam:]])
    settled, tail = fresh[:-seam], fresh[-seam:]
    # The beat is tracked over a whole window, what was played before included.
    behind = np.concatenate([*(window.sound for window in windows), settled])
    lead = min(behind.size, frames * model.frame)
    found = measure(behind[-lead:], model.rate_hz, (behind.size - lead) / model.rate_hz)
    return Window(played, settled, tail, joined(windows[-1].beats if windows else None, found))


def _read(path: Path) -> Window | None:
    """The window kept there; None where there is none or it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            beats = Beats(float(kept["tempo_bpm"]), kept["beats_s"], int(kept["phase"]))
            window = Window(kept["tokens"].astype(np.int64), kept["sound"], kept["tail"], beats)
    except (OSError, KeyError, ValueError, EOFError, BadZipFile):
        return None
    with suppress(OSError):  # another process may just have tidied the cache
        os.utime(path)
    return window


def _write(path: Path, window: Window) -> None:
    partial = path.with_name(f".{os.getpid()}.part.{path.name}")
    beats = window.beats
    values: dict[str, Any] = {
        "tokens": window.tokens.astype(np.int32), "sound": window.sound, "tail": window.tail,
        "tempo_bpm": beats.tempo_bpm, "beats_s": beats.beats_s, "phase": beats.phase,
    }  # fmt: skip
    try:
        np.savez(partial, **values)
        partial.replace(path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("the disk is full", remedy="make room and try again", file=path) from error
        raise
    finally:
        partial.unlink(missing_ok=True)
