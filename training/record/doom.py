"""Records Doom (the free Freedoom games, run by ViZDoom): a film with sound, and exactly what happened in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import count, islice
from math import atan2, degrees
from pathlib import Path
from typing import Any

import numpy as np

from aiditor.errors import RenderFailed
from aiditor.progress import Progress, silent
from training.record.agent import Action, Agent, Enemy, Pickup, Skill, View
from training.record.attribution import MARK, plain_name
from training.record.coop import MATE_CLASS, Mates
from training.record.game import AUDIO_HZ, BUTTONS, TIC_HZ, VARIABLES, RecordConfig, loadout, open_game, team, wad_path
from training.record.movie import MovieWriter
from training.record.navigate import WalkGrid
from training.record.rules import derive
from training.record.skins import Now, SkinLayer
from training.record.truth import Body, Box, Seen, Tic, Watcher, as_spectated, focal_px, weapon_name
from training.record.truth_file import write_truth
from training.record.wad import read_map

__all__ = ["Recording", "record"]

_DEAD_TICS = 70
_CALM_CROWD = 0.004
"""Share of the monsters that a calm scene leaves."""
_STATUS_BAR = 32 / 200
"""The status bar's share of the picture's height."""
_MIN_BOX = 24
"""Pixels at 640x360: a box smaller than this is not seen."""
_OWN_BODIES = ("DeadDoomPlayer", f"Dead{MATE_CLASS}")
_OWN_HUD = (
    *("show_messages", "crosshair", "sb_deathmatch_enable", "sb_cooperative_enable"),
    *("cl_showsprees", "cl_showmultikills"),
)
"""The engine's switches of what a skin shows instead."""
_WEAPON_SLOTS = {
    "Shotgun": 3,
    "SuperShotgun": 3,
    "Chaingun": 4,
    "RocketLauncher": 5,
    "PlasmaRifle": 6,
    "BFG9000": 7,
    "Chainsaw": 1,
}


@dataclass(frozen=True, slots=True)
class Recording:
    """What was written."""

    video: Path
    truth: Path
    events: tuple[dict[str, Any], ...]
    duration_s: float

    def count(self, kind: str) -> int:
        return Counter(event["type"] for event in self.events)[kind]


def record(cfg: RecordConfig, out: Path, *, name: str = "", progress: Progress = silent) -> Recording:
    """Play `cfg.seconds` of the map and write `<name>.mp4` and `<name>.truth.json` into `out`.

    `name` is game_map_mode_seed unless given. Raises BadInput, BadConfig, MissingPart or RenderFailed;
    no half-written file stays.
    """
    level = read_map(wad_path(cfg.game), cfg.map)
    name = name or f"{cfg.game}_{level.name.lower()}_{cfg.mode}_{cfg.seed}"
    video, truth = out / f"{name}.mp4", out / f"{name}.truth.json"
    agent = Agent(WalkGrid(level), _skill(cfg), cfg.seed)
    layer = SkinLayer(
        cfg.skin,
        size=(cfg.width, cfg.height),
        rate_hz=TIC_HZ,
        audio_hz=AUDIO_HZ,
        seed=cfg.seed,
        scene=cfg.scene,
        arena=cfg.mode != "campaign",
        mates=team(cfg),
    )
    watcher = Watcher(view_size(cfg))
    skipped, frames = round(cfg.skip_s * TIC_HZ), round(cfg.seconds * TIC_HZ)
    with (
        open_game(_peopled(cfg)) as game,
        MovieWriter(
            video,
            width=cfg.width,
            height=cfg.height,
            rate_hz=TIC_HZ,
            audio_hz=AUDIO_HZ,
            crf=cfg.crf,
            preset=cfg.preset,
        ) as movie,
    ):
        player = _Player(game, cfg)
        if layer.hides_messages:
            player.hide_messages()
        for tic in count(-skipped):
            if movie.frames >= frames:
                break
            state = player.state()
            known, seen = player.read(state)
            fresh = watcher.see(known, min(tic, 0) / TIC_HZ + movie.frames / TIC_HZ)
            if tic >= 0:
                now = _now(known, fresh, movie.frames / TIC_HZ)
                picture, sound = layer.frame(state.screen_buffer, state.audio_buffer, now)
                movie.add(picture, sound)
                for inserted in islice(layer.interlude(picture, now), frames - movie.frames):
                    movie.add(*inserted)
            player.dead_tics = layer.dead_tics
            player.do(agent.act(seen))
            if tic % 8 == 0:
                progress(movie.frames / frames, f"{name}: {movie.frames / TIC_HZ:.0f} of {cfg.seconds:.0f} s")
    events = [event for event in watcher.events if event["t"] >= 0] + layer.events
    if layer.spectates:
        events = as_spectated(events, layer.player)
    events = derive(events)
    write_truth(truth, video, cfg, level.name, frames / TIC_HZ, events, layer.player)
    return Recording(video, truth, tuple(events), frames / TIC_HZ)


