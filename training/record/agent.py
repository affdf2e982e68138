"""A player for the recordings: it fights, moves, takes cover, explores and errs, much as a person does.

It sees only what a player sees (labelled things on the screen) and knows the map as one who has
played it before. Hands are modelled too: turning speeds up and slows down, aim wanders and settles,
and an enemy is noticed only after a reaction time.
"""

from __future__ import annotations

import numpy as np

from training.record.explorer import Explorer
from training.record.fighter import Fighter
from training.record.mind import Hands, Mind, Mode, Route
from training.record.navigate import WalkGrid
from training.record.senses import TICS, Action, Enemy, Pickup, Skill, View

__all__ = ["Action", "Agent", "Enemy", "Pickup", "Skill", "View"]


class Agent:
    """One player's head and hands. Call `act` every tic; the same seed plays the same way."""

    def __init__(self, grid: WalkGrid, skill: Skill, seed: int) -> None:
        me = self._me = Mind(grid, skill, np.random.default_rng(seed))
        me.calm_until = int(TICS * me.random.uniform(1, 3))
        self._fighter, self._explorer = Fighter(me), Explorer(me)
        self._fought = False
        self._kills_before = 0.0

    def act(self, view: View) -> Action:
        """The input for this tic."""
        me = self._me
        me.tic += 1
        if view.dead:
            self._reset_after_death()
            return Action()
        self._fighter.notice(view)
        target = self._fighter.choose_target(view)
        if target is not None:
            self._fought = True
            if me.mode is Mode.EXPLORE:
                me.mode = Mode.FIGHT
                self._kills_before = view.kills
                me.route = Route()
        elif me.mode is Mode.FIGHT:
            me.mode = Mode.EXPLORE
            me.route = Route()
            if self._fought:
                self._rest(view)
        self._fighter.consider_cover(view, target)
        return self._explorer.act(view) if target is None else self._fighter.act(view, target)

    def _rest(self, view: View) -> None:
        """Keep out of fights for a while, longer after more kills."""
        me = self._me
        calm_s = me.random.uniform(*me.skill.calm_s) * max(view.kills - self._kills_before, 0.5)
        calm_s = min(calm_s + max(me.calm_until - me.tic, 0) / TICS, me.skill.longest_calm_s)
        me.calm_until = me.tic + int(TICS * calm_s)
        self._fought = False

    def _reset_after_death(self) -> None:
        me = self._me
        me.mode, me.route, me.hands = Mode.EXPLORE, Route(), Hands()
        self._fighter.forget()
        me.calm_until = me.tic + int(TICS * me.random.uniform(2, 4))
        self._fought = False
