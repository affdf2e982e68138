"""The layer itself: takes every frame with what happened in it, and gives it back dressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from training.record.skins.board import Banners, HitMarker, Medals, Score
from training.record.skins.catalogue import family
from training.record.skins.chatter import Chatter
from training.record.skins.feed import KillFeed
from training.record.skins.look import BAR_SHARE, Look, Words, pick
from training.record.skins.names import tag
from training.record.skins.noise import Noises
from training.record.skins.pauses import DeathScreen, Frame, Memory, loading, menu, replay
from training.record.skins.surroundings import Surroundings
from training.record.skins.vitals import Gauges

__all__ = ["Now", "SkinLayer"]

Event = dict[str, Any]
_THINGS = ("ExplosiveBarrel",)
"""What dies without being anybody."""
_STREAK_S = 6.0
_QUIET_S = 4.0
"""No menu opens so soon after a fight."""


@dataclass(frozen=True, slots=True)
class Now:
    """What the engine says about this frame. `events` are this tic's entries of truth.json; the layer adds
    to them the names that it shows (`killer`, `victim_tag`)."""

    time_s: float
    """On the film's clock."""
    events: Sequence[Event] = ()
    health: float = 100.0
    ammo: float = 0.0
    weapon: str = ""
    hurt: float = 0.0
    """Damage taken in this tic."""
    hits: int = 0
    """Hits landed in this tic."""
    at: tuple[float, float] = (0.0, 0.0)
    """Where the player stands, in map units."""
    heading_deg: float = 0.0
    """Counter-clockwise from east."""
    enemies: Sequence[tuple[float, float]] = ()
    """Where the living ones are, in map units."""
    dead: bool = False