def _peopled(cfg: RecordConfig) -> RecordConfig:
    """In a calm scene (nearly) everyone else has gone."""
    return cfg.model_copy(update={"crowd": _CALM_CROWD, "bots": 0}) if cfg.scene == "calm" else cfg


def _now(tic: Tic, fresh: Seen, time_s: float) -> Now:
    """What the HUD is told about a tic."""
    return Now(
        time_s,
        fresh.events,
        health=max(tic.health, 0.0),
        ammo=tic.ammo,
        weapon=weapon_name(tic.weapon),
        hurt=fresh.hurt,
        hits=fresh.hits,
        at=(tic.x, tic.y),
        heading_deg=tic.angle_deg,
        enemies=tuple(
            (body.x, body.y)
            for body in tic.bodies
            if not body.dead and body.name != MARK and abs(body.x - tic.x) + abs(body.y - tic.y) > 2
        ),
        dead=tic.dead,
    )


def view_size(cfg: RecordConfig) -> tuple[int, int]:
    """Width and height in pixels of the part of the picture above the status bar; the crosshair is its middle."""
    return cfg.width, int(cfg.height * (1 - _STATUS_BAR))


def _skill(cfg: RecordConfig) -> Skill:
    """Hands differ from seed to seed."""
    random = np.random.default_rng(cfg.seed + 77)
    calm = {"campaign": (7.0, 14.0), "coop": (16.0, 30.0)}.get(cfg.mode, (2.0, 6.0))
    return Skill(reaction_tics=int(random.integers(9, 18)), aim_noise_deg=float(random.uniform(2.4, 4.4)), calm_s=calm)


