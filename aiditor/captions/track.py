"""Captions frame by frame: a small picture and its place, the same object as long as nothing changes."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from aiditor.captions.areas import Box, caption_area
from aiditor.captions.config import CaptionConfig
from aiditor.captions.fonts import Fonts, can_shape
from aiditor.captions.layout import Layout, Piece, lay_out
from aiditor.captions.lettering import Art, Pen
from aiditor.captions.pages import Page
from aiditor.captions.script import needs_shaping

__all__ = ["CaptionTrack", "Patch"]

GROWTH = {"highlight": 1.06, "pop": 1.14, "none": 1.0}
"""The largest that each motion draws a word."""
POP_S, SETTLE_S, POP_FROM = 0.07, 0.15, 0.6
"""A word that pops in grows from POP_FROM of its size past it up to POP_S, and is back at it by SETTLE_S."""
STEPS = 24
"""Sizes are taken in this many steps, so that few words are drawn."""
KEPT = 12
"""Drawn pages that are kept."""
STOPS = ".,;:،؛。、，；：…"

State = tuple[int, float]
"""How many words are to be seen or which is lit, and how large that one is."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A small picture: uint8 [H, W, 4] RGBA, straight alpha, and where its left top corner lies on the picture.

    Sides and corner are even. All patches of one page have one size and place.
    """

    pixels: np.ndarray
    left: int
    top: int


class CaptionTrack:
    """The captions over a `width` x `height` picture at `fps` frames a second.

    `warnings` says what cannot be drawn, known before the first frame is. Pages own whole frames on the grid that cuts
    do, both rounded, so that a page never shows over another cut's picture. What is kept is a dozen pages and 64 words.
    """

    def __init__(
        self, pages: Sequence[Page], cfg: CaptionConfig, width: int, height: int, fps: int, fonts: Fonts | None = None
    ) -> None:
        self._cfg, self._fps = cfg, fps
        self._pen = Pen(cfg, fonts or Fonts())
        self.area: Box = caption_area(width, height, cfg.platform)
        self._size = max(8, round(cfg.size * min(width, height)))
        self._pages = tuple(pages)
        self._starts = [_frame(page.start_s, fps) for page in pages]
        self._missing: dict[str, None] = {}
        self._texts = [self._drawable(page) for page in pages]
        self._layouts: OrderedDict[int, Layout | None] = OrderedDict()
        self._patches: OrderedDict[tuple[int, State], Patch] = OrderedDict()
        unfit = [page.text for at, page in enumerate(pages) if any(self._texts[at]) and self.layout(at) is None]
        self.warnings: tuple[str, ...] = (*_reports(list(self._missing)), *(_unfit(text) for text in unfit))

    def at(self, index: int) -> Patch | None:
        """What lies over output frame `index`; None where nothing does."""
        at = bisect_right(self._starts, index) - 1
        if at < 0 or index >= _frame(self._pages[at].end_s, self._fps):
            return None
        layout = self.layout(at)
        if layout is None:
            return None
        key = (at, self._state(at, index))
        if key not in self._patches:
            self._patches[key] = self._draw(at, layout, key[1])
            if len(self._patches) > KEPT:
                self._patches.popitem(last=False)
        self._patches.move_to_end(key)
        return self._patches[key]

    def spoken(self, index: int) -> int | None:
        """The word of its page that is lit, or came in last, at output frame `index`; None where no page is shown."""
        at = bisect_right(self._starts, index) - 1
        if at < 0 or index >= _frame(self._pages[at].end_s, self._fps):
            return None
        return self._word(at, index)

    def layout(self, at: int) -> Layout | None:
        """Where the words of page `at` lie; None where they fit nowhere or cannot be drawn."""
        if at not in self._layouts:
            page, texts = self._pages[at], self._texts[at]
            found = None
            if any(texts):
                growth = GROWTH[self._cfg.motion]
                found = lay_out(texts, self._cfg, self.area, self._pen, page.language, size=self._size, growth=growth)
            self._layouts[at] = found
            if len(self._layouts) > KEPT:
                self._layouts.popitem(last=False)
        return self._layouts[at]

    def _drawable(self, page: Page) -> list[str]:
        """The page's words as they are written on the picture, without what no font has."""
        texts = []
        for word in page.words:
            text, missing = self._pen.drawable(written(word.text, page.language, self._cfg), page.language)
            texts.append(text)
            self._missing.update(dict.fromkeys(missing))
        return texts

    def _word(self, at: int, index: int) -> int:
        """The last word of page `at` that has begun by frame `index`, the first one where none has."""
        begun = [_frame(word.start_s, self._fps) <= index for word in self._pages[at].words]
        return max((word for word, yes in enumerate(begun) if yes), default=0)

    def _state(self, at: int, index: int) -> State:
        word = self._word(at, index)
        if self._cfg.motion == "none":
            return -1, 1.0
        if self._cfg.motion == "highlight":
            return word, GROWTH["highlight"]
        begun = max(_frame(self._pages[at].words[word].start_s, self._fps), self._starts[at])
        return word, popped((index - begun) / self._fps)

    def _draw(self, at: int, layout: Layout, state: State) -> Patch:
        word, scale = state
        language = self._pages[at].language
        sheet = Image.new("RGBA", (layout.box.width, layout.box.height), (0, 0, 0, 0))
        shown = [p for p in layout.pieces if self._cfg.motion != "pop" or p.word <= word]
        arts = []
        for piece in sorted(shown, key=lambda piece: piece.word == word):
            own = piece.word == word
            colour = self._cfg.highlight if own and self._cfg.motion == "highlight" else self._cfg.colour
            arts.append(self._art(piece, layout, language, colour, scale if own else 1.0))
        for name in ("under", "over"):
            for art, x, y in arts:
                picture = getattr(art, name)
                cut = (max(0, -x), max(0, -y))
                if cut[0] < picture.width and cut[1] < picture.height:
                    sheet.alpha_composite(picture, (max(0, x), max(0, y)), cut)
        return Patch(np.asarray(sheet), layout.box.left, layout.box.top)

    def _art(self, piece: Piece, layout: Layout, language: str, colour: str, scale: float) -> tuple[Art, int, int]:
        """A piece drawn at `scale` about its middle, and where its picture lies in the page's box."""
        size = layout.size if scale == 1.0 else max(1, round(layout.size * scale))
        art, ink = self._pen.art(piece.text, size, language, colour), piece.ink
        own = self._pen.ink(piece.text, size, language)
        x = piece.x + (ink.left + ink.right - own.left - own.right) / 2
        y = piece.baseline + (ink.top + ink.bottom - own.top - own.bottom) / 2
        return art, round(x) - art.x - layout.box.left, round(y) - art.y - layout.box.top


