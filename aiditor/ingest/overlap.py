"""The same moment recorded twice (replay buffer and full recording, a trimmed or re-encoded copy) is used once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from aiditor.ingest.config import IngestConfig
from aiditor.ingest.fingerprint import STEP_S, Fingerprint, Match, fingerprint, proposals, stretches
from aiditor.ingest.lookalike import Thumbnails, looks_the_same, silent_match, thumbnails
from aiditor.progress import Progress, part, silent
from aiditor.timeline import Rejection, Source

__all__ = ["drop_repeats"]

Spans = tuple[tuple[float, float], ...]

LEFT_OVER_S = 1.5
"""A clip of which no more than this is its own is dropped whole."""


def drop_repeats(
    sources: Sequence[Source], cfg: IngestConfig, *, progress: Progress = silent
) -> tuple[list[Source], list[Rejection]]:
    """`sources` in their order, with `skip_s` over what a better one holds too, and those wholly held elsewhere.

    Better is the larger picture, then the longer recording. Raises UnreadableMedia when a file has gone since it
    was probed.
    """
    if len(sources) < 2:
        return list(sources), []
    listen = part(progress, 0.0, 0.6)
    prints = [
        fingerprint(source, progress=part(listen, number / len(sources), (number + 1) / len(sources)))
        for number, source in enumerate(sources)
    ]
    seen = _without_sound(sources, prints, cfg, part(progress, 0.6, 0.8))
    best_first = sorted(range(len(sources)), key=lambda number: _merit(sources[number]), reverse=True)
    kept: list[int] = []
    skips: dict[int, Spans] = {}
    rejected: list[Rejection] = []
    for done, number in enumerate(best_first):
        source = sources[number]

        def check(fraction: float = 0.8 + 0.2 * done / len(sources), name: str = source.name) -> None:
            progress(fraction, f"comparing {name}")

        check()
        matches = [
            *_by_sound(sources, prints, number, kept, cfg, check),
            *_by_sight(sources, seen, number, kept, cfg, check),
        ]
        covered = _merged([(max(match.start_s, 0.0), min(match.end_s, source.duration_s)) for _, match in matches])
        own_s = source.duration_s - sum(end_s - start_s for start_s, end_s in covered)
        if covered and own_s <= LEFT_OVER_S:
            holders = " and ".join(dict.fromkeys(sources[other].name for other, _ in matches))
            why = f"{source.name} is already in {holders}"
            remedy = "nothing to do: the moment is used once, from the better recording"
            rejected.append(Rejection(source.aka or source.path, why, remedy))
        else:
            kept.append(number)
            skips[number] = covered
    return [replace(sources[n], skip_s=skips[n]) for n in sorted(kept)], rejected


def _without_sound(
    sources: Sequence[Source], prints: Sequence[Fingerprint], cfg: IngestConfig, progress: Progress
) -> dict[int, Thumbnails]:
    """Thumbnails of the recordings that cannot be told by their sound, where there are two or more."""
    numbers = [n for n, own in enumerate(prints) if own.heard_s < cfg.min_overlap_s]
    if len(numbers) < 2:
        return {}
    seen = {}
    for done, number in enumerate(numbers):
        progress(done / len(numbers), f"looking at {sources[number].name}")
        seen[number] = thumbnails(sources[number])
    return seen


def _by_sound(
    sources: Sequence[Source],
    prints: Sequence[Fingerprint],
    number: int,
    kept: Sequence[int],
    cfg: IngestConfig,
    check: Callable[[], None],
) -> Iterator[tuple[int, Match]]:
    source = sources[number]
    for other, shift in proposals(prints, number, kept):
        found = stretches(prints[number], prints[other], shift, cfg.min_overlap_s)
        if not found:
            continue
        check()
        # Somebody may speak over one of them: then the sound agrees in places, the picture all along.
        whole = _together(source, sources[other], shift * STEP_S)
        if looks_the_same(source, sources[other], whole, everywhere=True):
            yield other, whole
            continue
        for match in found:
            check()
            if looks_the_same(source, sources[other], match):
                yield other, match


def _by_sight(
    sources: Sequence[Source],
    seen: Mapping[int, Thumbnails],
    number: int,
    kept: Sequence[int],
    cfg: IngestConfig,
    check: Callable[[], None],
) -> Iterator[tuple[int, Match]]:
    for other in kept:
        if number in seen and other in seen:
            check()
            match = silent_match(sources[number], sources[other], seen[number], seen[other], cfg.min_overlap_s, check)
            if match is not None:
                yield other, match


def _merit(source: Source) -> tuple[int, float, int]:
    video = source.info.video
    return (video.width * video.height, source.duration_s, source.info.size_bytes)


def _together(source: Source, other: Source, shift_s: float) -> Match:
    """All that two recordings share at this shift."""
    return Match(max(0.0, -shift_s), min(source.duration_s, other.duration_s - shift_s), shift_s)


def _merged(spans: list[tuple[float, float]]) -> Spans:
    merged: list[tuple[float, float]] = []
    for start_s, end_s in sorted(spans):
        if merged and start_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return tuple(merged)
