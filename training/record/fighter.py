"""How a player fights: notices, aims with errors, shoots in bursts, strafes, and runs for cover when weak."""

from __future__ import annotations

from math import cos, hypot, radians, sin

import numpy as np

from training.record.mind import Mind, Mode, Route
from training.record.senses import TICS, Action, Enemy, View, bearing

__all__ = ["Fighter"]

_PATIENCE_TICS = 6 * TICS
"""An enemy that will not fall in this time is left alone for a while."""


class Fighter:
    """The part of a player that fights."""

    def __init__(self, me: Mind) -> None:
        self._me = me
        self._seen_since: dict[int, int] = {}
        self._seen_last: dict[int, tuple[int, Enemy]] = {}
        self._target: int | None = None
        self._on_target_since = 0
        self._aim_error = np.zeros(2)
        self._aim_high = 0.6
        self._strafe_until = 0
        self._trigger_until = 0
        self._ignored: dict[int, int] = {}
        self._cover_again = 0
        self._cover_leave = 0

    def forget(self) -> None:
        """A new life begins."""
        self._target = None
        self._seen_last.clear()
        self._seen_since.clear()

    def notice(self, view: View) -> None:
        """Remember who is seen, and since when."""
        for enemy in view.enemies:
            last = self._seen_last.get(enemy.id)
            if last is None or self._me.tic - last[0] > 2 * TICS:
                self._seen_since[enemy.id] = self._me.tic + int(self._me.random.integers(-3, 5))
            self._seen_last[enemy.id] = (self._me.tic, enemy)

    def choose_target(self, view: View) -> Enemy | None:
        """The enemy to fight: the last one while it stands, else the nearest that has been noticed."""
        ready = [
            enemy
            for enemy in view.enemies
            if self._me.tic - self._seen_since.get(enemy.id, self._me.tic) >= self._me.skill.reaction_tics
            and hypot(enemy.x - view.x, enemy.y - view.y) < 1800
            and self._me.tic >= self._ignored.get(enemy.id, 0)
        ]
        for enemy in ready:
            if enemy.id == self._target:
                if self._me.tic - self._on_target_since < _PATIENCE_TICS or enemy.width_deg > 12:
                    return enemy
                self._ignored[enemy.id] = self._me.tic + 8 * TICS
                ready.remove(enemy)
                break
        if not ready:
            if self._target is not None:
                seen_tic, ghost = self._seen_last[self._target]
                if self._me.tic - seen_tic < 12:
                    return ghost
            self._target = None
            return None
        best = min(ready, key=lambda e: hypot(e.x - view.x, e.y - view.y) + 6 * abs(bearing(view, e.x, e.y)))
        self._target = best.id
        self._on_target_since = self._me.tic
        spread = self._me.skill.aim_noise_deg
        self._aim_error = self._me.random.normal(0, (1.6 * spread, 0.8 * spread))
        self._aim_high = 0.88 if self._me.random.random() < 0.35 else float(self._me.random.uniform(0.5, 0.75))
        return best

    def act(self, view: View, target: Enemy) -> Action:
        """The input for this tic of a fight."""
        distance = max(hypot(target.x - view.x, target.y - view.y), 1.0)
        since = self._me.tic - self._on_target_since
        noise = self._me.skill.aim_noise_deg
        settle = max(0.35, 1.0 - since / 50)
        self._aim_error += -0.09 * self._aim_error + self._me.random.normal(0, 0.42 * noise * settle, 2) * (0.6, 0.35)
        visible = self._seen_last[target.id][0] == self._me.tic
        yaw_error = (target.left_deg if visible else bearing(view, target.x, target.y)) + self._aim_error[0]
        high = target.bottom_deg + (target.top_deg - target.bottom_deg) * self._aim_high
        pitch_error = (high if visible else 0.0) + self._aim_error[1]
        turn = self._me.hands.turn(yaw_error, 0.24, 11.0, 2.2)
        look = self._me.hands.look(pitch_error, 0.25, 3.0)
        forward, right = self._steps(view, distance)
        half_width = target.width_deg / 2 + 0.7
        half_height = (target.top_deg - target.bottom_deg) / 2 + 0.7
        if visible and abs(yaw_error) < half_width and abs(pitch_error) < half_height:
            self._trigger_until = self._me.tic + int(self._me.random.integers(3, 8))
        slot = self._me.weapon_for(view, distance)
        attack = self._me.tic < self._trigger_until and not (view.weapon == 5 and distance < 140)
        return Action(attack, False, forward, right, turn, look, slot)

    def _steps(self, view: View, distance: float) -> tuple[float, float]:
        if self._me.mode is Mode.COVER and self._me.route.cells:
            heading = self._me.follow(view)
            if heading is not None:
                return self._me.hands.walk(view, heading, 50)
        if self._me.tic >= self._strafe_until:
            self._me.strafe = -self._me.strafe if self._me.random.random() < 0.75 else self._me.strafe * 0.2
            if abs(self._me.strafe) < 0.5:
                self._me.strafe = float(self._me.random.choice([-0.25, 0.25, 1.0, -1.0]))
            self._strafe_until = self._me.tic + int(self._me.random.integers(12, 38))
        wanted = {3: 190.0, 1: 30.0, 5: 420.0}.get(view.weapon, 320.0)
        ahead = float(np.clip((distance - wanted) / 110, -0.9, 0.9)) * 42
        side = self._me.strafe * 34
        facing = radians(view.angle_deg)
        for forward, right in ((ahead, side), (ahead, -side), (ahead, 0.0), (0.0, side), (0.0, -side)):
            dx = cos(facing) * forward + sin(facing) * right
            dy = sin(facing) * forward - cos(facing) * right
            if self._me.grid.walkable(view.x + dx * 1.6, view.y + dy * 1.6, view.x, view.y):
                if right == -side and side:
                    self._me.strafe = -self._me.strafe
                break
        else:
            forward = right = 0.0
        self._me.hands.forward += float(np.clip(forward - self._me.hands.forward, -8, 8))
        self._me.hands.right += float(np.clip(right - self._me.hands.right, -8, 8))
        return self._me.hands.forward, self._me.hands.right

    def consider_cover(self, view: View, target: Enemy | None) -> None:
        """Weak and shot at: run to where nobody sees it, wait, come back."""
        if self._me.mode is Mode.COVER:
            if not self._me.route.cells and self._cover_leave == 0:
                self._cover_leave = self._me.tic + int(self._me.random.integers(35, 110))
            if self._me.tic > self._me.route.until or (self._cover_leave and self._me.tic > self._cover_leave):
                self._me.mode = Mode.FIGHT if target is not None else Mode.EXPLORE
                self._me.route = Route()
            return
        if target is None or view.health >= self._me.skill.cover_health or self._me.tic < self._cover_again:
            return
        reach = self._me.grid.reach(view.x, view.y, 700)
        if reach is None:
            return
        cells = np.flatnonzero(np.isfinite(reach.cost) & (reach.cost > 60))
        tries = self._me.random.choice(cells, min(50, len(cells)), replace=False) if len(cells) else []
        hidden = [
            cell
            for cell in tries
            if not any(self._me.grid.sees(*self._me.grid.centre(int(cell)), e.x, e.y) for e in view.enemies)
        ]
        self._cover_again = self._me.tic + 12 * TICS
        if hidden:
            best = min(hidden, key=lambda cell: reach.cost[cell])
            self._me.mode = Mode.COVER
            self._cover_leave = 0
            self._me.route = Route(reach.path_to(int(best)), self._me.tic + 6 * TICS)
