"""Beats and bars of a recording.

Beats come from librosa's dynamic programming (D. Ellis, "Beat Tracking by Dynamic Programming", 2007). Music made
to a click is then laid on the straight line through them, which also carries the grid over intros and breaks. The
bar's phase is the one whose first beats hold the most low-frequency onset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["ANALYSIS_RATE_HZ", "Beats", "track_beats"]

ANALYSIS_RATE_HZ = 22_050
_HOP = 256
_SLOWEST_BPM = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """Where the beats of a track fall, in seconds of the file."""

    tempo_bpm: float
    beats_s: np.ndarray
    """float64 [B], increasing."""
    phase: int
    """Which of the first four beats begins a bar."""

    @property
    def downbeats_s(self) -> np.ndarray:
        return self.beats_s[self.phase :: 4]


def track_beats(sound: np.ndarray) -> Beats:
    """Beats of `sound`, float32 [N] at 22 050 Hz. Without a pulse, an even grid of 120 beats a minute."""
    import librosa

    length_s = sound.size / ANALYSIS_RATE_HZ
    mel = librosa.feature.melspectrogram(
        y=sound, sr=ANALYSIS_RATE_HZ, n_fft=1024, hop_length=_HOP, n_mels=64, fmax=10_000
    )
    level_db = 10 * np.log10(mel + 1e-6 * max(float(mel.max()), 1e-9))
    rise = np.maximum(np.diff(level_db, axis=1, prepend=level_db[:, :1]), 0)
    onset = rise.mean(axis=0)
    # One edge lights up a few frames; a pulse lights up many.
    if onset.size < 16 or float(np.sort(onset)[-8]) < 0.5:
        return _even(120.0, 0.0, length_s)
    tempo = _tempo_bpm(onset)
    _, frames = librosa.beat.beat_track(
        onset_envelope=onset, sr=ANALYSIS_RATE_HZ, hop_length=_HOP, bpm=tempo, trim=False
    )
    found_s = np.asarray(frames) * _HOP / ANALYSIS_RATE_HZ
    if found_s.size < 4:
        return _even(tempo, 0.0, length_s)
    low = rise[: mel.shape[0] // 5].mean(axis=0) + 0.3 * onset
    kick = np.maximum(np.diff(np.sqrt(mel[:6].sum(axis=0)), prepend=0.0), 0)
    drums = np.maximum(np.diff(np.sqrt(mel[:44].sum(axis=0)), prepend=0.0), 0)
    beats_s = _not_doubled(_on_the_kick(_straight(found_s, length_s), kick), drums)
    beats_s = beats_s + _shift_s(sound, beats_s)
    beats_s = beats_s[(beats_s >= 0) & (beats_s <= length_s)]
    return Beats(float(60.0 / np.median(np.diff(beats_s))), beats_s, _phase(low, beats_s))


def _tempo_bpm(onset: np.ndarray) -> float:
    """The tempo whose beat, half, quarter and pair of beats all show in the onsets' spectrum.

    Asking for the subdivisions too keeps syncopated music from being heard at two thirds of its tempo. Tempi near
    125 are preferred, as by listeners (D. Moelants, "Preferred Tempo Reconsidered", 2002).
    """
    size = 1 << int(np.ceil(np.log2(onset.size * 8)))
    spectrum = np.abs(np.fft.rfft((onset - onset.mean()) * np.hanning(onset.size), size))
    bpm = np.arange(62.0, 186.0, 0.05)
    bins = bpm / 60.0 * size / (ANALYSIS_RATE_HZ / _HOP)
    score = np.zeros_like(bpm)
    for multiple, weight in ((0.5, 0.5), (1.0, 1.0), (2.0, 1.0), (4.0, 0.8)):
        score += weight * np.interp(bins * multiple, np.arange(spectrum.size), spectrum)
    return float(bpm[np.argmax(score * np.exp(-0.5 * (np.log2(bpm / 125.0) / 0.7) ** 2))])


def _even(tempo_bpm: float, start_s: float, length_s: float) -> Beats:
    return Beats(tempo_bpm, np.arange(start_s, length_s, 60.0 / tempo_bpm), 0)


def _straight(found_s: np.ndarray, length_s: float) -> np.ndarray:
    """The line through the beats where they lie on one, over the whole track; else the beats as found."""
    index = np.arange(found_s.size)
    step_s = float(np.median(np.diff(found_s)))
    # Beats may have been skipped or added: number them by their distance.
    index = np.concatenate([[0], np.cumsum(np.maximum(np.round(np.diff(found_s) / step_s), 1))])
    keep = np.ones(found_s.size, bool)
    slope, first = step_s, float(found_s[0])
    for _ in range(4):
        slope, first = np.polyfit(index[keep], found_s[keep], 1)
        off_s = np.abs(found_s - (first + slope * index))
        keep = off_s < max(0.03, 1.5 * float(np.median(off_s)))
        if keep.sum() < 4:
            return found_s
    if keep.mean() < 0.7 or float(np.median(np.abs(found_s - (first + slope * index)))) > 0.02:
        return found_s
    start = first - np.floor(first / slope) * slope
    return np.asarray(np.arange(start, length_s, slope))


def _shift_s(sound: np.ndarray, beats_s: np.ndarray) -> float:
    """How far the beats lie from the attacks they stand for: the lag, within 40 ms, where energy rises most."""
    size = 64
    count = sound.size // size
    power = np.sqrt(np.mean(sound[: count * size].reshape(count, size) ** 2, axis=1))
    smooth = np.convolve(power, np.ones(4) / 4, "same")
    rise = np.maximum(np.diff(smooth, prepend=smooth[:1]), 0)
    lags = np.arange(-14, 15)
    at = np.round(beats_s * ANALYSIS_RATE_HZ / size).astype(int)
    places = np.clip(at[:, None] + lags, 0, count - 1)
    strength = rise[places].sum(axis=0)
    if strength.max() <= 0:
        return 0.0
    return float(lags[int(np.argmax(strength))] * size / ANALYSIS_RATE_HZ)


def _on_the_kick(beats_s: np.ndarray, kick: np.ndarray) -> np.ndarray:
    """The beats, or the places half-way between them where the kick is clearly stronger there."""
    half_s = 0.5 * float(np.median(np.diff(beats_s)))
    on, off = _around(kick, beats_s).mean(), _around(kick, beats_s + half_s).mean()
    return beats_s + half_s if off > 1.5 * on else beats_s


def _not_doubled(beats_s: np.ndarray, drums: np.ndarray) -> np.ndarray:
    """Every other beat, where the tempo is fast and those between hold no drum under 4 kHz: only hats, if anything."""
    if beats_s.size < 16 or 60.0 / float(np.median(np.diff(beats_s))) < 2 * _SLOWEST_BPM:
        return beats_s
    strength = _around(drums, beats_s)
    even, odd = float(np.median(strength[::2])), float(np.median(strength[1::2]))
    if min(even, odd) > 0.15 * max(even, odd):
        return beats_s
    return beats_s[::2] if even > odd else beats_s[1::2]


def _around(curve: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """The highest value of `curve` within two hops of each time."""
    at = np.round(times_s * ANALYSIS_RATE_HZ / _HOP).astype(int)
    return np.stack([curve[np.clip(at + k, 0, curve.size - 1)] for k in (-2, -1, 0, 1, 2)]).max(axis=0)


def _phase(low: np.ndarray, beats_s: np.ndarray) -> int:
    around = _around(low, beats_s)
    return int(np.argmax([around[phase::4].mean() if around[phase::4].size else 0.0 for phase in range(4)]))
