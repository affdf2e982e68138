"""MusicGen through audiocraft, the library it was published with: for models that were tuned with that.

Optional: audiocraft pins an old torch, so it is installed beside ours as requirements-audiocraft.txt says. It samples
through the same `Sampler` as transformers does here, so that its seeds hang on no global random numbers either.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from aiditor.errors import AIditorError, BadConfig, BadInput, MissingPart
from aiditor.models.catalogue import CATALOGUE
from aiditor.models.hub import locate, require
from aiditor.models.meter import tensor_bytes
from aiditor.models.pool import Pool
from aiditor.models.spec import Spec, let_go
from aiditor.music.config import MusicConfig
from aiditor.music.prompts import prompt
from aiditor.music.sampling import Sampler, undelayed
from aiditor.music.turn import turn
from aiditor.music.weights import MusicWeights, find_weights
from aiditor.progress import Progress
from aiditor.settings import Settings

__all__ = ["AudioCraft", "find_audiocraft", "open_audiocraft"]

NEEDS = ("state_dict.bin", "compression_state_dict.bin")
_PARTS = ("encodec-32khz", "t5-base")
"""What the public weights are built on."""
_WORK = 2.5
"""Room for what is in the folder and beside it, the reader of words and the work, as a share, until it was measured."""


def find_audiocraft(cfg: MusicConfig, settings: Settings) -> MusicWeights:
    """The weights for `cfg`. Raises MissingPart without them or without audiocraft, BadConfig for what it cannot do."""
    if find_spec("audiocraft") is None:
        raise MissingPart(
            "the music engine audiocraft is not installed",
            remedy="run `pip install --no-deps -r requirements-audiocraft.txt`, or choose the engine musicgen",
        )
    if cfg.melody or cfg.model == "melody":
        raise BadConfig("the engine audiocraft follows no tune here", remedy="choose the engine musicgen for that")
    name = f"audiocraft-{cfg.model}"
    if name in CATALOGUE and locate(name, settings) is None:
        require([name, *_PARTS], settings)  # raises, with all that it takes
    found = find_weights(cfg, settings, family="audiocraft", needs=NEEDS)
    _parts(found.folder, settings)
    return found


def open_audiocraft(cfg: MusicConfig, seed: int, settings: Settings, pool: Pool) -> AudioCraft:
    """MusicGen for `cfg`; nothing is loaded yet. Raises as `find_audiocraft` does."""
    found = find_audiocraft(cfg, settings)
    return AudioCraft(found, _parts(found.folder, settings), cfg, prompt(cfg, seed), pool)


class AudioCraft:
    """A `TokenModel` that takes the model from the pool for one window at a time, so that others get their turn."""

    def __init__(self, weights: MusicWeights, parts: dict[str, Path], cfg: MusicConfig, words: str, pool: Pool) -> None:
        self.about, self.words = weights.about, words
        self.books = int(_kept(weights.folder / "state_dict.bin")[1]["transformer_lm"]["n_q"])
        self.rate_hz, self.frame = _codec(weights.folder, parts)
        self._cfg, self._pool = cfg, pool
        self._name = f"{weights.about.name} (audiocraft)"
        size = weights.bytes
        pool.register(
            self._name,
            Spec(
                load=partial(_load, weights.folder, parts),
                estimate=lambda device, dtype: round(size * _WORK),  # noqa: ARG005
                unload=lambda model: [let_go(model.lm), let_go(model.compression_model)],
                own_bytes=lambda model: tensor_bytes(model.lm) + tensor_bytes(model.compression_model),
                key=f"{weights.folder.resolve()} {weights.about.revision}",
            ),
        )

    def play(
        self, before: np.ndarray, frames: int, *, at_s: float, seed: tuple[int, ...], progress: Progress  # noqa: ARG002
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        def generate(model: Any, on_step: Callable[[int], object]) -> tuple[np.ndarray, np.ndarray]:
            return self._generate(model, before, frames, np.random.default_rng(seed), on_step)

        steps, step_s = frames + self.books - 1, self.frame / self.rate_hz
        return turn(self._pool, self._name, generate, steps=steps, step_s=step_s, progress=progress)

    def _generate(
        self, model: Any, before: np.ndarray, frames: int, rng: np.random.Generator, on_step: Callable[[int], object]
    ) -> tuple[np.ndarray, np.ndarray]:
        import torch
        from audiocraft.modules.conditioners import ConditioningAttributes

        cfg, held = self._cfg, before.shape[1]
        sampler = Sampler(rng, True, cfg.guidance, cfg.temperature, cfg.top_k, on_step)

        def chosen(module: Any, given: Any, scores: Any) -> Any:  # noqa: ARG001 - torch's signature
            """Scores of [cond and uncond, books, time, tokens]: only the last time is searched."""
            last = scores[:, :, -1]
            scores[:, :, -1] = sampler(None, last.flatten(0, 1)).view_as(last)
            return scores

        hook = model.lm.register_forward_hook(chosen)
        try:
            with torch.no_grad(), model.autocast:
                tokens = model.lm.generate(
                    torch.from_numpy(before)[None].to(model.device) if held else None,
                    [ConditioningAttributes(text={"description": self.words})],
                    max_gen_len=held + frames,
                    use_sampling=False,  # the sampler draws, by its own seed
                    cfg_coef=cfg.guidance,
                )
        finally:
            hook.remove()
        with torch.no_grad():
            sound = model.compression_model.decode(tokens, None)[0, 0].float().cpu().numpy()
        if not np.isfinite(sound).all():
            raise AIditorError("the music model made no sound that can be used", remedy="try another seed or prompt")
        played = tokens[0, :, held:].cpu().numpy().astype(np.int64)
        assert np.array_equal(played[:, :1], undelayed(sampler.picked, 1)), "audiocraft kept what was drawn"
        return played, sound


def _kept(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a file of audiocraft holds, its tensors not read yet, and its layout. Raises BadInput where damaged."""
    import pickle

    import torch
    import yaml

    try:
        kept = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        layout = yaml.safe_load(kept["xp.cfg"]) if "xp.cfg" in kept else {}
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError, yaml.YAMLError) as error:
        raise BadInput(
            f"{path.parent.name} holds a damaged music model ({path.name})",
            remedy="look it over with `aiditor models verify`, and fetch it again",
            file=path,
        ) from error
    return kept, layout


