"""Words on the screen followed from frame to frame, so that each is covered from its first frame to its last.

Text is read in some frames only. In between, its strokes are looked for around where they were last: forwards until
they are gone, backwards until they were not there yet. What fades is covered a little longer; what another line has
taken the place of is not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from aiditor.censor.on_screen import Box, Spot

__all__ = ["Track", "tracked"]

_SURE, _SURE_HALF = 0.6, 0.75
"""Correlation of strokes from which they are the same text; half a line, at the rim of a chat, must be more alike."""
_NEAR, _FAR = 0.6, 3.2
"""How far text is looked for, in heights of its line: standing or scrolling smoothly, and jumping by lines."""
_SETTLED = 0.75
"""Found nearby as surely as this, it is not looked for any farther."""
_CONTEXT = 2.5
"""So many heights of the line on either side of a word are followed with it."""
_FADED = 0.6
"""Strokes weaker than this share of what they were are fading; as strong ones that are others have replaced them."""
_LINGER_S, _REPLACED_S = 0.3, 0.1
"""So long text that is not seen may come back: while it fades, and where something else stands."""
_TALLER = 1.15
"""A line read as so much taller than before is two lines that the reader took for one."""
_UNREAD_S = 2.5
"""Text that nobody reads any more for so long is not followed any longer."""
_BACK_S, _BACK_FRAMES = 2.0, 130
"""How far back it is followed, and no more frames than this."""
_BRIDGE_S = 1.0
"""The same text in the same place so soon after is the same, and is covered in between."""


@dataclass(slots=True, eq=False)
class Track:
    """One word and its box in each frame that shows it, by time in seconds of the source; without gaps."""

    what: str
    text: str
    boxes: dict[float, Box] = field(default_factory=dict)


def tracked(frames: Iterable[tuple[float, np.ndarray]], spots: Sequence[Spot]) -> list[Track]:
    """The tracks of `spots` through `frames`: (seconds, uint8 [H, W] grey), all of one size and in order of time.

    A spot's time must be that of a frame, to 2 ms; its boxes are in pixels of the frames.
    """
    waiting = deque(sorted(spots, key=lambda spot: spot.t_s))
    recent: deque[tuple[float, np.ndarray]] = deque(maxlen=_BACK_FRAMES)
    live: list[_Trail] = []
    gone: list[_Trail] = []
    tracks: list[Track] = []
    for t_s, grey in frames:
        while recent and t_s - recent[0][0] > _BACK_S:
            recent.popleft()
        for trail in live:
            trail.step(t_s, grey)
        here: list[Spot] = []
        while waiting and waiting[0].t_s <= t_s + 2e-3:
            here.append(waiting.popleft())
        for spot in here:
            own = next((trail for trail in live if not trail.over and trail.is_at(spot)), None)
            if own is not None:
                own.read(t_s, grey, spot)
                continue
            track, trail = _begun(spot, t_s, grey, recent, [*live, *gone])
            if track not in tracks:
                tracks.append(track)
            live.append(trail)
        gone = [trail for trail in [*gone, *live] if trail.over and t_s - trail.last_s < _BRIDGE_S + _LINGER_S]
        live = [trail for trail in live if not trail.over]
        recent.append((t_s, grey))
    for trail in live:
        trail.end()
    for track in tracks:
        track.boxes = dict(sorted(track.boxes.items()))
    return tracks


def _begun(
    spot: Spot, t_s: float, grey: np.ndarray, recent: Sequence[tuple[float, np.ndarray]], others: Sequence[_Trail]
) -> tuple[Track, _Trail]:
    """A new trail from `spot` on, and its track: followed back to where it came, or to where its own was lost."""
    back = _Trail(Track(spot.what, spot.text), t_s, grey, spot)
    for before_s, picture in reversed(recent):
        back.step(before_s, picture)
        if back.over:
            break
    back.end()
    first_s = min(back.track.boxes)
    earlier = [before_s for before_s, _ in recent if before_s < first_s]
    if earlier:  # it may have begun to appear over something else
        back.track.boxes[earlier[-1]] = back.track.boxes[first_s]
        first_s = earlier[-1]
    before = next((other for other in others if other.leads_to(spot, first_s, back.track.boxes[first_s])), None)
    if before is None:
        return back.track, _Trail(back.track, t_s, grey, spot)
    before.over, track = True, before.track
    lost_s = max(track.boxes)
    between = [between_s for between_s, _ in recent if lost_s < between_s < first_s]
    track.boxes |= dict.fromkeys(between, _around(track.boxes[lost_s], back.track.boxes[first_s]))
    track.boxes |= back.track.boxes
    return track, _Trail(track, t_s, grey, spot)


class _Trail:
    """A word being followed in one direction of time, from a frame in which it was read."""

    def __init__(self, track: Track, t_s: float, grey: np.ndarray, spot: Spot) -> None:
        self.track, self.over = track, False
        self._unsure: list[tuple[float, bool]] = []
        self._start(t_s, grey, spot)

    def read(self, t_s: float, grey: np.ndarray, spot: Spot) -> None:
        """It was read here: this is what is looked for from now on, if it is no worse than what was."""
        was = self._box()
        if spot.line[3] - spot.line[1] <= _TALLER * self._height:
            self._start(t_s, grey, spot)
        self._read_s = self.last_s = t_s
        self._seen_again(was)
        self.track.boxes[t_s] = _around(self.track.boxes.get(t_s, was), self._box())

    def _start(self, t_s: float, grey: np.ndarray, spot: Spot) -> None:
        self._read_s = self.last_s = t_s
        self._height = max(spot.line[3] - spot.line[1], 4.0)
        low, high = (spot.box[0] - _CONTEXT * self._height, spot.box[2] + _CONTEXT * self._height)
        rim = (max(low, spot.line[0]), spot.line[1], min(high, spot.line[2]), spot.line[3])
        left, top, right, bottom = (round(value) for value in rim)
        self._kernel = int(np.clip(self._height * 0.5, 5, 25)) | 1
        self._letters = _strokes(grey, (left, top, max(right, left + 4), max(bottom, top + 4)), self._kernel)
        self._strength = float(self._letters.std())
        self._at, self._offset = (left, top), (spot.box[0] - left, spot.box[1] - top)
        self._size = (spot.box[2] - spot.box[0], spot.box[3] - spot.box[1])
        self.track.boxes.setdefault(t_s, spot.box)

    def step(self, t_s: float, grey: np.ndarray) -> None:
        """The frame next to the last one, after it or before it."""
        if self.over:
            return
        score, at = self._found(grey)
        if score >= _SURE:
            was, self._at, self.last_s = self._box(), at, t_s
            self._seen_again(was)
            self.track.boxes[t_s] = self._box()
            self.over = abs(t_s - self._read_s) > _UNREAD_S
            return
        high, wide = self._letters.shape
        left, top = self._at
        there = _strokes(grey, (left, top, left + wide, top + high), self._kernel)
        self._unsure.append((t_s, float(there.std()) < _FADED * self._strength))
        fading = all(faded for _, faded in self._unsure)
        if abs(t_s - self.last_s) >= (_LINGER_S if fading else _REPLACED_S):
            self.end()

    def end(self) -> None:
        """Nothing more comes: a word that was fading is covered as long as it may have been seen."""
        for t_s, faded in self._unsure:
            if not faded:
                break
            self.track.boxes[t_s] = self._box()
        self._unsure.clear()
        self.over = True

    def _seen_again(self, was: Box) -> None:
        """It was there all along, in one of the two places or between them."""
        self.track.boxes |= dict.fromkeys((t_s for t_s, _ in self._unsure), _around(was, self._box()))
        self._unsure.clear()

    def is_at(self, spot: Spot) -> bool:
        """Whether `spot`, read in this frame, is what is followed here."""
        left, top, right, bottom = self._box()
        across = min(right, spot.box[2]) - max(left, spot.box[0])
        down = min(bottom, spot.box[3]) - max(top, spot.box[1])
        alike = spot.what == self.track.what and across > 0.6 * min(right - left, spot.box[2] - spot.box[0])
        return alike and down > 0.6 * min(bottom - top, spot.box[3] - spot.box[1])

    def leads_to(self, spot: Spot, first_s: float, first: Box) -> bool:
        """Whether what was followed here, and lost, is what was next seen at `first_s`."""
        if not self.over and not self._unsure:
            return False
        here, high = self._box(), self._height
        near = abs(first[0] - here[0]) < high and abs(first[1] - here[1]) < 1.5 * high
        same = spot.what == self.track.what and spot.text.casefold() == self.track.text.casefold()
        return near and same and 0 < first_s - max(self.track.boxes) <= _BRIDGE_S

    def _box(self) -> Box:
        left, top = self._at[0] + self._offset[0], self._at[1] + self._offset[1]
        return left, top, left + self._size[0], top + self._size[1]

    def _found(self, grey: np.ndarray) -> tuple[float, tuple[int, int]]:
        """How surely the text is in `grey`, and where it begins."""
        best: tuple[float, tuple[int, int]] = (-1.0, self._at)
        for reach in (_NEAR, _FAR):
            best = max(best, self._search(grey, reach, 0.0, 1.0))
            if best[0] >= _SETTLED:
                return best
        if best[0] < _SURE:
            for low, high in ((0.5, 1.0), (0.0, 0.5)):
                score, at = self._search(grey, 1.2, low, high)
                if score >= _SURE_HALF:
                    return score, at
        return best

    def _search(self, grey: np.ndarray, reach: float, low: float, high: float) -> tuple[float, tuple[int, int]]:
        """The best place within `reach` heights for the rows of the text between two shares of its height."""
        tall, wide = self._letters.shape
        first, last = round(low * tall), max(round(high * tall), round(low * tall) + 2)
        letters = self._letters[first:last]
        far = max(round(reach * self._height), 2)
        left, top = self._at[0] - far, self._at[1] + first - far
        area = (left, top, left + wide + 2 * far, top + len(letters) + 2 * far)
        scores = cv2.matchTemplate(_strokes(grey, area, self._kernel), letters, cv2.TM_CCOEFF_NORMED)
        _, score, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(scores, posinf=-1.0, neginf=-1.0))
        return float(score), (left + x, top + y - first)


def _strokes(grey: np.ndarray, area: tuple[int, int, int, int], kernel: int) -> np.ndarray:
    """Uint8 [h, w]: what is thin in an area of `grey`, bright above 128 and dark below; 128 outside of the picture."""
    left, top, right, bottom = area
    rim = kernel
    high, wide = grey.shape
    x0, y0, x1, y1 = max(left - rim, 0), max(top - rim, 0), min(right + rim, wide), min(bottom + rim, high)
    out = np.full((bottom - top, right - left), 128, np.uint8)
    if x1 <= x0 or y1 <= y0:
        return out
    part = grey[y0:y1, x0:x1]
    square = np.ones((kernel, kernel), np.uint8)
    bright, dark = (cv2.morphologyEx(part, how, square) for how in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT))
    marks = cv2.addWeighted(bright, 0.5, dark, -0.5, 128)
    x2, y2, x3, y3 = max(left, 0), max(top, 0), min(right, wide), min(bottom, high)
    if x3 > x2 and y3 > y2:
        out[y2 - top : y3 - top, x2 - left : x3 - left] = marks[y2 - y0 : y3 - y0, x2 - x0 : x3 - x0]
    return out


def _around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
