"""Reads a recording's on-screen text within a budget of seconds: where the game prints, when it says something new."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import thread_time

import cv2
import numpy as np

from aiditor.detect.hud.events import Span, TextEvent, evidence, merge, spans
from aiditor.detect.hud.grammar import SPANS, Grammar, Said
from aiditor.detect.hud.lines import Line, likeness, mark
from aiditor.detect.hud.ocr import Ocr, shared_ocr
from aiditor.detect.hud.player import Likelihood, guess_player
from aiditor.detect.hud.rules import GameRules, Zone
from aiditor.detect.hud.scan import PRESENT, Scanner
from aiditor.detect.hud.tracks import Check, Look, Seen, Track, alike, follow
from aiditor.detect.hud.zones import Places, Rect, pixels

__all__ = ["HudReader"]

_WHOLE: Rect = (0.0, 0.0, 1.0, 1.0)
_TALLEST_PX = 720
_WHOLE_PX, _GLANCE_PX = 400, 300
"""Heights at which all of a picture is searched: in the survey, and between looks at the zones."""
_LINE_PX = 15.0
"""Height at which the finder still finds a line's box; letters are half as high."""
_GLANCE_S = 8.0
"""All of the picture is searched so often while there is time for it."""
_SURE_NAMES = 0.72
"""Two names with nothing but a gap between are believed from this confidence of the reading."""
_THUMB = (32, 18)
_SAME_SCREEN = 6.0
"""Mean difference of two thumbnails, of 255, below which they show the same still screen."""
_CLOSE_S = 0.6
_CLOSE_EVERY_S = 0.45
"""Looks less than the first apart are close; of close looks one is read so often, the others are compared."""
_EXPLORES = 8
"""So many times all of the picture is searched where a kill's row has just come."""
_SURVEY_SHARE, _FAR_SHARE = 0.35, 0.8
"""Shares of the budget that the survey, and all before the close looks, may use."""


