"""What to record of OpenArena, who plays in it, and the engine's scripts for that."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from pydantic import Field

from aiditor.config import Config

__all__ = [
    "DEMO",
    "FRAME_WORD",
    "MAPS",
    "Cast",
    "Fighter",
    "QuakeConfig",
    "cast",
    "film_script",
    "film_settings",
    "play_script",
    "play_settings",
]

MAPS = (
    *("oa_dm1", "oa_dm2", "oa_dm3", "oa_dm4", "oa_dm5", "oa_dm6", "oa_dm7", "aggressor", "kaos2", "czest1dm"),
    *("oa_rpg3dm2", "oa_shouse", "dm4ish", "wrackdm17", "am_galmevish2", "oa_minia"),
)
"""Free-for-all maps that the game's bots know their way around."""

_MODELS = (
    *("grism", "gargoyle", "kyonshi", "major", "sergei", "penguin"),
    *("sarge", "grunt", "s_marine", "skelebot", "tony", "beret"),
)
_NAMES = (
    *("Kestrel", "Moth", "Bolt", "Rune", "Nyx", "Tarn", "Hexa", "Juno", "Orbit", "Slate", "Pike", "Wren", "Onyx"),
    *("Fable", "Quill", "Drift", "Zephyr", "Koda", "Mirth", "Vandal", "Lumen", "Sable", "Tonic", "Gryphon"),
)
_PLAY_STEP_MS = 25
_WARM_UP_STEPS = 240
_WAITS_A_FRAME = 2
"""The engine empties its command buffer twice a frame, and each time counts as one `wait`."""

DEMO = "play"
"""Name of the engine's demo, and of the film rendered from it."""
FRAME_WORD = "frame"
"""What the engine's log says at the start of every frame."""


class QuakeConfig(Config):
    """One recording of OpenArena."""

    map: str = Field("oa_dm1", pattern="^[a-z0-9_-]+$")
    """Its map."""
    seed: int = Field(0, ge=0, le=2**31 - 1)
    """The same seed records the same film."""
    seconds: float = Field(60.0, ge=1, le=600)
    """Length of the recording."""
    bots: int = Field(5, ge=1, le=9)
    """Opponents of the recorded player."""
    skill: int = Field(3, ge=1, le=5)
    """The game's own bot skill: opponents have this or one less, the recorded player one more."""
    prints: bool = True
    """The game's own HUD, kill feed and messages; else nothing is drawn over the picture."""
    width: int = Field(640, ge=160, le=1920, multiple_of=2)
    height: int = Field(360, ge=120, le=1080, multiple_of=2)
    fps: int = Field(30, ge=10, le=60)
    crf: int = Field(23, ge=10, le=40)
    """x264 constant rate factor: lower is better and bigger."""


@dataclass(frozen=True, slots=True)
class Fighter:
    """One bot: the name it shows, the game's character, and its skill 1 to 5."""

    name: str
    model: str
    skill: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there: the recorded player, the opponents, and the name of the client that watches."""

    player: Fighter
    opponents: tuple[Fighter, ...]
    watcher: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.player.name, *(fighter.name for fighter in self.opponents))


def cast(cfg: QuakeConfig) -> Cast:
    """Names, characters and skills, by `cfg.seed`."""
    random = np.random.default_rng(cfg.seed)
    names = [str(name) for name in random.choice(_NAMES, cfg.bots + 2, replace=False)]
    models = [str(name) for name in random.choice(_MODELS, cfg.bots + 1, replace=False)]
    skills = [min(cfg.skill + 1, 5), *(max(cfg.skill - int(random.integers(2)), 1) for _ in range(cfg.bots))]
    player, *opponents = (Fighter(*each) for each in zip(names[1:], models, skills, strict=True))
    return Cast(player, tuple(opponents), names[0])


def play_script(cfg: QuakeConfig) -> str:
    """Console commands that play the game into a demo, a little longer than the film, and quit.

    The seed works by waiting: the engine seeds its game with the clock, and the clock counts frames.
    """
    people = cast(cfg)
    steps = ceil(cfg.seconds * 1000 / _PLAY_STEP_MS) + 40
    bots = [f"addbot {bot.model} {bot.skill} f 0 {bot.name}" for bot in (people.player, *people.opponents)]
    lines = [
        *(f"set {name} 0" for name in ("g_doWarmup", "fraglimit", "timelimit", "g_gametype")),
        *("set g_forcerespawn 2", "set bot_nochat 1", "set bot_thinktime 50", "set g_synchronousClients 1"),
        *(f"set sv_fps {1000 // _PLAY_STEP_MS}", f"set snaps {1000 // _PLAY_STEP_MS}", "set rate 100000"),
        f"set name {people.watcher}",
        f"wait {1 + cfg.seed % 251}",
        f"devmap {cfg.map}",
        "wait 20",
        "team s",
        *bots,
        f"wait {_WARM_UP_STEPS}",
        f"follow {people.player.name}",
        "wait 80",
        f"record {DEMO}",
        f"wait {steps * _WAITS_A_FRAME}",
        "stoprecord",
        "quit",
    ]
    return "\n".join(lines) + "\n"


def play_settings() -> dict[str, str]:
    """Engine variables for playing: no picture, no sound, time in equal steps."""
    return {
        "fixedtime": str(_PLAY_STEP_MS),
        "r_norefresh": "1",
        "r_customwidth": "64",
        "r_customheight": "48",
        "s_initsound": "0",
    }


def film_script(cfg: QuakeConfig) -> str:
    """Console commands that render the demo into an AVI, say every frame in the log; it does not quit."""
    random = np.random.default_rng(cfg.seed + 77)
    looks = {
        "cg_fov": int(random.choice([90, 95, 100, 105])),
        "cg_drawCrosshair": int(random.integers(1, 9)),
        "cg_draw2D": int(cfg.prints),
        "cg_scorePlums": int(cfg.prints),
        "cl_noprint": int(not cfg.prints),
        "cg_lagometer": 0,
    }
    # What is printed while `cl_noprint` is set reaches the log and never the picture.
    quiet = f"echo {FRAME_WORD}" if not cfg.prints else f"cl_noprint 1; echo {FRAME_WORD}; cl_noprint 0"
    lines = [
        *(f"set {name} {value}" for name, value in looks.items()),
        f'set frames "{quiet}; wait {_WAITS_A_FRAME}; vstr frames"',
        f"demo {DEMO}",
        f"video {DEMO}",
        "vstr frames",
    ]
    return "\n".join(lines) + "\n"


def film_settings(cfg: QuakeConfig) -> dict[str, str]:
    """Engine variables for rendering. Without mixing ahead, sound trails the picture by exactly one frame."""
    return {
        "r_customwidth": str(cfg.width),
        "r_customheight": str(cfg.height),
        "cl_aviFrameRate": str(cfg.fps),
        "cl_aviMotionJpeg": "1",
        "r_aviMotionJpegQuality": "92",
        "s_initsound": "1",
        "s_useOpenAL": "0",
        "s_mixahead": "0",
        "s_mixPreStep": "0",
        "s_sdlSpeed": "44100",
        "s_sdlBits": "16",
        "s_sdlChannels": "2",
        "s_volume": "0.7",
        "s_musicvolume": "0",
    }
