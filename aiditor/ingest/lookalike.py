"""Whether two recordings show the same picture at the same moment, at thumbnail size.

Sound proposes that two recordings hold the same moment; music that loops and menus that chime would propose it
falsely, so the picture must agree. Recordings without sound are found by their pictures alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aiditor.ingest.fingerprint import Match
from aiditor.media.read import frames, keyframes
from aiditor.timeline import Source

__all__ = ["Thumbnails", "looks_the_same", "silent_match", "thumbnails"]

SIZE = (32, 18)
SAME = 0.9
"""Correlation of two thumbnails of one moment, encoded twice and sized apart: 0.97 and over; of two moments of one
place in a game: mostly under 0.8."""

NEAR = 0.75
"""Keyframes of two encodes of one recording lie up to some seconds apart: they need only look akin."""

FLAT = 3.0
"""Standard deviation (of 255) under which a thumbnail (a black screen) says nothing."""

DENSE_S = 180.0
"""Recordings without sound up to this long are searched by two frames a second, longer ones by their keyframes only
(decoding an hour of picture would take minutes)."""

LOOKS = 6
JITTER_S = 0.13
"""Sound and picture of two recordings of one moment may lie this far apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnails:
    """Times float64 [K] and rows float32 [K, pixels] of pictures that are not flat."""

    times_s: np.ndarray
    rows: np.ndarray


def looks_the_same(mine: Source, other: Source, match: Match, *, everywhere: bool = False) -> bool:
    """Whether the picture agrees over `match`: at most places looked at (all, with `everywhere`).

    Where nothing can be told (black screens) there is no objection, but with `everywhere` no agreement either.

    Raises UnreadableMedia when a file cannot be opened any more.
    """
    length_s = match.end_s - match.start_s
    places_s = [match.start_s + length_s * (k + 0.5) / LOOKS for k in range(LOOKS)]
    likeness = [_likeness(mine, other, t_s, match.shift_s, JITTER_S) for t_s in places_s]
    said = [value for value in likeness if value is not None]
    if everywhere:
        return bool(said) and min(said) >= SAME
    return not said or float(np.median(said)) >= SAME


def silent_match(
    mine: Source, other: Source, seen: Thumbnails, seen_other: Thumbnails, least_s: float, check: Callable[[], None]
) -> Match | None:
    """Where the picture of `mine` is found in that of `other`, for recordings without sound.

    A few pictures of `mine` propose the places of `other` that look most akin; a proposal stands when, set to the
    frame that fits best there, the pictures agree all along. `check` is called between looks
    (to be stopped). Raises UnreadableMedia when a file cannot be opened any more.
    """
    if not len(seen.rows) or not len(seen_other.rows):
        return None
    mine_s, other_s = seen.times_s, seen_other.times_s
    akin = seen.rows @ seen_other.rows.T / (SIZE[0] * SIZE[1])
    gap_s = float(np.max(np.diff(np.append(other_s, other.duration_s)))) if len(other_s) > 1 else other.duration_s
    for row in np.argsort(akin.max(axis=1))[::-1][:3]:
        for column in np.argsort(akin[row])[::-1][:3]:
            check()
            if akin[row, column] < NEAR:
                break
            shift_s = _finest_shift(mine, other, float(mine_s[row]), float(other_s[column]), min(gap_s, 5.0))
            if shift_s is None:
                continue
            start_s = max(0.0, -shift_s)
            match = Match(start_s, min(mine.duration_s, other.duration_s - shift_s), shift_s)
            if match.end_s - match.start_s >= least_s and looks_the_same(mine, other, match):
                return match
    return None


def _finest_shift(mine: Source, other: Source, mine_s: float, near_s: float, reach_s: float) -> float | None:
    wanted = next(_pictures(mine, mine_s - 1e-3, mine_s + 1.0), None)
    if wanted is None:
        return None
    best, best_s = SAME, None
    for t_s, row in _pictures(other, near_s - reach_s, near_s + reach_s):
        likeness = float(wanted[1] @ row) / len(row)
        if likeness > best:
            best, best_s = likeness, t_s
    return None if best_s is None else best_s - wanted[0]


def _likeness(mine: Source, other: Source, t_s: float, shift_s: float, jitter_s: float) -> float | None:
    """Best correlation of the frame of `mine` at `t_s` with those of `other` around; None where it is flat."""
    wanted = next(_pictures(mine, t_s, t_s + 1.0), None)
    if wanted is None:
        return None
    there_s = wanted[0] + shift_s
    found = [float(wanted[1] @ row) / len(row) for _, row in _pictures(other, there_s - jitter_s, there_s + jitter_s)]
    return max(found, default=None)


def _pictures(source: Source, start_s: float, end_s: float):
    video = source.info.video
    for t_s, picture in frames(
        source.path, start_s=max(start_s, 0.0), end_s=end_s, stream=video.index, size=SIZE,
        rotation_deg=video.rotation_deg, clock_start_s=source.info.start_s, skip="none",
    ):  # fmt: skip
        row = _row(picture)
        if row is not None:
            yield t_s, row


def thumbnails(source: Source) -> Thumbnails:
    """Two pictures a second of a short recording, the keyframes of a long one. Raises UnreadableMedia."""
    times_s, rows = [], []
    video, start_s = source.info.video, source.info.start_s
    seen = (
        frames(source.path, every_s=0.5, stream=video.index, size=SIZE, rotation_deg=video.rotation_deg,
               clock_start_s=start_s)
        if source.duration_s <= DENSE_S
        else keyframes(source.path, stream=video.index, size=SIZE, rotation_deg=video.rotation_deg,
                       clock_start_s=start_s, min_gap_s=1.0)
    )  # fmt: skip
    for t_s, picture in seen:
        row = _row(picture)
        if row is not None:
            times_s.append(t_s)
            rows.append(row)
    return Thumbnails(np.array(times_s), np.array(rows, np.float32).reshape(len(rows), SIZE[0] * SIZE[1]))


def _row(picture: np.ndarray) -> np.ndarray | None:
    """The thumbnail's brightness, float32 [pixels] of mean 0 and deviation 1; None for a flat one."""
    grey = picture.astype(np.float32).mean(axis=2).ravel()
    spread = float(grey.std())
    return None if spread < FLAT else (grey - grey.mean()) / spread
