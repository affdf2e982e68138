"""A player for the recordings: it fights, moves, takes cover, explores and errs, much as a person does.

It sees only what a player sees (labelled things on the screen) and knows the map as one who has
played it before. Hands are modelled too: turning speeds up and slows down, aim wanders and settles,
and an enemy is noticed only after a reaction time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from math import atan2, cos, degrees, hypot, inf, radians, sin

import numpy as np

from training.record.navigate import Reach, WalkGrid

__all__ = ["Action", "Agent", "Enemy", "Pickup", "Skill", "View"]


@dataclass(frozen=True, slots=True)
class Enemy:
    """A living enemy seen on the screen."""

    id: int
    name: str
    x: float
    y: float
    z: float
    """Height of its feet."""
    left_deg: float
    """How far left of the crosshair the middle of what is seen of it lies."""
    top_deg: float
    """How far above the crosshair its top is seen."""
    bottom_deg: float
    width_deg: float


@dataclass(frozen=True, slots=True)
class Pickup:
    """A thing worth walking to; `want` is the game's category (Health, Ammo, Weapon, Armor)."""

    id: int
    want: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class View:
    """What the agent knows in one tic."""

    x: float
    y: float
    eye_z: float
    angle_deg: float
    """Counter-clockwise from east."""
    pitch_deg: float
    """Positive is down."""
    health: float
    weapon: int
    """Slot in hand: 1 fist, 2 pistol, 3 shotguns, 4 chaingun, 5 rockets, 6 plasma, 7 BFG."""
    ammo: dict[int, float]
    """Rounds by slot, for the slots that are owned."""
    dead: bool
    kills: float
    """Own kills so far."""
    enemies: tuple[Enemy, ...]
    pickups: tuple[Pickup, ...]
    prey: tuple[tuple[float, float], ...]
    """Where living enemies are on the map, seen or not: where it goes to look for a fight."""


@dataclass(frozen=True, slots=True)
class Action:
    """One tic of input, in the engine's units."""

    attack: bool = False
    use: bool = False
    forward: float = 0.0
    """-50 to 50; 25 walks."""
    right: float = 0.0
    """-40 to 40."""
    turn_deg: float = 0.0
    """Clockwise."""
    look_deg: float = 0.0
    """Upward."""
    slot: int = 0
    """Weapon slot to take in hand, 0 for none."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How good the hands are, and how the session is paced."""

    reaction_tics: int = 10
    aim_noise_deg: float = 2.0
    calm_s: tuple[float, float] = (4.0, 9.0)
    """How long it keeps out of fights after one, for every kill in it, if they let it."""
    longest_calm_s: float = 30.0
    cover_health: float = 30.0


class _Mode(Enum):
    EXPLORE = "explore"
    FIGHT = "fight"
    COVER = "cover"


@dataclass(slots=True)
class _Route:
    """A path being walked."""

    cells: list[int] = field(default_factory=list)
    until: int = 0
    calm: bool = False


_TICS = 35
_PATIENCE_TICS = 6 * _TICS
"""An enemy that will not fall in this time is left alone for a while."""
_STILL_TICS = 2 * _TICS
"""Whoever walks so long and stays where they were is stuck."""


