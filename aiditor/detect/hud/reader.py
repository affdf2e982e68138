"""Reads a recording's on-screen text within a budget of seconds: where the game prints, when it says something new."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import thread_time
from typing import Literal

import cv2
import numpy as np

from aiditor.detect.hud.anchors import Anchors, find_line
from aiditor.detect.hud.events import Span, TextEvent, evidence, merge, spans
from aiditor.detect.hud.grammar import SPANS, YOU, Grammar
from aiditor.detect.hud.lines import mark
from aiditor.detect.hud.ocr import Ocr, shared_ocr
from aiditor.detect.hud.plan import Plan
from aiditor.detect.hud.player import Likelihood, guess_player
from aiditor.detect.hud.rules import GameRules, Zone
from aiditor.detect.hud.sight import Sight
from aiditor.detect.hud.tracks import Check, Look, Seen, Track, alike, follow
from aiditor.detect.hud.words import holds_name
from aiditor.detect.hud.zones import Rect

__all__ = ["HudReader"]

_WHOLE: Rect = (0.0, 0.0, 1.0, 1.0)
_TALLEST_PX = 720
_WHOLE_PX, _GLANCE_PX = 400, 300
"""Heights at which all of a picture is searched: in the survey, and between looks at the zones."""
_GLANCE_S, _SELDOM_S = 8.0, 25.0
"""All of the picture is searched so often while there is time for it, and where there is little."""
_GLANCE_SHARE = 0.2
"""Share of the budget for searching all of the picture where there is little."""
_CLOSE_S, _CLOSE_EVERY_S = 0.6, 0.45
"""Looks less than the first apart are close; of close looks one is read so often, the others are compared."""
_EXPLORES = 8
"""So many times all of the picture is searched where a kill's row has just come."""
_SURVEY_SHARE, _FAR_SHARE = 0.3, 0.65
"""Shares of the budget that the survey, and all before the close looks, may use."""
_KNOWN_SHARE = 0.3
"""Where all words are known, so much less is read in full."""
_GUESS_EVERY = 4
"""After so many full looks the player's name is guessed anew."""
_OWN_KINDS = ("kill", "weak_kill", "points", "headshot", "multi_kill", "assist", "death", *SPANS)


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
        self._grammar = Grammar(rules)
        self._sight = Sight(rules, self._grammar, ocr or shared_ocr())
        self._anchors = Anchors()
        self._looks: list[Look] = []
        self._checks: list[Check] = []
        self._held: deque[tuple[float, np.ndarray]] = deque(maxlen=24)
        self._plan, self._planned_s = Plan(), 0.0
        self._likelihood: Likelihood | None = None
        self._guess, self._reads_since_guess = "", 0
        self._full_s, self._skim_s = 0.06, 0.006
        self._whole_spent_s = 0.0
        self._explores = _EXPLORES
        self._last_s = self._last_read_s = self._last_whole_s = float("-inf")
        self._close, self._ample = False, True
        self._expected: list[Track] = []
        self.spent_s = self._clock() - start

    @property
    def regions(self) -> tuple[Zone, ...]:
        """Where the game prints, as far as known: shares of the picture."""
        rects = self._sight.places.rects
        return tuple(Zone(left=rect[0], top=rect[1], right=rect[2], bottom=rect[3]) for rect in rects)

    @property
    def lines_read(self) -> int:
        """How many pieces of lines were read, not known again."""
        return self._sight.scanner.reads

    @property
    def looks(self) -> int:
        """How many pictures were looked at, read or searched for known words."""
        return len(self._looks)

    def survey(self, pictures: Sequence[np.ndarray]) -> tuple[Zone, ...]:
        """Read whole pictures spread over the recording, the most promising first, and learn where the game prints."""
        start = self._clock()
        for number, picture in enumerate(pictures):
            taken_s = self._clock() - start
            if number and self.spent_s + taken_s * (1 + 0.7 / number) > _SURVEY_SHARE * self.budget_s:
                break
            small = _small(picture)
            for seen in self._sight.part(small, mark(small), (_WHOLE,), _WHOLE_PX):
                self._learn(seen)
        self.spent_s += self._clock() - start
        return self.regions

    def plan(self, times_s: Sequence[float], interest: Sequence[float] | None = None) -> None:
        """Tell which far-apart pictures will come, and how promising each is (any scale; higher is read first).

        What happens is read a little later, so a picture is as promising as the two seconds before it.
        """
        self._plan, self._planned_s = Plan(times_s, interest), self.spent_s

    def read(self, time_s: float, picture: np.ndarray) -> bool:
        """Take the picture of that time; returns whether it was read, not only compared with what was read before."""
        start = self._clock()
        self._step(time_s)
        picture = _small(picture)
        marks = mark(picture)
        self._pin(time_s, marks)
        how = self._how(time_s)
        if how == "full":
            known = bool(self._sight.places)
            if self._look(time_s, picture, marks) and known:
                self._whole_spent_s += self._clock() - start
            else:
                self._full_s += 0.25 * (self._clock() - start - self._full_s)
        elif how == "skim":
            self._skim(time_s, picture, marks)
            self._skim_s += 0.15 * (self._clock() - start - self._skim_s)
        self._held.append((time_s, marks))
        self.spent_s += self._clock() - start
        return how == "full"

    def events(self) -> tuple[TextEvent, ...]:
        """What happened, in order of time, as far as was read up to now."""
        tracks = self._followed()
        found = evidence(tracks, self.rules, self.player or guess_player(tracks, self._likelihood) or self._guess)
        return merge(found, self.spans(), self._grammar)

    def spans(self) -> tuple[Span, ...]:
        """When others were watched, replays, menus or score boards were shown, or the player waited to come back."""
        return spans(self._looks)

    def infer_player(self, kill_likelihood: Likelihood) -> str:
        """The name whose rows coincide best with `kill_likelihood(after_s, seen_s)` (0 to 1); "" where none does.

        A name that was given stays. The likelihood is kept for what is read later.
        """
        self._likelihood = kill_likelihood
        if not self.player:
            self._guess_again()
        return self.player or self._guess

    def asks(self, max_spans: int = 20) -> list[tuple[float, float]]:
        """Spans in seconds where close frames would tell when something happened, the most telling first."""
        worth = {"kill": 1.0, "multi_kill": 0.5, "headshot": 0.4, "death": 0.7, "assist": 0.2, "other_kill": 0.15}
        wanted = []
        for event in self.events():
            after_s = max(event.after_s, event.seen_s - self.rules.row_stay_s, 0.0)
            if event.seen_s - after_s > 0.5:
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

    def _step(self, time_s: float) -> None:
        """Go on to another time; close frames begin by going back."""
        self._close = abs(time_s - self._last_s) < _CLOSE_S
        if time_s < self._last_s or time_s - self._last_s > 30:
            self._held.clear()
        if time_s < self._last_s:
            self._last_read_s = min(self._last_read_s, time_s - _CLOSE_EVERY_S)
            self._expected = self._followed()
        self._last_s = time_s

    def _how(self, time_s: float) -> Literal["full", "skim", ""]:
        """How to look at the picture of that time, given what is left of the budget."""
        left_s = self.budget_s - self.spent_s
        if left_s <= self._skim_s or any(abs(look.time_s - time_s) < 1e-3 for look in self._looks):
            return ""
        cheap: Literal["skim", ""] = "skim" if self._anchors else ""
        if self._close:
            due = abs(time_s - self._last_read_s) >= _CLOSE_EVERY_S
            return "full" if due and left_s > self._full_s and (self._ample or not cheap) else cheap
        ahead = self._plan.ahead(time_s)
        if not ahead:
            return "full" if left_s > self._full_s else cheap
        spare_s = _FAR_SHARE * self.budget_s - self.spent_s - (self._skim_s * ahead if cheap else 0.0)
        share = spare_s / (self._full_s * ahead)
        self._ample = share >= 1.0
        if self._anchors.confirmed(self._sight.places.rects):
            share *= _KNOWN_SHARE
        return "full" if self._ample or self._plan.among_best(time_s, share) else cheap

    def _look(self, time_s: float, picture: np.ndarray, marks: np.ndarray) -> bool:
        """Read the zones, or now and then all of the picture; returns whether it was all."""
        areas: tuple[Rect, ...] = (_WHOLE,)
        whole = not self._sight.places or self._glances(time_s)
        if whole:
            seens = self._sight.part(picture, marks, areas, _GLANCE_PX if self._sight.places else _WHOLE_PX)
        else:
            areas, seens = self._sight.zones(picture, marks)
        last = self._before(time_s)
        known = () if last is None else last.seen
        if not whole and self._explores > 0 and _kills(seens, known) and self._may_glance():
            # Where a feed's row has just come, a banner may stand elsewhere.
            self._explores -= 1
            more = self._sight.part(picture, marks, (_WHOLE,), _GLANCE_PX)
            seens, areas, whole = [*seens, *(s for s in more if not _among(s, seens))], (_WHOLE,), True
        if whole:
            self._last_whole_s = time_s
        seens += [seen for seen in self._still_there(time_s, marks) if not _among(seen, seens)]
        self._keep(Look(time_s, areas, tuple(seens)))
        self._last_read_s = time_s
        return whole

    def _skim(self, time_s: float, picture: np.ndarray, marks: np.ndarray) -> None:
        """Search for words that are known by their looks, and read the lines that hold them and are new."""
        zones = self._anchors.homes(self._sight.places.rects)
        seens = self._still_there(time_s, marks)
        hits = [hit for hit in self._anchors.hits(marks, zones) if not any(_in_line(hit, s.rect) for s in seens)]
        if hits and self.budget_s > self.spent_s:
            behind = self._behind(time_s)
            if behind:
                # One line a picture, that what comes later is read too: of one kill several lines tell.
                hits = hits[:1]
            found, left = self._sight.at(picture, marks, hits, zones)
            if left and not behind and self.budget_s > self.spent_s:
                found += [s for s in self._sight.part(picture, marks, _bands(left, zones)) if not _among(s, found)]
            for hit in hits:
                self._anchors.judge(hit, " ".join(seen.line.text for seen in found if _in_line(hit, seen.rect)))
            seens += [seen for seen in found if not _among(seen, seens)]
        self._keep(Look(time_s, zones, tuple(seens), own=True))

    def _behind(self, time_s: float) -> bool:
        """Whether more of the budget is spent than pictures are passed, of those far apart."""
        ahead, all_of_them = self._plan.ahead(time_s), len(self._plan.times_s)
        if self._close or not ahead:
            return False
        may_s = self._planned_s + (_FAR_SHARE * self.budget_s - self._planned_s) * (1.0 - (ahead - 1) / all_of_them)
        return self.spent_s > may_s

    def _keep(self, look: Look) -> None:
        last = self._before(look.time_s)
        known = () if last is None else last.seen
        self._came(look.time_s, [seen for seen in look.seen if not _among(seen, known)])
        self._looks.append(look)
        for seen in look.seen:
            self._learn(seen)
        if not self.player and not look.own:
            self._reads_since_guess += 1
            if self._reads_since_guess >= _GUESS_EVERY * (3 if self._guess else 1):
                self._guess_again()

    def _guess_again(self) -> None:
        self._reads_since_guess = 0
        guess = guess_player(self._followed(), self._likelihood or self._plan.likelihood)
        if guess and guess != self._guess:
            self._guess = guess
            for look in self._looks:
                for seen in look.seen:
                    self._learn(seen)

    def _learn(self, seen: Seen) -> None:
        """Know a line's constant words again: the player's name in a row, the game's own words in a banner."""
        said, text = seen.said, seen.line.text
        if said.phrase != "icon" and said.kind in _OWN_KINDS and said.kind not in ("menu", "scoreboard"):
            if not _headless(seen):
                self._anchors.learn(seen, self._grammar.phrase(text), tells=said.kind == "kill")
            return
        player = self.player or self._guess
        for name in (said.killer, said.victim):
            shown = "you" if name == YOU else name
            at = text.casefold().find(shown.casefold())
            if at >= 0 and shown and (name == YOU or (player and holds_name(name, player) >= 0.85)):
                self._anchors.learn(seen, (at, at + len(shown)))

    def _before(self, time_s: float) -> Look | None:
        return max((look for look in self._looks if look.time_s < time_s), key=lambda k: k.time_s, default=None)

    def _glances(self, time_s: float) -> bool:
        every_s = _GLANCE_S if self._ample else _SELDOM_S
        return not self._close and time_s - self._last_whole_s >= every_s and self._may_glance()

    def _may_glance(self) -> bool:
        return self._ample or self._whole_spent_s < _GLANCE_SHARE * self.budget_s

    def _still_there(self, time_s: float, marks: np.ndarray) -> list[Seen]:
        """Lines of the look before that are there yet by their looks, where they stand now."""
        last = self._before(time_s)
        if last is None or time_s - last.time_s > self.rules.row_stay_s:
            return []
        found = []
        for seen in last.seen:
            rect = None if seen.said.kind in ("menu", "scoreboard") else find_line(seen, marks)
            if rect is not None:
                found.append(replace(seen, rect=rect))
        return found

    def _came(self, time_s: float, fresh: Sequence[Seen]) -> None:
        """Look back, in the pictures that were not read, for when new lines came."""
        back = [(t, marks) for t, marks in self._held if time_s - self.rules.row_stay_s < t < time_s]
        for seen in fresh:
            misses = 0
            for t, marks in reversed(back if seen.said.kind not in SPANS else []):
                there = find_line(seen, marks) is not None
                self._checks.append(Check(t, seen.said, there))
                misses = 0 if there else misses + 1
                if misses == 2:  # one alone may be a flash over it
                    break

    def _pin(self, time_s: float, marks: np.ndarray) -> None:
        """Is a line there already that is known to have come between two looks around this time?"""
        for track in self._expected:
            if track.before_s < time_s < track.first_s and track.first_s - time_s < self.rules.row_stay_s + 2:
                there = any(find_line(seen, marks) is not None for seen in track.seens[:2])
                self._checks.append(Check(time_s, track.said, there))


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    if height <= _TALLEST_PX:
        return picture
    size = (round(width * _TALLEST_PX / height), _TALLEST_PX)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _in_line(hit: Rect, rect: Rect) -> bool:
    """Whether a word stands in a line."""
    return rect[1] < (hit[1] + hit[3]) / 2 < rect[3] and hit[0] < rect[2] and rect[0] < hit[2]


