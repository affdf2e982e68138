"""Runs the net over a whole recording, piece by piece."""

from __future__ import annotations

import numpy as np
import torch

from aiditor.detect.net.peaks import Peak, peaks
from aiditor.detect.net.spec import MEL_RATE, OUTPUTS
from aiditor.detect.net.views import look
from aiditor.detect.net.weights import Model
from aiditor.detect.sound import normal_mel

__all__ = ["Listener", "Peak", "peaks"]

_PIECE = 1024
"""Steps judged at once."""
_REACH = 96
"""Steps around a piece that bear on it, and more: with them a piece is judged as the whole would be."""
_BATCH = 16
"""Pictures looked at together."""


class Listener:
    """Hears a recording once, then judges it as often as more of its pictures are known.

    `mel` is float16 [T * 16, 64] from `SoundMeter.mel`, empty for a clip without sound.
    """

    def __init__(self, model: Model, mel: np.ndarray, steps: int) -> None:
        self._net = model.net
        self._steps = steps
        self.device = next(model.net.parameters()).device
        self._heard = self._hear(mel)
        self._looked = torch.zeros_like(self._heard)
        self.seen = np.zeros(steps, bool)
        self._waiting: list[tuple[int, np.ndarray, np.ndarray]] = []
        self._last: tuple[int, np.ndarray, np.ndarray] | None = None

    @torch.inference_mode()
    def _hear(self, mel: np.ndarray) -> torch.Tensor:
        known = np.full((self._steps * MEL_RATE, 64), -2.0, np.float32)
        normal = normal_mel(mel)[: len(known)]
        known[: len(normal)] = normal
        parts = []
        for low in range(0, self._steps, _PIECE):
            first, last = max(low - _REACH, 0), min(low + _PIECE + _REACH, self._steps)
            piece = torch.from_numpy(known[first * MEL_RATE : last * MEL_RATE]).to(self.device)
            vectors = self._net.audio(piece[None])[0]
            parts.append(vectors[low - first : min(low + _PIECE, self._steps) - first])
        return torch.cat(parts)

    def look(self, step: int, picture: np.ndarray) -> None:
        """Take a picture, uint8 [H, W, 3], shown in the middle of that step; steps come in rising order."""
        if 0 <= step < self._steps and not self.seen[step]:
            self.take(step, *look(picture))

    def take(self, step: int, whole: np.ndarray, details: np.ndarray) -> None:
        """Take the views of a step's picture, as `views.look` gives them."""
        self.seen[step] = True
        self._waiting.append((step, whole, details))
        if len(self._waiting) >= _BATCH:
            self._see()

    @torch.inference_mode()
    def _see(self) -> None:
        if not self._waiting:
            return
        with_last = ([self._last] if self._last is not None else []) + self._waiting
        # Each picture goes in as a pair with the one a step before, where there is one.
        by_step = {step: (whole, details) for step, whole, details in with_last}
        pairs = [(by_step.get(step - 1), by_step[step]) for step, _, _ in self._waiting]
        whole, details = (
            torch.from_numpy(np.stack([np.stack([(a or b)[part], b[part]]) for a, b in pairs])).to(self.device) / 255
            for part in (0, 1)
        )
        known = torch.tensor([[a is not None, True] for a, _ in pairs], device=self.device)
        vectors = self._net.picture.latest(whole, details, known)
        self._looked[[step for step, _, _ in self._waiting]] = vectors
        self._last, self._waiting = self._waiting[-1], []

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Both eyes' vectors [T, E] of all that was heard and looked at so far."""
        self._see()
        return self._heard.clone(), self._looked.clone()

    @torch.inference_mode()
    def judge(self) -> np.ndarray:
        """Float32 [T, 8]: logits from all that was heard and looked at so far."""
        self._see()
        seen = torch.from_numpy(self.seen).to(self.device)
        out = np.empty((self._steps, OUTPUTS), np.float32)
        for low in range(0, self._steps, _PIECE):
            first, last = max(low - _REACH, 0), min(low + _PIECE + _REACH, self._steps)
            piece = self._net.judge(
                self._heard[None, first:last], self._looked[None, first:last], seen[None, first:last]
            )
            high = min(low + _PIECE, self._steps)
            out[low:high] = piece[0, low - first : high - first].cpu().numpy()
        return out
