"""What the net is shown of a film, kept on disk: log-mel spectra, and views of a picture each step.

Entries are named by the film's bytes and by the version of the views, so that a changed recording or view is made
anew; they are whole or absent.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from aiditor.config import digest
from aiditor.detect.net.model import KINDS, MEL_RATE, STEP_S
from aiditor.detect.net.views import DETAIL_SIZE, DETAILS, WHOLE_SIZE, look
from aiditor.detect.sound import RATE_HZ, SoundMeter
from aiditor.errors import UnreadableMedia
from aiditor.media.read import audio_blocks

__all__ = ["Features", "build", "build_all", "load"]

_VERSION = 1
_BLOCK_S = 32.0


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """One film as the net sees it, with its truth. Pictures are read from disk as they are needed."""

    name: str
    duration_s: float
    mel: np.ndarray
    """Float16 [T * 16, 64], dB full scale."""
    whole: np.ndarray
    """uint8 [T, 3, 64, 112]."""
    details: np.ndarray
    """uint8 [T, D, 3, 40, 72]."""
    truth: dict[str, Any]

    def __len__(self) -> int:
        return len(self.whole)

    def times_s(self, kind: str) -> list[float]:
        """When events of that kind happen; headshots are kills marked as such."""
        if kind == "headshot":
            return [event["t"] for event in self.truth["events"] if event["type"] == "kill" and event.get("headshot")]
        return [event["t"] for event in self.truth["events"] if event["type"] == kind]

    def events(self) -> list[tuple[float, str]]:
        """(time, kind) of all events that the net knows, in order."""
        return sorted((t, kind) for kind in KINDS for t in self.times_s(kind))


def build_all(truths: Sequence[Path], cache: Path, *, workers: int = 1) -> list[Path]:
    """The folder of each film's features, made where it is not there yet, in the order of `truths`."""
    if workers <= 1:
        return [build(truth, cache) for truth in truths]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(partial(build, cache=cache), truths))


def build(truth: Path, cache: Path) -> Path:
    """The features of the film beside `truth`. Raises UnreadableMedia naming the film."""
    text = json.loads(truth.read_text(encoding="utf-8"))
    video = truth.parent / text["video"]
    if not video.is_file():
        raise UnreadableMedia(f"{video.name} is missing", remedy="record the corpus again", file=video)
    stamp = video.stat()
    layout = (_VERSION, *WHOLE_SIZE, *DETAIL_SIZE, repr(DETAILS), MEL_RATE)
    target = cache / digest(video.stem, stamp.st_size, truth.read_text(encoding="utf-8"), *layout)
    if not target.is_dir():
        partial_dir = target.with_name(f".{target.name}.{os.getpid()}.part")
        shutil.rmtree(partial_dir, ignore_errors=True)
        partial_dir.mkdir(parents=True)
        try:
            _write(video, text, partial_dir)
            partial_dir.rename(target)
        except OSError:
            if not target.is_dir():  # else somebody else made it meanwhile
                raise
        finally:
            shutil.rmtree(partial_dir, ignore_errors=True)
    return target


def load(folder: Path) -> Features:
    """The features that `build` left there."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    whole, details = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("whole", "details"))
    mel = np.load(folder / "mel.npy")
    return Features(Path(truth["video"]).stem, truth["duration_s"], mel, whole, details, truth)


def _write(video: Path, truth: dict[str, Any], folder: Path) -> None:
    steps = max(int(truth["duration_s"] / STEP_S), 1)
    np.save(folder / "mel.npy", _listen(video, steps))
    shape = (steps, 3, WHOLE_SIZE[1], WHOLE_SIZE[0])
    whole = np.lib.format.open_memmap(folder / "whole.npy", "w+", np.uint8, shape)
    shape = (steps, len(DETAILS), 3, DETAIL_SIZE[1], DETAIL_SIZE[0])
    details = np.lib.format.open_memmap(folder / "details.npy", "w+", np.uint8, shape)
    for step, picture in _pictures(video, steps):
        whole[step], details[step] = look(picture)
    whole.flush()
    details.flush()
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")


def _listen(video: Path, steps: int) -> np.ndarray:
    meter = SoundMeter(STEP_S)
    for _, block in audio_blocks(video, rate_hz=RATE_HZ, channels=1, end_s=steps * STEP_S, block_s=_BLOCK_S):
        whole = len(block[0]) // meter.step * meter.step
        if whole:
            meter.measure(block[0][:whole])
    mel = np.full((steps * MEL_RATE, meter.mel.shape[1]), -100.0, np.float16)
    mel[: min(len(meter.mel), len(mel))] = meter.mel[: len(mel)]
    return mel


def _pictures(video: Path, steps: int) -> Any:
    """(step, picture uint8 [H, W, 3]) of the frame shown in the middle of each step."""
    import decord

    try:
        reader = decord.VideoReader(str(video), num_threads=1)
    except decord.DECORDError as error:
        raise UnreadableMedia(f"{video.name} cannot be decoded", remedy="record it again", file=video) from error
    rate = reader.get_avg_fps()
    wanted = np.minimum(((np.arange(steps) + 0.5) * STEP_S * rate).astype(int), len(reader) - 1)
    for low in range(0, steps, 16):
        batch = reader.get_batch(wanted[low : low + 16].tolist()).asnumpy()
        yield from zip(range(low, min(low + 16, steps)), batch, strict=True)