class SkinLayer:
    """A HUD over one film. The same arguments and frames give the same film.

    Call `frame` for every tic that is filmed, then write `interlude(...)`, if any, before the next.
    `events` are those of the players that the HUD invents: entries of truth.json like the engine's.
    """

    def __init__(
        self,
        name: str,
        *,
        size: tuple[int, int],
        rate_hz: int,
        audio_hz: int,
        seed: int,
        scene: str = "play",
        arena: bool = False,
        mates: Sequence[str] = (),
    ) -> None:
        """`arena`: other players really play there, and kill each other; `mates`: those of them on the same side.

        Raises BadConfig for an unknown skin.
        """
        self.family = family(name)
        random = np.random.default_rng([seed, 4242, *name.encode()])
        self.look = look = Look.draw(self.family, size, random, mates)
        self._scene, self._rate_hz, self._random = scene, rate_hz, random
        self.spectates = scene == "spectate"
        self.events: list[Event] = []
        if self.spectates and look.player == "You":
            self.look = look = replace(look, player=tag(random))
        gauges = Gauges(look, random)
        told = (
            not self.spectates or random.random() < 0.35
        )  # who spectates seldom gets the banners of the one he watches
        grammar = self.family
        stands_out = not self.spectates or bool(random.random() < 0.3)
        self._feed = KillFeed(grammar.feed, look, random, own_stands_out=stands_out) if grammar.feed else None
        self._banners = Banners(grammar.banner, look, random) if grammar.banner and told else None
        self._marker = HitMarker(grammar.marker, look, random) if grammar.marker else None
        self._score = Score(grammar.points, look, random) if grammar.points and told else None
        self._medals = Medals(grammar.medal, look, random) if grammar.medal and told else None
        self._noises = Noises(self.family, random, audio_hz, kills=told or bool(random.random() < 0.5))
        self._around = Surroundings(look, random, gauges, spectates=self.spectates)
        self._chatter = Chatter(look, random, arena=arena, scene=scene)
        self._memory = Memory(float(random.uniform(3.0, 4.0)), rate_hz)
        self._remembers_hud = bool(random.random() < 0.3)
        self._death = DeathScreen(look, random, rate_hz, mirrors=not self._remembers_hud)
        self._silence = np.zeros((audio_hz // rate_hz, 2), np.int16)
        self._next_pause_s = float(random.uniform(20, 70))
        self._later: list[tuple[float, Callable[[float], None]]] = []
        self._streak = self._kills = 0
        self._last_kill_s = self._last_fight_s = -100.0
        self._was_dead = False
        self._excited = 0.0

    @property
    def player(self) -> str:
        """The name that the HUD shows for the recorded player, "" if it shows none."""
        return "" if self.plain and not self.spectates else self.look.player

    @property
    def plain(self) -> bool:
        return self.family.name == "plain"

    @property
    def hides_messages(self) -> bool:
        """Whether the game's own lines of text and its crosshair must go, as they would contradict the HUD's."""
        return not self.plain

    @property
    def dead_tics(self) -> int:
        """How long the player must stay dead, in tics of play, for everything to be shown."""
        return 70 if self.plain else self._death.tics

    def frame(self, picture: np.ndarray, sound: np.ndarray, now: Now) -> Frame:
        """Dress uint8 [H, W, 3] and int16 [N, 2]; the originals stay as they are."""
        if self.plain:
            if not self.spectates:
                return picture, sound
            dressed = picture.copy()
            self._around.caption(dressed)
            return dressed, sound
        self._react(now)
        picture = self._world(picture)
        if now.dead:
            picture, sound = self._death.under(picture, sound)
        elif not self._remembers_hud:
            self._memory.keep(picture, sound)
        self._overlay(picture, now)
        sound = self._noises.mix(sound, now.time_s)
        if not now.dead and self._remembers_hud:
            self._memory.keep(picture, sound)
        self._around.stream(picture, now.time_s, self._excited)
        return picture, sound

    def interlude(self, last: np.ndarray, now: Now) -> Iterator[Frame]:
        """Frames to write before the next tic is played: a menu, a loading screen or a replay; mostly none."""
        quiet = now.time_s - self._last_fight_s > _QUIET_S
        if self.plain or now.dead or not quiet or now.time_s < self._next_pause_s:
            return
        random, look = self._random, self.look
        self._next_pause_s = now.time_s + float(random.uniform(30, 110))
        draw = random.random()
        if draw < 0.62:
            frames = menu(last, look, random, self._silence, self._rate_hz, self._noises.click)
        elif draw < 0.82:
            frames = loading(last, look, random, self._silence, self._rate_hz)
        else:
            words = ("PLAY OF THE GAME", "REPLAY", "HIGHLIGHT REEL", "BEST PLAY", "INSTANT REPLAY")
            frames = replay(self._memory.replay(), pick(random, words), look)
        for index, (picture, sound) in enumerate(frames, start=1):
            t = now.time_s + index / self._rate_hz
            self._around.stream(picture, t, 0.0)
            yield picture, self._noises.mix(sound, t)

    # --- what happens ---------------------------------------------------------------------------------

    def _react(self, now: Now) -> None:
        for event in now.events:
            if event["type"] == "kill":
                self._own_kill(event, now)
            elif event["type"] == "other_kill":
                self._other_kill(event, now)
            elif event["type"] == "death":
                self._own_death(event, now)
        if now.hits and not now.dead:
            self._last_fight_s = now.time_s
            self._noises.hit()
            if self._marker:
                self._marker.hit(now.time_s, now.hits, self.aim)
        if now.hurt > 0:
            self._last_fight_s = now.time_s
            self._around.pain.hurt(now.hurt)
        if self._was_dead and not now.dead:
            self._clear()
        self._was_dead = now.dead
        self._invent(now)
        due = [act for at, act in self._later if at <= now.time_s]
        self._later = [(at, act) for at, act in self._later if at > now.time_s]
        for act in due:
            act(now.time_s)

    def _own_kill(self, event: Event, now: Now) -> None:
        self._kills += 1
        self._streak = self._streak + 1 if now.time_s - self._last_kill_s < _STREAK_S else 1
        self._last_kill_s = self._last_fight_s = now.time_s
        self._excited = 1.0
        word, drawn = self.look.weapons.get(event.get("weapon", ""), ("Rifle", "rifle"))
        streaks = self.family.banner.streak if self.family.banner else {}
        words = Words(
            *(self.look.player, self._chatter.foe(), "me", "foe", word, drawn),
            headshot=bool(event.get("headshot")),
            metres=round(event.get("distance", 0) / 32),
            points=self._score.worth if self._score else 100,
            count=self._streak,
            streak=streaks.get(self._streak, {2: "DOUBLE KILL", 3: "MULTI KILL"}.get(self._streak, "")),
        )
        event["victim_tag"] = words.victim
        self._noises.kill(words.headshot, self._streak)
        if self._marker:
            self._marker.kill(now.time_s)
        self._soon(now, lambda t: self._announce(words, t))

    def _announce(self, words: Words, t: float) -> None:
        if self._feed:
            self._feed.add(words, t)
        for board in (self._banners, self._score, self._medals):
            if board:
                board.kill(words, t)

    def _other_kill(self, event: Event, now: Now) -> None:
        if event["victim"] in _THINGS:
            return
        words = self._chatter.rivals(event.get("killer", ""), event["victim"])
        event["killer"], event["victim_tag"] = words.killer, words.victim
        if self._feed:
            self._soon(now, lambda t: self._feed.add(words, t))

    def _own_death(self, event: Event, now: Now) -> None:
        killer = self._chatter.foe()
        event["killer"] = killer
        word, drawn = self._chatter.arm()
        words = Words(killer, self.look.player, "foe", "me", word, drawn, count=int(self._random.integers(2, 30)))
        self._streak = 0
        self._last_fight_s = now.time_s
        self._clear()
        self._death.begin(words, self._memory)
        self._noises.death()
        if self._feed:
            self._soon(now, lambda t: self._feed.add(words, t))

    def _invent(self, now: Now) -> None:
        """Players and messages that are the HUD's own."""
        busy = now.time_s - self._last_kill_s < 3.0
        for words, assisted in self._chatter.kills(now.time_s, fought=now.time_s - self._last_fight_s < 5.0):
            shown = self._feed is not None and not self.family.feed.only_own
            if shown:
                self._feed.add(words, now.time_s)
            helped = assisted and self._helped(words, now.time_s)
            if shown or helped:
                self.events.append(self._chatter.event(words, now.time_s, helped))
        note = self._chatter.notice(now.time_s) if not now.dead and not busy else ""
        if note:
            words = Words(self._chatter.foe(), self._chatter.foe(), count=int(self._random.integers(2, 9)))
            self._around.notice(note, words, now.time_s, self._banners)

    def _helped(self, words: Words, t: float) -> bool:
        """Tell of an assist; False where this skin does not."""
        boards = [board for board in (self._banners, self._score) if board]
        for board in boards:
            board.assist(words, t)
        return bool(boards) or bool(words.assist)

    def _soon(self, now: Now, act: Callable[[float], None]) -> None:
        if self.look.latency_s == 0:
            act(now.time_s)
        else:
            self._later.append((now.time_s + self.look.latency_s, act))

    def _clear(self) -> None:
        for board in (self._banners, self._score, self._medals, self._marker):
            if board:
                board.clear()

    # --- what is seen ---------------------------------------------------------------------------------

    def _world(self, picture: np.ndarray) -> np.ndarray:
        """The play, without the game's own status bar where the skin has one of its own."""
        down = picture.shape[0]
        view = int(down * (1 - BAR_SHARE))
        if self.look.bar == "stretch":
            return cv2.resize(picture[:view], (picture.shape[1], down), interpolation=cv2.INTER_LINEAR)
        picture = picture.copy()
        if self.look.bar == "cover":
            picture[view:] = (26, 28, 32) if self.look.light else self.look.palette.panel
            picture[view : view + 2] = self.look.palette.accent
        return picture

    @property
    def aim(self) -> tuple[float, float]:
        """Where the crosshair is, in pixels."""
        return self.look.size[0] / 2, self.look.view_height / 2

    def _overlay(self, picture: np.ndarray, now: Now) -> None:
        t = now.time_s
        self._excited = max(0.0, self._excited - 0.012)
        if now.dead:
            self._death.draw(picture)
            if self._death.strikes:  # the killer's shot, seen through his eyes: no kill of one's own
                self._noises.kill(False, 1)
                if self._marker:
                    self._marker.kill(t)
            if self._marker:
                self._marker.draw(picture, t, self.aim)
        else:
            self._around.play(picture, now, self.aim, shows_gauges=self.look.bar != "keep")
            if self._marker:
                self._marker.draw(picture, t, self.aim)
        if not (now.dead and self._death.in_killcam and self._remembers_hud):  # it has a HUD already
            for board in (self._banners, self._score, self._medals, self._feed):
                if board:
                    board.draw(picture, t)
            self._around.caption(picture)
        calm = t - self._last_fight_s > _QUIET_S
        self._around.table(picture, t, self._kills, calm=calm and not now.dead)
