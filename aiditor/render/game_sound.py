"""The game's sound, cut by cut, on one bus as long as the montage.

Slow motion drops in pitch with its speed, as on a turntable: the usual effect, and free of artefacts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from aiditor.media.read import audio_blocks
from aiditor.progress import Progress, silent
from aiditor.render.loudness import RATE_HZ
from aiditor.render.sound_config import SoundConfig
from aiditor.timeline import AudioStream, Cut, Mute, Source, Timeline

__all__ = ["MIXING", "Hide", "lay_game", "mixed_tracks", "silenced"]

Hide = Callable[[np.ndarray, int, int, Sequence[Mute]], np.ndarray]
"""`hide(block, start, rate_hz, mutes)`: `block`, float32 [2, N] from sample `start` of the recording at `rate_hz` on,
with the mutes covered. All samples but those and the fades beside them keep their bits."""

MIXING = ("crossfade", "whip")
"""Transitions under which the cut before sounds on."""
_BLOCK_S = 4.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Samples [start, stop) of the montage that a cut sounds in, and how it comes and goes."""

    cut: Cut
    start: int
    stop: int
    fade_in: int
    fade_out: int
    crossed_in: bool
    crossed_out: bool


def lay_game(
    bus: np.ndarray,
    timeline: Timeline,
    cfg: SoundConfig,
    *,
    microphone: np.ndarray | None = None,
    hide: Hide | None = None,
    progress: Progress = silent,
) -> None:
    """Add every cut's sound to `bus`, float32 [2, N] of zeros, N the montage's length at 48 kHz.

    Microphone tracks go to `microphone`, another bus like it, where one is given.
    A cut is heard from the sample nearest its `at_s`. `hide` covers mutes; without it all is exactly zero inside
    them, whatever their method. A mute of one track leaves the others alone.
    Raises UnreadableMedia when a source has become unreadable.
    """
    hide = hide or partial(silenced, fade_s=cfg.mute_fade_s)
    places = _places(timeline, bus.shape[1], cfg)
    for number, place in enumerate(places):
        source = timeline.source(place.cut.source_id)
        mutes = [mute for mute in timeline.mutes if mute.source_id == source.id]
        for role, start, sound in _cut_sound(place, source, cfg, mutes, hide):
            progress((number + (start - place.start) / max(place.stop - place.start, 1)) / len(places), "laying sound")
            stop = start + sound.shape[1]
            index = np.arange(start, stop)
            aim = bus if role != "microphone" or microphone is None else microphone
            aim[:, start:stop] += sound * _edges(place, index)
    fade = min(round(cfg.end_fade_s * RATE_HZ), bus.shape[1])
    for laid in (bus,) if microphone is None else (bus, microphone):
        if fade:
            laid[:, -fade:] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2


def mixed_tracks(source: Source) -> tuple[AudioStream, ...]:
    """The tracks to hear together: one that holds everything, or else all of them."""
    whole = tuple(stream for stream in source.info.audio if stream.role == "mix")
    return whole[:1] or source.info.audio


