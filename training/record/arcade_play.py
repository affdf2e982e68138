"""Plays arcade games of the Atari 2600 (run by ale-py): what is seen, heard, scored and lost, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiditor.errors import BadInput, MissingPart
from training.record.splits import ARCADE_GAMES

__all__ = ["FILM_HZ", "SILENCE", "SOUND_SAMPLES", "Play", "play", "screens"]

FILM_HZ = 30
"""Frames a second of the film; the emulator makes two for each."""
SOUND_SAMPLES = 512
"""Samples of sound the emulator makes a frame, 60 frames a second: 30,720 Hz."""
SILENCE = 128
_DEPLOYED_S = 1.5
"""A ship taken from the reserve as a game begins is not a life lost."""
_OVER_FRAMES = 30
"""Frames of the film that a finished game stays on the screen."""


@dataclass(frozen=True, slots=True)
class Play:
    """What happened in a play, by frames of the film (`FILM_HZ`)."""

    points: np.ndarray
    """float64 [T]: points made in each frame; what is taken away counts as nothing."""
    died: np.ndarray
    """bool [T]: whether a life was lost in it."""
    sound: np.ndarray
    """uint8 [T, 1024]: around 128."""


def play(game: str, seed: int, frames: int) -> Play:
    """Play that many frames of the film. Raises BadInput for an unknown game, MissingPart without the emulator."""
    points, died = np.zeros(frames), np.zeros(frames, bool)
    sound = np.full((frames, 2 * SOUND_SAMPLES), SILENCE, np.uint8)
    for frame, (ale, moved) in enumerate(_moves(game, seed, frames)):
        if moved is None:
            continue
        points[frame], died[frame] = moved
        sound[frame] = ale.heard
    return Play(points, died, sound)


def screens(game: str, seed: int, frames: int) -> Iterator[np.ndarray]:
    """The same play in pictures: uint8 [H, W, 3].

    Each is the brighter of two frames of the emulator, dot by dot: these games draw some of their things on every
    other frame only (Mnih et al. 2015 see them so too).
    """
    for ale, _ in _moves(game, seed, frames):
        yield np.maximum(*ale.seen)


class _Machine:
    """The emulator, with what was seen and heard in the last two of its frames."""

    def __init__(self, game: str, seed: int) -> None:
        try:
            from ale_py import ALEInterface, LoggerMode, roms
        except ImportError as error:
            raise MissingPart("ale-py is not installed", remedy="pip install -r requirements.txt") from error
        known = sorted(name for names in ARCADE_GAMES.values() for name in names)
        if game not in known:
            raise BadInput(f"there is no arcade game {game}", remedy=f"choose one of {', '.join(known)}")
        ALEInterface.setLoggerMode(LoggerMode.Error)
        self.ale = ALEInterface()
        self.ale.setInt("random_seed", seed)
        self.ale.setFloat("repeat_action_probability", 0.0)
        self.ale.setBool("sound_obs", True)
        self.ale.loadROM(roms.get_rom_path(game))
        self._age = 0
        self.seen = [self.ale.getScreenRGB()] * 2
        self.heard = np.full(2 * SOUND_SAMPLES, SILENCE, np.uint8)

    def again(self) -> None:
        """Begin a new game."""
        self.ale.reset_game()
        self._age = 0

    def step(self, action: Any) -> tuple[float, bool]:
        """Two frames with that action: points made, and whether a life was lost."""
        points, died, heard = 0.0, False, []
        self._age += 1
        for half in range(2):
            lives = self.ale.lives()
            points += max(self.ale.act(action), 0)
            over = self.ale.game_over()
            died |= (self.ale.lives() < lives or over) and self._age > _DEPLOYED_S * FILM_HZ
            self.seen[half] = self.ale.getScreenRGB()
            heard.append(self.ale.getAudio().copy())
        self.heard = np.concatenate(heard)
        return points, died


def _moves(game: str, seed: int, frames: int) -> Iterator[tuple[_Machine, tuple[float, bool] | None]]:
    """Play on, game after game; None while a finished game is on the screen."""
    machine = _Machine(game, seed)
    hand = _Hand(machine.ale.getMinimalActionSet(), seed)
    rest = 0
    for _ in range(frames):
        if rest:
            rest -= 1
            if not rest:
                machine.again()
            yield machine, None
            continue
        yield machine, machine.step(hand.next())
        if machine.ale.game_over():
            rest = _OVER_FRAMES


class _Hand:
    """Moves at random, keeps to a move for a while, and taps the fire button through most of it."""

    def __init__(self, actions: Sequence[Any], seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._moves = {action.name.replace("FIRE", "") or "NOOP": action for action in actions}
        self._moves |= {action.name: action for action in actions if "FIRE" not in action.name}
        self._fires = {action.name.replace("FIRE", ""): action for action in actions if "FIRE" in action.name}
        self._move = "NOOP"
        self._left = 0
        self._fire = False
        self._frame = 0

    def next(self) -> Any:
        """The action for one frame of the film."""
        self._frame += 1
        if self._left == 0:
            self._move = str(self._random.choice(sorted(self._moves)))
            self._left = int(self._random.integers(3, 15))
            self._fire = self._random.random() < 0.8
        self._left -= 1
        if self._fire and self._frame % 6 < 3:
            return self._fires.get(self._move, self._fires.get("", self._moves[self._move]))
        return self._moves[self._move]
