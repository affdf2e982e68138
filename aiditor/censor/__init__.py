"""Profanity found in what is said, looked through, and taken out of the sound.

    Transcript ─► find ─► Review (hits to keep or to mute) ─► spans ─► measured ─► censored, block by block
                                     └► masked, for captions      └► mutes, for the timeline

`possible` says at once, in a sentence, when what a configuration asks for cannot be done.
"""

from __future__ import annotations

from aiditor.censor.config import CensorConfig
from aiditor.censor.cover import Span, mutes, spans
from aiditor.censor.finder import listed
from aiditor.censor.hide import mask, masked
from aiditor.censor.levels import measured
from aiditor.censor.review import Hit, Review, carried, find, possible, set_keep
from aiditor.censor.sound import censored, covered
from aiditor.censor.wordlists import languages

__all__ = [
    "CensorConfig",
    "Hit",
    "Review",
    "Span",
    "carried",
    "censored",
    "covered",
    "find",
    "languages",
    "listed",
    "mask",
    "masked",
    "measured",
    "mutes",
    "possible",
    "set_keep",
    "spans",
]
