"""Whisper and MusicGen side by side on one GPU, through the pool that lends them: `python -m bench.gpu`.

The nets have the sizes of whisper-large-v3 and musicgen-medium and random weights, so that nothing has to be fetched:
speed and memory do not hang on what weights say. Without a GPU nothing is measured and nothing is written.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from aiditor.models.debug import large_whisper, medium_musicgen
from aiditor.models.meter import meter_for
from aiditor.models.pool import Pool
from aiditor.models.spec import Spec
from aiditor.music.config import MusicConfig
from aiditor.music.musicgen import MusicGen, open_musicgen
from aiditor.progress import silent
from aiditor.settings import Settings

__all__ = ["Figures", "main", "measure", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "gpu.md"
MUSIC, SPEECH = "musicgen-medium", "whisper"
SPEECH_TOKENS = 112
"""For each 30 s: people say about 150 words a minute, in a token and a half each."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; memory in bytes of the whole device beyond what was taken before, times in seconds."""

    device: str
    versions: dict[str, str]
    bytes: dict[str, int]
    """Of each model, as the pool measured it."""
    load_s: dict[str, float]
    alone: dict[str, float]
    """Seconds of sound for each second of work, one model at a time."""
    together: dict[str, float]
    """The same, both at work at once."""
    peak_bytes: int
    swap_s: dict[str, float]
    """Until the model can be used, where only one fits and the other has to go first."""
    evictions: int
    fallbacks: int


@dataclass(slots=True)
class _Peak:
    """The most memory that the device was seen to hold, looked at all the time."""

    device: str
    most: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        meter = meter_for(self.device)
        watcher = threading.Thread(target=self._watch, args=(meter,))
        watcher.start()
        try:
            yield
        finally:
            self._stop.set()
            watcher.join()

    def _watch(self, meter: Any) -> None:
        while not self._stop.wait(0.02):
            self.most = max(self.most, meter.used())


def measure(device: str, home: Path, *, music_s: float = 30.0, speech_s: float = 120.0) -> Figures:
    """Both models of `home`/models, which must lie there, on "cuda" or "cpu"."""
    before = meter_for(device).used()
    settings = Settings(aiditor_home=home)
    peak = _Peak(device)
    loads: dict[str, float] = {}
    with Pool(device) as pool, peak.watched():
        play = partial(_play, _music(settings, pool), music_s)
        hear = partial(_hear, pool, speech_s)
        for name in (MUSIC, SPEECH):
            loads[name] = _ready(pool, home, name)
        play(seed=0)  # kernels are chosen and kept in the first run
        hear(seed=0)
        alone = {MUSIC: music_s / _timed(partial(play, seed=1)), SPEECH: speech_s / _timed(partial(hear, seed=1))}
        together = _together({MUSIC: (music_s, partial(play, seed=2)), SPEECH: (speech_s, partial(hear, seed=2))})
        metrics = pool.metrics()
        sizes = {model.name: model.bytes for model in metrics.loaded}
    swaps, evictions = _swaps(device, home, settings, sizes)
    return Figures(
        _device_name(device), _versions(), sizes, loads, alone, together, max(0, peak.most - before), swaps,
        evictions, metrics.fallbacks,
    )  # fmt: skip


def _music(settings: Settings, pool: Pool) -> MusicGen:
    cfg = MusicConfig(engine="musicgen", model=MUSIC.rpartition("-")[2], seed=1)
    return open_musicgen(cfg, 1, settings, pool)


def _play(model: MusicGen, music_s: float, *, seed: int) -> None:
    nothing = np.zeros((model.books, 0), np.int64)
    frames = round(music_s * model.rate_hz / model.frame)
    model.play(nothing, frames, at_s=0.0, seed=(seed,), progress=silent)


def _ready(pool: Pool, home: Path, name: str) -> float:
    """Seconds until the model can be used."""
    if name == SPEECH:
        pool.register(SPEECH, _whisper(home / "models" / SPEECH))
    began = time.perf_counter()
    with pool.lease(name):
        return time.perf_counter() - began


def _whisper(folder: Path) -> Spec:
    def load(device: str, dtype: str) -> Any:
        from faster_whisper import WhisperModel

        return WhisperModel(str(folder), device=device, compute_type=dtype, local_files_only=True)

    size = (folder / "model.bin").stat().st_size
    return Spec(
        load, lambda *_: round(1.5 * size), unload=lambda model: model.model.unload_model(),
        dtypes={"cuda": "float16", "cpu": "int8"}, key=str(folder),
    )  # fmt: skip


