"""Profane words hidden in what is written: "f**k", as long as before."""

from __future__ import annotations

from dataclasses import replace

from aiditor.censor.config import CensorConfig
from aiditor.censor.finder import finder
from aiditor.censor.review import Review
from aiditor.censor.wordlists import Severity
from aiditor.transcript import Transcript

__all__ = ["mask", "masked"]


def mask(text: str, cfg: CensorConfig, *, language: str = "en") -> str:
    """`text` with everything hidden that `cfg` takes, character for character as long as `text`.

    Raises BadConfig as `find` does.
    """
    if cfg.level == "off":
        return text
    pieces, done = [], 0
    for match in finder(cfg, language).find(text):
        pieces += [text[done : match.start], _hidden(text[match.start : match.stop], match.entry.severity)]
        done = match.stop
    return "".join([*pieces, text[done:]])


def masked(transcript: Transcript, review: Review) -> Transcript:
    """`transcript` with the words of `review` hidden that are not kept, for captions; times as they were."""
    hidden = {index: hit.severity for hit in review.hits if review.censored(hit) for index in range(*hit.words)}
    segments, index = [], 0
    for segment in transcript.segments:
        words = []
        for word in segment.words:
            severity = hidden.get(index)
            words.append(word if severity is None else replace(word, text=_hidden(word.text, severity)))
            index += 1
        segments.append(replace(segment, words=tuple(words)))
    return replace(transcript, segments=tuple(segments))


def _hidden(said: str, severity: Severity) -> str:
    """`said` with stars between its first and last letter; of slurs, and of two letters, only the first stays."""
    letters = [place for place, char in enumerate(said) if char.isalnum()]
    shown = set(letters[:1] if severity == "slur" or len(letters) <= 2 else (letters[0], letters[-1]))
    inside = range(letters[0], letters[-1] + 1) if letters else range(0)
    return "".join(
        "*" if place in inside and place not in shown and not char.isspace() else char
        for place, char in enumerate(said)
    )
