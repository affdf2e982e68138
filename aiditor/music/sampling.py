"""How the next sound is drawn from what a model finds likely: by a seed of its own, on any device.

Drawing from a softmax is the same as taking the largest of logits plus Gumbel noise (Gumbel 1954; Maddison et al.,
"A* Sampling", 2014). So a model's own search can be left greedy, and what is drawn hangs on no global random numbers,
which other threads would move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aiditor.errors import AIditorError

__all__ = ["Sampler", "draw", "undelayed"]

_NEVER = -1e4


def draw(logits: np.ndarray, rng: np.random.Generator, *, temperature: float, top_k: int) -> np.ndarray:
    """One token for each row: float32 [K, V] to int64 [K], among the `top_k` likeliest (0: among all)."""
    scaled = logits.astype(np.float64) / temperature
    if 0 < top_k < scaled.shape[1]:
        least = np.partition(scaled, -top_k, axis=1)[:, -top_k, None]
        scaled = np.where(scaled >= least, scaled, -np.inf)
    return np.asarray((scaled + rng.gumbel(size=scaled.shape)).argmax(axis=1))


@dataclass(eq=False, slots=True)
class Sampler:
    """A logits processor of transformers that draws by itself and leaves no other choice.

    Where scores come `paired`, their first half heard the words and their second half none, and `guidance` says how
    far to go from the one to the other and beyond (J. Ho and T. Salimans, "Classifier-Free Diffusion Guidance", 2022).
    """

    rng: np.random.Generator
    paired: bool
    guidance: float
    temperature: float
    top_k: int
    on_step: Callable[[int], object]
    """Hears how many steps were drawn; what it raises ends the generating."""
    picked: list[np.ndarray] = field(default_factory=list)
    """int64 [K] for each step."""

    def __call__(self, input_ids: Any, scores: Any) -> Any:  # noqa: ARG002 - transformers' signature
        values = scores.float().cpu().numpy()
        if not np.isfinite(values).all():
            raise AIditorError(
                "the music model's numbers went beyond what they can hold", remedy="try another prompt or model"
            )
        logits = values
        if self.paired:
            heard, deaf = np.split(values, 2)
            logits = deaf + self.guidance * (heard - deaf)
        choice = draw(logits, self.rng, temperature=self.temperature, top_k=self.top_k)
        self.picked.append(choice)
        self.on_step(len(self.picked))
        only = scores.new_full(scores.shape, _NEVER)
        only[range(len(values)), np.tile(choice, len(values) // len(choice))] = 0
        return only


def undelayed(picked: list[np.ndarray], frames: int) -> np.ndarray:
    """What was drawn in each step, [K] each, as the codec's frames [K, frames]: book k lags k steps behind.

    The delay pattern of J. Copet et al., "Simple and Controllable Music Generation", 2023.
    """
    steps = np.array(picked)
    return np.stack([steps[book : book + frames, book] for book in range(steps.shape[1])])
