"""A film's HUD sounds: drawn once, played when things happen."""

from __future__ import annotations

import numpy as np

from training.record.skins.grammar import Family
from training.record.skins.look import pick
from training.record.skins.sounds import Mixer, Wave, make_sound, music_bed

__all__ = ["Noises"]


class Noises:
    """Hit ticks, kill sounds, an announcer, perhaps music under it all and a streamer's voice."""

    def __init__(self, family: Family, random: np.random.Generator, rate_hz: int, *, kills: bool) -> None:
        sounds = family.sounds
        self._random, self._rate_hz, self._kills = random, rate_hz, kills
        self._climbs = sounds is not None and sounds.climbs
        gain = float(random.uniform(*sounds.gain)) if sounds else 0.0

        def one(kinds: tuple[str, ...], share: float) -> Wave | None:
            kind = pick(random, kinds)
            return make_sound(kind, random, rate_hz, gain * share) if kind else None

        self._hit = one(sounds.hit, 0.55) if sounds else None
        self._kill = one(sounds.kill, 1.0) if sounds else None
        self._head = one(sounds.headshot, 0.9) if sounds else None
        self._streak = one(sounds.streak, 1.0) if sounds else None
        self._death = one(sounds.death, 1.0) if sounds else None
        self.click = make_sound("click", random, rate_hz, 0.5)
        bed = music_bed(random, rate_hz) if random.random() < family.extras.music else None
        self._mixer = Mixer(rate_hz, bed, float(random.uniform(0.03, 0.12)), float(random.uniform(0.55, 1.0)))
        self._talks = random.random() < 0.15
        self._talk_s = 1.0

    def hit(self) -> None:
        if self._hit is not None and self._kills:
            self._mixer.play(self._hit)

    def kill(self, headshot: bool, streak: int) -> None:
        """The sound of an own kill, brighter for a headshot, higher in a row where the skin does that."""
        if not self._kills:
            return
        if self._kill is not None:
            wave = self._kill
            if self._climbs and streak > 1:
                step = 2 ** (2 * min(streak - 1, 4) / 12)
                wave = np.interp(np.arange(0, len(wave), step), np.arange(len(wave)), wave).astype(np.float32)
            self._mixer.play(wave)
        if headshot and self._head is not None:
            self._mixer.play(self._head)
        if streak > 1 and self._streak is not None:
            self._mixer.play(self._streak, after_s=0.15)

    def death(self) -> None:
        if self._death is not None:
            self._mixer.play(self._death)

    def mix(self, sound: np.ndarray, now_s: float) -> np.ndarray:
        """int16 [N, 2] with what plays now."""
        if self._talks and now_s >= self._talk_s:
            self._talk_s = now_s + 0.7 + float(self._random.exponential(2.5))
            self._mixer.play(make_sound("voice", self._random, self._rate_hz, 0.12))
        return self._mixer.mix(sound)
