"""The players that a HUD invents: who is killed by whom elsewhere, and what else is announced."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.record.skins.look import Look, Words, pick

__all__ = ["Chatter"]


class Chatter:
    """Names for the dead, kills of others elsewhere, notices; all by seed."""

    def __init__(self, look: Look, random: np.random.Generator, *, arena: bool, scene: str) -> None:
        self._look, self._random = look, random
        self._pace_s = float(random.uniform(5, 22)) * (2.0 if arena else 1.0)
        self._next_s = float(random.uniform(1, 8))
        self._notes_s = float(random.uniform(14, 45))
        self._next_note_s = float(random.uniform(4, 20))
        self._helps = 0.25 if scene == "play" else 0.0
        self._lately: list[str] = []
        self._crowd = len(look.foes) if random.random() < 0.7 else 5

    def foe(self) -> str:
        """One of the other side."""
        names = [name for name in self._look.foes[: self._crowd] if name not in self._lately]
        self._lately = [*self._lately[-2:], pick(self._random, names)]
        return self._lately[-1]

    def arm(self) -> tuple[str, str]:
        """A weapon's word and sign."""
        return pick(self._random, tuple(self._look.weapons.values()))

    def rivals(self, killer: str = "", victim: str = "") -> Words:
        """A kill between others, from either side; of the mates that are named, where they are."""
        known = [name for name in (killer, victim) if name in self._look.mates]
        ours = killer in known if known else bool(self._random.random() < 0.5)
        mate, foe = known[0] if known else pick(self._random, self._look.mates), self.foe()
        killer, victim = (mate, foe) if ours else (foe, mate)
        sides = ("ally", "foe") if ours else ("foe", "ally")
        word, drawn = self.arm()
        return Words(
            *(killer, victim, *sides, word, drawn),
            headshot=bool(self._random.random() < 0.2),
            metres=int(self._random.integers(3, 160)),
        )

    def kills(self, now_s: float, *, fought: bool) -> list[tuple[Words, bool]]:
        """Kills elsewhere that are due; and whether the player is told that he helped."""
        if now_s < self._next_s:
            return []
        burst = self._random.random() < 0.2
        self._next_s = now_s + (0.4 if burst else 0.6 + float(self._random.exponential(self._pace_s)))
        words = self.rivals()
        helped = fought and words.killer_side == "ally" and self._random.random() < self._helps
        return [(words, bool(helped))]

    def event(self, words: Words, now_s: float, helped: bool) -> dict[str, Any]:
        """Its entry in truth.json."""
        made: dict[str, Any] = {"t": round(now_s, 4), "type": "other_kill", "victim": words.victim}
        made |= {"killer": words.killer, "in_view": False, "elsewhere": True}
        return made | ({"assist": True} if helped else {})

    def notice(self, now_s: float) -> str:
        """A banner about anything but a kill, when one is due, else ""."""
        if now_s < self._next_note_s:
            return ""
        self._next_note_s = now_s + float(self._random.exponential(self._notes_s)) + 6
        return pick(self._random, self._look.family.extras.notices)
