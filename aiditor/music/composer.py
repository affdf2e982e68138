"""The composer: a new piece for every montage, of its length, on an exact grid.

What it writes belongs to whoever makes the montage: it is given as CC0-1.0. Acoustic parts are played from the
soundfont named in `soundfont.py`; drums, basses and synthesisers are made from nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aiditor.music.arrange import write_score
from aiditor.music.config import MusicConfig
from aiditor.music.flavours import FLAVOURS, Flavour
from aiditor.music.form import beat_grid, plan_form
from aiditor.music.material import choose
from aiditor.music.produce import produce
from aiditor.music.theory import NAMES, Key
from aiditor.music.voices import RATE_HZ
from aiditor.music.wave_file import write_flac
from aiditor.progress import Progress, part, silent
from aiditor.timeline import BeatGrid, Music

__all__ = ["LICENCE", "Composer", "sketch"]

LICENCE = "CC0-1.0 (composed by AIditor; acoustic parts are played on the soundfont TimGM6mb, GPL-2.0)"


def sketch(cfg: MusicConfig, seed: int) -> tuple[Flavour, int, Key]:
    """The flavour, the tempo in beats a minute and the key that this seed gives this configuration."""
    rng = np.random.default_rng([seed, 1])
    low, high = _asked(cfg)
    flavours = [flavour for flavour in FLAVOURS if flavour.style == cfg.style]
    overlap = [min(high, f.tempo_bpm[1]) - max(low, f.tempo_bpm[0]) for f in flavours]
    fitting = [flavour for flavour, shared in zip(flavours, overlap, strict=True) if shared >= 0]
    # A tempo that no flavour of the style is at home in goes to the one closest to it.
    choices = fitting or [flavours[int(np.argmax(overlap))]]
    flavour = choices[int(rng.integers(len(choices)))]
    if fitting:
        low, high = max(low, flavour.tempo_bpm[0]), min(high, flavour.tempo_bpm[1])
    elif high < flavour.tempo_bpm[0]:
        low = high
    else:
        high = low
    tempo = low if low == high else int(rng.integers(int(np.ceil(low)), int(high) + 1)) if high - low >= 1 else low
    tonic = int(rng.integers(12)) if cfg.key == "any" else NAMES.index(cfg.key)
    mode = str(rng.choice(flavour.modes)) if cfg.mode == "any" else cfg.mode
    return flavour, tempo, Key(tonic, mode)


def _asked(cfg: MusicConfig) -> tuple[float, float]:
    if cfg.tempo_bpm is None:
        return 0.0, 1000.0
    if isinstance(cfg.tempo_bpm, tuple):
        return cfg.tempo_bpm
    return cfg.tempo_bpm, cfg.tempo_bpm


class Composer:
    """Writes with `cfg.seed`, or with one seed of its own, drawn when it is made."""

    def __init__(self) -> None:
        self._fresh_seed = secrets.randbelow(2**32)

    def _seed(self, cfg: MusicConfig) -> int:
        return self._fresh_seed if cfg.seed is None else cfg.seed

    def grid(self, cfg: MusicConfig, up_to_s: float, *, progress: Progress = silent) -> BeatGrid:  # noqa: ARG002
        _, tempo_bpm, _ = sketch(cfg, self._seed(cfg))
        return beat_grid(tempo_bpm, up_to_s)

    def make(
        self,
        cfg: MusicConfig,
        *,
        duration_s: float,
        hits_s: Sequence[float] = (),
        intensity: Sequence[tuple[float, float]] = (),
        out: Path,
        progress: Progress = silent,
    ) -> Music:
        seed = self._seed(cfg)
        flavour, tempo_bpm, key = sketch(cfg, seed)
        progress(0.0, f"composing {flavour.name} in {key} at {tempo_bpm:g} bpm")
        form = plan_form(duration_s, tempo_bpm, hits_s, intensity)
        rng = np.random.default_rng([seed, 2])
        material = choose(flavour, key, rng)
        score = write_score(form, flavour, material, energy=cfg.energy, hits_s=hits_s, rng=rng)
        sound = produce(score, form, flavour, energy=cfg.energy, seed=seed, progress=part(progress, 0.05, 0.9))
        progress(0.92, "writing the music")
        write_flac(out, sound, RATE_HZ)
        progress(1.0, "music written")
        return Music(
            path=str(out),
            grid=form.grid(),
            duration_s=sound.shape[1] / RATE_HZ,
            title=f"{flavour.name} in {key}, {tempo_bpm:g} bpm, no. {seed}",
            engine="composer",
            licence=LICENCE,
            seed=seed,
        )