def _bands(hits: Sequence[Rect], zones: Sequence[Rect]) -> list[Rect]:
    """Strips across the zones, a line high, around words."""
    found: list[Rect] = []
    for hit in sorted(hits, key=lambda hit: hit[1]):
        zone = next((z for z in zones if z[0] <= hit[0] and hit[2] <= z[2] and z[1] <= hit[3] and hit[1] <= z[3]), None)
        if zone is None:
            continue
        high = hit[3] - hit[1]
        band = (zone[0], max(hit[1] - 1.6 * high, 0.0), zone[2], min(hit[3] + 1.6 * high, 1.0))
        if found and found[-1][0] == band[0] and band[1] < found[-1][3]:
            band = (band[0], found.pop()[1], band[2], band[3])
        found.append(band)
    return found


def _headless(seen: Seen) -> bool:
    """Whether a line may be the rest of any feed's row: "gunned down by Zed" with the victim not read."""
    named = seen.said.kind in ("weak_kill", "death") and "{" in seen.said.phrase
    return named and "you" not in seen.said.phrase.split() and abs(seen.rect[0] + seen.rect[2] - 1.0) > 0.1


def _kills(seens: Sequence[Seen], known: Sequence[Seen]) -> bool:
    return any(seen.said.kind in ("row", "kill", "weak_kill") and not _among(seen, known) for seen in seens)


def _among(seen: Seen, others: Sequence[Seen]) -> bool:
    return any(alike(seen.said, other.said) >= 0.72 for other in others)
