"""From a form to a score: who plays what in which bar, as a `pretty_midi.PrettyMIDI`.

Each instrument of the score is named "bus/voice"; drums are General MIDI percussion. It is a whole MIDI file:
`score.write("piece.mid")` gives it to any sequencer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aiditor.music.flavours import Flavour
from aiditor.music.form import Bar, Form
from aiditor.music.groove import DRUM_PITCHES, Stroke, drum_bar, fill, roll, vary
from aiditor.music.theory import Key, led
from aiditor.music.tune import Motif, Tone, arp_bar, bass_bar, chord_bar, melody_bar, write_motif

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

__all__ = ["Material", "choose", "write_score"]

_HELD = "x" + "-" * 15


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


def write_score(
    form: Form,
    flavour: Flavour,
    material: Material,
    *,
    energy: float,
    hits_s: Sequence[float],
    rng: np.random.Generator,
) -> PrettyMIDI:
    """The whole piece. Every note that is not swung starts on the grid to the float."""
    writer = _Writer(form, flavour, material, energy, rng)
    for bar in form.bars:
        writer.bar(bar)
    writer.ending()
    writer.accents(hits_s)
    return writer.score


class _Writer:
    """Carries the score and the last chord from bar to bar."""

    def __init__(
        self, form: Form, flavour: Flavour, material: Material, energy: float, rng: np.random.Generator
    ) -> None:
        import pretty_midi

        self._note = pretty_midi.Note
        self.score = pretty_midi.PrettyMIDI(initial_tempo=240.0 / form.bar_s)
        self._parts = {}
        for bus, voice in material.voices:
            program = int(voice[3:]) if voice.startswith("gm:") else 81
            self._parts[bus] = pretty_midi.Instrument(program, name=f"{bus}/{voice}")
        self._parts["drum"] = pretty_midi.Instrument(0, is_drum=True, name=f"drum/{flavour.kit}")
        self._parts["fx"] = pretty_midi.Instrument(0, is_drum=True, name="fx/kit")
        self.score.instruments.extend(self._parts.values())
        self._form, self._flavour, self._material, self._energy, self._rng = form, flavour, material, energy, rng
        self._voicing: tuple[int, ...] | None = None
        self._marks_s: list[float] = []

    def bar(self, bar: Bar) -> None:
        chord = self._chord(bar)
        self._voicing = led(chord, self._voicing, 62)
        strength = {"intro": 0.7, "build": 0.75 + 0.2 * (bar.at + 1) / bar.of, "drop": 1.0, "rest": 0.72}[bar.kind]
        self._harmony(bar, chord, strength)
        self._tune(bar, chord, strength)
        self._drums(bar, strength)
        if self._flavour.lifts:
            self._lift(bar)

    def _chord(self, bar: Bar) -> tuple[int, ...]:
        material, flavour = self._material, self._flavour
        later = bar.kind in ("rest", "intro") or (bar.drop > 1 and material.home % 2 == 0)
        progression = material.other if later else material.progression
        degree = progression[(bar.at // flavour.bars_per_chord) % len(progression)]
        return material.key.chord(degree, size=flavour.chord_size)

    def _harmony(self, bar: Bar, chord: tuple[int, ...], strength: float) -> None:
        material, dense = self._material, self._energy > 0.35
        assert self._voicing is not None
        pattern = material.chords[bar.drop % 2 if bar.at % 4 != 3 else (bar.drop + 1) % 2]
        if bar.kind in ("intro", "rest") and not (bar.kind == "intro" and bar.at >= 2 and dense):
            pattern = _HELD
        if bar.kind != "intro" or self._flavour.chord_size == 4 or bar.at > 0:
            self._play("chord", bar, chord_bar(pattern, self._voicing), strength)
        self._play("pad", bar, chord_bar(_HELD, [*self._voicing, self._voicing[0] + 12], short=1.0), strength)
        if bar.kind == "drop" or (bar.kind == "build" and bar.at >= bar.of // 2) or not self._flavour.lifts:
            bass = material.basses[0 if bar.at % 4 < 3 else 1] if bar.kind == "drop" else material.basses[0]
            self._play("bass", bar, bass_bar(bass, chord[0]), strength)
        elif bar.kind in ("rest", "build"):
            self._play("bass", bar, bass_bar(_HELD, chord[0]), 0.6 * strength)

    def _tune(self, bar: Bar, chord: tuple[int, ...], strength: float) -> None:
        material, flavour = self._material, self._flavour
        assert self._voicing is not None
        arp = arp_bar(material.arp, [pitch + 12 for pitch in self._voicing[:4]], material.order)
        thin = bar.kind == "intro" or (bar.kind == "rest" and self._energy < 0.6)
        if "arp" in self._parts and (
            bar.kind != "drop" or self._energy > 0.45 or bar.at >= 4 or flavour.style == "minimal"
        ):
            self._play("arp", bar, arp[::2] if thin else arp, strength * (0.8 if bar.kind == "drop" else 1.0))
        if bar.kind == "drop" or (bar.kind == "rest" and bar.of > 1) or (bar.kind == "intro" and not flavour.lifts):
            motif = material.motifs[(0, 1, 0, 2)[bar.at % 4]]
            higher = 12 if bar.drop > 1 and bar.kind == "drop" and material.home < 74 else 0
            tones = melody_bar(
                motif, chord, material.key, material.home + higher, pentatonic=flavour.pentatonic, close=bar.at % 4 == 3
            )
            if bar.kind != "drop":
                tones = tones[::2]
            self._play("lead", bar, tones, strength)

    def _drums(self, bar: Bar, strength: float) -> None:
        material, flavour, energy = self._material, self._flavour, self._energy
        strokes: list[Stroke] = []
        calm = not flavour.lifts
        if bar.kind == "drop" or (calm and (bar.kind != "intro" or bar.at >= bar.of // 2)):
            kick = material.kicks[1 if bar.at % 4 == 3 or (bar.drop > 1 and energy > 0.7) else 0]
            strokes += drum_bar("kick", vary(kick, self._rng))
            strokes += drum_bar("snare", material.snare)
            strokes += drum_bar("hat", vary(material.hats[bar.drop % 2 if energy > 0.3 else 0], self._rng))
            if energy > 0.5 or bar.at >= 4:
                strokes += drum_bar("perc", material.perc)
            if energy > 0.6 and bar.drop > 0 and flavour.kit not in ("epic", "lofi"):
                strokes += [(step, "open", 0.6) for step in (2, 6, 10, 14)][bar.drop % 2 :: 2]
            if bar.last or bar.at % 4 == 3:
                cut = 8 if bar.last and energy > 0.6 and not calm else 4
                strokes = [stroke for stroke in strokes if stroke[0] < 16 - cut or stroke[1] in ("hat", "kick")]
                strokes += fill(self._rng, steps=cut)
        elif bar.kind == "build":
            strokes += roll(bar.at, bar.of)
            strokes += [(step, "kick", 0.8) for step in (0, 4, 8, 12)[: 3 if bar.last else 4]]
            strokes += drum_bar("hat", material.hats[0])
            strokes = [stroke for stroke in strokes if not (bar.last and stroke[0] >= 12)]
        else:
            if bar.first or energy > 0.6:
                strokes += [(0, "kick", 0.9)]
            if bar.at >= bar.of // 2 or energy > 0.6:
                strokes += drum_bar("hat", material.hats[0])
        self._beat(bar, strokes, strength)

    def _lift(self, bar: Bar) -> None:
        """Crashes and impacts where sections begin, a swell before."""
        if bar.first and bar.kind in ("drop", "rest", "intro"):
            strong = 1.0 if bar.kind == "drop" else 0.6
            self._mark(bar.index * self._form.bar_s, impact=strong, crash=strong if bar.index else 0.5)
        elif bar.kind == "drop" and bar.at % 4 == 0:
            self._mark(bar.index * self._form.bar_s, impact=0.0, crash=0.6)

    def ending(self) -> None:
        """One hit of everything on the last downbeat, ringing to the end of the montage."""
        end_s, form = self._form.end_s, self._form
        after = Bar(len(form.bars), "end", 0, 1, 0)
        steps = max((form.duration_s - end_s) / form.bar_s * 16, 1.0)
        chord = self._material.key.chord(0, size=3)
        voicing = led(chord, self._voicing, 62)
        hold = min(steps * 0.7, 16.0)
        for bus in ("chord", "pad"):
            self._play(bus, after, [(0, hold, pitch, 1.0) for pitch in voicing], 1.0)
        self._play("bass", after, [(0, hold, 28 + (chord[0] - 28) % 12, 1.0)], 1.0)
        self._play(
            "lead", after, [(0, hold, self._material.key.nearest(self._material.home, among=chord[:1]), 0.9)], 1.0
        )
        self._beat(after, [(0, "kick", 1.0), (0, "snare", 0.7)], 1.0)
        soft = 1.0 if self._flavour.lifts else 0.35
        self._mark(end_s, impact=soft, crash=soft)

    def accents(self, hits_s: Sequence[float]) -> None:
        """A crash and an impact on each strong moment that no section already marks."""
        step_s = self._form.bar_s / 16
        for hit_s in sorted(hits_s):
            near = round(hit_s / step_s) * step_s
            at_s = near if abs(near - hit_s) <= 0.03 else hit_s
            if not 0 <= at_s < self._form.end_s or any(abs(at_s - mark) < 0.4 for mark in self._marks_s):
                continue
            soft = 0.75 if self._flavour.lifts else 0.3
            self._mark(at_s, impact=soft, crash=soft)

    def _mark(self, at_s: float, *, impact: float, crash: float) -> None:
        self._marks_s.append(at_s)
        for drum, strength in (("impact", impact), ("crash", crash)):
            if strength > 0:
                self._add("fx", at_s, at_s + 1.0, DRUM_PITCHES[drum], strength)
        if crash > 0.7 and at_s > 1.2:
            self._add("fx", at_s - 1.2, at_s, DRUM_PITCHES["swell"], 0.5 * crash)

    def _play(self, bus: str, bar: Bar, tones: Sequence[Tone], strength: float) -> None:
        gap = 12.0 if bar.kind == "build" and bar.last and self._flavour.lifts else 16.0
        for start, end, pitch, accent in tones:
            if start >= gap and bar.kind != "end":
                continue
            stop = end if bar.kind == "end" or bus == "pad" else min(end, gap)
            self._add(bus, self._at(bar, start), self._at(bar, stop), pitch, strength * accent)

    def _beat(self, bar: Bar, strokes: Sequence[Stroke], strength: float) -> None:
        for step, drum, accent in strokes:
            at_s = self._at(bar, step)
            self._add("drum", at_s, at_s + 0.1, DRUM_PITCHES[drum], strength * accent)

    def _at(self, bar: Bar, step: float) -> float:
        swing = self._flavour.swing if step % 2 == 1 else 0.0
        return (bar.index + (step + swing) / 16) * self._form.bar_s

    def _add(self, bus: str, start_s: float, end_s: float, pitch: int, strength: float) -> None:
        velocity = int(np.clip(round(118 * strength), 1, 127))
        self._parts[bus].notes.append(
            self._note(velocity, int(pitch), float(start_s), float(max(end_s, start_s + 0.02)))
        )
