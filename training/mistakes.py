"""What the detector gets wrong, as clips to watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from aiditor.detect.net.fuse import claims
from aiditor.detect.net.weights import Card
from aiditor.media.probe import probe
from aiditor.media.read import frames, read_audio
from training.calibrate import TOLERANCE_S
from training.examine import Examined, Film
from training.metric import Found, Matching, match
from training.record.movie import MovieWriter

__all__ = ["Mistake", "clip", "mistakes"]

_AROUND_S = 1.5
_RATE_HZ = 15
_AUDIO_HZ = 48_000
_SIZE = (480, 270)


@dataclass(frozen=True, slots=True)
class Mistake:
    """An own kill that was missed, or a claimed one that was none."""

    film: Film
    t_s: float
    what: Literal["missed", "not a kill"]
    confidence: float = 0.0


def mistakes(films: Sequence[Film], examined: Sequence[Examined], card: Card) -> tuple[list[Mistake], list[Matching]]:
    """All mistakes about own kills within ±0.5 s, those it was surest of first; and each film's matching."""
    found: list[Mistake] = []
    matchings = []
    for film, each in zip(films, examined, strict=True):
        kills = [event for event in claims(each.candidates, card) if event.kind == "kill"]
        claimed = [Found(event.t_s, event.confidence) for event in kills]
        true_s = film.times_s("kill")
        matching = match(claimed, true_s, TOLERANCE_S)
        matchings.append(matching)
        found += [
            Mistake(film, claimed[index].t_s, "not a kill", claimed[index].confidence)
            for index, hit in zip(matching.order, matching.hit, strict=True)
            if not hit
        ]
        taken = set(matching.partner.tolist())
        found += [Mistake(film, t_s, "missed") for index, t_s in enumerate(true_s) if index not in taken]
    return sorted(found, key=lambda one: -one.confidence), matchings


def clip(mistake: Mistake, target: Path) -> Path:
    """Three seconds around it with their sound, small. Raises UnreadableMedia."""
    video, (width, height) = mistake.film.video, _SIZE
    info = probe(video)
    start_s, end_s = max(mistake.t_s - _AROUND_S, 0.0), min(mistake.t_s + _AROUND_S, info.duration_s)
    count = max(round((end_s - start_s) * _RATE_HZ), 1)
    part = _AUDIO_HZ // _RATE_HZ
    sound = np.zeros((2, count * part), np.float32)
    if info.audio:
        spoken = read_audio(
            video, rate_hz=_AUDIO_HZ, channels=2, start_s=start_s, end_s=end_s, clock_start_s=info.start_s
        )
        sound[:, : spoken.shape[1]] = spoken[:, : count * part]
    samples = (np.clip(sound.T, -1, 1) * 32767).astype(np.int16)
    shown = frames(
        video, start_s=start_s, end_s=end_s, every_s=1 / _RATE_HZ, size=_SIZE, clock_start_s=info.start_s, skip="none"
    )
    with MovieWriter(
        target, width=width, height=height, rate_hz=_RATE_HZ, audio_hz=_AUDIO_HZ, preset="ultrafast"
    ) as movie:
        for _, picture in islice(shown, count):
            movie.add(picture, samples[movie.frames * part : (movie.frames + 1) * part])
    return target
