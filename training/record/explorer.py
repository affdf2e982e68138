"""How a player gets about between fights: where to go, doors, dead ends, glances and rests."""

from __future__ import annotations

from collections import deque
from math import hypot, inf

import numpy as np

from training.record.mind import Mind, Mode, Route
from training.record.navigate import Reach
from training.record.senses import TICS, Action, View, bearing, wrap

__all__ = ["Explorer"]

_STILL_TICS = 2 * TICS
"""Whoever walks so long and stays where they were is stuck."""


class Explorer:
    """The part of a player that walks."""

    def __init__(self, me: Mind) -> None:
        self._me = me
        self._restful = 0.0
        self._look_again = 0
        self._glance = 0.0
        self._visited: dict[int, int] = {}
        self._trail: deque[tuple[float, float]] = deque(maxlen=_STILL_TICS)
        self._back_off = 0
        self._patience = 0
        self._use_at = 0

    def act(self, view: View) -> Action:
        """The input for this tic without a fight."""
        calm = self._me.tic < self._me.calm_until
        if self._me.mode is not Mode.COVER and (
            not self._me.route.cells or self._me.tic > self._me.route.until or (self._me.route.calm and not calm)
        ):
            self._plan(view, calm)
        heading = self._me.follow(view)
        for item in view.pickups:
            if hypot(item.x - view.x, item.y - view.y) < 44:
                self._visited[item.id] = self._me.tic
        self._glance += -0.03 * self._glance + float(self._me.random.normal(0, 0.7))
        if self._me.tic < self._back_off:
            forward, right = self._me.hands.walk(view, view.angle_deg + 180 - 60 * self._me.strafe, 30)
            turn = self._me.hands.turn(-90 * self._me.strafe, 0.05, 4.0, 0.6)
            return Action(forward=forward, right=right, turn_deg=turn)
        if heading is None:
            turn = self._me.hands.turn(
                wrap(self._widest_view(view) - view.angle_deg) + self._glance * 2.5, 0.07, 2.6, 0.25
            )
            self._me.hands.forward *= 0.8
            self._me.hands.right *= 0.8
            return Action(
                turn_deg=turn, look_deg=self._me.hands.look(view.pitch_deg, 0.08, 1.5), forward=self._me.hands.forward
            )
        error = wrap(heading - view.angle_deg)
        turn = self._me.hands.turn(error + self._glance, 0.13, 5.0, 0.6)
        speed = (24.0 if calm else 38.0) * (1.0 if abs(error) < 60 else 0.35)
        forward, right = self._me.hands.walk(view, heading, speed)
        use = self._unstick(view)
        slot = self._me.weapon_for(view, 300)
        return Action(False, use, forward, right, turn, self._me.hands.look(view.pitch_deg - 1.0, 0.08, 1.5), slot)

    def _plan(self, view: View, calm: bool) -> None:
        """Choose where to go: what it needs, a stroll while calm, else the nearest enemies."""
        reach = self._me.grid.reach(view.x, view.y)
        self._me.route = Route([], self._me.tic + TICS, calm)
        if reach is None:
            return
        goals: list[tuple[float, float, float]] = []
        for item in view.pickups:
            if self._me.tic - self._visited.get(item.id, -9999) < 40 * TICS:
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
                    goals.append((cost * self._me.random.uniform(0.7, 1.3), x, y))
        if goals:
            _, x, y = min(goals)
            cell = self._me.grid.near(x, y)
            path = reach.path_to(cell) if cell is not None else []
        else:
            path = self._stroll(view, reach)
        self._me.route = Route(path, self._me.tic + int(TICS * self._me.random.uniform(4, 7)), calm)

    def _stroll(self, view: View, reach: Reach) -> list[int]:
        """A place some way off, out of the enemies' sight if there is one, rather ahead than behind."""
        cost = reach.cost
        cells = np.flatnonzero(np.isfinite(cost) & (cost > 250) & (cost < 1500))
        if not len(cells):
            cells = np.flatnonzero(np.isfinite(cost) & (cost > 0))
        if not len(cells):
            return []
        tries = [int(cell) for cell in self._me.random.choice(cells, min(12, len(cells)), replace=False)]
        best = min(
            tries,
            key=lambda cell: (
                self._exposure(view, *self._me.grid.centre(cell)),
                abs(bearing(view, *self._me.grid.centre(cell))),
            ),
        )
        return reach.path_to(best)

    def _widest_view(self, view: View) -> float:
        """The direction in which one sees furthest, in degrees: where a person at rest looks."""
        if self._me.tic >= self._look_again:
            self._look_again = self._me.tic + 2 * TICS
            rays = [(self._me.grid.free_path(view.x, view.y, angle, 900), angle) for angle in range(0, 360, 20)]
            self._restful = max(rays, key=lambda ray: ray[0] - abs(wrap(ray[1] - view.angle_deg)))[1]
        return self._restful

    def _exposure(self, view: View, x: float, y: float) -> int:
        """How many enemies, no further than a fight, would have (x, y) in sight."""
        near = [(px, py) for px, py in view.prey if hypot(px - x, py - y) < 1200]
        return sum(self._me.grid.sees(x, y, px, py) for px, py in near)

    def _unstick(self, view: View) -> bool:
        """Press use at doors and at whatever holds it up; after a while call the way blocked."""
        self._trail.append((view.x, view.y))
        ahead = self._me.route.cells[:7]
        recent = list(self._trail)[-14:]
        slow = len(recent) == 14 and _span(recent) < 20
        if len(self._trail) == _STILL_TICS and _span(list(self._trail)) < 56:
            self._patience += 1
            self._trail.clear()
            if self._patience > (2 if any(self._me.grid.is_door(cell) for cell in ahead) else 0):
                self._me.grid.block(ahead[2:5])
                self._patience = 0
            self._me.route = Route()
            self._back_off = self._me.tic + int(self._me.random.integers(12, 26))
            self._me.strafe = float(self._me.random.choice([-1.0, 1.0]))
        if slow and self._me.tic >= self._use_at:
            self._use_at = self._me.tic + 40
            return True
        return False


def _span(places: list[tuple[float, float]]) -> float:
    """The longer side of the box around these places."""
    xs, ys = zip(*places, strict=True)
    return max(max(xs) - min(xs), max(ys) - min(ys))
