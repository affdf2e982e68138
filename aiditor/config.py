"""The base of every typed configuration: frozen, no extra fields, and a digest for cache keys."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict

__all__ = ["Config", "digest"]


class Config(BaseModel):
    """Fields carry their unit in the name, their bounds and their description in `Field`.

    The studio builds its sliders from them. Validators touch neither disk nor network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def digest(*parts: Config | str | int | float) -> str:
    """A short stable name (16 hex digits) for these configurations and values, in this order."""
    sha = hashlib.blake2b(digest_size=8)
    for part in parts:
        text = part.model_dump_json() if isinstance(part, Config) else repr(part)
        sha.update(text.encode() + b"\0")
    return sha.hexdigest()
