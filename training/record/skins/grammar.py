"""What a family of skins fixes (its layout grammar) and what it leaves to each film's seed: tuples are drawn from.

Places are anchors such as "top_right", or the middle of a thing as shares of the picture's width and height.
Sizes are pixels at 360 lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from training.record.skins.draw import Colour
from training.record.skins.fonts import Font

__all__ = ["Banner", "Death", "Extras", "Family", "Feed", "Marker", "Medal", "Palette", "Points", "Sounds", "Vitals"]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of a film."""

    text: Colour = (240, 240, 240)
    me: Colour = (255, 214, 80)
    ally: Colour = (110, 190, 255)
    foe: Colour = (255, 92, 84)
    accent: Colour = (255, 255, 255)
    panel: Colour = (12, 16, 22)
    mine: Colour = (70, 18, 20)
    """Behind one's own rows."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The kill feed. `lines` are templates: {k} killer, {v} victim, {w} weapon's word, {i} its sign,
    {h} a sign when it was a headshot, {hs} a word for that, {d} metres, {a} who assisted."""

    corners: tuple[str, ...] = ("top_right",)
    lines: tuple[str, ...] = ("{k} {i}{h} {v}",)
    newest: tuple[str, ...] = ("bottom",)
    """Where a new row appears: top or bottom."""
    size: tuple[int, int] = (13, 15)
    hold_s: tuple[float, float] = (3.0, 6.0)
    rows: int = 5
    back: tuple[str, ...] = ("rect",)
    """Shape behind a row, "" for none."""
    own: tuple[str, ...] = ("border",)
    """How one's own rows stand out: border, fill, colour, bar, none."""
    you: bool = False
    """One's own name reads "You"."""
    hs_word: str = " (headshot)"
    only_own: bool = False
    margin: tuple[int, int] = (8, 10)
    edge: int = 0


@dataclass(frozen=True, slots=True)
class Banner:
    """What is written when one kills. {v} victim, {w} weapon, {n} points, {c} how many in a row."""

    lines: tuple[str, ...] = ("ELIMINATED {v}",)
    under: tuple[str, ...] = ("",)
    """A smaller second line."""
    headshot: tuple[str, ...] = ("",)
    """Replaces the second line at a headshot."""
    streak: dict[int, str] = field(default_factory=dict)
    """Instead of the first line, by how many kills fell in a row."""
    assist: tuple[str, ...] = ("",)
    at: tuple[tuple[float, float], ...] = ((0.5, 0.7),)
    size: tuple[int, int] = (18, 22)
    hold_s: tuple[float, float] = (1.4, 2.4)
    anim: tuple[str, ...] = ("pop",)
    """pop, fade, slide or rise."""
    back: tuple[str, ...] = ("",)
    sign: tuple[str, ...] = ("",)
    """Drawn before the first line."""
    edge: int = 1
    align: str = "centre"
    stack: bool = False
    """New lines push old ones away instead of replacing them."""


@dataclass(frozen=True, slots=True)
class Marker:
    """At the crosshair, when a shot lands and when it kills."""

    hit: tuple[str, ...] = ("x",)
    kill: tuple[str, ...] = ("x",)
    hit_colour: tuple[Colour, ...] = ((255, 255, 255),)
    kill_colour: tuple[Colour, ...] = ((255, 40, 40),)
    size: tuple[int, int] = (16, 22)
    grow: float = 1.3
    """The kill's size against the hit's."""
    thick: float = 2.0
    kill_s: float = 0.35
    numbers: float = 0.2
    """Share of films in which every hit throws up the damage it did."""


@dataclass(frozen=True, slots=True)
class Points:
    """ "+100" and the like."""

    lines: tuple[str, ...] = ("+{n}",)
    extra: dict[str, str] = field(default_factory=dict)
    """Further lines: headshot, streak, assist."""
    at: tuple[tuple[float, float], ...] = ((0.58, 0.52),)
    size: tuple[int, int] = (15, 20)
    worth: tuple[int, ...] = (100, 50, 10)
    rise: bool = True


@dataclass(frozen=True, slots=True)
class Medal:
    """A drawn badge at a kill, at every one or from the second in a row on."""

    shapes: tuple[str, ...] = ("hex",)
    signs: tuple[str, ...] = ("skull",)
    at: tuple[tuple[float, float], ...] = ((0.5, 0.8),)
    size: tuple[int, int] = (34, 44)
    every: bool = True


@dataclass(frozen=True, slots=True)
class Sounds:
    """Kinds of sound by occasion; "" stays silent."""

    hit: tuple[str, ...] = ("tick",)
    kill: tuple[str, ...] = ("ding",)
    headshot: tuple[str, ...] = ("",)
    streak: tuple[str, ...] = ("",)
    death: tuple[str, ...] = ("",)
    gain: tuple[float, float] = (0.25, 0.5)
    climbs: bool = False
    """Each kill in a row sounds higher."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """Health and ammunition: bar, chunks, digits, twin (two bars, bottom centre) or ring; and Doom's own bar."""

    style: tuple[str, ...] = ("bar",)
    doom_bar: tuple[str, ...] = ("stretch",)
    """keep it, cover it with a panel, or stretch the picture over its place."""
    icons: bool = True


@dataclass(frozen=True, slots=True)
class Death:
    """What a death looks like. {k} is the killer."""

    lines: tuple[str, ...] = ("ELIMINATED BY {k}",)
    tint: tuple[str, ...] = ("red", "grey", "dark")
    killcam: float = 0.5
    """Share of films with killcams."""
    words: tuple[str, ...] = ("KILLCAM",)


@dataclass(frozen=True, slots=True)
class Extras:
    """Share of films that have them."""

    minimap: float = 0.6
    minimap_at: tuple[str, ...] = ("top_left",)
    crosshair: tuple[str, ...] = ("plus", "dots", "ring", "thin_x")
    facecam: float = 0.25
    chat: float = 0.3
    watermark: float = 0.35
    music: float = 0.25
    notices: tuple[str, ...] = ("ROUND {c}", "ZONE CLOSING", "OBJECTIVE UPDATED", "30 SECONDS LEFT", "LEVEL UP")
    """Banners about other things than kills."""
    team: float = 0.3
    compass: float = 0.2


@dataclass(frozen=True, slots=True)
class Family:
    """One family of skins."""

    name: str
    fonts: tuple[Font, ...]
    """For the feed and small print."""
    titles: tuple[Font, ...]
    """For banners."""
    palettes: tuple[Palette, ...]
    feed: Feed | None = None
    banner: Banner | None = None
    marker: Marker | None = None
    points: Points | None = None
    medal: Medal | None = None
    sounds: Sounds | None = None
    vitals: Vitals = Vitals()
    death: Death = Death()
    extras: Extras = Extras()

    @property
    def announces(self) -> tuple[str, ...]:
        """What an own kill is announced by."""
        parts = {
            "feed": self.feed,
            "banner": self.banner,
            "marker": self.marker,
            "sound": self.sounds,
            "points": self.points,
            "medal": self.medal,
        }
        return tuple(name for name, part in parts.items() if part is not None)
