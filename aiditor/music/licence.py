"""What may be done with a track: the licence that it carries, and the right that a user states to have."""

from __future__ import annotations

import re

from aiditor.errors import BadConfig
from aiditor.timeline import Music

__all__ = ["non_commercial", "refuse_unlicensed"]

_NON_COMMERCIAL = re.compile(r"(?<![a-z0-9])nc(?![a-z0-9])|non-?commercial", re.IGNORECASE)


def non_commercial(licence: str) -> bool:
    """Whether this licence, an SPDX identifier or a sentence, keeps what it covers from being used commercially."""
    return bool(_NON_COMMERCIAL.search(licence))


def refuse_unlicensed(music: Music | None, *, licence_held: bool) -> None:
    """To be called where a montage is exported for commercial use, as on a paid plan.

    `licence_held` is the user's own statement (`MusicConfig.licence_held`) to have the right.
    Raises BadConfig for a track under a non-commercial licence without it.
    """
    if music is None or licence_held or not non_commercial(music.licence):
        return
    raise BadConfig(
        f"the music of this montage is for non-commercial use only ({music.licence})",
        remedy="take composed music or a track of your own, or state that you hold a licence for it (licence_held)",
    )
