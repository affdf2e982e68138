"""Acoustic instruments: General MIDI notes played from a soundfont.

The soundfont is TimGM6mb by Tim Brechbill, installed with `pretty_midi` and not distributed by AIditor. It is
published under the GNU General Public License, version 2, without an exception for what is played with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aiditor.errors import MissingPart
from aiditor.music.voices import RATE_HZ

if TYPE_CHECKING:
    from pretty_midi import Note

__all__ = ["onset_delay_s", "play_soundfont", "soundfont_path"]


def soundfont_path() -> Path:
    """Where the soundfont lies. Raises MissingPart when `pretty_midi` or its soundfont is not installed."""
    spec = find_spec("pretty_midi")
    path = Path(spec.origin).with_name("TimGM6mb.sf2") if spec and spec.origin else None
    if path is None or not path.exists():
        raise MissingPart("the composer's instruments are not installed", remedy="pip install pretty_midi")
    return path


def play_soundfont(program: int, notes: Sequence[Note], length: int, *, early_s: float | None = None) -> np.ndarray:
    """One instrument's notes as float32 [2, length] at 48 kHz.

    Slow attacks are started `early_s` early (by default as measured by `onset_delay_s`), so that they are
    heard on the beat; notes on the first beat start with the file.
    """
    synth = _synth(program)
    early_s = onset_delay_s(program) if early_s is None else early_s
    events = []
    for note in notes:
        start = max(round((note.start - early_s) * RATE_HZ), 0)
        end = max(round(note.end * RATE_HZ), start + 1)
        events += [(start, 1, note.pitch, note.velocity), (end, 0, note.pitch, 0)]
    out = np.zeros((length, 2), np.float32)
    at = 0
    for when, on, pitch, velocity in sorted(events):
        if when >= length:
            break
        if when > at:
            out[at:when] = np.frombuffer(synth.generate_simple(when - at), np.float32).reshape(-1, 2)
            at = when
        if on:
            synth.noteon(0, pitch, velocity)
        else:
            synth.noteoff(0, pitch)
    if at < length:
        out[at:] = np.frombuffer(synth.generate_simple(length - at), np.float32).reshape(-1, 2)
    return np.ascontiguousarray(out.T)


@lru_cache(maxsize=128)
def onset_delay_s(program: int) -> float:
    """How long a short loud note takes to reach a third of its peak, at most 60 ms."""
    synth = _synth(program)
    synth.noteon(0, 60, 110)
    wave = np.abs(np.frombuffer(synth.generate_simple(RATE_HZ // 2), np.float32)).reshape(-1, 2).max(axis=1)
    if wave.max() <= 0:
        return 0.0
    return min(float(np.argmax(wave > wave.max() / 3)) / RATE_HZ, 0.06)


def _synth(program: int):  # type: ignore[no-untyped-def]  # tinysoundfont has no types
    try:
        import tinysoundfont
    except ImportError as error:
        raise MissingPart(
            "the composer's synthesiser is not installed", remedy="pip install --no-deps tinysoundfont"
        ) from error
    synth = tinysoundfont.Synth(samplerate=RATE_HZ)
    synth.program_select(0, synth.sfload(str(soundfont_path()), gain=0.0, max_voices=64), 0, program)
    return synth