class Agent:
    """One player's head and hands. Call `act` every tic; the same seed plays the same way."""

    def __init__(self, grid: WalkGrid, skill: Skill, seed: int) -> None:
        self._grid = grid
        self._skill = skill
        self._random = np.random.default_rng(seed)
        self._tic = 0
        self._mode = _Mode.EXPLORE
        self._route = _Route()
        self._seen_since: dict[int, int] = {}
        self._seen_last: dict[int, tuple[int, Enemy]] = {}
        self._target: int | None = None
        self._on_target_since = 0
        self._aim_error = np.zeros(2)
        self._aim_high = 0.6
        self._turn_speed = 0.0
        self._look_speed = 0.0
        self._forward = 0.0
        self._right = 0.0
        self._strafe = 1.0
        self._strafe_until = 0
        self._trigger_until = 0
        self._calm_until = int(_TICS * self._random.uniform(1, 3))
        self._fought = False
        self._kills_before = 0.0
        self._restful = 0.0
        self._look_again = 0
        self._glance = 0.0
        self._ignored: dict[int, int] = {}
        self._visited: dict[int, int] = {}
        self._trail: deque[tuple[float, float]] = deque(maxlen=_STILL_TICS)
        self._back_off = 0
        self._patience = 0
        self._use_at = 0
        self._switched = -100
        self._cover_again = 0
        self._cover_leave = 0

    def act(self, view: View) -> Action:
        """The input for this tic."""
        self._tic += 1
        if view.dead:
            self._reset_after_death()
            return Action()
        self._notice(view)
        target = self._choose_target(view)
        if target is not None:
            self._fought = True
            if self._mode is _Mode.EXPLORE:
                self._mode = _Mode.FIGHT
                self._kills_before = view.kills
                self._route = _Route()
        elif self._mode is _Mode.FIGHT:
            self._mode = _Mode.EXPLORE
            self._route = _Route()
            if self._fought:
                calm_s = self._random.uniform(*self._skill.calm_s) * max(view.kills - self._kills_before, 0.5)
                calm_s = min(calm_s + max(self._calm_until - self._tic, 0) / _TICS, self._skill.longest_calm_s)
                self._calm_until = self._tic + int(_TICS * calm_s)
                self._fought = False
        self._consider_cover(view, target)
        if target is not None:
            return self._fight(view, target)
        return self._explore(view)

    # --- eyes ---------------------------------------------------------------------------------------

    def _notice(self, view: View) -> None:
        for enemy in view.enemies:
            last = self._seen_last.get(enemy.id)
            if last is None or self._tic - last[0] > 2 * _TICS:
                self._seen_since[enemy.id] = self._tic + int(self._random.integers(-3, 5))
            self._seen_last[enemy.id] = (self._tic, enemy)

    def _choose_target(self, view: View) -> Enemy | None:
        """The enemy to fight: the last one while it stands, else the nearest that has been noticed."""
        ready = [
            enemy
            for enemy in view.enemies
            if self._tic - self._seen_since.get(enemy.id, self._tic) >= self._skill.reaction_tics
            and hypot(enemy.x - view.x, enemy.y - view.y) < 1800
            and self._tic >= self._ignored.get(enemy.id, 0)
        ]
        for enemy in ready:
            if enemy.id == self._target:
                if self._tic - self._on_target_since < _PATIENCE_TICS or enemy.width_deg > 12:
                    return enemy
                self._ignored[enemy.id] = self._tic + 8 * _TICS
                ready.remove(enemy)
                break
        if not ready:
            if self._target is not None:
                seen_tic, ghost = self._seen_last[self._target]
                if self._tic - seen_tic < 12:
                    return ghost
            self._target = None
            return None
        best = min(ready, key=lambda e: hypot(e.x - view.x, e.y - view.y) + 6 * abs(_bearing(view, e.x, e.y)))
        self._target = best.id
        self._on_target_since = self._tic
        spread = self._skill.aim_noise_deg
        self._aim_error = self._random.normal(0, (1.6 * spread, 0.8 * spread))
        self._aim_high = 0.88 if self._random.random() < 0.35 else float(self._random.uniform(0.5, 0.75))
        return best

    # --- hands --------------------------------------------------------------------------------------

    def _turn(self, error_deg: float, gain: float, top: float, push: float) -> float:
        wanted = float(np.clip(-error_deg * gain, -top, top))
        self._turn_speed += float(np.clip(wanted - self._turn_speed, -push, push))
        return self._turn_speed

    def _look(self, error_deg: float, gain: float, top: float) -> float:
        wanted = float(np.clip(error_deg * gain, -top, top))
        self._look_speed += float(np.clip(wanted - self._look_speed, -0.6, 0.6))
        return self._look_speed

    def _walk(self, view: View, heading_deg: float, speed: float) -> tuple[float, float]:
        """Forward and right that move along `heading_deg` while facing elsewhere, gently started."""
        offset = radians(view.angle_deg - heading_deg)
        forward, right = speed * cos(offset), speed * sin(offset)
        self._forward += float(np.clip(forward - self._forward, -9, 9))
        self._right += float(np.clip(right - self._right, -9, 9))
        return self._forward, float(np.clip(self._right, -40, 40))

    # --- fighting -----------------------------------------------------------------------------------

    def _fight(self, view: View, target: Enemy) -> Action:
        distance = max(hypot(target.x - view.x, target.y - view.y), 1.0)
        since = self._tic - self._on_target_since
        noise = self._skill.aim_noise_deg
        settle = max(0.35, 1.0 - since / 50)
        self._aim_error += -0.09 * self._aim_error + self._random.normal(0, 0.42 * noise * settle, 2) * (0.6, 0.35)
        visible = self._seen_last[target.id][0] == self._tic
        yaw_error = (target.left_deg if visible else _bearing(view, target.x, target.y)) + self._aim_error[0]
        high = target.bottom_deg + (target.top_deg - target.bottom_deg) * self._aim_high
        pitch_error = (high if visible else 0.0) + self._aim_error[1]
        turn = self._turn(yaw_error, 0.24, 11.0, 2.2)
        look = self._look(pitch_error, 0.25, 3.0)
        forward, right = self._fight_steps(view, distance)
        half_width = target.width_deg / 2 + 0.7
        half_height = (target.top_deg - target.bottom_deg) / 2 + 0.7
        if visible and abs(yaw_error) < half_width and abs(pitch_error) < half_height:
            self._trigger_until = self._tic + int(self._random.integers(3, 8))
        slot = self._weapon_for(view, distance)
        attack = self._tic < self._trigger_until and not (view.weapon == 5 and distance < 140)
        return Action(attack, False, forward, right, turn, look, slot)

    def _fight_steps(self, view: View, distance: float) -> tuple[float, float]:
        if self._mode is _Mode.COVER and self._route.cells:
            heading = self._follow(view)
            if heading is not None:
                return self._walk(view, heading, 50)
        if self._tic >= self._strafe_until:
            self._strafe = -self._strafe if self._random.random() < 0.75 else self._strafe * 0.2
            if abs(self._strafe) < 0.5:
                self._strafe = float(self._random.choice([-0.25, 0.25, 1.0, -1.0]))
            self._strafe_until = self._tic + int(self._random.integers(12, 38))
        wanted = {3: 190.0, 1: 30.0, 5: 420.0}.get(view.weapon, 320.0)
        ahead = float(np.clip((distance - wanted) / 110, -0.9, 0.9)) * 42
        side = self._strafe * 34
        facing = radians(view.angle_deg)
        for forward, right in ((ahead, side), (ahead, -side), (ahead, 0.0), (0.0, side), (0.0, -side)):
            dx = cos(facing) * forward + sin(facing) * right
            dy = sin(facing) * forward - cos(facing) * right
            if self._grid.walkable(view.x + dx * 1.6, view.y + dy * 1.6, view.x, view.y):
                if right == -side and side:
                    self._strafe = -self._strafe
                break
        else:
            forward = right = 0.0
        self._forward += float(np.clip(forward - self._forward, -8, 8))
        self._right += float(np.clip(right - self._right, -8, 8))
        return self._forward, self._right

    def _weapon_for(self, view: View, distance: float) -> int:
        if self._tic - self._switched < 70:
            return 0
        order = (3, 4, 6, 2, 5, 1) if distance < 450 else (4, 5, 6, 3, 2, 1) if distance < 900 else (4, 3, 2, 6, 1)
        usable = [slot for slot in order if view.ammo.get(slot, 0) > 0]
        empty = view.ammo.get(view.weapon, 0) <= 0
        best = usable[0] if usable else 1
        if best == view.weapon or not (empty or self._random.random() < 0.02):
            return 0
        self._switched = self._tic
        return best

    def _consider_cover(self, view: View, target: Enemy | None) -> None:
        """Weak and shot at: run to where nobody sees it, wait, come back."""
        if self._mode is _Mode.COVER:
            if not self._route.cells and self._cover_leave == 0:
                self._cover_leave = self._tic + int(self._random.integers(35, 110))
            if self._tic > self._route.until or (self._cover_leave and self._tic > self._cover_leave):
                self._mode = _Mode.FIGHT if target is not None else _Mode.EXPLORE
                self._route = _Route()
            return
        if target is None or view.health >= self._skill.cover_health or self._tic < self._cover_again:
            return
        reach = self._grid.reach(view.x, view.y, 700)
        if reach is None:
            return
        cells = np.flatnonzero(np.isfinite(reach.cost) & (reach.cost > 60))
        tries = self._random.choice(cells, min(50, len(cells)), replace=False) if len(cells) else []
        hidden = [
            cell
            for cell in tries
            if not any(self._grid.sees(*self._grid.centre(int(cell)), e.x, e.y) for e in view.enemies)
        ]
        self._cover_again = self._tic + 12 * _TICS
        if hidden:
            best = min(hidden, key=lambda cell: reach.cost[cell])
            self._mode = _Mode.COVER
            self._cover_leave = 0
            self._route = _Route(reach.path_to(int(best)), self._tic + 6 * _TICS)

    # --- exploring ----------------------------------------------------------------------------------

    def _explore(self, view: View) -> Action:
        calm = self._tic < self._calm_until
        if self._mode is not _Mode.COVER and (
            not self._route.cells or self._tic > self._route.until or (self._route.calm and not calm)
        ):
            self._plan(view, calm)
        heading = self._follow(view)
        for item in view.pickups:
            if hypot(item.x - view.x, item.y - view.y) < 44:
                self._visited[item.id] = self._tic
        self._glance += -0.03 * self._glance + float(self._random.normal(0, 0.7))
        if self._tic < self._back_off:
            forward, right = self._walk(view, view.angle_deg + 180 - 60 * self._strafe, 30)
            turn = self._turn(-90 * self._strafe, 0.05, 4.0, 0.6)
            return Action(forward=forward, right=right, turn_deg=turn)
        if heading is None:
            turn = self._turn(_wrap(self._widest_view(view) - view.angle_deg) + self._glance * 2.5, 0.07, 2.6, 0.25)
            self._forward *= 0.8
            self._right *= 0.8
            return Action(turn_deg=turn, look_deg=self._look(view.pitch_deg, 0.08, 1.5), forward=self._forward)
        error = _wrap(heading - view.angle_deg)
        turn = self._turn(error + self._glance, 0.13, 5.0, 0.6)
        speed = (24.0 if calm else 38.0) * (1.0 if abs(error) < 60 else 0.35)
        forward, right = self._walk(view, heading, speed)
        use = self._unstick(view)
        slot = self._weapon_for(view, 300)
        return Action(False, use, forward, right, turn, self._look(view.pitch_deg - 1.0, 0.08, 1.5), slot)

    def _plan(self, view: View, calm: bool) -> None:
        """Choose where to go: what it needs, a stroll while calm, else the nearest enemies."""
        reach = self._grid.reach(view.x, view.y)
        self._route = _Route([], self._tic + _TICS, calm)
        if reach is None:
            return
        goals: list[tuple[float, float, float]] = []
        for item in view.pickups:
            if self._tic - self._visited.get(item.id, -9999) < 40 * _TICS:
                continue
            needed = item.want == "Weapon" or (item.want == "Health" and view.health < 85) or item.want == "Ammo"
            eager = 0.35 if item.want == "Health" and view.health < 50 else 1.0
            cost = reach.cost_to(item.x, item.y)
            if needed and cost < (1600 if calm else 500) and not (calm and self._exposure(view, item.x, item.y)):
                goals.append((cost * eager, item.x, item.y))
        if not calm:
            for x, y in view.prey:
                cost = reach.cost_to(x, y)
                if cost < inf:
                    goals.append((cost * self._random.uniform(0.7, 1.3), x, y))
        if goals:
            _, x, y = min(goals)
            cell = self._grid.near(x, y)
            path = reach.path_to(cell) if cell is not None else []
        else:
            path = self._stroll(view, reach)
        self._route = _Route(path, self._tic + int(_TICS * self._random.uniform(4, 7)), calm)

    def _stroll(self, view: View, reach: Reach) -> list[int]:
        """A place some way off, out of the enemies' sight if there is one, rather ahead than behind."""
        cost = reach.cost
        cells = np.flatnonzero(np.isfinite(cost) & (cost > 250) & (cost < 1500))
        if not len(cells):
            cells = np.flatnonzero(np.isfinite(cost) & (cost > 0))
        if not len(cells):
            return []
        tries = [int(cell) for cell in self._random.choice(cells, min(12, len(cells)), replace=False)]
        best = min(
            tries,
            key=lambda cell: (
                self._exposure(view, *self._grid.centre(cell)),
                abs(_bearing(view, *self._grid.centre(cell))),
            ),
        )
        return reach.path_to(best)

    def _widest_view(self, view: View) -> float:
        """The direction in which one sees furthest, in degrees: where a person at rest looks."""
        if self._tic >= self._look_again:
            self._look_again = self._tic + 2 * _TICS
            rays = [(self._grid.free_path(view.x, view.y, angle, 900), angle) for angle in range(0, 360, 20)]
            self._restful = max(rays, key=lambda ray: ray[0] - abs(_wrap(ray[1] - view.angle_deg)))[1]
        return self._restful

    def _exposure(self, view: View, x: float, y: float) -> int:
        """How many enemies, no further than a fight, would have (x, y) in sight."""
        near = [(px, py) for px, py in view.prey if hypot(px - x, py - y) < 1200]
        return sum(self._grid.sees(x, y, px, py) for px, py in near)

    def _follow(self, view: View) -> float | None:
        """Direction to walk along the route, in degrees; None at its end."""
        cells = self._route.cells
        if not cells:
            return None
        near = min(
            range(min(len(cells), 24)),
            key=lambda i: hypot(*(a - b for a, b in zip(self._grid.centre(cells[i]), (view.x, view.y), strict=True))),
        )
        del cells[:near]
        if len(cells) <= 2:
            self._route.cells = []
            return None
        ahead = 1
        for index in range(2, min(len(cells), 9)):
            if not self._grid.walkable(*self._grid.centre(cells[index]), view.x, view.y):
                break
            ahead = index
        x, y = self._grid.centre(cells[ahead])
        return degrees(atan2(y - view.y, x - view.x))

    def _unstick(self, view: View) -> bool:
        """Press use at doors and at whatever holds it up; after a while call the way blocked."""
        self._trail.append((view.x, view.y))
        ahead = self._route.cells[:7]
        recent = list(self._trail)[-14:]
        slow = len(recent) == 14 and _span(recent) < 20
        if len(self._trail) == _STILL_TICS and _span(list(self._trail)) < 56:
            self._patience += 1
            self._trail.clear()
            if self._patience > (2 if any(self._grid.is_door(cell) for cell in ahead) else 0):
                self._grid.block(ahead[2:5])
                self._patience = 0
            self._route = _Route()
            self._back_off = self._tic + int(self._random.integers(12, 26))
            self._strafe = float(self._random.choice([-1.0, 1.0]))
        if slow and self._tic >= self._use_at:
            self._use_at = self._tic + 40
            return True
        return False

    def _reset_after_death(self) -> None:
        self._mode, self._route, self._target = _Mode.EXPLORE, _Route(), None
        self._seen_last.clear()
        self._seen_since.clear()
        self._turn_speed = self._look_speed = self._forward = self._right = 0.0
        self._calm_until = self._tic + int(_TICS * self._random.uniform(2, 4))
        self._fought = False


def _wrap(angle_deg: float) -> float:
    return (angle_deg + 180.0) % 360.0 - 180.0


def _span(places: list[tuple[float, float]]) -> float:
    """The longer side of the box around these places."""
    xs, ys = zip(*places, strict=True)
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _bearing(view: View, x: float, y: float) -> float:
    """How far to the left (x, y) lies of where the agent looks, in degrees."""
    return _wrap(degrees(atan2(y - view.y, x - view.x)) - view.angle_deg)
