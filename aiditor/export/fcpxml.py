"""The montage as a Final Cut Pro project, FCPXML 1.10.

Written here and not by `otio-fcpx-xml-adapter` 1.0: what that writes for a montage has no transitions, no
retiming, no sound in the clips, an empty frame duration for rates it does not know (35 a second), the music
nested at a wrong place, and the asset form that 1.10 no longer takes.

Times are exact fractions. Everything in the spine lies on the montage's frame grid; a clip's own start lies
on its source's. A cut stays one clip: a speed ramp is a `timeMap` inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

from aiditor.export.segments import frame_at, montage_frame, segments, source_rate
from aiditor.timeline import Cut, Mute, Source, Timeline

__all__ = ["to_fcpxml"]

CONFORMABLE = {Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "29.97",
               Fraction(30): "30", Fraction(48000, 1001): "47.95", Fraction(48): "48", Fraction(50): "50",
               Fraction(60000, 1001): "59.94", Fraction(60): "60"}  # fmt: skip
"""Source rates that `conform-rate` may name in FCPXML 1.10."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One cut in the spine. `head` frames of it lie before its edit point, under the dissolve into it."""

    cut: Cut
    source: Source
    at: int
    end: int
    start_s: float
    mix: int = 0

    @property
    def head(self) -> int:
        return self.mix // 2


def to_fcpxml(timeline: Timeline, *, fps: int, size: tuple[int, int] = (1920, 1080), name: str = "montage") -> str:
    """The document as text. `size` is the sequence's picture in pixels (W, H)."""
    root = ET.Element("fcpxml", version="1.10")
    resources = ET.SubElement(root, "resources")
    frame = Fraction(1, fps)
    _format(resources, "r1", frame, size)
    assets = {source.id: _asset(resources, source, number, fps) for number, source in enumerate(timeline.sources)}
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name="AIditor")
    project = ET.SubElement(event, "project", name=name)
    length = montage_frame(timeline.duration_s, fps)
    sequence = ET.SubElement(
        project, "sequence", format="r1", duration=_time(length * frame), tcStart="0s", tcFormat="NDF",
        audioLayout="stereo", audioRate="48k",
    )  # fmt: skip
    spine = ET.SubElement(sequence, "spine")
    pieces = _pieces(timeline, fps)
    for here, after in zip(pieces, [*pieces[1:], None], strict=True):
        if here.mix:
            ET.SubElement(
                spine,
                "transition",
                name="Cross Dissolve",
                offset=_time(here.at * frame),
                duration=_time(here.mix * frame),
            )
        end = here.end + (after.head if after else 0)
        clip = _clip(spine, here, end, assets[here.source.id], fps)
        if here is pieces[0] and timeline.music is not None:
            _music(clip, resources, timeline, length, fps)
        _marker(clip, here, frame)
        _sound(clip, here, timeline.mutes)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _pieces(timeline: Timeline, fps: int) -> list[_Piece]:
    """The cuts on the frame grid.

    Final Cut centres a dissolve on the edit, so its edit lies half a dissolve on: the same pictures are seen.
    """
    found: list[_Piece] = []
    for part in segments(timeline, fps):
        if found and found[-1].cut is part.cut:
            before = found.pop()
            found.append(_Piece(before.cut, before.source, before.at, part.end, before.start_s, before.mix))
            continue
        mix = part.mix - part.mix % 2
        found.append(_Piece(part.cut, part.source, part.at, part.end, part.start_s, mix))
    return found


def _format(resources: ET.Element, name: str, frame: Fraction, size: tuple[int, int]) -> None:
    ET.SubElement(
        resources, "format", id=name, frameDuration=_time(frame), width=str(size[0]), height=str(size[1]),
        colorSpace="1-1-1 (Rec. 709)",
    )  # fmt: skip


def _asset(resources: ET.Element, source: Source, number: int, fps: int) -> str:
    """Adds the source and its format; returns the asset's id."""
    name, format_name = f"a{number + 1}", f"f{number + 1}"
    video, rate = source.info.video, source_rate(source, fps)
    _format(resources, format_name, 1 / rate, (video.width, video.height))
    asset = ET.SubElement(
        resources, "asset", id=name, name=source.name, start="0s", hasVideo="1", videoSources="1", format=format_name,
        duration=_time(frame_at(source.duration_s, rate) / rate),
    )  # fmt: skip
    if audio := source.info.audio:
        asset.set("hasAudio", "1")
        asset.set("audioSources", str(len(audio)))
        asset.set("audioChannels", str(max(track.channels for track in audio)))
        asset.set("audioRate", str(audio[0].rate_hz))
    ET.SubElement(asset, "media-rep", kind="original-media", src=Path(source.path).absolute().as_uri())
    return name


