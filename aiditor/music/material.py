"""What a seed draws out of a flavour for one piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.music.flavours import Flavour
from aiditor.music.theory import Key
from aiditor.music.tune import Motif, write_motif

__all__ = ["Material", "choose"]


@dataclass(frozen=True, slots=True)
class Material:
    """What the seed chose for one piece."""

    key: Key
    progression: tuple[int, ...]
    other: tuple[int, ...]
    """Progression of the quiet bars and, at times, of a later drop."""
    kicks: tuple[str, str]
    snare: str
    hats: tuple[str, str]
    perc: str
    basses: tuple[str, str]
    chords: tuple[str, str]
    motifs: tuple[Motif, Motif, Motif]
    arp: str
    order: str
    home: int
    """The pitch melodies turn around."""
    voices: tuple[tuple[str, str], ...]
    """(bus, voice) pairs."""


def choose(flavour: Flavour, key: Key, rng: np.random.Generator) -> Material:
    """Draw one piece's material out of a flavour."""

    def one(options: Sequence[str]) -> str:
        return str(options[int(rng.integers(len(options)))])

    def two(options: Sequence[str]) -> tuple[str, str]:
        first, second = rng.choice(len(options), 2, replace=len(options) < 2)
        return options[int(first)], options[int(second)]

    progression, other = (flavour.progressions[int(k)] for k in rng.choice(len(flavour.progressions), 2, replace=False))
    first, answer = two(flavour.leads)
    voices = {
        "bass": one(flavour.bass_voices),
        "chord": one(flavour.chord_voices),
        "pad": one(flavour.pad_voices),
        "lead": one(flavour.lead_voices),
    }
    if flavour.arp_voices:
        voices["arp"] = one(flavour.arp_voices)
    return Material(
        key=key,
        progression=progression,
        other=other,
        kicks=two(flavour.kicks),
        snare=one(flavour.snares),
        hats=two(flavour.hats),
        perc=one(flavour.percs),
        basses=two(flavour.basses),
        chords=two(flavour.chords),
        motifs=(write_motif(first, rng), write_motif(answer, rng), write_motif(first, rng)),
        arp=one(flavour.arps),
        order=one(("up", "down", "bounce", "leap")),
        home=int(rng.integers(69, 77)),
        voices=tuple(voices.items()),
    )
