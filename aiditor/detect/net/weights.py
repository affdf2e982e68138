"""The net's weights on disk: safetensors with a description and a checksum."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from aiditor.config import Config
from aiditor.detect.net.model import HighlightNet, NetConfig
from aiditor.errors import BadInput, MissingPart

__all__ = ["SHIPPED", "Calibration", "Card", "Model", "champion_path", "load_model", "save_model"]

SHIPPED = Path(__file__).parent / "highlight.safetensors"
_POINTER = "champion.json"


class Calibration(Config):
    """From a peak's logits to the chance that it is what it says, after Platt (1999)."""

    scale: float = 1.0
    offset: float = 0.0
    least: float = Field(0.5, ge=0, le=1, description="Surer than this is an event.")


class Card(Config):
    """What is kept beside the weights."""

    net: NetConfig = NetConfig()
    version: str = "untrained"
    """Names these weights in results and caches."""
    heard: dict[str, Calibration] = Field(default_factory=dict)
    """By kind, where only the sound is known."""
    looked: dict[str, Calibration] = Field(default_factory=dict)
    """By kind, where pictures were looked at."""
    fusion: dict[str, float] = Field(default_factory=dict)
    """Coefficients of `fuse.py`."""
    trained_on: str = ""
    metrics: dict[str, float] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Model:
    """Weights in memory, ready to judge."""

    net: HighlightNet
    card: Card
    checksum: str


def save_model(path: Path, net: HighlightNet, card: Card) -> str:
    """Write `path` whole or not at all; half precision, which costs nothing in accuracy. Returns the checksum."""
    card = card.model_copy(update={"net": net.cfg})
    tensors = {name: _kept(value) for name, value in net.state_dict().items()}
    text = card.model_dump_json()
    checksum = _checksum(tensors, text)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, partial, metadata={"card": text, "blake2b": checksum})
        partial.chmod(0o644)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return checksum


def load_model(path: Path | None = None) -> Model:
    """The weights at `path`, else the shipped ones; kept in memory until the file changes.

    Raises MissingPart when there are none, BadInput when they are damaged or not ours.
    """
    path = SHIPPED if path is None else path
    if not path.is_file():
        raise MissingPart(
            f"the highlight model's weights are not at {path.name}",
            remedy="train them (python -m training.train), or set USE_HIGHLIGHT_MODEL=0",
        )
    stamp = path.stat()
    return _load(str(path), stamp.st_mtime_ns, stamp.st_size)


def champion_path(folder: Path) -> Path:
    """The weights that `training.promote` put into this folder, else the shipped ones; asked anew each time."""
    pointer = folder / _POINTER
    try:
        named = folder / json.loads(pointer.read_text(encoding="utf-8"))["file"]
    except FileNotFoundError:
        return SHIPPED
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{pointer.name} does not name a model", remedy="promote again (python -m training.promote) or delete it",
            file=pointer,
        ) from error  # fmt: skip
    return named


@lru_cache(maxsize=2)
def _load(path: str, _mtime: int, _size: int) -> Model:
    broken = BadInput(
        f"{Path(path).name} is damaged or not a highlight model",
        remedy="install AIditor again, or promote a model again (python -m training.promote)",
        file=path,
    )
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        text = metadata["card"]
        if _checksum(tensors, text) != metadata["blake2b"]:
            raise broken
        card = Card.model_validate_json(text)
        net = HighlightNet(card.net)
        net.load_state_dict(
            {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
        )
    except (OSError, SafetensorError, KeyError, ValidationError, RuntimeError) as error:
        raise broken from error
    return Model(net.eval().requires_grad_(False), card, metadata["blake2b"])


def _kept(value: torch.Tensor) -> torch.Tensor:
    value = value.detach().cpu()
    return (value.half() if value.is_floating_point() else value).contiguous()


def _checksum(tensors: dict[str, torch.Tensor], text: str) -> str:
    sha = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(tensors):
        sha.update(name.encode())
        sha.update(tensors[name].contiguous().view(-1).numpy().tobytes())
    return sha.hexdigest()