def _parts(folder: Path, settings: Settings) -> dict[str, Path]:
    """The folders of the models that this one is built on. Raises MissingPart with what to fetch."""
    _, language = _kept(folder / "state_dict.bin")
    codec, _ = _kept(folder / "compression_state_dict.bin")
    names = ["encodec-32khz"] if "pretrained" in codec else []
    reader = (language.get("conditioners") or {}).get("description") or {}
    if reader.get("model") == "t5":
        names.append(reader["t5"]["name"].rpartition("/")[2])
    return {"codec" if name == "encodec-32khz" else "words": at.folder for name, at in require(names, settings).items()}


def _codec(folder: Path, parts: dict[str, Path]) -> tuple[int, int]:
    """The sound's rate in Hz, and the samples of a frame."""
    if "codec" in parts:
        layout = json.loads((parts["codec"] / "config.json").read_text(encoding="utf-8"))
        return int(layout["sampling_rate"]), int(np.prod(layout["upsampling_ratios"]))
    _, layout = _kept(folder / "compression_state_dict.bin")
    return int(layout["encodec"]["sample_rate"]), int(np.prod(layout["seanet"]["ratios"]))


def _load(folder: Path, parts: dict[str, Path], device: str, dtype: str) -> Any:
    """audiocraft's MusicGen on "cpu", "cuda" or "cuda:1"; from the disk alone. Raises BadInput where damaged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the torch that audiocraft was written for
        from audiocraft.models import MusicGen, builders
        from audiocraft.models.encodec import HFEncodecCompressionModel
        from audiocraft.modules.conditioners import T5Conditioner
        from omegaconf import OmegaConf
        from transformers import EncodecModel

        kept, layout = _kept(folder / "state_dict.bin")
        layout |= {"device": device, "dtype": dtype}
        if "words" in parts:
            name, here = layout["conditioners"]["description"]["t5"]["name"], str(parts["words"])
            T5Conditioner.MODELS_DIMS[here] = T5Conditioner.MODELS_DIMS[name]
            if here not in T5Conditioner.MODELS:
                T5Conditioner.MODELS.append(here)
            layout["conditioners"]["description"]["t5"]["name"] = here
        try:
            language = builders.get_lm_model(OmegaConf.create(layout))
            language.load_state_dict(kept["best_state"])
            if "codec" in parts:
                codec: Any = HFEncodecCompressionModel(EncodecModel.from_pretrained(parts["codec"])).to(device)
            else:
                kept, sound = _kept(folder / "compression_state_dict.bin")
                codec = builders.get_compression_model(OmegaConf.create(sound | {"device": device}))
                codec.load_state_dict(kept["best_state"])
        except (KeyError, ValueError, AttributeError, OSError) as error:
            raise BadInput(
                f"the music model in {folder.name} cannot be loaded ({(str(error).splitlines() or ['damaged'])[0]})",
                remedy="look it over with `aiditor models verify`, and fetch it again",
                file=folder,
            ) from error
        return MusicGen(folder.name, codec, language, max_duration=30)
