"""From a form to a score: who plays what in which bar, as a `pretty_midi.PrettyMIDI`.

Each instrument of the score is named "bus/voice"; drums are General MIDI percussion. It is a whole MIDI file:
`score.write("piece.mid")` gives it to any sequencer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from aiditor.music.character import CHARACTERS
from aiditor.music.flavours import Flavour
from aiditor.music.form import Bar, Form
from aiditor.music.groove import DRUM_PITCHES, Stroke, drum_bar, fill, roll, vary
from aiditor.music.material import Material
from aiditor.music.theory import led
from aiditor.music.tune import Tone, arp_bar, bass_bar, chord_bar, melody_bar

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

__all__ = ["write_score"]

_HELD = "x" + "-" * 15
_CADENCE = {"phrygian": 1, "minor": 6, "dorian": 6, "mixolydian": 6}
"""The degree before the last: the fifth, or in modes without a leading note what stands for it."""


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
        self._form, self._flavour, self._material, self._rng = form, flavour, material, rng
        self._character = CHARACTERS[flavour.style]
        self._asked = self._energy = energy
        self._voicing: tuple[int, ...] | None = None
        self._marks_s: list[float] = []

    def bar(self, bar: Bar) -> None:
        # The montage's own strength moves the arrangement around what was asked for.
        self._energy = float(np.clip(self._asked + 0.4 * (bar.intensity - 0.5), 0, 1))
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
        if bar.index == len(self._form.bars) - 1 and bar.index:
            degree = _CADENCE.get(material.key.mode, 4)
        return material.key.chord(degree, size=flavour.chord_size)

    def _gap(self, bar: Bar) -> int:
        """Steps of silence at the end of a bar: the breath before a drop."""
        if bar.kind != "build" or not bar.last or self._character.lead_in == "swell":
            return 0
        return 4 if bar.steps >= 12 else 2

    def _harmony(self, bar: Bar, chord: tuple[int, ...], strength: float) -> None:
        material, dense = self._material, self._energy > 0.35
        assert self._voicing is not None
        pattern = material.chords[bar.drop % 2 if bar.at % 4 != 3 else (bar.drop + 1) % 2]
        if bar.kind in ("intro", "rest") and not (bar.kind == "intro" and bar.at >= 2 and dense):
            pattern = _HELD
        elif bar.kind == "drop" and bar.first and pattern[0] == ".":
            pattern = "x" + pattern[1:]
        if bar.kind != "intro" or self._flavour.chord_size == 4 or bar.at > 0:
            self._play("chord", bar, chord_bar(pattern, self._voicing), strength)
        self._play("pad", bar, chord_bar(_HELD, [*self._voicing, self._voicing[0] + 12], short=1.0), strength)
        if bar.kind == "drop" or (bar.kind == "build" and bar.at >= bar.of // 2) or not self._flavour.lifts:
            bass = material.basses[0 if bar.at % 4 < 3 else 1] if bar.kind == "drop" else material.basses[0]
            if bar.kind == "drop" and bar.first and bass[0] == ".":
                bass = "x" + bass[1:]
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
        calm = not self._flavour.lifts
        if bar.kind == "drop" or (calm and (bar.kind != "intro" or bar.at >= bar.of // 2)):
            strokes = self._beating(bar, calm=calm)
        elif bar.kind == "build":
            strokes = self._building(bar)
        else:
            strokes = []
            if bar.first or self._energy > 0.6:
                strokes += [(0, "kick", 0.9)]
            if bar.at >= bar.of // 2 or self._energy > 0.6:
                strokes += drum_bar("hat", self._material.hats[0])
        self._beat(bar, strokes, strength)

    def _beating(self, bar: Bar, *, calm: bool) -> list[Stroke]:
        """The full pattern, with a fill at the end of every four bars and of the section."""
        material, flavour, energy = self._material, self._flavour, self._energy
        kick = material.kicks[1 if bar.at % 4 == 3 or (bar.drop > 1 and energy > 0.7) else 0]
        strokes = drum_bar("kick", vary(kick, self._rng))
        strokes += drum_bar("snare", material.snare)
        strokes += drum_bar("hat", vary(material.hats[(bar.drop + bar.at // 4) % 2 if energy > 0.3 else 0], self._rng))
        if energy > 0.5 or bar.at >= 4:
            strokes += drum_bar("perc", material.perc)
        if energy > 0.6 and bar.drop > 0 and flavour.kit not in ("epic", "lofi", "soft"):
            strokes += [(step, "open", 0.6) for step in (2, 6, 10, 14)][bar.drop % 2 :: 2]
        if bar.kind == "drop" and bar.first and not any(step == 0 and drum == "kick" for step, drum, _ in strokes):
            strokes.append((0, "kick", 1.0))
        if bar.last or bar.at % 4 == 3:
            cut = 8 if bar.last and energy > 0.6 and not calm else 4
            strokes = [stroke for stroke in strokes if stroke[0] < 16 - cut]
            strokes += fill(flavour.kit, self._rng, steps=cut)
        return strokes

    def _building(self, bar: Bar) -> list[Stroke]:
        """Into a drop: a roll on the kit's own drum, or in calm styles no more than hats and a kick that thins."""
        gap, lead_in = self._gap(bar), self._character.lead_in
        kicks: list[Stroke] = [(step, "kick", 0.8) for step in range(0, bar.steps, 8 if lead_in == "toms" else 4)]
        strokes = kicks[:1] if lead_in == "swell" and bar.last else kicks
        for start in range(0, bar.steps, 16):
            hats = drum_bar("hat", self._material.hats[0])
            strokes += [(start + step, drum, accent) for step, drum, accent in hats if start + step < bar.steps]
        if lead_in != "swell":
            drum = "perc" if lead_in == "toms" else "snare"
            strokes += roll(bar.at, bar.of, drum=drum, steps=bar.steps, gap=gap)
        return [stroke for stroke in strokes if stroke[0] < bar.steps - gap]

    def _lift(self, bar: Bar) -> None:
        """Crashes and impacts where sections begin, a swell before."""
        if bar.first and bar.kind in ("drop", "rest", "intro"):
            strong = 1.0 if bar.kind == "drop" else 0.6
            self._mark(bar.start * self._form.beat_s, impact=strong, crash=strong if bar.index else 0.5)
        elif bar.kind == "drop" and bar.at % 4 == 0:
            self._mark(bar.start * self._form.beat_s, impact=0.0, crash=0.6)

    def ending(self) -> None:
        """One hit of everything on the last downbeat, ringing to the end of the montage."""
        end_s, form = self._form.end_s, self._form
        after = Bar(len(form.bars), "end", 0, 1, 0, round(end_s / form.beat_s))
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
        """Tones of a bar of sixteen steps, begun again in a longer bar, cut off by a shorter one and by the breath."""
        if bar.kind == "end":
            for start, end, pitch, accent in tones:
                self._add(bus, self._at(bar, start), self._at(bar, end), pitch, strength * accent)
            return
        gap = bar.steps if bus == "pad" else bar.steps - self._gap(bar)
        for turn in range(0, bar.steps, 16):
            for start, end, pitch, accent in tones:
                if turn + start < gap:
                    stop = min(turn + end, gap)
                    self._add(bus, self._at(bar, turn + start), self._at(bar, stop), pitch, strength * accent)

    def _beat(self, bar: Bar, strokes: Sequence[Stroke], strength: float) -> None:
        for step, drum, accent in strokes:
            at_s = self._at(bar, step)
            self._add("drum", at_s, at_s + 0.1, DRUM_PITCHES[drum], strength * accent)

    def _at(self, bar: Bar, step: float) -> float:
        swing = self._flavour.swing if step % 2 == 1 else 0.0
        return (bar.start + (step + swing) / 4) * self._form.beat_s

    def _add(self, bus: str, start_s: float, end_s: float, pitch: int, strength: float) -> None:
        velocity = int(np.clip(round(118 * strength), 1, 127))
        self._parts[bus].notes.append(
            self._note(velocity, int(pitch), float(start_s), float(max(end_s, start_s + 0.02)))
        )
