"""Starts ViZDoom with picture, sound, labels and truth, and closes it whatever happens."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from aiditor.config import Config
from aiditor.errors import BadConfig, MissingPart
from training.record.attribution import attribution_script
from training.record.coop import MATE_CLASS, OWN_TOKEN, bots_file, mate_names
from training.record.mods import mod_commands, mod_lumps
from training.record.truth import PLAYER
from training.record.wad import patch_wad, playable

__all__ = ["AUDIO_HZ", "TIC_HZ", "RecordConfig", "loadout", "open_game", "stop_cleanly", "team", "wad_path"]

TIC_HZ = 35
AUDIO_HZ = 44_100
VARIABLES = (
    *("POSITION_X", "POSITION_Y", "CAMERA_POSITION_Z", "ANGLE", "PITCH", "HEALTH", "FRAGCOUNT", "KILLCOUNT"),
    *("DAMAGE_TAKEN", "SELECTED_WEAPON", "SELECTED_WEAPON_AMMO", "HITCOUNT"),
    *(f"WEAPON{slot}" for slot in range(1, 8)),
    *(f"AMMO{slot}" for slot in range(1, 8)),
)
BUTTONS = (
    *("ATTACK", "USE", "MOVE_FORWARD_BACKWARD_DELTA", "MOVE_LEFT_RIGHT_DELTA"),
    *("TURN_LEFT_RIGHT_DELTA", "LOOK_UP_DOWN_DELTA"),
    *(f"SELECT_WEAPON{slot}" for slot in range(1, 8)),
)


class RecordConfig(Config):
    """One recording."""

    game: str = Field("freedoom2", pattern="^freedoom[12]$")
    """Which of the two free games: freedoom1 (E1M1 …) or freedoom2 (MAP01 …)."""
    map: str = "MAP05"
    """Its map."""
    mode: str = Field("campaign", pattern="^(campaign|deathmatch|coop)$")
    """campaign: alone against monsters; deathmatch: against bots, who also kill each other; coop: with bots against
    monsters."""
    mod: str = ""
    """Another look and sound over the same game; "" for none."""
    skin: str = "plain"
    """The HUD drawn over the picture; "plain" draws nothing."""
    scene: str = Field("play", pattern="^(play|spectate|calm)$")
    """play; spectate: what another player does, as one who watches sees it; calm: nobody to fight."""
    seconds: float = Field(60.0, gt=0.5, le=7200)
    """Length of the recording."""
    skip_s: float = Field(0.6, ge=0, le=600)
    """Play so long before the recording begins (weapons are raised in the first half second)."""
    seed: int = Field(0, ge=0, le=2**31 - 1)
    """The same seed records the same film."""
    width: int = Field(640, ge=160, le=1920)
    height: int = Field(360, ge=120, le=1080)
    difficulty: int = Field(3, ge=1, le=5)
    """The game's own skill level, 1 to 5."""
    crowd: float = Field(1.0, gt=0, le=1)
    """Share of the map's monsters that are there."""
    bots: int = Field(5, ge=1, le=7)
    """Other players in deathmatch and coop."""
    loadout: str = Field("shotgun", pattern="^(pistol|shotgun|chaingun|double|rocket|all)$")
    """What the player carries from the start."""
    crf: int = Field(23, ge=10, le=40)
    """x264 constant rate factor: lower is better and bigger."""
    preset: str = "superfast"
    """x264 preset."""


_LOADOUTS = {
    "pistol": (),
    "shotgun": ("shotgun", "shell 30"),
    "chaingun": ("chaingun", "shotgun", "clip 150", "shell 20"),
    "double": ("supershotgun", "shotgun", "shell 50"),
    "rocket": ("rocketlauncher", "shotgun", "rocketammo 25", "shell 30"),
    "all": (
        "backpack",
        "supershotgun",
        "shotgun",
        "chaingun",
        "rocketlauncher",
        "shell 60",
        "clip 200",
        "rocketammo 20",
    ),
}


def loadout(cfg: RecordConfig) -> list[str]:
    """Console commands that arm the player at the start of every life. Doom 1 has no double-barrelled shotgun."""
    gifts = [gift for gift in _LOADOUTS[cfg.loadout] if cfg.game == "freedoom2" or gift != "supershotgun"]
    tokens = [OWN_TOKEN] if cfg.mode == "coop" else []
    return ["give keys", *(f"give {gift}" for gift in [*gifts, *tokens])]


def team(cfg: RecordConfig) -> list[str]:
    """Names of the recorded player's team mates."""
    return mate_names(cfg.seed, cfg.bots) if cfg.mode == "coop" else []


