"""Is somebody speaking? Silero's voice activity network, which faster-whisper brings along."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from aiditor.errors import MissingPart

__all__ = ["VoiceMeter"]

_CHUNK = 512
_CONTEXT = 64


class VoiceMeter:
    """Takes mono 16 kHz sound block by block, gives the surest chance of a voice in each step.

    The network (MIT licence) reads 32 ms at a time with 4 ms before it and remembers what it heard. It takes about
    8 s of one core for an hour of sound (AMD EPYC, measured as processor time), so it is run over everything.
    """

    def __init__(self, step: int) -> None:
        import onnxruntime

        self._step = step
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(str(_weights()), options, providers=["CPUExecutionProvider"])
        self._memory = np.zeros((1, 1, 128), np.float32)
        self._cell = np.zeros((1, 1, 128), np.float32)
        self._rest = np.zeros(_CONTEXT, np.float32)
        self._heard = 0
        self._chances: list[np.ndarray] = []

    def listen(self, sound: np.ndarray) -> None:
        """Float32 [N] samples that follow the last ones."""
        self._heard += len(sound)
        joined = np.concatenate([self._rest, sound])
        count = (len(joined) - _CONTEXT) // _CHUNK
        self._rest = joined[count * _CHUNK :]
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(joined, _CONTEXT + _CHUNK)[::_CHUNK][:count]
            self._run(windows)

    def steps(self, count: int) -> np.ndarray:
        """Float32 [count] in [0, 1] over all that was heard; NaN past it."""
        left = self._rest[_CONTEXT:]
        if len(left):
            self._run(np.pad(self._rest, (0, _CHUNK - len(left)))[None])
            self._rest = self._rest[-_CONTEXT:]
        voice = np.full(count, np.nan, np.float32)
        if self._chances:
            chances = np.concatenate(self._chances)
            at = (np.arange(len(chances)) * _CHUNK + _CHUNK // 2) // self._step
            inside = at < count
            known = -np.ones(count, np.float32)
            np.maximum.at(known, at[inside], chances[inside])
            voice = np.where(known >= 0, known, np.nan).astype(np.float32)
        return voice

    def _run(self, windows: np.ndarray) -> None:
        chances, self._memory, self._cell = self._session.run(
            None, {"input": np.ascontiguousarray(windows), "h": self._memory, "c": self._cell}
        )
        self._chances.append(chances.reshape(-1))


def _weights() -> Path:
    # Found without importing the package: that would load its speech engine.
    found = find_spec("faster_whisper")
    if found is None or found.origin is None:
        raise MissingPart("voices cannot be found without faster-whisper", remedy="pip install faster-whisper")
    weights = sorted((Path(found.origin).parent / "assets").glob("silero_vad*.onnx"))
    if not weights:
        raise MissingPart(
            "this faster-whisper brings no voice activity network", remedy="pip install faster-whisper==1.2.1"
        )
    return weights[-1]
