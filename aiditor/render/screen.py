"""Words and names on the screen made unreadable on the source's own frames, before anything is done to them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from aiditor.media.pixelate import Area, pixelated
from aiditor.media.write import Picture
from aiditor.timeline import Blur

__all__ = ["Screen", "turned"]

_NEAR_S = 2e-3
"""Two times this close are those of the same frame."""
Shares = tuple[float, float, float, float]


class Screen:
    """The blurs of one source, whose frames a player turns by `rotation_deg`."""

    def __init__(self, source_id: str, blurs: Sequence[Blur], rotation_deg: int) -> None:
        own = [blur for blur in blurs if blur.source_id == source_id]
        self._blurs = [(blur, [box[0] - _NEAR_S for box in blur.boxes]) for blur in own]
        self._rotation_deg = rotation_deg

    def over(self, frame: Picture, time_s: float) -> Picture:
        """The frame of source time `time_s` with its blurs; the frame itself where there are none."""
        wide, high = frame.width, frame.height
        areas: list[Area] = []
        for shares in self._at(time_s):
            left, top, right, bottom = turned(shares, self._rotation_deg)
            area = (int(left * wide), int(top * high), -int(-right * wide // 1), -int(-bottom * high // 1))
            areas.append((area[0] & ~1, area[1] & ~1, (area[2] + 1) & ~1, (area[3] + 1) & ~1))
        return pixelated(frame, areas) if areas else frame

    def _at(self, time_s: float) -> Iterator[Shares]:
        for blur, times_s in self._blurs:
            if times_s[0] <= time_s <= blur.end_s + _NEAR_S:
                yield blur.boxes[bisect_right(times_s, time_s) - 1][1:]


def turned(shares: Shares, rotation_deg: int) -> Shares:
    """A box of the upright picture where it lies in the frame as it was coded; the player turns that clockwise."""
    left, top, right, bottom = shares
    if rotation_deg == 90:
        return top, 1 - right, bottom, 1 - left
    if rotation_deg == 180:
        return 1 - right, 1 - bottom, 1 - left, 1 - top
    if rotation_deg == 270:
        return 1 - bottom, left, 1 - top, right
    return shares
