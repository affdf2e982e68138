"""Which media libraries are in use, for the record of an export."""

from __future__ import annotations

import av

__all__ = ["library_versions"]


def library_versions() -> dict[str, str]:
    """PyAV's version and those of the FFmpeg libraries inside it, by name."""
    libraries = {name: ".".join(map(str, number)) for name, number in sorted(av.library_versions.items())}
    return {"av": av.__version__, **libraries}
