"""What a picture says: its lines, where the game prints, and whether a menu or a score board covers the game."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from aiditor.detect.hud.grammar import Grammar, Said
from aiditor.detect.hud.lines import Line
from aiditor.detect.hud.ocr import Ocr
from aiditor.detect.hud.rules import GameRules
from aiditor.detect.hud.scan import RIM, Scanner
from aiditor.detect.hud.tracks import Seen
from aiditor.detect.hud.zones import Places, Rect, pixels

__all__ = ["Sight"]

_SURE_NAMES = 0.72
"""Two names with nothing but a gap between are believed from this confidence of the reading."""
_LINE_PX = 15.0
"""Height at which the finder still finds a line's box; letters are half as high."""
_THUMB = (32, 18)
_SAME_SCREEN = 6.0
"""Mean difference of two thumbnails, of 255, below which they show the same still screen."""


class Sight:
    """Reads parts of pictures; remembers where lines stood that said something."""

    def __init__(self, rules: GameRules, grammar: Grammar, ocr: Ocr) -> None:
        self._grammar = grammar
        self.scanner = Scanner(ocr)
        self.places = Places(rules.zones)
        self._cover: tuple[np.ndarray, list[Seen]] | None = None

    def zones(self, picture: np.ndarray, marks: np.ndarray) -> tuple[tuple[Rect, ...], list[Seen]]:
        """Where was looked, and the lines there that say something: the zones known so far."""
        areas = self.places.rects
        seens, cut = self._read(picture, marks, areas, self._scale(picture))
        if cut:
            areas = self.places.rects
            seens, _ = self._read(picture, marks, areas, self._scale(picture))
        return areas, seens

    def part(self, picture: np.ndarray, marks: np.ndarray, areas: Sequence[Rect], tall_px: float = 0.0) -> list[Seen]:
        """The lines in some areas that say something; `tall_px` is the height of the picture when it is searched."""
        scale = min(tall_px / picture.shape[0], 1.5) if tall_px else self._scale(picture)
        return self._read(picture, marks, areas, scale)[0]

    def at(
        self, picture: np.ndarray, marks: np.ndarray, hits: Sequence[Rect], zones: Sequence[Rect]
    ) -> tuple[list[Seen], list[Rect]]:
        """The lines that hold known words, which stand at `hits`, and say something; and the hits where nothing did."""
        height, width = picture.shape[:2]
        seens: list[Seen] = []
        left: list[Rect] = []
        for hit in hits:
            zone = next((zone for zone in zones if zone[0] <= hit[0] and hit[2] <= zone[2]), (0.0, 0.0, 1.0, 1.0))
            # A word's letters were kept without the rim of their line.
            rim = RIM / (1 - 2 * RIM) * (hit[3] - hit[1])
            box = pixels((hit[0], max(hit[1] - rim, 0.0), hit[2], min(hit[3] + rim, 1.0)), width, height)
            line = self.scanner.line(picture, marks, box, (round(zone[0] * width), round(zone[2] * width)))
            said = None if line is None else self._grammar.says(line.text)
            if line is None or said is None or said.phrase == "icon" or said.kind in ("menu", "scoreboard"):
                left.append(hit)
                continue
            seen = Seen(said, _shares(line, width, height), line)
            seens.append(seen)
            self.places.add(seen.rect, rows=_is_row(seen))
        return seens, left

    def _scale(self, picture: np.ndarray) -> float:
        return float(np.clip(_LINE_PX / max(self.places.line * picture.shape[0], 1.0), 0.4, 1.2))

    def _read(
        self, picture: np.ndarray, marks: np.ndarray, areas: Sequence[Rect], scale: float
    ) -> tuple[list[Seen], bool]:
        height, width = picture.shape[:2]
        lines = self.scanner.lines(picture, marks, [pixels(rect, width, height) for rect in areas], scale)
        seens: list[Seen] = []
        menu: list[Seen] = []
        board, cut = 0, False
        for line in lines:
            said = self._grammar.says(line.text)
            board += self._grammar.board_words(line.text)
            if self.scanner.note(line, matters=said is not None, chat=self._grammar.chat(line.text)):
                said = None
            if said is None or (said.phrase == "icon" and line.confidence < _SURE_NAMES):
                continue
            seen = Seen(said, _shares(line, width, height), line)
            if said.kind == "menu":
                menu.append(seen)
                continue
            seens.append(seen)
            cut |= self.places.add(seen.rect, rows=_is_row(seen))
        covers = menu[:1] if len(menu) >= 2 else []
        if board >= 3:
            covers.append(Seen(Said("scoreboard"), (0.25, 0.2, 0.75, 0.8), lines[0]))
        return [*seens, *self._covered(picture, covers)], cut

    def _covered(self, picture: np.ndarray, covers: list[Seen]) -> list[Seen]:
        """What covers the game. Such a screen stands still: it is known again where only a part of it is read."""
        thumb = cv2.resize(picture, _THUMB, interpolation=cv2.INTER_AREA).astype(np.int16)
        if covers:
            self._cover = (thumb, covers)
        elif self._cover is not None and float(np.abs(thumb - self._cover[0]).mean()) < _SAME_SCREEN:
            return self._cover[1]
        return covers


def _shares(line: Line, width: int, height: int) -> Rect:
    left, top, right, bottom = line.box
    return left / width, top / height, right / width, bottom / height


def _is_row(seen: Seen) -> bool:
    """Whether a line is a feed's, so that more may come above and below it; what stands in the middle is a banner."""
    named = bool(seen.said.killer and seen.said.victim)
    return named and seen.said.kind in ("row", "kill", "death") and abs(seen.rect[0] + seen.rect[2] - 1.0) > 0.2