class _Player:
    """The engine as one player: reads its state as plain values, and plays actions."""

    def __init__(self, game: Any, cfg: RecordConfig) -> None:
        self._game = game
        self._cfg = cfg
        self.dead_tics = _DEAD_TICS
        """How long a death is looked at before the player respawns."""
        self._dead_for = 0
        self._gifts = loadout(cfg)
        self._mates = Mates(team(cfg))
        self._arm()

    def _arm(self) -> None:
        for command in self._gifts:
            self._game.send_game_command(command)

    def hide_messages(self) -> None:
        """Take the game's own lines of text, tables of scores and crosshair off the picture."""
        for part in _OWN_HUD:
            self._game.send_game_command(f"{part} 0")

    def state(self) -> Any:
        """The engine's state. Raises RenderFailed when the game ended by itself."""
        state = self._game.get_state()
        if state is None:
            raise RenderFailed(
                f"the game on {self._cfg.map} ended before the recording did", remedy="choose another map or seed"
            )
        return state

    def read(self, state: Any) -> tuple[Tic, View]:
        """What the truth needs, and what the agent may know."""
        values = dict(zip(VARIABLES, (float(value) for value in state.game_variables), strict=True))
        dead = self._game.is_player_dead()
        x, y, angle, pitch = (values[name] for name in ("POSITION_X", "POSITION_Y", "ANGLE", "PITCH"))
        slot = int(values["SELECTED_WEAPON"])
        bodies, prey, pickups = [], [], []
        mates, killers = self._mates.see(state.objects)
        owned = {n: values[f"AMMO{n}"] if n > 1 else 1.0 for n in range(1, 8) if values[f"WEAPON{n}"] > 0}
        for thing in state.objects:
            kind = thing.category
            if kind in ("Monster", "Player") and thing.id not in mates:
                bodies.append(Body(thing.id, thing.name, thing.position_x, thing.position_y, False))
                prey.append((thing.position_x, thing.position_y))
            elif thing.name == MARK or (kind == "Gore" and thing.name.startswith("Dead")):
                dead_body = thing.name != MARK
                bodies.append(Body(thing.id, thing.name, thing.position_x, thing.position_y, dead_body))
            elif kind in ("Health", "Ammo", "Armor", "Weapon") and _WEAPON_SLOTS.get(thing.name) not in owned:
                pickups.append(Pickup(thing.id, kind, thing.position_x, thing.position_y))
        least = _MIN_BOX * (self._cfg.height / 360) ** 2
        enemies = tuple(
            self._enemy(label)
            for label in state.labels
            if label.object_category in ("Monster", "Player")
            and label.object_id not in mates
            and label.width * label.height >= least
        )
        boxes = {label.object_id: Box(label.x, label.y, label.width, label.height) for label in state.labels}
        own = self._own_id(state) if dead else None
        tic = Tic(
            *(x, y, angle, pitch, values["HEALTH"], dead, values["FRAGCOUNT"], values["DAMAGE_TAKEN"]),
            *(slot, values["SELECTED_WEAPON_AMMO"], [body for body in bodies if body.id != own]),
            {enemy.id: boxes[enemy.id] for enemy in enemies},
            state.notifications_buffer or "",
            values["HITCOUNT"],
            mates,
            killers,
        )
        view = View(
            *(x, y, values["CAMERA_POSITION_Z"], angle, pitch, values["HEALTH"], slot, owned, dead),
            values["KILLCOUNT"] if self._cfg.mode == "campaign" else values["FRAGCOUNT"],
            *(enemies, tuple(pickups), tuple(prey)),
        )
        return tic, view

    def _enemy(self, label: Any) -> Enemy:
        """What the player sees of it, as angles from the crosshair."""
        width, height = view_size(self._cfg)
        focal = focal_px(height)
        middle, bottom = label.x + label.width / 2, label.y + label.height
        return Enemy(
            *(label.object_id, plain_name(label.object_name)),
            *(label.object_position_x, label.object_position_y, label.object_position_z),
            left_deg=degrees(atan2(width / 2 - middle, focal)),
            top_deg=degrees(atan2(height / 2 - label.y, focal)),
            bottom_deg=degrees(atan2(height / 2 - bottom, focal)),
            width_deg=degrees(atan2(label.width, focal)),
        )

    def _own_id(self, state: Any) -> int | None:
        """The player's own body among the dead: where the camera lies."""
        variables = dict(zip(VARIABLES, state.game_variables, strict=True))
        x, y = float(variables["POSITION_X"]), float(variables["POSITION_Y"])
        bodies = [thing for thing in state.objects if thing.name in _OWN_BODIES]
        nearest = min(bodies, key=lambda t: (t.position_x - x) ** 2 + (t.position_y - y) ** 2, default=None)
        return None if nearest is None else nearest.id

    def do(self, action: Action) -> None:
        """Play one tic of input; respawn when the death has been looked at long enough."""
        if self._game.is_player_dead():
            self._dead_for += 1
            if self._dead_for >= self.dead_tics:
                self._dead_for = 0
                self._game.respawn_player()
                self._arm()
                return
        buttons = [
            float(action.attack),
            float(action.use),
            action.forward,
            action.right,
            action.turn_deg,
            action.look_deg,
        ]
        buttons += [float(action.slot == slot) for slot in range(1, 8)]
        assert len(buttons) == len(BUTTONS)
        self._game.make_action(buttons)
