"""Reads what happened from the engine's log of a rendering: obituaries between one frame's mark and the next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aiditor.errors import RenderFailed
from training.record.quake.config import FRAME_WORD

__all__ = ["WROTE", "FilmLog", "Obituary", "parse_obituary", "read_log", "to_events"]

_KILLS = {
    ("was pummeled by", ""): "Gauntlet",
    ("was machinegunned by", ""): "Machinegun",
    ("was gunned down by", ""): "Shotgun",
    ("ate", "'s grenade"): "GrenadeLauncher",
    ("was shredded by", "'s shrapnel"): "GrenadeLauncher",
    ("ate", "'s rocket"): "RocketLauncher",
    ("almost dodged", "'s rocket"): "RocketLauncher",
    ("was melted by", "'s plasmagun"): "Plasmagun",
    ("was railed by", ""): "Railgun",
    ("was electrocuted by", ""): "LightningGun",
    ("was blasted by", "'s BFG"): "BFG10K",
    ("was nailed by", ""): "Nailgun",
    ("got lead poisoning from", "'s Chaingun"): "Chaingun",
    ("was too close to", "'s Prox Mine"): "ProxLauncher",
    ("falls to", "'s Kamikaze blast"): "Kamikaze",
    ("was juiced by", ""): "Invulnerability",
    ("tried to invade", "'s personal space"): "Telefrag",
    ("was crushed in", "'s trap"): "World",
    ("was given a hot bath by", ""): "World",
    ("was given a acid bath by", ""): "World",
    ("was given a small push by", ""): "World",
    ("was helped on the way by", ""): "World",
    ("was caught by", ""): "Grapple",
    ("was killed by", ""): "",
}
"""The game's words before and after the killer's name, and the weapon they stand for."""
_ALONE = re.compile(
    r"suicides|cratered|was squished|sank like a rock|melted|does a back flip into the lava|saw the light|"
    r"was in the wrong place|goes out with a bang|should have used a smaller gun|died|"
    r"tripped on \w+ own grenade|blew \w+ up|melted \w+self|found \w+ prox mine|killed \w+self"
)
"""Deaths that nobody else is to blame for."""
_HARMLESS = re.compile(r"connected|disconnected|entered the game|joined the .*|renamed to .*")
WROTE = "Wrote "
"""How the line begins that the engine says when the film's file is closed."""
_WROTE = re.compile(WROTE + r"(\d+):\d+ frames to .*\.avi$")
_MARKS_AHEAD = 2
"""Two frames are marked before the first is captured."""


@dataclass(frozen=True, slots=True)
class Obituary:
    """One death: `killer` is "" and `weapon` "" when the victim died by accident."""

    victim: str
    killer: str = ""
    weapon: str = ""


@dataclass(frozen=True, slots=True)
class FilmLog:
    """How many frames were rendered, and each death with the frame that is the first to show it."""

    frames: int
    deaths: tuple[tuple[int, Obituary], ...]


def parse_obituary(line: str, names: Sequence[str]) -> Obituary | None:
    """The death that a log line tells of, or None. Raises RenderFailed for words that the game was not known to use."""
    victim, mark, rest = line.rstrip().partition("^7 ")
    if not mark or victim not in names:
        return None
    text = rest.rstrip(".")
    for killer in names:
        before, found, after = text.partition(f" {killer}^7")
        weapon = _KILLS.get((before, after)) if found else None
        if weapon is not None:
            return Obituary(victim, killer, weapon)
    if _ALONE.fullmatch(text):
        return Obituary(victim)
    if _HARMLESS.fullmatch(text):
        return None
    raise RenderFailed(f"the game's log has a line that is not understood ({line.strip()})", remedy="use another seed")


def read_log(lines: Iterable[str], names: Sequence[str]) -> FilmLog:
    """Deaths by frame from the lines of a rendering's log.

    Raises RenderFailed when the rendering did not end well or its frame marks and frames do not match.
    """
    marks, deaths = 0, []
    for line in lines:
        text = line.rstrip("\n")
        if text == FRAME_WORD:
            marks += 1
        elif wrote := _WROTE.match(text):
            frames = int(wrote[1])
            if marks - frames != _MARKS_AHEAD:
                raise RenderFailed(
                    f"the engine marked {marks} frames and wrote {frames}", remedy="record it again, on an idle machine"
                )
            return FilmLog(frames, tuple(deaths))
        elif (death := parse_obituary(text, names)) is not None:
            deaths.append((marks - _MARKS_AHEAD, death))
    raise RenderFailed("the engine ended before the film did", remedy="check the disk's free space and record it again")


def to_events(log: FilmLog, player: str, *, fps: int, frames: int) -> list[dict[str, Any]]:
    """Events of the first `frames` frames as `truth.json` has them, seen by `player`; times are frames / `fps`."""
    events = []
    for frame, death in log.deaths:
        if not 0 <= frame < frames:
            continue
        event: dict[str, Any] = {"t": round(frame / fps, 4)}
        if death.victim == player:
            event |= {"type": "death", "killer": death.killer, "weapon": death.weapon}
        elif death.killer == player:
            event |= {"type": "kill", "victim": death.victim, "weapon": death.weapon, "headshot": False}
        else:
            event |= {"type": "other_kill", "victim": death.victim, "assist": False}
            event |= {"killer": death.killer, "weapon": death.weapon} if death.killer else {}
        events.append(event)
    return events
