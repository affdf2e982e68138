"""Scales, chords and voice leading, as MIDI pitches (60 is middle C)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NAMES", "SCALES", "Key"]

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic (0 is C) and a scale; degrees count from 0, and run on into the octaves above and below."""

    tonic: int
    mode: str

    def __str__(self) -> str:
        return f"{NAMES[self.tonic]} {self.mode}"

    def pitch(self, degree: int, octave: int) -> int:
        """The MIDI pitch of a scale degree, degree 0 being the tonic in that octave (4 holds middle C)."""
        turn, step = divmod(degree, 7)
        return 12 * (octave + 1 + turn) + self.tonic + SCALES[self.mode][step]

    def chord(self, degree: int, *, size: int = 3, octave: int = 4) -> tuple[int, ...]:
        """Stacked thirds on a degree, root lowest: 3 notes a triad, 4 a seventh, 5 a ninth."""
        return tuple(self.pitch(degree + 2 * third, octave) for third in range(size))

    def nearest(self, pitch: float, among: tuple[int, ...] | None = None) -> int:
        """The pitch of the scale (or with the pitch class of one of `among`) closest to `pitch`."""
        classes = {(self.tonic + step) % 12 for step in SCALES[self.mode]} if among is None else {p % 12 for p in among}
        around = range(int(pitch) - 7, int(pitch) + 8)
        return min((p for p in around if p % 12 in classes), key=lambda p: (abs(p - pitch), p))


def led(chord: tuple[int, ...], before: tuple[int, ...] | None, centre: int) -> tuple[int, ...]:
    """The inversion of `chord` that moves least from `before` and stays around pitch `centre`."""
    classes = [p % 12 for p in chord]
    choices = []
    for turn in range(len(classes)):
        order = classes[turn:] + classes[:turn]
        for base in (centre - 18, centre - 6):
            low = base + (order[0] - base) % 12
            notes = [low]
            for pitch_class in order[1:]:
                notes.append(notes[-1] + ((pitch_class - notes[-1]) % 12 or 12))
            choices.append(tuple(notes))

    def effort(notes: tuple[int, ...]) -> float:
        away = abs(sum(notes) / len(notes) - centre)
        if before is None:
            return away
        return away * 0.5 + sum(min(abs(note - old) for old in before) for note in notes)

    return min(choices, key=effort)
