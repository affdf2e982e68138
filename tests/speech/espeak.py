"""Speech whose every word's time is known: espeak-ng's library says, to the sample, where it begins each word.

Debian's package espeak-ng brings the library. Nothing is started: it speaks into memory, in this process.
What it says follows a little from what it said before: the same calls in the same order give the same samples.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

RATE_HZ = 22_050
VOICES = (
    *("en-US", "en-US+f1", "en-US+m7", "en-US+klatt", "en-US+klatt4", "en-US-nyc", "en-US-nyc+belinda", "en"),
    *("en+steph", "en+klatt", "en-GB-x-rp", "en-GB-x-rp+m3", "en-GB-scotland", "en-GB-x-gbcwmd+m5", "en-029+f1"),
)
"""None with an echo, which would outlast its word."""

_SYNCHRONOUS, _UTF8, _CHARACTERS, _RATE_PARAMETER, _PITCH_PARAMETER = 2, 1, 1, 1, 3
_LIST_ENDS, _WORD, _SENTENCE_ENDS = 0, 1, 5


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_longlong),
    )


_Heard = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class Spoken:
    """A sentence aloud."""

    samples: np.ndarray
    """float32 [N] at RATE_HZ, RMS 0.1."""
    times: tuple[tuple[float, float], ...]
    """(start, end) of each word in seconds; a word ends where the next one begins."""


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libespeak-ng.so.1")
    except OSError as error:
        raise RuntimeError("espeak-ng is not installed: run `make test`, or apt-get install espeak-ng") from error
    assert library.espeak_Initialize(_SYNCHRONOUS, 500, None, 0) == RATE_HZ
    return library


def speak(words: Sequence[str], voice: str = "en-US", *, words_per_minute: int = 175, pitch: int = 50) -> Spoken:
    """`words`, ASCII and without pauses between them, in one of VOICES (or another that espeak-ng knows).

    A word that espeak runs into the one before ("of a") gets its share of their time.
    """
    text = " ".join(words)
    assert text.isascii()
    library = _library()
    assert library.espeak_SetVoiceByName(voice.encode()) == 0, voice
    library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)
    library.espeak_SetParameter(_PITCH_PARAMETER, pitch, 0)
    blocks: list[np.ndarray] = []
    begun: list[tuple[int, int]] = []
    ends: list[int] = []

    def heard(wave: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if wave and count:
            blocks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        number = 0
        while events[number].type != _LIST_ENDS:
            event = events[number]
            if event.type == _WORD:
                begun.append((event.text_position - 1, event.sample))
            elif event.type == _SENTENCE_ENDS:
                ends.append(event.sample)
            number += 1
        return 0

    callback = _Heard(heard)
    library.espeak_SetSynthCallback(callback)
    data = text.encode()
    assert library.espeak_Synth(data, len(data) + 1, 0, _CHARACTERS, 0, _UTF8, None, None) == 0
    samples = np.concatenate(blocks).astype(np.float32) / 32768
    samples *= np.float32(0.1 / np.sqrt(np.mean(samples**2)))
    return Spoken(samples, _times(text, begun, max(ends, default=samples.size)))


def _times(text: str, begun: Sequence[tuple[int, int]], end: int) -> tuple[tuple[float, float], ...]:
    """From (character, sample) where words begin to (start, end) of each word, in seconds."""
    stops = [match.end() for match in re.finditer(r"\S+", text)]
    starts: dict[int, int] = {}
    for character, sample in begun:
        word = sum(stop <= character for stop in stops)
        starts.setdefault(word, sample)
    known = [*sorted(starts), len(stops)]
    places = np.interp(np.arange(len(stops) + 1), known, [*(starts[word] for word in known[:-1]), end]) / RATE_HZ
    return tuple(zip(places[:-1].tolist(), places[1:].tolist(), strict=True))
