"""The models AIditor knows: where each comes from, under which licence, and which of its files are wanted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from aiditor.errors import BadInput

__all__ = ["CATALOGUE", "Weights", "named"]

Kind = Literal["speech", "music", "text", "highlights"]


@dataclass(frozen=True, slots=True)
class Weights:
    """One model in the catalogue. Patterns are those of `fnmatch`, of paths inside the repository."""

    name: str
    """What AIditor calls it, as `whisper-small`."""
    kind: Kind
    licence: str
    """SPDX identifier of the weights' licence."""
    about_bytes: int
    """Roughly what is downloaded and kept; `fetch` asks the hub for the exact number."""
    repo: str = ""
    """The hub's `owner/name`; "" for what ships with AIditor."""
    revision: str = "main"
    """Branch, tag or commit. What a branch stood for is recorded when it is fetched."""
    files: tuple[str, ...] = ()
    """Files to fetch beside the tensors."""
    needs: tuple[str, ...] = ()
    """Each must be there for the model to load."""
    tensors: tuple[str, ...] = ()
    """Ways in which the tensors may be stored, best first; only the first that there is gets fetched."""
    note: str = ""

    @property
    def commercial(self) -> bool:
        """Whether what these weights make may be sold."""
        return "-NC-" not in self.licence

    def wanted(self, paths: Iterable[str]) -> list[str]:
        """Those of a repository's files that are needed: the small ones, and the tensors in one form."""
        paths = sorted(paths)
        tensors = next((found for form in self.tensors if (found := [p for p in paths if fnmatch(p, form)])), [])
        return sorted({*tensors, *(p for p in paths if any(fnmatch(p, wish) for wish in self.files))})

    def lacking(self, folder: Path) -> list[str]:
        """What this folder lacks to be this model: patterns, and shards that its index names; [] when whole."""
        there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        lacking = [need for need in self.needs if not any(fnmatch(path, need) for path in there)]
        form = next((form for form in self.tensors if any(fnmatch(path, form) for path in there)), None)
        if form is None:
            return [*lacking, *self.tensors[:1]]
        return [*lacking, *(name for name in _shards(folder, form) if name not in there)]


def _shards(folder: Path, form: str) -> list[str]:
    """The files that the index beside tensors of this form names; [] where they lie in one file."""
    names: set[str] = set()
    for index in folder.glob(f"{form}.index.json"):
        try:
            names.update(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return [index.name]
    return sorted(names)


def named(name: str) -> Weights:
    """The model of that name. Raises BadInput, with the names there are."""
    try:
        return CATALOGUE[name]
    except KeyError:
        raise BadInput(f"no model is called {name!r}", remedy=f"say one of {', '.join(CATALOGUE)}") from None


def _whisper(size: str, repo: str, about_mb: int, note: str = "") -> Weights:
    """Whisper as CTranslate2 keeps it, the form that faster-whisper loads."""
    return Weights(
        f"whisper-{size}", "speech", "MIT", about_mb * 10**6, repo, note=note,
        files=("config.json", "tokenizer.json", "preprocessor_config.json", "vocabulary.*"),
        needs=("config.json", "tokenizer.json", "vocabulary.*"), tensors=("model.bin",),
    )  # fmt: skip


def _musicgen(size: str, about_mb: int, note: str) -> Weights:
    """MusicGen as transformers loads it; safetensors where the repository has them."""
    return Weights(
        f"musicgen-{size}", "music", "CC-BY-NC-4.0", about_mb * 10**6, f"facebook/musicgen-{size}", note=note,
        files=("config.json", "*_config.json", "special_tokens_map.json", "tokenizer.json", "spiece.model",
               "model.safetensors.index.json", "pytorch_model.bin.index.json"),
        needs=("config.json", "tokenizer*"), tensors=("model*.safetensors", "pytorch_model*.bin"),
    )  # fmt: skip


def _audiocraft(size: str, about_mb: int) -> Weights:
    """MusicGen as audiocraft keeps it. Its codec and its reader of words are models of their own."""
    return Weights(
        f"audiocraft-{size}", "music", "CC-BY-NC-4.0", about_mb * 10**6, f"facebook/musicgen-{size}",
        files=("compression_state_dict.bin",), needs=("compression_state_dict.bin",), tensors=("state_dict.bin",),
        note="for the engine audiocraft, with encodec-32khz and t5-base",
    )  # fmt: skip


_ALL = (
    Weights(
        "highlight", "highlights", "Apache-2.0", 1_500_000, tensors=("highlight.safetensors",),
        note="a promoted one goes before it",
    ),
    _whisper("tiny", "Systran/faster-whisper-tiny", 78),
    _whisper("base", "Systran/faster-whisper-base", 148),
    _whisper("small", "Systran/faster-whisper-small", 486),
    _whisper("medium", "Systran/faster-whisper-medium", 1_530),
    _whisper("large-v3", "Systran/faster-whisper-large-v3", 3_090),
    _whisper("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1_620),
    _whisper("distil-large-v3", "Systran/faster-distil-whisper-large-v3", 1_510, "English only"),
    _musicgen("small", 2_400, "mono, 32 kHz"),
    _musicgen("medium", 8_000, "mono, 32 kHz"),
    _musicgen("large", 13_700, "mono, 32 kHz"),
    _musicgen("melody", 6_200, "mono, 32 kHz; follows a tune"),
    _audiocraft("small", 840),
    _audiocraft("medium", 3_680),
    _audiocraft("large", 6_510),
    Weights(
        "encodec-32khz", "music", "CC-BY-NC-4.0", 240 * 10**6, "facebook/encodec_32khz", note="for audiocraft",
        files=("config.json", "preprocessor_config.json"), needs=("config.json",),
        tensors=("model.safetensors", "pytorch_model.bin"),
    ),
    Weights(
        "t5-base", "text", "Apache-2.0", 895 * 10**6, "google-t5/t5-base", note="for audiocraft",
        files=("config.json", "tokenizer.json", "tokenizer_config.json", "spiece.model"),
        needs=("config.json", "spiece.model"), tensors=("model.safetensors", "pytorch_model.bin"),
    ),
)  # fmt: skip
CATALOGUE: dict[str, Weights] = {weights.name: weights for weights in _ALL}
"""Every model by its name."""
