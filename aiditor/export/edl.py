"""The montage's cuts as a CMX 3600 edit decision list, which every editor reads.

Timecode is non-drop at the montage's rate, and so are source times: an EDL has one rate. The
`otio-cmx3600-adapter` writes the source of a slowed clip at twice its length instead of half and cuts
reel names short until they collide, so the few lines of the format are written here; it reads them back in
the tests.
"""

from __future__ import annotations

import re
from fractions import Fraction

from aiditor.export.segments import Segment, audible, frame_at, montage_frame, segments
from aiditor.timeline import Timeline

__all__ = ["timecode", "to_edl"]

COLOURS = {"kill": "RED", "headshot": "RED", "multi_kill": "MAGENTA", "clutch": "MAGENTA", "death": "BLACK",
           "other_kill": "CYAN", "score": "GREEN", "burst": "YELLOW"}  # fmt: skip


def timecode(frame: int, fps: int) -> str:
    """`HH:MM:SS:FF`, non-drop."""
    seconds, frames = divmod(frame, fps)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def to_edl(timeline: Timeline, *, fps: int, name: str = "montage") -> str:
    """One event a cut; a cut with a speed ramp has one for each speed (an M2 line holds for a whole event).

    A cut with a muted word in it has picture only: an EDL cannot silence a part of an event.
    """
    parts = segments(timeline, fps)
    reels = _reels(timeline)
    lines = [f"TITLE: {name}", "FCM: NON-DROP FRAME", ""]
    before: Segment | None = None
    for number, part in enumerate(parts, start=1):
        lines += _event(number, part, before, timeline, reels, fps)
        before = part
    return "\n".join(lines)


def _event(
    number: int, part: Segment, before: Segment | None, timeline: Timeline, reels: dict[str, str], fps: int
) -> list[str]:
    reel = reels[part.source.id]
    source_in, source_out = _source_span(part, fps)
    channels = _channels(part, timeline, fps)
    lines: list[str] = []
    how, dissolves = "C       ", part.mix > 0 and before is not None
    if dissolves and before is not None:
        out = _source_span(before, fps)[1]
        lines.append(_line(number, reels[before.source.id], channels, how, (out, out, part.at, part.at), fps))
        how = f"D {part.mix:03d}   "
    lines.append(_line(number, reel, channels, how, (source_in, source_out, part.at, part.end), fps))
    if dissolves and before is not None:
        lines.append(f"* FROM CLIP NAME:  {before.source.name}")
        lines.append(f"* TO CLIP NAME:  {part.source.name}")
    else:
        lines.append(f"* FROM CLIP NAME:  {part.source.name}")
    if part.speed != 1.0:
        lines.append(f"M2   {reel}       {part.speed * fps:05.1f}                {timecode(source_in, fps)}")
    lines.append(f"* SOURCE FILE: {part.source.path}")
    lines += _notes(part, fps)
    return [*lines, ""]


def _source_span(part: Segment, fps: int) -> tuple[int, int]:
    start = frame_at(part.start_s, Fraction(fps))
    return start, start + max(1, round(part.frames * part.speed))


def _channels(part: Segment, timeline: Timeline, fps: int) -> str:
    muted = any(not heard for _, _, heard in audible(part, timeline.mutes, fps))
    return "AA/V" if part.source.info.audio and not muted else "V"


def _line(number: int, reel: str, channels: str, how: str, frames: tuple[int, int, int, int], fps: int) -> str:
    return f"{number:03d}  {reel:8} {channels:5} {how} {' '.join(timecode(frame, fps) for frame in frames)}"


def _notes(part: Segment, fps: int) -> list[str]:
    cut = part.cut
    peak = montage_frame(cut.montage_s(cut.peak_s), fps)
    notes = []
    if part.at <= peak < part.end:
        why = ", ".join(map(str, cut.reasons))
        label = ": ".join(filter(None, (cut.callout or cut.kind, why)))
        notes.append(f"* LOC: {timecode(peak, fps)} {COLOURS.get(cut.kind, 'YELLOW'):7} {label}")
    if part.mix == 0 and cut.transition is not None and part.at == montage_frame(cut.at_s, fps):
        notes.append(f"* ENTERS WITH: {cut.transition.kind} {cut.transition.duration_s:.2f} s")
    return notes


def _reels(timeline: Timeline) -> dict[str, str]:
    """A reel of at most eight letters and digits for each source, no two alike."""
    reels: dict[str, str] = {}
    used: set[str] = set()
    for source in timeline.sources:
        stem = re.sub(r"[^A-Z0-9]", "", source.name.rsplit(".", 1)[0].upper())[:8] or "CLIP"
        reel, count = stem, 1
        while reel in used or reel in ("AX", "BL"):
            count += 1
            reel = f"{stem[: 8 - len(str(count))]}{count}"
        used.add(reel)
        reels[source.id] = reel
    return reels
