"""MusicGen (J. Copet et al., "Simple and Controllable Music Generation", 2023) through transformers."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aiditor.errors import AIditorError, BadConfig, BadInput
from aiditor.models.pool import Pool
from aiditor.models.spec import Spec
from aiditor.music.config import MusicConfig
from aiditor.music.melody import chroma, read_melody, turned
from aiditor.music.prompts import prompt
from aiditor.music.sampling import Sampler, undelayed
from aiditor.music.turn import turn
from aiditor.music.weights import MusicWeights, find_weights
from aiditor.progress import Progress
from aiditor.settings import Settings

__all__ = ["NEEDS", "MusicGen", "find_musicgen", "open_musicgen"]

NEEDS = ("config.json", "tokenizer*", "*.safetensors")
_WORK = 1.2
"""Room beside the weights, as a share of them, until it was measured."""


def find_musicgen(cfg: MusicConfig, settings: Settings) -> MusicWeights:
    """The weights for `cfg`. Raises MissingPart without them, BadConfig where they cannot do what is asked."""
    found = find_weights(cfg, settings, family="musicgen", needs=NEEDS)
    if cfg.melody and _layout(found.folder)["model_type"] != "musicgen_melody":
        raise BadConfig(f"the music model {cfg.model} follows no tune", remedy="choose the model melody for that")
    return found


def open_musicgen(cfg: MusicConfig, seed: int, settings: Settings, pool: Pool) -> MusicGen:
    """MusicGen for `cfg`; nothing is loaded yet. Raises as `find_musicgen` does, and BadInput for the melody."""
    found = find_musicgen(cfg, settings)
    tune = chroma(read_melody(cfg.melody)) if cfg.melody else None
    return MusicGen(found, cfg, prompt(cfg, seed), tune, pool)


class MusicGen:
    """A `TokenModel` that takes the model from the pool for one window at a time, so that others get their turn."""

    def __init__(
        self, weights: MusicWeights, cfg: MusicConfig, words: str, tune: np.ndarray | None, pool: Pool
    ) -> None:
        layout = _layout(weights.folder)
        codec, decoder = layout["audio_encoder"], layout["decoder"]
        if decoder.get("audio_channels", 1) != 1:
            raise BadConfig(f"{weights.about.name} makes stereo", remedy="take one of the mono models")
        self.about, self.words = weights.about, words
        self.rate_hz = int(codec["sampling_rate"])
        self.frame = int(np.prod(codec["upsampling_ratios"]))
        self.books = int(decoder.get("num_codebooks", 4))
        self._cfg, self._tune, self._pool, self._folder = cfg, tune, pool, weights.folder
        self._name = weights.about.name
        size = weights.bytes
        pool.register(
            self._name,
            Spec(
                load=partial(_load, weights.folder, layout["model_type"]),
                estimate=lambda device, dtype: round(size * _WORK),  # noqa: ARG005
                key=f"{weights.folder.resolve()} {weights.about.revision}",
            ),
        )

    def play(
        self, before: np.ndarray, frames: int, *, at_s: float, seed: tuple[int, ...], progress: Progress
    ) -> tuple[np.ndarray, np.ndarray]:
        def generate(model: Any, on_step: Callable[[int], object]) -> tuple[np.ndarray, np.ndarray]:
            return self._generate(model, before, frames, at_s, np.random.default_rng(seed), on_step)

        steps, step_s = frames + self.books - 1, self.frame / self.rate_hz
        return turn(self._pool, self._name, generate, steps=steps, step_s=step_s, progress=progress)

    def _generate(
        self, model: Any, before: np.ndarray, frames: int, at_s: float,
        rng: np.random.Generator, on_step: Callable[[int], object],
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        import torch
        from transformers import AutoTokenizer, LogitsProcessorList

        cfg = self._cfg
        inputs = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)([self.words], return_tensors="pt")
        given = {name: inputs[name].to(model.device) for name in ("input_ids", "attention_mask")}
        if before.shape[1]:
            given["decoder_input_ids"] = torch.from_numpy(before).to(model.device)
        if self._tune is not None:
            tune = torch.from_numpy(turned(self._tune, at_s))[None]
            given["input_features"] = tune.to(model.device, model.dtype)
        sampler = Sampler(rng, cfg.guidance > 1, cfg.guidance, cfg.temperature, cfg.top_k, on_step)
        made = model.generate(
            **given,
            do_sample=False,  # the sampler draws, by its own seed
            guidance_scale=cfg.guidance,
            max_new_tokens=frames + self.books - 1,
            logits_processor=LogitsProcessorList([sampler]),
        )
        sound = made[0, 0].float().cpu().numpy()
        if not np.isfinite(sound).all():
            raise AIditorError("the music model made no sound that can be used", remedy="try another seed or prompt")
        return undelayed(sampler.picked, frames), sound


def _layout(folder: Path) -> dict[str, Any]:
    """The model's config.json. Raises BadInput where it is not one of MusicGen's."""
    try:
        layout = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        right = layout["model_type"] in ("musicgen", "musicgen_melody")
        right = right and {"sampling_rate", "upsampling_ratios"} <= layout["audio_encoder"].keys()
        right = right and isinstance(layout["decoder"], dict)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        right = False
    if not right:
        raise BadInput(
            f"{folder.name} holds no MusicGen model", remedy="fetch the model again, or name another", file=folder
        )
    return dict(layout)


def _load(folder: Path, kind: str, device: str, dtype: str) -> Any:
    """The model on "cpu", "cuda" or "cuda:1". Raises BadInput where its files are damaged."""
    import torch
    from safetensors import SafetensorError
    from transformers import MusicgenForConditionalGeneration, MusicgenMelodyForConditionalGeneration

    maker = MusicgenMelodyForConditionalGeneration if kind == "musicgen_melody" else MusicgenForConditionalGeneration
    try:
        model = maker.from_pretrained(folder, dtype=getattr(torch, dtype), local_files_only=True)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise BadInput(
            f"the music model in {folder.name} cannot be loaded ({(str(error).splitlines() or ['damaged'])[0]})",
            remedy="look it over with `aiditor models verify`, and fetch it again",
            file=folder,
        ) from error
    return model.eval().to(device)