class HudReader:
    """Finds where a game prints, reads what is new there, and says what happened.

    `player` is the name that the game shows for the player, if known. `budget_s` is how many seconds of work there
    are in all; what does not fit is left out, the least promising first. Give the survey a few whole pictures, then
    all keyframes in order of time (tell their times by `plan`), then close frames of what `asks` wants. Pictures are
    uint8 [H, W, 3] RGB of one size. Raises MissingPart when the reading models are not installed.
    """

    def __init__(
        self,
        rules: GameRules,
        player: str = "",
        budget_s: float = 6.0,
        *,
        ocr: Ocr | None = None,
        clock: Callable[[], float] = thread_time,
    ) -> None:
        """`ocr` is the process's own unless given.

        `clock` measures the budget, in seconds: by default the time that this thread was at work, which is the wall's
        time on an idle machine, and on a busy one does not change what is read.
        """
        self._clock = clock
        start = clock()
        self.rules, self.player, self.budget_s = rules, player, budget_s
        self.spent_s = 0.0
        self._grammar = Grammar(rules)
        self._scanner = Scanner(ocr or shared_ocr())
        self._places = Places(rules.zones)
        self._looks: list[Look] = []
        self._checks: list[Check] = []
        self._held: deque[tuple[float, dict[Rect, np.ndarray]]] = deque(maxlen=24)
        self._plan = np.empty(0)
        self._reach = np.empty(0)
        self._cost_s = 0.05
        self._last_s = self._last_read_s = self._last_whole_s = float("-inf")
        self._close = self._cut = False
        self._expected: list[Track] = []
        self._explores = _EXPLORES
        self._cover: tuple[np.ndarray, list[Seen]] | None = None
        self.spent_s += self._clock() - start

    @property
    def regions(self) -> tuple[Zone, ...]:
        """Where the game prints, as far as known: shares of the picture."""
        return tuple(Zone(left=rect[0], top=rect[1], right=rect[2], bottom=rect[3]) for rect in self._places.rects)

    @property
    def lines_read(self) -> int:
        """How many pieces of lines were read, not known again."""
        return self._scanner.reads

    @property
    def looks(self) -> int:
        """How many pictures were read."""
        return len(self._looks)

    def survey(self, pictures: Sequence[np.ndarray]) -> tuple[Zone, ...]:
        """Read whole pictures spread over the recording, the most promising first, and learn where the game prints."""
        start = self._clock()
        for number, picture in enumerate(pictures):
            if number and self.spent_s + (self._clock() - start) * (1 + 0.7 / number) > _SURVEY_SHARE * self.budget_s:
                break
            self._read(_small(picture), (_WHOLE,), _WHOLE_PX)
        self.spent_s += self._clock() - start
        return self.regions

    def plan(self, times_s: Sequence[float], interest: Sequence[float] | None = None) -> None:
        """Tell which far-apart pictures will come, and how promising each is (any scale; higher is read first).

        What happens is read a little later, so a picture is as promising as the two seconds before it.
        """
        times = np.asarray(times_s, np.float64)
        worth = np.ones(len(times)) if interest is None else np.asarray(interest, np.float64)
        self._plan = times
        self._reach = np.array([worth[(times > t - 2.5) & (times <= t + 0.1)].max(initial=0.0) for t in times])

    def read(self, time_s: float, picture: np.ndarray) -> bool:
        """Take the picture of that time; returns whether it was read, not only compared with what was read before."""
        start = self._clock()
        self._close = abs(time_s - self._last_s) < _CLOSE_S
        again = time_s < self._last_s
        if again or time_s - self._last_s > 30:
            self._held.clear()
        if again:
            self._last_read_s = min(self._last_read_s, time_s - _CLOSE_EVERY_S)
            self._expected = self._followed()
        self._last_s = time_s
        picture = _small(picture)
        marks = {rect: mark(_part(picture, rect)) for rect in self._places.rects}
        self._pin(time_s, marks)
        reads = self._worth_reading(time_s)
        if reads:
            paid = self._look(time_s, picture, marks)
            self._cost_s += 0.15 * (self._clock() - start - self._cost_s) if paid else 0.0
        self._held.append((time_s, marks))
        self.spent_s += self._clock() - start
        return reads

    def events(self) -> tuple[TextEvent, ...]:
        """What happened, in order of time, as far as was read up to now."""
        tracks = self._followed()
        found = evidence(tracks, self.rules, self.player or guess_player(tracks))
        return merge(found, self.spans(), self._grammar)

    def spans(self) -> tuple[Span, ...]:
        """When others were watched, replays, menus or score boards were shown, or the player waited to come back."""
        return spans(self._looks)

    def infer_player(self, kill_likelihood: Likelihood) -> str:
        """The name whose rows coincide best with `kill_likelihood(after_s, seen_s)` (0 to 1); "" where none does.

        It is kept as `player` unless one was given.
        """
        if not self.player:
            self.player = guess_player(self._followed(), kill_likelihood)
        return self.player

    def asks(self, max_spans: int = 20) -> list[tuple[float, float]]:
        """Spans in seconds where close frames would tell when something happened, the most telling first."""
        worth = {"kill": 1.0, "multi_kill": 0.5, "headshot": 0.4, "death": 0.7, "assist": 0.2, "other_kill": 0.15}
        wanted = []
        for event in self.events():
            after_s = max(event.after_s, event.seen_s - 6.0, 0.0)
            gap = event.seen_s - after_s
            if gap > 0.5:
                wanted.append((worth[event.kind] * event.confidence, after_s, event.seen_s))
        spans_s: list[tuple[float, float]] = []
        for _, low, high in sorted(wanted, key=lambda item: -item[0]):
            if len(spans_s) == max_spans:
                break
            if not any(low < other_high and other_low < high for other_low, other_high in spans_s):
                spans_s.append((low, high))
        return spans_s

    def _followed(self) -> list[Track]:
        return follow(self._looks, self._checks, self.rules)

    def _worth_reading(self, time_s: float) -> bool:
        left_s = self.budget_s - self.spent_s
        if left_s <= self._cost_s or any(abs(look.time_s - time_s) < 1e-3 for look in self._looks):
            return False
        if self._close:
            return abs(time_s - self._last_read_s) >= _CLOSE_EVERY_S
        if not len(self._plan) or time_s > self._plan[-1] + 1e-3:
            return True
        ahead = self._plan >= time_s - 1e-3
        share = (_FAR_SHARE * self.budget_s - self.spent_s) / (self._cost_s * max(int(ahead.sum()), 1))
        if share >= 1.0:
            return True
        if share <= 0.0:
            return False
        at = int(np.argmin(np.abs(self._plan - time_s)))
        # Of equally promising pictures every so-manieth is read.
        ranks = self._reach[ahead] + 1e-6 * (np.arange(int(ahead.sum())) * 0.618 % 1.0)
        return bool(self._reach[at] + 1e-6 * ((time_s - self._last_read_s) > 1.5) >= np.quantile(ranks, 1.0 - share))

    def _look(self, time_s: float, picture: np.ndarray, marks: dict[Rect, np.ndarray]) -> bool:
        """Read a picture at a time: the zones, or now and then all of it."""
        glance = not self._close and time_s - self._last_whole_s >= _GLANCE_S
        if glance or not self._places:
            self._last_whole_s = time_s
            seens = self._read(picture, (_WHOLE,), _GLANCE_PX if self._places else _WHOLE_PX)
            areas: tuple[Rect, ...] = (_WHOLE,)
        else:
            areas = self._places.rects
            scale = _LINE_PX / max(self._places.line * picture.shape[0], 1.0)
            tall_px = round(picture.shape[0] * float(np.clip(scale, 0.4, 1.2)))
            seens = self._read(picture, areas, tall_px)
            if self._cut:
                areas = self._places.rects
                seens = self._read(picture, areas, tall_px)
        last = self._before(time_s)
        known = () if last is None else last.seen
        if areas != (_WHOLE,) and self._explores > 0 and _kills(seens, known):
            # Where a feed's row has just come, a banner may stand elsewhere.
            self._explores -= 1
            more = self._read(picture, (_WHOLE,), _GLANCE_PX)
            seens, areas = [*seens, *(seen for seen in more if not _among(seen, seens))], (_WHOLE,)
        if last is not None and abs(time_s - last.time_s) < self.rules.row_stay_s:
            seens += self._still_there(last, seens, marks)
            self._came(time_s, [seen for seen in seens if not _among(seen, last.seen)])
        self._looks.append(Look(time_s, areas, tuple(seens)))
        self._last_read_s = time_s
        return not glance

    def _before(self, time_s: float) -> Look | None:
        return max((look for look in self._looks if look.time_s < time_s), key=lambda k: k.time_s, default=None)

    def _read(self, picture: np.ndarray, areas: Sequence[Rect], tall_px: int) -> list[Seen]:
        """The lines in some areas that say something; learns where such lines stand."""
        height, width = picture.shape[:2]
        boxes = [pixels(rect, width, height) for rect in areas]
        thumb = cv2.resize(picture, _THUMB, interpolation=cv2.INTER_AREA).astype(np.int16)
        lines = self._scanner.lines(picture, boxes, min(tall_px / height, 1.5))
        seens, board, menu = [], 0, []
        self._cut = False
        for line in lines:
            said = self._grammar.says(line.text)
            board += self._grammar.board_words(line.text)
            if self._scanner.note(line, matters=said is not None, chat=self._grammar.chat(line.text)):
                said = None
            if said is None or (said.phrase == "icon" and line.confidence < _SURE_NAMES):
                continue
            seen = Seen(said, _shares(line, width, height), line)
            if said.kind == "menu":
                menu.append(seen)
                continue
            seens.append(seen)
            self._cut |= self._places.add(seen.rect, rows=_is_row(seen))
        covers: list[Seen] = []
        if len(menu) >= 2:
            covers.append(menu[0])
        if board >= 3:
            covers.append(Seen(Said("scoreboard"), (0.25, 0.2, 0.75, 0.8), lines[0]))
        if covers:
            self._cover = (thumb, covers)
        elif self._cover is not None and float(np.abs(thumb - self._cover[0]).mean()) < _SAME_SCREEN:
            # A screen that covers the game stands still: it is known by its looks where only a part of it is read.
            covers = self._cover[1]
        return [*seens, *covers]

    def _still_there(self, last: Look, seens: Sequence[Seen], marks: dict[Rect, np.ndarray]) -> list[Seen]:
        """Lines of the last look that were missed in this one but are there by their looks."""
        found = []
        for seen in last.seen:
            if seen.said.kind in SPANS or _among(seen, seens) or seen.line.mark is None:
                continue
            if _there(seen, marks):
                found.append(seen)
        return found

    def _came(self, time_s: float, fresh: Sequence[Seen]) -> None:
        """Look back, in the pictures that were not read, for when new lines came."""
        back = [(t, marks) for t, marks in self._held if time_s - self.rules.row_stay_s < t < time_s]
        for seen in fresh:
            if seen.said.kind in SPANS:
                continue
            for t, marks in reversed(back):
                there = _there(seen, marks)
                if there is not None:
                    self._checks.append(Check(t, seen.said, there))
                if not there:
                    break

    def _pin(self, time_s: float, marks: dict[Rect, np.ndarray]) -> None:
        """Is a line there already that is known to have come between two looks around this time?"""
        for track in self._expected:
            if track.before_s < time_s < track.first_s and track.first_s - time_s < self.rules.row_stay_s + 2:
                there = [_there(seen, marks) for seen in track.seens[:2]]
                if any(known is not None for known in there):
                    self._checks.append(Check(time_s, track.said, any(there)))


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    if height <= _TALLEST_PX:
        return picture
    size = (round(width * _TALLEST_PX / height), _TALLEST_PX)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _part(picture: np.ndarray, rect: Rect) -> np.ndarray:
    left, top, right, bottom = pixels(rect, picture.shape[1], picture.shape[0])
    return picture[top:bottom, left:right]