def _local(cut: Cut, source_s: float) -> float:
    """Time inside the retimed clip: source time until the ramp, later by what the ramp adds after it."""
    return cut.start_s + cut.montage_s(source_s) - cut.at_s


def _clip(spine: ET.Element, piece: _Piece, end: int, asset: str, fps: int) -> ET.Element:
    frame, rate = Fraction(1, fps), source_rate(piece.source, fps)
    start = frame_at(piece.start_s, rate) / rate + piece.head * frame
    clip = ET.SubElement(
        spine, "asset-clip", ref=asset, name=piece.source.name, offset=_time((piece.at + piece.head) * frame),
        start=_time(start), duration=_time((end - piece.at - piece.head) * frame), tcFormat="NDF",
    )  # fmt: skip
    if piece.source.info.audio:
        clip.set("audioRole", "effects")
    if rate != fps:
        conform = ET.SubElement(clip, "conform-rate", scaleEnabled="0")
        if rate in CONFORMABLE:
            conform.set("srcFrameRate", CONFORMABLE[rate])
    if piece.cut.ramp is not None:
        _time_map(clip, piece, rate)
    return clip


def _time_map(clip: ET.Element, piece: _Piece, rate: Fraction) -> None:
    """Where each moment of the retimed clip comes from, over the whole source, so that it can be trimmed."""
    ramp = piece.cut.ramp
    assert ramp is not None
    low, high = Fraction(round(ramp.start_s * rate)) / rate, Fraction(round(ramp.end_s * rate)) / rate
    slow = (high - low) / Fraction(ramp.speed).limit_denominator(1000)
    whole = frame_at(piece.source.duration_s, rate) / rate
    points = [(Fraction(0), Fraction(0)), (low, low), (low + slow, high), (low + slow + whole - high, whole)]
    mapping = ET.SubElement(clip, "timeMap", frameSampling="floor")
    last = None
    for time, value in points:
        if time != last:
            ET.SubElement(mapping, "timept", time=_time(time), value=_time(value), interp="linear")
        last = time


def _music(clip: ET.Element, resources: ET.Element, timeline: Timeline, length: int, fps: int) -> None:
    """The music, connected under the first clip from its first frame."""
    music = timeline.music
    assert music is not None
    frame = Fraction(1, fps)
    asset = ET.SubElement(
        resources, "asset", id="m1", name=music.title or "music", start="0s", hasAudio="1", audioSources="1",
        audioChannels="2", audioRate="48000", duration=_time(int(music.duration_s * fps) * frame),
    )  # fmt: skip
    ET.SubElement(asset, "media-rep", kind="original-media", src=Path(music.path).absolute().as_uri())
    ET.SubElement(
        clip, "asset-clip", ref="m1", name=music.title or "music", lane="-1", offset=clip.get("start", "0s"),
        start=_time(montage_frame(music.offset_s, fps) * frame), duration=_time(length * frame), audioRole="music",
    )  # fmt: skip


def _marker(clip: ET.Element, piece: _Piece, frame: Fraction) -> None:
    cut = piece.cut
    local = montage_frame(_local(cut, cut.peak_s), frame.denominator) * frame
    what = f"{cut.callout} ({cut.kind})" if cut.callout else cut.kind
    marker = ET.SubElement(clip, "marker", start=_time(local), duration=_time(frame), value=what)
    if cut.reasons:
        marker.set("note", ", ".join(map(str, cut.reasons)))


def _sound(clip: ET.Element, piece: _Piece, mutes: Sequence[Mute]) -> None:
    """Muted words, on each of the source's sound tracks. In thousandths of a second, rounded outwards."""
    spans = []
    for mute in mutes:
        if mute.source_id == piece.source.id:
            low, high = (int(_local(piece.cut, t_s) * 1000) for t_s in (mute.start_s, mute.end_s))
            spans.append((Fraction(max(low, 0), 1000), Fraction(high + 1, 1000)))
    channel = 1
    for track in piece.source.info.audio if spans else ():
        listed = ", ".join(str(number) for number in range(channel, channel + track.channels))
        channel += track.channels
        heard = ET.SubElement(clip, "audio-channel-source", srcCh=listed, role="effects")
        for low, high in spans:
            ET.SubElement(heard, "mute", start=_time(low), duration=_time(high - low))


def _time(seconds: Fraction | int) -> str:
    exact = Fraction(seconds)
    return f"{exact.numerator}s" if exact.denominator == 1 else f"{exact.numerator}/{exact.denominator}s"
