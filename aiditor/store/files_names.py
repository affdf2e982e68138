"""Names that can do no harm: keys that stay where files are kept, and file names that every system takes."""

from __future__ import annotations

import unicodedata

from aiditor.errors import BadInput

__all__ = ["LONGEST_KEY", "checked_key", "checked_prefix", "safe_name"]

LONGEST_KEY = 500
"""Characters; as the tables have it."""
LONGEST_PART = 255
"""Bytes of UTF-8 that file systems take as one name."""
LONGEST_NAME = 120
"""Bytes of a name that we give, with room for what is put beside it."""
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""Devices of Windows, whatever their ending."""
_REPLACED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what is not seen: control characters, those that turn the direction, halves of pairs."""


def checked_key(key: str) -> str:
    """The key, when it names one file below the place where files are kept. Raises BadInput."""
    parts = key.split("/")
    if len(key) > LONGEST_KEY or not all(map(_is_part, parts)):
        shown = ascii(key[:80])
        raise BadInput(f"{shown} cannot be the key of a file", remedy="use plain names with / between them")
    return key


def checked_prefix(prefix: str) -> str:
    """The folder `prefix` with a / at its end; "" is everything. Raises BadInput."""
    return f"{checked_key(prefix.removesuffix('/'))}/" if prefix else ""


def _is_part(part: str) -> bool:
    if part in ("", ".", "..") or "\\" in part or any(ord(letter) < 32 or letter == "\x7f" for letter in part):
        return False
    try:
        return len(part.encode()) <= LONGEST_PART
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False


def safe_name(name: str, *, otherwise: str = "clip") -> str:
    """A file name that keeps what can be kept of `name`: its last part, its letters, its ending.

    At most 120 bytes of UTF-8, nothing that any system reserves; `otherwise` where nothing is left.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(letter for letter in last if unicodedata.category(letter) not in _DROPPED)
    plain = " ".join(seen.translate(_REPLACED).split()).rstrip(". ").lstrip()
    stem, dot, suffix = plain.rpartition(".")
    stem = stem.lstrip(". ")
    if not dot or len(suffix.encode()) > 16:
        stem, dot, suffix = plain, "", ""
    room = LONGEST_NAME - len((dot + suffix).encode()) - 1
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ") or otherwise
    if stem.split(".")[0].rstrip().lower() in _RESERVED:
        stem = f"_{stem}"
    return f"{stem}{dot}{suffix}"