def _shares(line: Line, width: int, height: int) -> Rect:
    left, top, right, bottom = line.box
    return left / width, top / height, right / width, bottom / height


def _is_row(seen: Seen) -> bool:
    """Whether a line is a feed's, so that more may come above and below it; what stands in the middle is a banner."""
    named = bool(seen.said.killer and seen.said.victim)
    return named and seen.said.kind in ("row", "kill", "death") and abs(seen.rect[0] + seen.rect[2] - 1.0) > 0.2


def _kills(seens: Sequence[Seen], known: Sequence[Seen]) -> bool:
    return any(seen.said.kind in ("row", "kill", "weak_kill") and not _among(seen, known) for seen in seens)


def _among(seen: Seen, others: Sequence[Seen]) -> bool:
    return any(alike(seen.said, other.said) >= 0.72 for other in others)


def _there(seen: Seen, marks: dict[Rect, np.ndarray]) -> bool | None:
    """Whether a line's letters stand anywhere above or below where they stood; None where nobody looked."""
    letters, rect = seen.line.mark, seen.rect
    if letters is None:
        return None
    best = None
    for area, where in marks.items():
        if not (area[0] <= rect[0] + 1e-3 and rect[2] <= area[2] + 1e-3 and area[1] < rect[3] and rect[1] < area[3]):
            continue
        across = where.shape[1] / (area[2] - area[0])
        left = max(round((rect[0] - area[0]) * across) - 8, 0)
        right = round((rect[2] - area[0]) * across) + 8
        best = max(likeness(letters, where[:, left:right]), -1.0 if best is None else best)
    return None if best is None else best >= PRESENT
