"""Chords, bass lines, melodies and arpeggios, a bar at a time, as MIDI notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aiditor.music.theory import SCALES, Key

__all__ = ["Motif", "arp_bar", "bass_bar", "chord_bar", "melody_bar", "spans", "write_motif"]

Tone = tuple[float, float, int, float]
"""Start and end in sixteenths of the bar, MIDI pitch, strength in [0, 1]."""


def spans(pattern: str) -> Iterator[tuple[int, int, str]]:
    """(first step, step after the last, sign) of each note of a pitched pattern."""
    step = 0
    while step < len(pattern):
        if pattern[step] in ".-":
            step += 1
            continue
        end = step + 1
        while end < len(pattern) and pattern[end] == "-":
            end += 1
        yield step, end, pattern[step]
        step = end


def chord_bar(pattern: str, voicing: Sequence[int], *, short: float = 0.92) -> list[Tone]:
    """The chord struck as the pattern says."""
    return [
        (start, start + (end - start) * short, pitch, 0.95 if start % 4 == 0 else 0.8)
        for start, end, _ in spans(pattern)
        for pitch in voicing
    ]


def bass_bar(pattern: str, root: int) -> list[Tone]:
    """The root as the pattern says; the bass stays between E1 and D#2 or an octave above."""
    low = 28 + (root - 28) % 12
    jump = {"x": 0, "o": 12, "f": 7}
    return [
        (start, start + (end - start) * 0.95, low + jump[sign], 1.0 if start % 4 == 0 else 0.85)
        for start, end, sign in spans(pattern)
    ]


def arp_bar(pattern: str, voicing: Sequence[int], order: str) -> list[Tone]:
    """Chord tones one by one over two octaves: "up", "down", "bounce" or "leap"."""
    ladder = sorted({*voicing, *(pitch + 12 for pitch in voicing)})
    if order == "down":
        ladder = ladder[::-1]
    elif order == "bounce":
        ladder = ladder + ladder[-2:0:-1]
    elif order == "leap":
        half = (len(ladder) + 1) // 2
        ladder = [pitch for pair in zip(ladder[:half], ladder[half:] + ladder[:1], strict=False) for pitch in pair]
    tones = []
    for count, (start, end, _) in enumerate(spans(pattern)):
        strength = 0.95 if start % 4 == 0 else 0.7
        tones.append((start, start + (end - start) * 0.9, ladder[count % len(ladder)], strength))
    return tones


@dataclass(frozen=True, slots=True)
class Motif:
    """A bar of melody before it meets a chord: (first step, last, scale steps above the home note)."""

    notes: tuple[tuple[int, int, int], ...]


def write_motif(pattern: str, rng: np.random.Generator) -> Motif:
    """A contour for the rhythm: mostly steps, some leaps, each leap answered by a turn back."""
    height = int(rng.integers(-1, 4))
    direction = 1 if rng.random() < 0.6 else -1
    notes = []
    for start, end, _ in spans(pattern):
        notes.append((start, end, height))
        move = int(rng.choice((0, 1, 1, 2, 3, 4), p=(0.15, 0.3, 0.2, 0.2, 0.1, 0.05)))
        height += direction * move
        if move > 2 or abs(height) > 4 or rng.random() < 0.3:
            direction = -direction if abs(height) <= 4 else (-1 if height > 0 else 1)
    return Motif(tuple(notes))


def melody_bar(
    motif: Motif, chord: tuple[int, ...], key: Key, home: int, *, pentatonic: bool, close: bool
) -> list[Tone]:
    """The motif over a chord: chord tones on the strong beats, the scale between; `close` ends on the root."""
    scale = SCALES[key.mode]
    steps = ((0, 1, 2, 4, 5) if scale[2] == 4 else (0, 2, 3, 4, 6)) if pentatonic else range(7)
    classes = tuple((key.tonic + scale[step]) % 12 for step in steps)
    tones: list[Tone] = []
    for count, (start, end, height) in enumerate(motif.notes):
        aim = home + height * (2.4 if pentatonic else 1.75)
        strong = start % 8 == 0 or end - start >= 4
        pitch = key.nearest(aim, among=chord if strong else classes)
        if close and count == len(motif.notes) - 1:
            pitch = key.nearest(aim, among=chord[:1])
        tones.append((start, start + (end - start) * 0.95, pitch, 1.0 if start % 4 == 0 else 0.85))
    return tones
