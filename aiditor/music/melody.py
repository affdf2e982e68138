"""The tune that a piece follows, as MusicGen's melody model hears it: which of the twelve tones is strongest when."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aiditor.errors import BadInput
from aiditor.media.read import read_audio

__all__ = ["CHROMA_HOP", "MELODY_RATE_HZ", "chroma", "read_melody", "turned"]

MELODY_RATE_HZ = 32_000
CHROMA_HOP = 4_096
_FFT = 16_384
_LONGEST_S = 300.0


def read_melody(path: str) -> np.ndarray:
    """Up to five minutes of the track's sound: float32 [N] at 32 kHz. Raises BadInput where there is none."""
    name = Path(path).name
    if not Path(path).is_file():
        raise BadInput(f"the melody {name} does not exist", remedy="check its path", file=path)
    sound = read_audio(path, rate_hz=MELODY_RATE_HZ, channels=1, start_s=0.0, end_s=_LONGEST_S)[0]
    if sound.size < MELODY_RATE_HZ:
        raise BadInput(f"the melody {name} is shorter than a second", remedy="choose a longer track", file=path)
    if float(np.abs(sound).max()) < 1e-4:
        raise BadInput(f"the melody {name} is silent", remedy="choose another track", file=path)
    return sound


def chroma(sound: np.ndarray) -> np.ndarray:
    """The strongest pitch class of each 128 ms, as ones among zeros: float32 [N] at 32 kHz to float32 [T, 12].

    What MusicGen was trained on (J. Copet et al., 2023, section 2.3); its own extractor needs torchaudio for it.
    """
    import librosa
    from transformers.audio_utils import chroma_filter_bank

    padded = np.pad(sound, (0, max(_FFT - sound.size, 0)))
    power = np.abs(librosa.stft(padded, n_fft=_FFT, hop_length=CHROMA_HOP, pad_mode="reflect")) ** 2
    filters = chroma_filter_bank(num_frequency_bins=_FFT, num_chroma=12, sampling_rate=MELODY_RATE_HZ, tuning=0)
    strongest = (filters @ power).argmax(axis=0)
    return np.eye(12, dtype=np.float32)[strongest]


def turned(tune: np.ndarray, at_s: float) -> np.ndarray:
    """The tune [T, 12] as it goes on from `at_s`, from its beginning again where it is over."""
    return np.roll(tune, -(round(at_s * MELODY_RATE_HZ / CHROMA_HOP) % len(tune)), axis=0)
