"""The net with its weights: from the file into memory, and back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import save_file

from aiditor.detect.net.model import HighlightNet
from aiditor.detect.net.package import (
    SHIPPED,
    Calibration,
    Card,
    Package,
    champion_path,
    checksum,
    damaged,
    read_package,
)

__all__ = ["SHIPPED", "Calibration", "Card", "Model", "build", "champion_path", "load_model", "save_model"]


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
    known = checksum({name: value.numpy() for name, value in tensors.items()}, text)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, partial, metadata={"card": text, "blake2b": known})
        partial.chmod(0o644)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return known


def load_model(path: Path | None = None) -> Model:
    """The weights at `path`, else the shipped ones; kept in memory until the file changes.

    Raises MissingPart when there are none, BadInput when they are damaged or not ours.
    """
    return build(read_package(path))


@lru_cache(maxsize=2)
def build(package: Package) -> Model:
    """The net of a file that was read. Raises BadInput where its weights are not a net's of the size it says."""
    net = HighlightNet(package.card.net)
    try:
        net.load_state_dict({name: _full(value) for name, value in package.tensors.items()})
    except RuntimeError as error:
        raise damaged(package.path) from error
    return Model(net.eval().requires_grad_(False), package.card, package.checksum)


def _full(value: object) -> torch.Tensor:
    found = torch.tensor(value)
    return found.float() if found.is_floating_point() else found


def _kept(value: torch.Tensor) -> torch.Tensor:
    value = value.detach().cpu()
    return (value.half() if value.is_floating_point() else value).contiguous()
