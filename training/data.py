"""Windows of films for training: sound always, pictures where chance says they were decoded, both varied widely."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import lightning
import numpy as np
import torch
from pydantic import Field
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from aiditor.config import Config
from aiditor.detect.net.model import KINDS, MEL_RATE, OUTPUTS, STEP_S
from aiditor.detect.net.views import DETAIL_SIZE, DETAILS, WHOLE_SIZE
from aiditor.detect.sound import normal_mel
from aiditor.errors import BadConfig
from training.augment import lay_under, mixed, vary_picture, vary_sound
from training.beds import beds
from training.features import Features, build_all, load

__all__ = ["Batch", "DataConfig", "FilmData", "Windows", "targets"]

Batch = dict[str, Tensor]

_WORTH = {"kill": 0.7, "headshot": 0.2, "multi_kill": 0.5, "clutch": 0.4, "score": 0.6}
_SPREAD_S = 0.2
_HIGHLIGHT_SPREAD_S = 1.0


class DataConfig(Config):
    """Which films, and how windows are drawn from them."""

    corpus: Path = Field(Path("data/corpus"), description="Folder with manifest.parquet.")
    cache: Path = Field(Path("data/features"), description="Where spectra and views are kept.")
    window_steps: int = Field(96, ge=16, le=512, description="Steps of 0.25 s in a window.")
    windows: int = Field(1200, ge=1, description="Windows in an epoch.")
    batch: int = Field(16, ge=1)
    picture_share: float = Field(0.5, ge=0, le=1, description="Share of windows in which pictures are looked at.")
    picture_steps: int = Field(48, ge=4, description="Most steps of a window whose pictures are looked at.")
    augment: bool = True
    bed_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of windows with music, voices or a room under them; making them takes a minute.",
    )
    mix_share: float = Field(
        0.0, ge=0, le=1, description="Share of windows without pictures in which another film is heard as well."
    )
    deaf_share: float = Field(0.0, ge=0, le=1, description="Share of windows with pictures that go without sound.")
    workers: int = Field(0, ge=0, le=64, description="Processes that prepare batches.")
    build_workers: int = Field(2, ge=1, le=64, description="Processes that fill the cache.")
    limit: int | None = Field(None, ge=1, description="Use only so many films of each split.")
    seed: int = Field(0, ge=0)


def targets(film: Features) -> np.ndarray:
    """Float32 [T, 8] in [0, 1]: how near each step's middle is to an event of each kind, then the highlight score.

    A life lost in an arcade game neither looks nor sounds like a shooter's death, nor like the next game's: it is
    left out.
    """
    middles = (np.arange(len(film)) + 0.5) * STEP_S
    found = np.zeros((len(film), OUTPUTS), np.float32)
    for index, kind in enumerate(KINDS):
        if kind == "death" and film.truth.get("game") == "arcade":
            continue
        for time_s in film.times_s(kind):
            near = np.exp(-0.5 * np.square((middles - time_s) / _SPREAD_S))
            # A single event is sure in the step that holds it, wherever in the step it lies.
            near[min(int(time_s / STEP_S), len(film) - 1)] = 1.0
            found[:, index] = np.maximum(found[:, index], near)
            wide = np.exp(-0.5 * np.square((middles - time_s) / _HIGHLIGHT_SPREAD_S))
            found[:, -1] = 1 - (1 - found[:, -1]) * (1 - _WORTH.get(kind, 0.0) * wide)
    return found


class Windows(Dataset[Batch]):
    """`count` windows drawn at random, the same for the same seed and epoch; half of them around an event."""

    def __init__(
        self,
        films: Sequence[Features],
        cfg: DataConfig,
        *,
        count: int,
        augment: bool,
        beds: Sequence[np.ndarray] = (),
    ) -> None:
        if not films:
            raise BadConfig(
                f"there are no films in {cfg.corpus}", remedy="record some: python -m training.record corpus"
            )
        self._films, self._cfg, self._count, self._augment = films, cfg, count, augment
        self._mels = [normal_mel(film.mel).astype(np.float16) for film in films]
        self._levels = [mel.max(axis=1).astype(np.float32) for mel in self._mels]
        self._beds = [normal_mel(bed) for bed in beds]
        self._targets = [targets(film) for film in films]
        lengths = np.array([len(film) for film in films], float)
        self._chance = lengths / lengths.sum()
        self.epoch = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Batch:
        epoch = self.epoch if self._augment else 0
        random = np.random.default_rng((self._cfg.seed, epoch, index, int(self._augment)))
        at = int(random.choice(len(self._films), p=self._chance))
        steps = self._cfg.window_steps
        low = self._start(at, random)
        high = min(low + steps, len(self._films[at]))
        mel, truth = self._heard(at, low)
        real = np.arange(steps) < high - low
        looked = random.random() < self._cfg.picture_share
        if self._augment:
            mel, truth = self._varied(mel, truth, at, random, alone=looked)
        first, seen, whole, details = self._looked(at, low, high, random) if looked else self._blind()
        if self._augment and looked and random.random() < self._cfg.deaf_share:
            mel, real = np.full_like(mel, -2.0), real & seen  # what is neither heard nor seen cannot be known
        return {
            "mel": torch.from_numpy(mel),
            "whole": torch.from_numpy(whole),
            "details": torch.from_numpy(details),
            "first": torch.tensor(first),
            "seen": torch.from_numpy(seen),
            "truth": torch.from_numpy(truth),
            "real": torch.from_numpy(real),
        }

    def _heard(self, at: int, low: int) -> tuple[np.ndarray, np.ndarray]:
        """A film's sound and truth from step `low` on, silent and empty after its end."""
        steps = self._cfg.window_steps
        count = min(steps, len(self._films[at]) - low)
        mel = np.full((steps * MEL_RATE, self._mels[at].shape[1]), -2.0, np.float32)
        mel[: count * MEL_RATE] = self._mels[at][low * MEL_RATE : (low + count) * MEL_RATE]
        truth = np.zeros((steps, OUTPUTS), np.float32)
        truth[:count] = self._targets[at][low : low + count]
        return mel, truth

    def _varied(
        self, mel: np.ndarray, truth: np.ndarray, at: int, random: np.random.Generator, *, alone: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """The sound as another recording would have it; unless `alone`, at times with another film sounding through."""
        if not alone and random.random() < self._cfg.mix_share:
            other = int(random.integers(len(self._films)))
            second, more = self._heard(other, self._start(other, random))
            mel, truth = mixed(mel, second, random), np.maximum(truth, more)
        if self._beds and random.random() < self._cfg.bed_share:
            for _ in range(int(random.integers(1, 3))):
                mel = lay_under(mel, self._levels[at], self._beds[int(random.integers(len(self._beds)))], random)
        return vary_sound(mel, self._mels[int(random.integers(len(self._films)))], random), truth

    def _looked(
        self, at: int, low: int, high: int, random: np.random.Generator
    ) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """The first step whose picture is there, which of the window's steps are seen, and the views."""
        film, span = self._films[at], min(self._cfg.picture_steps, high - low)
        first, seen, whole, details = self._blind()
        first = int(random.integers(0, high - low - span + 1))
        whole[:span] = film.whole[low + first : low + first + span]
        details[:span] = film.details[low + first : low + first + span]
        if self._augment:
            whole, details = vary_picture(whole, details, random)
        seen[first : first + span] = _looked_at(span, random) if self._augment else True
        return first, seen, whole, details

    def _blind(self) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        count = self._cfg.picture_steps
        whole = np.zeros((count, 3, WHOLE_SIZE[1], WHOLE_SIZE[0]), np.uint8)
        details = np.zeros((count, len(DETAILS), 3, DETAIL_SIZE[1], DETAIL_SIZE[0]), np.uint8)
        return 0, np.zeros(self._cfg.window_steps, bool), whole, details

    def _start(self, at: int, random: np.random.Generator) -> int:
        film, steps = self._films[at], self._cfg.window_steps
        last = max(len(film) - steps, 0)
        events = film.events()
        if events and random.random() < 0.5:
            time_s, _ = events[int(random.integers(len(events)))]
            return int(np.clip(time_s / STEP_S - random.uniform(0.1, 0.9) * steps, 0, last))
        return int(random.integers(0, last + 1))


def _looked_at(span: int, random: np.random.Generator) -> np.ndarray:
    """Bool [span]: all of it, or a few stretches as the cascade would have chosen."""
    if random.random() < 0.5:
        return np.ones(span, bool)
    seen = np.zeros(span, bool)
    for _ in range(int(random.integers(1, 4))):
        low = int(random.integers(0, span))
        seen[low : low + int(random.integers(6, 24))] = True
    return seen


class FilmData(lightning.LightningDataModule):
    """Films of the manifest's train and val splits, through the cache of features."""

    def __init__(self, cfg: DataConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.train_films: list[Features] = []
        self.val_films: list[Features] = []

    def setup(self, stage: str | None = None) -> None:  # noqa: ARG002
        """Fill the cache where needed and open it. Raises BadConfig without films, UnreadableMedia for a broken one."""
        if self.train_films:
            return
        self.train_films = films(self.cfg, "train")
        self.val_films = films(self.cfg, "val")
        laid = self.cfg.augment and self.cfg.bed_share > 0
        under = beds(self.cfg.cache / "beds", workers=self.cfg.build_workers) if laid else []
        self.windows = Windows(self.train_films, self.cfg, count=self.cfg.windows, augment=self.cfg.augment, beds=under)

    def train_dataloader(self) -> DataLoader[Batch]:
        epoch = self.trainer.current_epoch if self.trainer is not None else 0
        self.windows.epoch = epoch
        return DataLoader(self.windows, batch_size=self.cfg.batch, num_workers=self.cfg.workers)


def films(cfg: DataConfig, split: str) -> list[Features]:
    """The films of one split, from the cache. Raises BadConfig when the corpus is not there."""
    from training.record.manifest import read_manifest

    manifest = read_manifest(cfg.corpus)
    names = [row["truth"] for row in manifest.to_dict("records") if row["split"] == split]
    return [
        load(path)
        for path in build_all([cfg.corpus / name for name in names[: cfg.limit]], cfg.cache, workers=cfg.build_workers)
    ]