def popped(t_s: float) -> float:
    """How large a word is `t_s` seconds after it came in."""
    peak = GROWTH["pop"]
    if t_s < POP_S:
        scale = POP_FROM + (peak - POP_FROM) * (1 - (1 - max(t_s, 0.0) / POP_S) ** 3)
    elif t_s < SETTLE_S:
        scale = peak + (1 - peak) * (t_s - POP_S) / (SETTLE_S - POP_S)
    else:
        return 1.0
    return math.floor(scale * STEPS) / STEPS


def written(text: str, language: str, cfg: CaptionConfig) -> str:
    """A word as the config has it: trimmed, in capitals."""
    if cfg.trim:
        text = text.rstrip(STOPS) or text
    if not cfg.uppercase:
        return text
    if language in ("tr", "az"):
        text = text.replace("i", "İ").replace("ı", "I")
    text = text.upper()
    if language == "el":  # Greek capitals have no accents
        text = unicodedata.normalize("NFD", text).replace("\u0301", "")
    return unicodedata.normalize("NFC", text)


def _frame(t_s: float, fps: int) -> int:
    return math.floor(t_s * fps + 0.5)


def _reports(missing: Sequence[str]) -> list[str]:
    """One sentence a script with letters that cannot be drawn."""
    by_script: dict[str, list[str]] = {}
    for letter in missing:
        script = unicodedata.name(letter[0], "unknown").split()[0].capitalize()
        by_script.setdefault(script, []).append(letter)
    reports = []
    for script, letters in by_script.items():
        some = " ".join(letters[:6])
        if not can_shape() and needs_shaping(letters[0]):
            remedy = "install libfribidi (libfribidi0 in Debian)"
        else:
            remedy = "install a font that has them (Noto)"
        reports.append(f"captions leave out {some} ({script}, {len(letters)} letters): {remedy}")
    return reports


def _unfit(text: str) -> str:
    return f"a caption does not fit and is left out ({text[:24]}…): make the type smaller"
