"""Words and names in the picture of a montage: read a few times a second, followed in between, and made unreadable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiditor.censor.config import CensorConfig
from aiditor.censor.on_screen import Line, Look, Spot, spots
from aiditor.config import digest
from aiditor.media.read_picture import frames
from aiditor.progress import Progress, part, silent
from aiditor.settings import Settings
from aiditor.store.cache import Cache
from aiditor.timeline import Blur, Source, Timeline
from aiditor.words.listen import shown_spans
from aiditor.words.value import Span
from aiditor.words.wanted import names_wanted, same_player, screen_possible, seeker

if TYPE_CHECKING:
    from aiditor.detect.hud.ocr import Ocr

__all__ = ["VERSION", "blurred"]

VERSION = 1
"""Of what is kept: goes up when the same pictures would be read or followed otherwise."""
_EVERY_S = 1 / 3
"""Text is read so often; what is shown for less may go unread."""
_TALL_PX = 900
"""Pictures are read no taller than this: a line of chat is then about 15 pixels high."""
_MARGIN_S = 0.5
"""What a cut shows is looked at a little before and after it, for a frame held into it and for text that comes late."""
_SURE = 0.5
"""Lines read less surely are scenery."""


@dataclass(frozen=True, slots=True)
class _Looks:
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    blurs: tuple[Blur, ...]


def blurred(timeline: Timeline, cfg: CensorConfig, settings: Settings, *, progress: Progress = silent) -> Timeline:
    """`timeline` with a Blur for each word and name on the screen that `cfg` takes, in what its cuts show.

    Blurs that it came with stay where `cfg` takes nothing off the screen. What was read before in the same span of the
    same bytes comes from the cache. Raises what `screen_possible` raises, UnreadableMedia, Cancelled from `progress`.
    """
    if not cfg.on_screen:
        return timeline
    screen_possible(cfg)
    wanted = shown_spans(timeline, _MARGIN_S)
    total_s = sum(high - low for spans in wanted.values() for low, high in spans) or 1.0
    found: list[Blur] = []
    done_s = 0.0
    for source_id, spans in wanted.items():
        source = timeline.source(source_id)
        length_s = sum(high - low for low, high in spans)
        share = part(progress, done_s / total_s, (done_s + length_s) / total_s, f"{source.name}: ")
        found += _source_blurs(source, spans, cfg, settings, share)
        done_s += length_s
    words = sum(blur.what == "word" for blur in found)
    progress(1.0, f"{words} words and {len(found) - words} names on the screen")
    return replace(timeline, blurs=tuple(found))


def _source_blurs(
    source: Source, spans: Sequence[Span], cfg: CensorConfig, settings: Settings, progress: Progress
) -> tuple[Blur, ...]:
    cache = Cache(settings.cache_dir)
    looks: list[tuple[Span, tuple[Look, ...]]] = []
    for number, span in enumerate(spans):
        share = part(progress, 0.7 * number / len(spans), 0.7 * (number + 1) / len(spans))
        key = digest("looks", VERSION, source.id, repr(span))
        read = cache.value(_Looks, "screen", key, lambda s=span, p=share: _Looks(tuple(_looks(source, s, p))))
        looks.append((span, read.looks))
    names = names_wanted([line for _, read in looks for look in read for line in look.lines], cfg, settings)
    finds = seeker(cfg)
    found: list[Blur] = []
    for number, (span, read) in enumerate(looks):
        share = part(progress, 0.7 + 0.3 * number / len(spans), 0.7 + 0.3 * (number + 1) / len(spans))
        here = [spot for look in read for spot in spots(look, finds, names, same_player)]
        key = digest("blurs", VERSION, source.id, repr(span), repr(here))
        found += cache.value(
            _Found, "screen", key, lambda s=span, h=here, p=share: _Found(tuple(_followed(source, s, h, p)))
        ).blurs
    return tuple(found)


def _looks(source: Source, span: Span, progress: Progress) -> Iterator[Look]:
    """What a few frames a second of a span say."""
    from aiditor.detect.hud.lines import Piece, group, join
    from aiditor.detect.hud.ocr import shared_ocr

    ocr: Ocr = shared_ocr()
    for t_s, picture in _frames(source, [span], _EVERY_S):
        progress((t_s - span[0]) / (span[1] - span[0]), "reading what stands on the screen")
        lines = []
        for row in group(ocr.find(picture)):
            pieces = [Piece(box, ocr.read(picture[box[1] : box[3], box[0] : box[2]])) for box in row]
            text, confidence, at = join(pieces)
            if text and confidence >= _SURE:
                box = (*row[0][:1], min(b[1] for b in row), row[-1][2], max(b[3] for b in row))
                lines.append(Line(tuple(map(float, box)), text, round(confidence, 3), at))  # type: ignore[arg-type]
        yield Look(t_s, tuple(lines))


def _followed(source: Source, span: Span, here: Sequence[Spot], progress: Progress) -> Iterator[Blur]:
    """The spots of a span from the first frame of each to its last: all frames near them are decoded."""
    if not here:
        return
    import cv2

    from aiditor.censor.tracks import tracked

    low, high = max(span[0], here[0].t_s - 2.5), min(span[1], here[-1].t_s + 3.5)
    wide_px, tall_px = _size(source)

    def grey() -> Iterator[tuple[float, object]]:
        for t_s, picture in _frames(source, [(low, high)], 0.0):
            progress((t_s - low) / (high - low), "following words on the screen")
            yield t_s, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)

    for track in tracked(grey(), here):  # type: ignore[arg-type]
        boxes: list[tuple[float, float, float, float, float]] = []
        for t_s, (left, top, right, bottom) in track.boxes.items():
            shares = (left / wide_px, top / tall_px, right / wide_px, bottom / tall_px)
            box = tuple(round(min(max(share, 0.0), 1.0), 5) for share in shares)
            if not boxes or boxes[-1][1:] != box:
                boxes.append((t_s, *box))  # type: ignore[arg-type]
        yield Blur(source.id, track.what, tuple(boxes), max(track.boxes))


def _frames(source: Source, spans: Sequence[Span], every_s: float) -> Iterator[tuple[float, object]]:
    info = source.info
    return frames(
        source.path, spans_s=spans, every_s=every_s, stream=info.video.index, size=_size(source),
        rotation_deg=info.video.rotation_deg, clock_start_s=info.start_s, skip="nonref" if every_s else "none",
    )  # fmt: skip


def _size(source: Source) -> tuple[int, int]:
    """Width and height in which its pictures are looked at."""
    video = source.info.video
    scale = min(_TALL_PX / min(video.width, video.height), 1.0)
    return round(video.width * scale), round(video.height * scale)
