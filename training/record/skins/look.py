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
from training.record.skins.names import roster, weapon_names

__all__ = ["Look", "Words", "compose", "pick"]

T = TypeVar("T")


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

    @classmethod
    def draw(cls, family: Family, size: tuple[int, int], random: np.random.Generator) -> Look:
        """By seed."""
        people = roster(random, 22)
        you = family.feed is not None and family.feed.you and random.random() < 0.7
        return cls(
            family,
            size,
            pick(random, family.palettes),
            pick(random, family.fonts),
            pick(random, family.titles),
            "You" if you else people[0],
            tuple(people[1:8]),
            tuple(people[8:]),
            weapon_names(random),
            float(random.choice((0.0, 0.0, 0.03, 0.06, 0.12))),
        )

    def px(self, at_360: float) -> int:
        """Pixels for so many at 360 lines."""
        return max(round(at_360 * self.size[1] / 360), 1)

    def ink(self, size_px: int, colour: Colour | None = None, *, title: bool = False, edge: int = 0) -> Ink:
        """The film's letters; without an edge they get a shadow."""
        return Ink(
            self.title if title else self.font,
            size_px,
            colour or self.palette.text,
            self.px(edge) if edge else 0,
            shadow=not edge,
        )

    def side(self, who: str) -> Colour:
        """The colour of a name."""
        return {"me": self.palette.me, "ally": self.palette.ally}.get(who, self.palette.foe)


def compose(template: str, words: Words, look: Look, ink: Ink) -> np.ndarray:
    """RGBA of a template's line; see `grammar.Feed` for what stands in braces."""
    parts = []
    tall = round(ink.size_px * 0.95)
    texts = {
        "w": words.weapon, "hs": words.hs_word if words.headshot else "", "d": str(words.metres),
        "a": f" + {words.assist}" if words.assist else "", "n": str(words.points), "c": str(words.count),
        "streak": words.streak,
    }  # fmt: skip
    for piece in re.split(r"(\{\w+\})", template):
        name = piece[1:-1] if piece.startswith("{") else ""
        if name == "k":
            parts.append(_name(words.killer, words.killer_side, look, ink))
        elif name == "v":
            parts.append(_name(words.victim, words.victim_side, look, ink))
        elif name == "i" or name in SIGNS:
            parts.append(_sign(words.sign if name == "i" else name, tall, ink))
        elif name == "h":
            if words.headshot:
                parts.append(_sign("headshot", tall, ink))
        elif texts.get(name, piece):
            parts.append(write(texts.get(name, piece), ink))
    return row(parts)


def _name(text: str, side: str, look: Look, ink: Ink) -> np.ndarray:
    return write(text, Ink(ink.font, ink.size_px, look.side(side), ink.edge_px, ink.edge_colour, ink.shadow))


def _sign(name: str, tall: int, ink: Ink) -> np.ndarray:
    mask = sign(name, tall)
    image = blank(mask.shape[1] + 4, tall + 2)
    over(image, tinted(mask, (0, 0, 0), 0.6), 3, 2)
    over(image, tinted(mask, ink.colour), 2, 1)
    return image
