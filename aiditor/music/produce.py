"""From a score to sound: each bus played, balanced and shaped, then mixed and mastered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from aiditor.music.character import CHARACTERS
from aiditor.music.flavours import Flavour
from aiditor.music.form import Form
from aiditor.music.groove import DRUM_PITCHES
from aiditor.music.kit import build_kit, riser
from aiditor.music.master import balanced, loud_rms, mastered, shaped
from aiditor.music.soundfont import play_soundfont
from aiditor.music.voices import RATE_HZ, play_note
from aiditor.progress import Progress, silent

if TYPE_CHECKING:
    from pretty_midi import Instrument, Note, PrettyMIDI

__all__ = ["produce"]

_LEVEL_DB = {"drum": -13.0, "bass": -17.0, "chord": -22.0, "pad": -26.5, "lead": -22.0, "arp": -25.5, "fx": -24.0}
"""Loud stretches of each bus, RMS re full scale, before mastering."""
_LOW_CUT_HZ = {"drum": 30.0, "bass": 32.0, "chord": 170.0, "pad": 220.0, "lead": 260.0, "arp": 320.0, "fx": 30.0}
_SEND = {"drum": 0.06, "bass": 0.0, "chord": 0.22, "pad": 0.35, "lead": 0.3, "arp": 0.35, "fx": 0.3}
"""Share of each bus that goes to the reverb."""
_OPEN = {"intro": (0.5, 0.8), "build": (0.65, 1.0), "drop": (1.0, 1.0), "rest": (0.6, 0.85)}
"""How bright the pitched buses are at the start and end of a section, as a share."""


def produce(
    score: PrettyMIDI, form: Form, flavour: Flavour, *, energy: float, seed: int, progress: Progress = silent
) -> np.ndarray:
    """The finished piece as float32 [2, round(duration_s * 48000)], true peak under -1 dBTP."""
    length = round(form.duration_s * RATE_HZ)
    kit = build_kit(flavour.kit, np.random.default_rng([seed, 11]))
    kicks_s = [note.start for part in score.instruments if part.is_drum for note in part.notes if note.pitch == 36]
    pump = _pump(kicks_s, length, depth=flavour.pump * (0.5 + 0.7 * energy), release_s=form.bar_s / 12)
    openness = _openness(form, length)
    mix = np.zeros((2, length), np.float32)
    send = np.zeros((2, length), np.float32)
    extra = dict(flavour.levels_db)
    for number, part in enumerate(score.instruments):
        bus, voice = part.name.split("/")
        progress(0.8 * number / len(score.instruments), f"playing the {bus} part")
        if not part.notes:
            continue
        wave = _drums(part.notes, kit, length) if part.is_drum else _pitched(part, voice, length, seed)
        if bus == "fx" and flavour.lifts:
            _add_risers(wave, form, np.random.default_rng([seed, 12]))
        wave = _shape(wave, bus, flavour, energy, openness, _LEVEL_DB[bus] + extra.get(bus, 0.0))
        if bus == "lead":
            wave += _echo(wave, form.bar_s * 3 / 16)
        if bus not in ("drum", "fx"):
            wave *= pump
        mix += wave
        send += wave * np.float32(_SEND[bus])
    progress(0.82, "adding the room")
    mix += _reverb(send, flavour.reverb_s, np.random.default_rng([seed, 13]))
    if flavour.dust:
        mix += _crackle(length, flavour.dust, np.random.default_rng([seed, 14]))
    progress(0.9, "mastering")
    character = CHARACTERS[flavour.style]
    return mastered(shaped(balanced(mix, character, bright=flavour.bright), form, character), form)


# --- playing ----------------------------------------------------------------------------------------


def _pitched(part: Instrument, voice: str, length: int, seed: int) -> np.ndarray:
    if voice.startswith("gm:"):
        return play_soundfont(int(voice[3:]), part.notes, length)
    wave = np.zeros((2, length), np.float32)
    played: dict[tuple[int, int], np.ndarray] = {}
    for note in part.notes:
        kind = (note.pitch, round((note.end - note.start) * 1000))
        if kind not in played:
            played[kind] = play_note(voice, note.pitch, kind[1] / 1000, seed)
        _lay(wave, played[kind], note)
    return wave


def _drums(notes: Sequence[Note], kit: dict[str, np.ndarray], length: int) -> np.ndarray:
    wave = np.zeros((2, length), np.float32)
    balance = {
        "kick": 1.0,
        "snare": 0.8,
        "hat": 0.28,
        "open": 0.24,
        "perc": 0.35,
        "crash": 0.45,
        "impact": 0.9,
        "swell": 0.3,
    }
    drum_of = {pitch: drum for drum, pitch in DRUM_PITCHES.items()}
    sides = {"hat": (0.85, 1.1), "open": (1.1, 0.8), "perc": (1.15, 0.75)}
    for note in notes:
        drum = drum_of[note.pitch]
        left, right = sides.get(drum, (1.0, 1.0))
        stroke = kit[drum] * np.array([[left], [right]], np.float32) * np.float32(balance[drum])
        _lay(wave, stroke, note)
    return wave


def _lay(wave: np.ndarray, sound: np.ndarray, note: Note) -> None:
    """Add a sound from the sample its note starts on, as loud as its velocity says."""
    start = round(note.start * RATE_HZ)
    count = min(sound.shape[1], wave.shape[1] - start)
    if count > 0:
        wave[:, start : start + count] += sound[:, :count] * np.float32((note.velocity / 118) ** 1.5)


def _add_risers(wave: np.ndarray, form: Form, rng: np.random.Generator) -> None:
    """A riser over each build, ending where its drop begins."""
    for bar in form.bars:
        if bar.kind != "build" or not bar.last:
            continue
        bars = min(bar.of, 4)
        sound = riser(bars * form.bar_s, rng) * np.float32(0.5)
        end = round((bar.start + bar.beats) * form.beat_s * RATE_HZ)
        count = min(sound.shape[1], end)
        wave[:, end - count : end] += sound[:, sound.shape[1] - count :]


# --- shaping ----------------------------------------------------------------------------------------


def _shape(
    wave: np.ndarray, bus: str, flavour: Flavour, energy: float, openness: np.ndarray, level_db: float
) -> np.ndarray:
    cut = signal.butter(2, _LOW_CUT_HZ[bus], "highpass", fs=RATE_HZ, output="sos").astype(np.float32)
    wave = signal.sosfilt(cut, wave, axis=1).astype(np.float32)
    wave *= np.float32(10 ** (level_db / 20) / max(loud_rms(wave), 1e-6))
    if bus in ("drum", "bass", "chord"):
        hot = np.float32(1 + 3.0 * flavour.drive * (0.4 + energy))
        wave = np.tanh(wave * hot) / hot ** np.float32(0.75)
    if bus not in ("drum", "fx", "bass"):
        top_hz = 2_000 + 14_000 * flavour.bright * (0.6 + 0.4 * energy)
        wave = _low_pass(wave, top_hz)
        dark = _low_pass(wave, 500 + 700 * energy)
        wave = dark + (wave - dark) * openness
    if bus in ("chord", "pad", "arp", "lead"):
        wave = _wider(wave, CHARACTERS[flavour.style].width)
    return wave


def _low_pass(wave: np.ndarray, hz: float) -> np.ndarray:
    low = signal.butter(2, min(hz, 0.45 * RATE_HZ), fs=RATE_HZ, output="sos").astype(np.float32)
    return np.asarray(signal.sosfilt(low, wave, axis=1), np.float32)


def _wider(wave: np.ndarray, by: float) -> np.ndarray:
    middle = wave.mean(axis=0, keepdims=True)
    return middle + (wave - middle) * np.float32(by)


def _pump(kicks_s: Sequence[float], length: int, *, depth: float, release_s: float) -> np.ndarray:
    """Gain float32 [length] that dips by `depth` on each kick and comes back over about `release_s`."""
    gain = np.ones(length, np.float32)
    if depth <= 0:
        return gain
    dip_s = np.arange(int(4 * release_s * RATE_HZ)) / RATE_HZ
    dip = 1 - min(depth, 0.9) * np.minimum(dip_s / 0.004, 1.0) * np.exp(-((dip_s / (1.6 * release_s)) ** 2))
    for kick_s in kicks_s:
        start = round(kick_s * RATE_HZ)
        count = min(dip.size, length - start)
        if count > 0:
            np.minimum(gain[start : start + count], dip[:count], out=gain[start : start + count])
    return gain


def _openness(form: Form, length: int) -> np.ndarray:
    points_s, values = [0.0], [_OPEN[form.bars[0].kind][0] if form.bars else 1.0]
    for bar in form.bars:
        low, high = _OPEN[bar.kind]
        points_s += [bar.start * form.beat_s, (bar.start + bar.beats) * form.beat_s - 1e-3]
        values += [low + (high - low) * bar.at / bar.of, low + (high - low) * (bar.at + 1) / bar.of]
    points_s += [form.end_s, form.duration_s]
    values += [1.0, 0.8]
    return np.interp(np.arange(length) / RATE_HZ, points_s, values).astype(np.float32)


def _echo(wave: np.ndarray, delay_s: float) -> np.ndarray:
    """Two softer repeats, the first from the other side."""
    out = np.zeros_like(wave)
    dark = _low_pass(wave, 3_500)
    for turn, gain in ((1, 0.28), (2, 0.14)):
        late = round(turn * delay_s * RATE_HZ)
        if late < wave.shape[1]:
            out[:, late:] += (dark[::-1] if turn == 1 else dark)[:, : wave.shape[1] - late] * np.float32(gain)
    return out


def _reverb(send: np.ndarray, length_s: float, rng: np.random.Generator) -> np.ndarray:
    """A room of decaying noise, the highs dying first (cf. J. A. Moorer, "About This Reverberation Business")."""
    count = int(length_s * 1.2 * RATE_HZ)
    t = np.arange(count) / RATE_HZ
    noise = rng.standard_normal((2, count))
    room = np.zeros((2, count))
    for low_hz, high_hz, share in ((180, 900, 1.0), (900, 3500, 0.8), (3500, 10_000, 0.45)):
        band = signal.butter(1, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos")
        room += signal.sosfilt(band, noise, axis=1) * np.exp(-6.9 * t / (length_s * share))
    early = int(0.018 * RATE_HZ)
    room = np.pad(room, ((0, 0), (early, 0)))[:, :count]
    room *= 2.0 / np.sqrt((room**2).sum(axis=1, keepdims=True))
    wet = signal.oaconvolve(send, room.astype(np.float32), axes=1)[:, : send.shape[1]]
    return np.asarray(wet, np.float32)


def _crackle(length: int, level: float, rng: np.random.Generator) -> np.ndarray:
    """Vinyl: sparse clicks and a whisper of hiss."""
    out = rng.standard_normal((2, length)).astype(np.float32) * np.float32(0.0012)
    clicks = rng.integers(0, length, max(int(length / RATE_HZ * 9), 1))
    out[rng.integers(0, 2, clicks.size), clicks] += rng.normal(0, 0.12, clicks.size).astype(np.float32)
    band = signal.butter(1, (400, 6_000), "bandpass", fs=RATE_HZ, output="sos").astype(np.float32)
    return np.asarray(signal.sosfilt(band, out, axis=1), np.float32) * np.float32(level)
