"""A trained net as a file: safetensors with a description and a checksum, read and checked without importing torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open

from aiditor.config import Config
from aiditor.detect.net.spec import NetConfig
from aiditor.errors import BadInput, MissingPart

__all__ = ["SHIPPED", "Calibration", "Card", "Package", "champion_path", "checksum", "damaged", "read_package"]

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


@dataclass(frozen=True, slots=True, eq=False)
class Package:
    """What a file of weights holds, checked."""

    path: Path
    tensors: Mapping[str, np.ndarray]
    """By the net's own names, in half precision."""
    card: Card
    checksum: str


def read_package(path: Path | None = None) -> Package:
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
    return _read(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, _mtime: int, _size: int) -> Package:
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        text = metadata["card"]
        if checksum(tensors, text) != metadata["blake2b"]:
            raise damaged(path)
        card = Card.model_validate_json(text)
    except (OSError, SafetensorError, KeyError, ValidationError) as error:
        raise damaged(path) from error
    return Package(path, tensors, card, metadata["blake2b"])


def damaged(path: Path) -> BadInput:
    """The error for a file that does not hold a highlight model."""
    return BadInput(
        f"{path.name} is damaged or not a highlight model",
        remedy="install AIditor again, or promote a model again (python -m training.promote)",
        file=path,
    )


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


def checksum(tensors: Mapping[str, np.ndarray], text: str) -> str:
    """32 hex digits for the card's text and all numbers of the weights."""
    sha = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(tensors):
        sha.update(name.encode())
        sha.update(np.ascontiguousarray(tensors[name]).tobytes())
    return sha.hexdigest()
