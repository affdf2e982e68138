"""The sound of a recording as a row of bits that survives re-encoding, and where two rows run together.

After Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System" (ISMIR 2002): every 32 ms one code, each bit
the sign of how the difference between two neighbouring bands changes. Codes that agree exactly propose an offset;
the share of differing bits over a stretch (0.5 for strangers) proves it. An hour takes a few seconds, most of them
spent decoding, and 450 kB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.media.read import audio_blocks
from aiditor.progress import Progress, silent
from aiditor.timeline import Source

__all__ = ["STEP_S", "Fingerprint", "Match", "fingerprint", "proposals", "stretches"]

RATE_HZ = 6000
WINDOW = 1536
HOP = 192
STEP_S = HOP / RATE_HZ
BITS = 24
BAND_EDGES_HZ = np.geomspace(120, 2900, BITS + 2)
LAG = 2
"""Codes compare spectra this many steps apart (64 ms): less is drowned by the encoder's noise."""

QUIET_DB = -65.0
"""Below this level a code is noise of the encoder and says nothing."""

MOST_ALIKE = 60
"""A code met more often than this (a held tone, a loop) proposes nothing."""

LEAST_VOTES = 5
SMOOTH = 31
"""Codes averaged when two rows are compared: one second."""

WORST_ERROR = 0.33
"""Strangers differ in 0.5 +- 0.05 of the bits of a second, the same moment at 64 kbit/s in 0.1 to 0.25."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """`codes` uint32 [T], one every STEP_S from the source's start; `heard` bool [T]: loud enough to count."""

    codes: np.ndarray
    heard: np.ndarray

    @property
    def heard_s(self) -> float:
        return float(np.count_nonzero(self.heard)) * STEP_S


@dataclass(frozen=True, slots=True)
class Match:
    """Times [start_s, end_s) of one source are times [start_s + shift_s, ...) of the other."""

    start_s: float
    end_s: float
    shift_s: float


def fingerprint(source: Source, *, progress: Progress = silent) -> Fingerprint:
    """The codes of the track that most likely holds the game's sound. Empty for a source without sound.

    Raises UnreadableMedia when the file cannot be opened any more.
    """
    tracks = sorted(source.info.audio, key=lambda track: ("mix", "game", "microphone").index(track.role))
    if not tracks:
        return Fingerprint(np.zeros(0, np.uint32), np.zeros(0, bool))
    codes, heard = [], []
    before = np.zeros((0, BITS + 1), np.float32)
    for t_s, energies in _spectra(source, tracks[0].index):
        progress(min(t_s / max(source.duration_s, 1e-9), 1.0), f"listening to {source.name}")
        levels = np.concatenate([before, np.log(energies + 1e-12)])
        slope = np.diff(levels, axis=1)
        bits = (slope[LAG:] - slope[:-LAG]) > 0
        codes.append(bits @ (1 << np.arange(BITS, dtype=np.uint32)))
        heard.append(10 * np.log10(energies.sum(axis=1) + 1e-12)[-len(bits) :] > QUIET_DB if len(bits) else bits[:, 0])
        before = levels[-LAG:]
    if not codes:
        return Fingerprint(np.zeros(0, np.uint32), np.zeros(0, bool))
    # The first LAG steps have nothing to be compared with.
    lead = np.zeros(LAG, np.uint32)
    return Fingerprint(
        np.concatenate([lead, *codes]).astype(np.uint32), np.concatenate([lead.astype(bool), *heard]).astype(bool)
    )


def _spectra(source: Source, track: int) -> Iterator[tuple[float, np.ndarray]]:
    """(time, mean power per band float32 [T, BITS + 1]), some ten seconds at a time."""
    window = np.hanning(WINDOW).astype(np.float32)
    bins = np.searchsorted(np.fft.rfftfreq(WINDOW, 1 / RATE_HZ), BAND_EDGES_HZ)
    scale = 2.0 / float(window.sum()) ** 2
    blocks = audio_blocks(
        source.path, track=track, rate_hz=RATE_HZ, clock_start_s=source.info.start_s,
        end_s=source.duration_s, block_s=10.0,
    )  # fmt: skip
    rest = np.zeros(0, np.float32)
    for t_s, block in blocks:
        samples = np.concatenate([rest, block[0]])
        count = (len(samples) - WINDOW) // HOP + 1
        if count < 1:
            rest = samples
            continue
        frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[: count * HOP : HOP]
        power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2 * scale
        yield t_s, np.add.reduceat(power, bins, axis=1)[:, :-1].astype(np.float32)
        rest = samples[count * HOP :]


def proposals(prints: Sequence[Fingerprint], number: int, others: Sequence[int]) -> list[tuple[int, int]]:
    """(other, shift in steps) pairs worth a closer look for `prints[number]`, most votes first."""
    mine = prints[number]
    if not mine.heard.any() or not others:
        return []
    codes = np.concatenate([prints[i].codes[prints[i].heard] for i in others])
    places = np.concatenate([np.flatnonzero(prints[i].heard) for i in others])
    owners = np.concatenate([np.full(np.count_nonzero(prints[i].heard), i) for i in others])
    order = np.argsort(codes, kind="stable")
    codes, places, owners = codes[order], places[order], owners[order]
    here = np.flatnonzero(mine.heard)
    low = np.searchsorted(codes, mine.codes[here], "left")
    count = np.searchsorted(codes, mine.codes[here], "right") - low
    usable = (count > 0) & (count <= MOST_ALIKE)
    here, low, count = here[usable], low[usable], count[usable]
    if not len(here):
        return []
    # All pairs (my place, place of the same code): runs of `count` from `low`, laid end to end.
    pair = np.repeat(low - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
    shifts = places[pair] - np.repeat(here, count)
    keys, votes = np.unique(np.stack([owners[pair], shifts]), axis=1, return_counts=True)
    best = np.argsort(votes)[::-1][:12]
    chosen: list[tuple[int, int]] = []
    for at in best[votes[best] >= LEAST_VOTES]:
        owner, shift = int(keys[0, at]), int(keys[1, at])
        if all(owner != other or abs(shift - seen) > 3 for other, seen in chosen):
            chosen.append((owner, shift))
    return chosen


def stretches(mine: Fingerprint, other: Fingerprint, shift: int, least_s: float) -> list[Match]:
    """Where `mine` runs together with `other` at this shift (steps) for at least `least_s` of heard sound."""
    start = max(0, -shift)
    end = min(len(mine.codes), len(other.codes) - shift)
    if (end - start) * STEP_S < least_s:
        return []
    errors = np.bitwise_count(mine.codes[start:end] ^ other.codes[start + shift : end + shift]) / BITS
    heard = mine.heard[start:end] & other.heard[start + shift : end + shift]
    box = np.ones(SMOOTH)
    weight = np.convolve(heard, box, "same")
    smooth = np.convolve(np.where(heard, errors, 0.0), box, "same") / np.maximum(weight, 1)
    alike = (smooth <= WORST_ERROR) | (weight < SMOOTH / 4)  # silence neither proves nor denies
    edges = np.flatnonzero(np.diff(np.concatenate([[0], alike.astype(np.int8), [0]])))
    found = []
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        if np.count_nonzero(heard[low:high]) * STEP_S >= least_s:
            # The last window's sound reaches on beyond its step.
            last_s = float((start + high) * STEP_S + (WINDOW - HOP) / RATE_HZ)
            found.append(Match(float((start + low) * STEP_S), last_s, shift * STEP_S))
    return found
