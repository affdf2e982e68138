"""The montage as an OpenTimelineIO project: picture, game sound and music on tracks of their own.

Source times count in the source's own exact rate and start on one of its frames. A speed ramp is a clip
with a `LinearTimeWarp`; as everywhere in OpenTimelineIO the clip's `source_range` then has the length it
takes up in the montage. Muted words are gaps in the sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from aiditor.export.segments import Segment, audible, frame_at, montage_frame, segments, source_rate
from aiditor.timeline import Mute, Source, Timeline

__all__ = ["to_otio"]

COLOURS = {"kill": "RED", "headshot": "ORANGE", "multi_kill": "MAGENTA", "clutch": "PURPLE", "death": "BLACK",
           "other_kill": "CYAN", "score": "GREEN", "burst": "YELLOW"}  # fmt: skip
"""Marker colours by kind of moment."""


def to_otio(timeline: Timeline, *, fps: int, name: str = "montage") -> otio.schema.Timeline:
    """The whole montage, its frames counted at `fps`."""
    parts = segments(timeline, fps)
    project = otio.schema.Timeline(name, global_start_time=RationalTime(0, fps))
    project.metadata["aiditor"] = {"schema": 1, "style": timeline.style, "notes": list(timeline.notes)}
    project.tracks.append(_picture(parts, fps))
    if any(source.info.audio for source in timeline.sources):
        project.tracks.append(_sound(parts, timeline.mutes, fps))
    if timeline.music is not None:
        project.tracks.append(_music(timeline, fps))
    return project


def _picture(parts: Sequence[Segment], fps: int) -> otio.schema.Track:
    track = otio.schema.Track("Picture", kind=otio.schema.TrackKind.Video)
    for part in parts:
        if part.mix:
            kind = part.cut.transition.kind if part.cut.transition else ""
            dissolve = otio.schema.Transition(
                kind,
                otio.schema.TransitionTypes.SMPTE_Dissolve,
                in_offset=RationalTime(0, fps),
                out_offset=RationalTime(part.mix, fps),
            )
            dissolve.metadata["aiditor"] = {"kind": kind}
            track.append(dissolve)
        clip = _clip(part, part.at, part.end, fps)
        _describe(clip, part, fps)
        track.append(clip)
    return track


def _describe(clip: otio.schema.Clip, part: Segment, fps: int) -> None:
    cut = part.cut
    note: dict[str, Any] = {"cut": part.number + 1, "kind": cut.kind, "score": round(cut.score, 4)}
    note["reasons"] = [{"what": reason.what, "weight": round(reason.weight, 4)} for reason in cut.reasons]
    if cut.callout:
        note["callout"] = cut.callout
    clip.metadata["aiditor"] = note
    if cut.transition is not None and not part.mix and part.at == montage_frame(cut.at_s, fps):
        clip.effects.append(
            otio.schema.Effect(
                cut.transition.kind,
                cut.transition.kind,
                metadata={"aiditor": {"duration_s": cut.transition.duration_s}},
            )
        )
    peak = montage_frame(cut.montage_s(cut.peak_s), fps) - part.at
    if 0 <= peak < part.frames:
        span = clip.source_range
        at = span.start_time + RationalTime(peak, fps).rescaled_to(span.start_time.rate)
        clip.markers.append(
            otio.schema.Marker(
                ": ".join(filter(None, (cut.callout or cut.kind, ", ".join(map(str, cut.reasons))))),
                TimeRange(at, RationalTime(1, span.start_time.rate)),
                COLOURS.get(cut.kind, "YELLOW"),
            )
        )


def _clip(part: Segment, low: int, high: int, fps: int) -> otio.schema.Clip:
    """Montage frames [low, high) of a segment."""
    rate = source_rate(part.source, fps)
    start_s = part.start_s + (low - part.at) / fps * part.speed
    start = RationalTime(frame_at(start_s, rate), float(rate))
    span = TimeRange(start, _rational(Fraction(high - low, fps), rate))
    clip = otio.schema.Clip(part.source.name, _reference(part.source, rate), span)
    if part.speed != 1.0:
        clip.effects.append(otio.schema.LinearTimeWarp("slow motion", time_scalar=part.speed))
    return clip


def _reference(source: Source, rate: Fraction) -> otio.schema.ExternalReference:
    length = RationalTime(frame_at(source.duration_s, rate), float(rate))
    reference = otio.schema.ExternalReference(
        Path(source.path).absolute().as_uri(), TimeRange(RationalTime(0, float(rate)), length)
    )
    reference.name = source.name
    return reference


def _sound(parts: Sequence[Segment], mutes: Sequence[Mute], fps: int) -> otio.schema.Track:
    track = otio.schema.Track("Game sound", kind=otio.schema.TrackKind.Audio)
    for part in parts:
        for low, high, heard in audible(part, mutes, fps):
            if heard and part.source.info.audio:
                track.append(_clip(part, low, high, fps))
            else:
                track.append(otio.schema.Gap(duration=RationalTime(high - low, fps)))
    return track


def _music(timeline: Timeline, fps: int) -> otio.schema.Track:
    music = timeline.music
    assert music is not None
    track = otio.schema.Track("Music", kind=otio.schema.TrackKind.Audio)
    frames = montage_frame(timeline.duration_s, fps)
    reference = otio.schema.ExternalReference(
        Path(music.path).absolute().as_uri(),
        TimeRange(RationalTime(0, fps), RationalTime(int(music.duration_s * fps), fps)),
    )
    span = TimeRange(RationalTime(montage_frame(music.offset_s, fps), fps), RationalTime(frames, fps))
    clip = otio.schema.Clip(music.title or "music", reference, span)
    clip.metadata["aiditor"] = {
        "engine": music.engine,
        "licence": music.licence,
        "tempo_bpm": music.grid.tempo_bpm,
        "seed": music.seed,
    }
    track.append(clip)
    return track


def _rational(seconds: Fraction, rate: Fraction) -> RationalTime:
    """Exactly `seconds`, counted in frames of `rate`: whole where the two grids meet."""
    return RationalTime(float(seconds * rate), float(rate))
