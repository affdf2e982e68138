"""What one film's HUD has drawn from its family by seed, and how its lines of text are set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from training.record.skins.draw import Colour, Ink, blank, over, row, tinted, write
from training.record.skins.fonts import Font
from training.record.skins.grammar import Family, Palette
from training.record.skins.icons import SIGNS, sign
from training.record.skins.layout import Layout
from training.record.skins.names import roster, weapon_names

__all__ = ["BAR_SHARE", "Look", "Words", "compose", "pick"]

T = TypeVar("T")
BAR_SHARE = 32 / 200
"""The game's own status bar takes so much of the picture's height."""


def pick(random: np.random.Generator, options: Sequence[T]) -> T:
    """One of them."""
    return options[int(random.integers(len(options)))]


@dataclass(frozen=True, slots=True)
class Words:
    """What a line may name."""

    killer: str = ""
    victim: str = ""
    killer_side: str = "foe"
    """me, ally or foe."""
    victim_side: str = "foe"
    weapon: str = ""
    sign: str = "rifle"
    headshot: bool = False
    metres: int = 0
    assist: str = ""
    points: int = 0
    count: int = 1
    streak: str = ""
    hs_word: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Size, colours, fonts and people of one film."""

    family: Family
    size: tuple[int, int]
    palette: Palette
    font: Font
    title: Font
    player: str
    mates: tuple[str, ...]
    foes: tuple[str, ...]
    weapons: dict[str, tuple[str, str]]
    latency_s: float
    layout: Layout
    bar: str
    """What becomes of the game's own status bar: keep, cover or stretch."""

    @classmethod
    def draw(
        cls, family: Family, size: tuple[int, int], random: np.random.Generator, mates: Sequence[str] = ()
    ) -> Look:
        """By seed; `mates` are those who really play on the same side."""
        people = roster(random, 22)
        options = family.vitals.doom_bar
        you = family.feed is not None and family.feed.you and random.random() < 0.7
        return cls(
            family,
            size,
            pick(random, family.palettes),
            pick(random, family.fonts),
            pick(random, family.titles),
            "You" if you else people[0],
            tuple(mates) or tuple(people[1:8]),
            tuple(people[8:]),
            weapon_names(random),
            float(random.choice((0.0, 0.0, 0.03, 0.06, 0.12))),
            Layout(size),
            "stretch" if "stretch" in options and random.random() < 0.4 else pick(random, options),
        )

    @property
    def view_height(self) -> int:
        """Pixels from the top that show the play rather than a status bar."""
        return self.size[1] if self.bar == "stretch" else int(self.size[1] * (1 - BAR_SHARE))

    def px(self, at_360: float) -> int:
        """Pixels for so many at 360 lines."""
        return max(round(at_360 * self.size[1] / 360), 1)

    @property
    def light(self) -> bool:
        """Whether panels are light, so that what is written on them must be dark."""
        return sum(self.palette.panel) >= 380

    def ink(
        self, size_px: int, colour: Colour | None = None, *, title: bool = False, edge: int = 0, flat: bool = False
    ) -> Ink:
        """The film's letters; without an edge they get a shadow, unless they are to lie flat."""
        return Ink(
            self.title if title else self.font,
            size_px,
            colour or self.palette.text,
            self.px(edge) if edge else 0,
            shadow=not edge and not flat,
        )

    def side(self, who: str) -> Colour:
        """The colour of a name."""
        return {"me": self.palette.me, "ally": self.palette.ally}.get(who, self.palette.foe)


def compose(template: str, words: Words, look: Look, ink: Ink) -> np.ndarray:
    """RGBA of a template's line; see `grammar.Feed` for what stands in braces."""
    parts: list[np.ndarray] = []
    tall = round(ink.size_px * 0.95)
    texts = {
        "w": words.weapon, "hs": words.hs_word if words.headshot else "", "d": str(words.metres),
        "a": f" + {words.assist}" if words.assist else "", "n": str(words.points), "c": str(words.count),
        "streak": words.streak,
    }  # fmt: skip
    text = ""
    for piece in re.split(r"(\{\w+\})", template):
        name = piece[1:-1] if piece.startswith("{") else ""
        image = None
        if name in ("k", "v"):
            who, side = (words.killer, words.killer_side) if name == "k" else (words.victim, words.victim_side)
            image = _name(who, side, look, ink)
        elif name == "i" or name in SIGNS:
            image = _sign(words.sign if name == "i" else name, tall, ink)
        elif name == "h":
            image = _sign("headshot", tall, ink) if words.headshot else None
        else:
            text += texts.get(name, piece)
        if image is not None:
            parts += ([write(text, ink)] if text else []) + [image]
            text = ""
    if text or not parts:
        parts.append(write(text, ink))
    return row(parts, -2 * ink.edge_px - (4 if ink.shadow else 1))


def _name(text: str, side: str, look: Look, ink: Ink) -> np.ndarray:
    return write(text, Ink(ink.font, ink.size_px, look.side(side), ink.edge_px, ink.edge_colour, ink.shadow))


def _sign(name: str, tall: int, ink: Ink) -> np.ndarray:
    mask = sign(name, tall)
    image = blank(mask.shape[1] + 4, tall + 2)
    over(image, tinted(mask, (0, 0, 0), 0.6), 3, 2)
    over(image, tinted(mask, ink.colour), 2, 1)
    return image