def _hear(pool: Pool, speech_s: float, *, seed: int) -> None:
    sound = np.random.default_rng(seed).normal(scale=0.1, size=round(16_000 * speech_s)).astype(np.float32)

    def work(model: Any) -> None:
        parts, _ = model.transcribe(
            sound, language="en", beam_size=5, temperature=0.0, max_new_tokens=SPEECH_TOKENS,
            without_timestamps=True, condition_on_previous_text=False,
            compression_ratio_threshold=None, log_prob_threshold=None, no_speech_threshold=None,
        )  # fmt: skip
        for _ in parts:  # it works while it is asked
            pass

    pool.run(SPEECH, work)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _together(jobs: dict[str, tuple[float, Callable[[], object]]]) -> dict[str, float]:
    """Each again and again until all were done once: seconds of sound for each second of work."""
    done: dict[str, float] = {}
    failed: list[BaseException] = []
    start = threading.Barrier(len(jobs))
    finished = {name: threading.Event() for name in jobs}

    def repeat(name: str, sound_s: float, work: Callable[[], object]) -> None:
        try:
            start.wait()
            began, rounds = time.perf_counter(), 0
            while not rounds or not all(event.is_set() for event in finished.values()):
                work()
                rounds += 1
                finished[name].set()
            done[name] = rounds * sound_s / (time.perf_counter() - began)
        except BaseException as error:  # noqa: BLE001 - handed on to the caller below
            failed.append(error)
        finally:
            finished[name].set()

    threads = [threading.Thread(target=repeat, args=(name, *job)) for name, job in jobs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return done


def _swaps(device: str, home: Path, settings: Settings, sizes: dict[str, int]) -> tuple[dict[str, float], int]:
    """How long each takes to come where there is room for the larger one alone."""
    room = int(1.6 * max(sizes.values()))
    with _Known(device, sizes, budget_bytes=min(room, sum(sizes.values()) - 1)) as pool:
        _music(settings, pool)
        _ready(pool, home, SPEECH)
        times: dict[str, list[float]] = {MUSIC: [], SPEECH: []}
        for _ in range(2):
            for name in times:
                times[name].append(_ready(pool, home, name))
        return {name: min(found) for name, found in times.items()}, pool.metrics().evictions


class _Known(Pool):
    """A pool told what its models take: measured a second time, small ones may fit into what the first left behind."""

    def __init__(self, device: str, sizes: dict[str, int], *, budget_bytes: int) -> None:
        super().__init__(device, budget_bytes=budget_bytes)
        self._sizes = sizes

    def register(self, name: str, spec: Spec) -> None:
        size = self._sizes[name]
        super().register(name, replace(spec, own_bytes=lambda _: size, estimate=lambda *_: size))


def _device_name(device: str) -> str:
    if device == "cpu":
        return platform.processor() or platform.machine()
    import torch

    return str(torch.cuda.get_device_name(torch.device(device)))


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "ctranslate2", "faster-whisper")}


def page(figures: Figures) -> str:
    """docs/gpu.md for these figures."""
    names = {MUSIC: "MusicGen, medium's size", SPEECH: "Whisper, large-v3's size"}
    rows = "\n".join(
        f"| {says} | {figures.bytes[name] / 1e9:.2f} GB | {figures.load_s[name]:.1f} s | {figures.swap_s[name]:.1f} s "
        f"| {figures.alone[name]:.2f} | {figures.together[name]:.2f} |"
        for name, says in names.items()
    )
    versions = ", ".join(f"{name} {number}" for name, number in figures.versions.items())
    return f"""# Whisper and MusicGen on one GPU

Measured by `python -m bench.gpu` on {figures.device} ({versions}). The nets have random weights and the real sizes;
both are lent by `aiditor.models.pool`, in half precision.

| model | memory | first load | swap in | sound seconds a second, alone | both at once |
|---|---|---|---|---|---|
{rows}

- Peak memory of the device with both at work: {figures.peak_bytes / 1e9:.2f} GB.
- Loadings that fell back to the CPU: {figures.fallbacks}. Models sent away in the swapping: {figures.evictions}.
- MusicGen plays one window of 30 s, guided. Whisper searches with five beams for {SPEECH_TOKENS} tokens in every 30 s.
- *Swap in* is the time until a model can be used where only one fits and the other has to leave first.
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the page; 0 too where there is no GPU, which it says."""
    parser = argparse.ArgumentParser(description="Whisper and MusicGen side by side on one GPU.")
    parser.add_argument("--out", type=Path, default=PAGE, help="the page to write")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    asked = parser.parse_args(arguments)
    import torch

    if not torch.cuda.is_available():
        print(f"There is no GPU here that torch can use: nothing was measured, and {asked.out.name} stays as it is.")
        return 0
    with TemporaryDirectory() as home:
        models = Path(home) / "models"
        large_whisper(models / SPEECH, device="cuda")
        medium_musicgen(models / MUSIC, device="cuda")
        torch.cuda.empty_cache()
        figures = measure("cuda", Path(home))
    partial_page = asked.out.with_suffix(".part")
    partial_page.write_text(page(figures), encoding="utf-8")
    partial_page.replace(asked.out)
    if asked.json:
        from dataclasses import asdict

        asked.json.write_text(json.dumps(asdict(figures), indent=2) + "\n", encoding="utf-8")
    print(page(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
