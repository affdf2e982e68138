"""Which sound track is which: game, microphone, or everything mixed.

Recorders agree on little. What their users have:

- One track holds everything, whatever its name.
- A name decides, where a person or recorder gave one ("Mic/Aux", "Desktop Audio", "Voice").
- ShadowPlay, AMD and Xbox name nothing and write the game first and the microphone second.
- OBS names its tracks "Track1", "Track2" ...; by its defaults, and by every guide, track 1 is what viewers
  hear (everything), then come game and microphone on their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["MIX", "audio_roles", "clean_title"]

GAME, MICROPHONE, MIX = "game", "microphone", "mix"

_GENERIC = re.compile(
    r"#?(sound ?handler?|sound ?handle|audio|stereo|mono|surround|core media audio|apple sound media handler|"
    r".*mp4 sound media handler|iso media file.*|gpac iso audio handler|und|\[mp4 audio\]|)",
    re.IGNORECASE,
)
_OBS = re.compile(r"(obs )?(simple aac |audio )?track ?_?(\d)", re.IGNORECASE)
_MICROPHONE = re.compile(r"\bmic|microphone|\bvoice(?! ?chat)|commentary|\bhead ?set", re.IGNORECASE)
_GAME = re.compile(r"game|desktop|system|speaker|\bpc\b|computer|in-game", re.IGNORECASE)
_MIX = re.compile(r"\bmix|master|combined|\ball\b|everything|full|main", re.IGNORECASE)


def clean_title(name: str) -> str:
    """`name` as a person gave it, or "" where it is only what a muxer writes ("SoundHandler")."""
    name = name.strip("\0 \t\r\n")
    return "" if _GENERIC.fullmatch(name) else name


def audio_roles(titles: Sequence[str]) -> tuple[str, ...]:
    """ "game", "microphone" or "mix" for each of a file's sound tracks, from their (cleaned) titles in order.

    A "mix" holds what the others hold too: played beside them it would be heard twice.
    """
    if len(titles) == 1:
        return (MIX,)
    named = [_role_of(title) for title in titles]
    obs = bool(titles) and all(_OBS.fullmatch(title) for title in titles)
    if not any(named):
        return _unnamed(len(titles), mix_first=obs or len(titles) > 2)
    # Some have names: what is left over is the game where somebody else is the microphone, and the other way round.
    rest = GAME if MICROPHONE in named or GAME in named else MICROPHONE
    if MICROPHONE not in named and GAME in named and len(titles) == 2:
        rest = MICROPHONE
    return tuple(role or rest for role in named)


def _role_of(title: str) -> str:
    for pattern, role in ((_MICROPHONE, MICROPHONE), (_GAME, GAME), (_MIX, MIX)):
        if pattern.search(title):
            return role
    return ""


def _unnamed(count: int, *, mix_first: bool) -> tuple[str, ...]:
    if not mix_first:
        return (GAME, MICROPHONE)[:count]
    if count == 2:
        return (MIX, MICROPHONE)
    return (MIX, GAME, MICROPHONE, *(GAME,) * (count - 3))