def stop_cleanly() -> None:
    """Leave by an exception when asked to terminate, so that the engine, a process of its own, is closed too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _vizdoom() -> Any:
    try:
        import vizdoom
    except ImportError as error:
        raise MissingPart("ViZDoom is not installed", remedy="pip install -r requirements.txt") from error
    return vizdoom


def wad_path(game: str) -> Path:
    """The free game's data file, which ViZDoom's package ships."""
    path = Path(_vizdoom().__path__[0]) / f"{game}.wad"
    if not path.is_file():
        raise MissingPart(f"{path.name} is not in the ViZDoom package", remedy="pip install --force-reinstall vizdoom")
    return path


@contextmanager
def open_game(cfg: RecordConfig) -> Iterator[Any]:
    """A running `vizdoom.DoomGame` at the start of the map.

    Raises BadConfig for a size that the engine cannot show, MissingPart when the game does not start.
    """
    vzd = _vizdoom()
    resolution = getattr(vzd.ScreenResolution, f"RES_{cfg.width}X{cfg.height}", None)
    if resolution is None:
        raise BadConfig(f"the game has no {cfg.width}x{cfg.height} mode", remedy="use 640x360 or 1280x720")
    folder = Path(tempfile.mkdtemp(prefix="doom-"))
    game = vzd.DoomGame()
    try:
        patch = folder / "recorder.wad"
        lumps = playable(wad_path(cfg.game), cfg.map, crowd=cfg.crowd, seed=cfg.seed, mates=len(team(cfg)))
        extra = mod_lumps(cfg.mod, wad_path(cfg.game), cfg.map)
        script = attribution_script(team=cfg.mode == "coop")
        if cfg.mode == "coop":
            lumps.append(("MAPINFO", f'gameinfo {{ playerclasses = "{MATE_CLASS}" }}\n'.encode("ascii")))
        patch.write_bytes(patch_wad([("DECORATE", script), *lumps, *extra]))
        _configure(vzd, game, cfg, resolution, patch)
        try:
            with chdir(folder):  # the engine makes a `_vizdoom` folder where it starts
                game.init()
        except Exception as error:
            raise MissingPart(
                f"the game did not start ({str(error).strip() or type(error).__name__})",
                remedy="reinstall it (pip install --force-reinstall vizdoom) and check that /dev/shm has room",
            ) from error
        if cfg.mode == "deathmatch":
            for _ in range(cfg.bots):
                game.send_game_command("addbot")
        for command in mod_commands(extra):
            game.send_game_command(command)
        for name in team(cfg):
            game.send_game_command(f"addbot {name}")
        yield game
    finally:
        game.close()
        shutil.rmtree(folder, ignore_errors=True)


def _configure(vzd: Any, game: Any, cfg: RecordConfig, resolution: Any, patch: Path) -> None:
    game.set_doom_config_path(str(patch.parent / "vizdoom.ini"))
    game.set_doom_game_path(str(wad_path(cfg.game)))
    game.set_doom_scenario_path(str(patch))
    game.set_doom_map(cfg.map)
    game.set_doom_skill(cfg.difficulty)
    game.set_seed(cfg.seed)
    game.set_mode(vzd.Mode.PLAYER)
    game.set_window_visible(False)
    game.set_screen_resolution(resolution)
    game.set_screen_format(vzd.ScreenFormat.RGB24)
    game.set_labels_buffer_enabled(True)
    game.set_objects_info_enabled(True)
    game.set_notifications_buffer_enabled(True)
    game.set_notifications_buffer_size(1)
    game.set_sound_enabled(True)
    game.set_audio_buffer_enabled(True)
    game.set_audio_sampling_rate(vzd.SamplingRate.SR_44100)
    game.set_audio_buffer_size(1)
    for part in (
        "hud",
        "crosshair",
        "messages",
        "weapon",
        "decals",
        "particles",
        "effects_sprites",
        "corpses",
        "screen_flashes",
    ):
        getattr(game, f"set_render_{part}")(True)
    game.set_available_buttons([getattr(vzd.Button, name) for name in BUTTONS])
    game.set_available_game_variables([getattr(vzd.GameVariable, name) for name in VARIABLES])
    game.set_episode_start_time(1)
    game.set_episode_timeout(0)
    # One player hosting a game of their own: the engine then goes on after a death, as an arena does.
    args = f"-host 1 +name {PLAYER} +snd_efx 0 +sv_cheats 1 +autoaim 0 +con_scaletext 1 +viz_nocheat 0"
    if cfg.mode == "deathmatch":
        bots = Path(vzd.__path__[0]) / "bots.cfg"
        args += f" -deathmatch -nomonsters +sv_weaponstay 1 +viz_bots_path {bots}"
    if cfg.mode == "coop":
        bots = patch.with_name("bots.cfg")
        bots.write_text(bots_file(team(cfg), cfg.seed))
        args += f" +viz_bots_path {bots}"
    game.add_game_args(args)