def _places(timeline: Timeline, length: int, cfg: SoundConfig) -> list[_Place]:
    starts = [min(round(cut.at_s * RATE_HZ), length) for cut in timeline.cuts]
    places = []
    for number, cut in enumerate(timeline.cuts):
        start = starts[number]
        after = timeline.cuts[number + 1] if number + 1 < len(timeline.cuts) else None
        stop = starts[number + 1] if after else min(round((cut.at_s + cut.duration_s) * RATE_HZ), length)
        run_on = _mixing(after)
        runs_in = number > 0 and _joins(timeline.cuts[number - 1], cut)
        runs_out = after is not None and _joins(cut, after)
        stop = min(stop + run_on, length)
        least = min(round(cfg.cut_fade_s * RATE_HZ), max(stop - start, 0) // 3)
        crossed = min(_mixing(cut), stop - start)
        fade_in = 0 if runs_in else crossed or least
        fade_out = 0 if runs_out else min(run_on, stop - start) or least
        places.append(_Place(cut, start, stop, fade_in, fade_out, bool(crossed), bool(run_on)))
    return [place for place in places if place.stop > place.start]


def _mixing(cut: Cut | None) -> int:
    """Samples over which the cut before sounds on into this one."""
    if cut is None or cut.transition is None or cut.transition.kind not in MIXING:
        return 0
    return round(cut.transition.duration_s * RATE_HZ)


def _joins(before: Cut, after: Cut) -> bool:
    """The second cut carries on where the first ends: no fade, or the sound would dip for nothing."""
    same = before.source_id == after.source_id and abs(before.end_s - after.start_s) < 0.5 / RATE_HZ
    return same and not _mixing(after)


def _cut_sound(
    place: _Place, source: Source, cfg: SoundConfig, mutes: Sequence[Mute], hide: Hide
) -> Iterator[tuple[str, int, np.ndarray]]:
    """(role of the track, first sample, float32 [2, n]) blocks of a cut's tracks, for each of its speeds in turn."""
    streams = mixed_tracks(source)
    for start, stop, source_s, speed in _stretches(place):
        for stream in streams:
            covered = [mute for mute in mutes if _about(mute, stream, streams)]
            extra_db = cfg.microphone_gain_db if stream.role == "microphone" else 0.0
            rate_hz = round(RATE_HZ / speed)
            blocks = audio_blocks(
                source.path,
                track=stream.index,
                rate_hz=rate_hz,
                channels=2,
                start_s=source_s,
                end_s=source_s + (stop - start) / rate_hz,
                clock_start_s=source.info.start_s,
                block_s=_BLOCK_S,
            )
            at, first = start, int(np.floor(source_s * rate_hz))
            for _, block in blocks:
                kept = block[:, : stop - at]
                if covered:
                    kept = hide(kept, first + at - start, rate_hz, covered)
                yield stream.role, at, kept * np.float32(10 ** (extra_db / 20))
                at += kept.shape[1]


def _stretches(place: _Place) -> Iterator[tuple[int, int, float, float]]:
    """(first sample, sample after the last, source time of the first, speed) of each speed of a cut."""
    cut, ramp = place.cut, place.cut.ramp
    edges = [place.start, place.stop]
    if ramp is not None:
        turns = [round(cut.montage_s(t_s) * RATE_HZ) for t_s in (ramp.start_s, ramp.end_s)]
        edges[1:1] = [min(max(turn, place.start), place.stop) for turn in turns]
    for number, (start, stop) in enumerate(pairwise(edges)):
        if stop > start:
            slow = ramp is not None and number == 1
            yield start, stop, max(cut.source_s(start / RATE_HZ), 0.0), ramp.speed if slow and ramp else 1.0


def _edges(place: _Place, index: np.ndarray) -> np.ndarray:
    """Fades of a cut at these samples; crossed ones keep the power of two sounds together steady."""
    gain = np.ones(index.size, np.float32)
    for distance, fade, crossed in (
        (index - place.start + 0.5, place.fade_in, place.crossed_in),
        (place.stop - index - 0.5, place.fade_out, place.crossed_out),
    ):
        if fade:
            share = np.clip(distance / fade, 0, 1).astype(np.float32)
            gain *= np.sin(share * np.float32(np.pi / 2)) ** (1 if crossed else 2)
    return gain


def _about(mute: Mute, stream: AudioStream, played: Sequence[AudioStream]) -> bool:
    """Whether the mute is about this track; one of a track that is not played is about all: the word is in there."""
    return mute.track in (None, stream.index) or mute.track not in [other.index for other in played]


def silenced(block: np.ndarray, start: int, rate_hz: int, mutes: Sequence[Mute], *, fade_s: float) -> np.ndarray:
    """A `Hide`: exactly zero on every sample that any muted source time is heard in; the fades lie outside."""
    index = np.arange(start, start + block.shape[1])
    gain = np.ones(index.size, np.float32)
    fade = max(fade_s * rate_hz, 1.0)
    for mute in mutes:
        # Two samples of margin for the rounding of cut and clock.
        first, last = np.floor(mute.start_s * rate_hz) - 2, np.ceil(mute.end_s * rate_hz) + 2
        outside = np.maximum(first - index, index - last)
        gain *= np.clip(outside / fade, 0, 1).astype(np.float32)
    return block * gain
