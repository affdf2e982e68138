"""Reads text in pictures: PP-OCRv6's two small networks, from the files in rapidocr's wheel, run by onnxruntime.

rapidocr's own front end takes over a second to import, fetches models that it misses, logs to the console and turns
crooked text upright. On-screen text is level, so here a box is a rectangle, one thread does the work, nothing is
ever fetched, and where each character stands is kept: the gap that an icon leaves between two names is what makes
a feed's row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from aiditor.errors import MissingPart

__all__ = ["Box", "Ocr", "Read", "shared_ocr"]

_FINDER, _READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_THRESHOLD, _BOX_THRESHOLD, _UNCLIP = 0.3, 0.5, 1.6
"""rapidocr's own settings of the DB post-processing (Liao et al., 2020)."""
_LINE_PX = 48
"""Height in pixels of a line as the reader takes it."""
_WIDEST_PX = 1440

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""


@dataclass(frozen=True, slots=True)
class Read:
    """One line of text, and where in its crop each character stands."""

    text: str
    confidence: float
    """Mean of its characters', 0 to 1."""
    at: tuple[float, ...]
    """The middle of each character of `text`, as a share of the crop's width."""


class Ocr:
    """Two loaded networks: `find` says where text is, `read` what it says. About 0.2 s to load, 60 MB to hold.

    Raises MissingPart when the models or onnxruntime are not installed.
    """

    def __init__(self) -> None:
        folder = _models()
        self._finder, self._reader = _session(folder / _FINDER), _session(folder / _READER)
        letters = self._reader.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._letters = np.array(["", *letters, " "])

    def find(self, picture: np.ndarray, scale: float = 1.0) -> list[Box]:
        """Where text stands in `picture` (uint8 [H, W, 3] RGB), top to bottom, searched at `scale` times its size.

        Letters of 9 to 30 pixels at that scale are found. Costs 0.4 µs a pixel looked at.
        """
        height, width = picture.shape[:2]
        size = (_by_32(width * scale), _by_32(height * scale))
        heat = self._finder.run(None, {"x": _tensor(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR))})[0]
        boxes = _boxes(heat[0, 0])
        across, down = width / size[0], height / size[1]
        found = []
        for left, top, right, bottom in boxes:
            box = (
                *(max(int(left * across), 0), max(int(top * down), 0)),
                *(min(int(np.ceil(right * across)), width), min(int(np.ceil(bottom * down)), height)),
            )
            if box[2] - box[0] > 3 and box[3] - box[1] > 3:
                found.append(box)
        return sorted(found, key=lambda box: (box[1], box[0]))

    def read(self, crop: np.ndarray) -> Read:
        """The line of text in `crop` (uint8 [h, w, 3] RGB, cut close around it). Costs 10 to 40 ms by its length."""
        height, width = crop.shape[:2]
        wide = int(np.clip(np.ceil(_LINE_PX * width / height), _LINE_PX, _WIDEST_PX))
        line = cv2.resize(crop, (wide, _LINE_PX), interpolation=cv2.INTER_LINEAR)
        steps = self._reader.run(None, {"x": _tensor(line)})[0][0]
        best = steps.argmax(axis=1)
        kept = (best != 0) & np.append(True, best[1:] != best[:-1])
        if not kept.any():
            return Read("", 0.0, ())
        where = np.flatnonzero(kept)
        text = [str(letter) for letter in self._letters[best[where]]]
        at = [float((step + 0.5) / len(best)) for step in where]
        # A few entries of the alphabet are more than one character long.
        places = [place for letter, place in zip(text, at, strict=True) for _ in letter]
        confidence = float(steps[where, best[where]].mean())
        return Read("".join(text), confidence, tuple(places))


@lru_cache(maxsize=1)
def shared_ocr() -> Ocr:
    """The one that this process keeps."""
    return Ocr()


def _models() -> Path:
    spec = find_spec("rapidocr")
    folder = None if spec is None or spec.origin is None else Path(spec.origin).parent / "models"
    if folder is None or not all((folder / name).is_file() for name in (_FINDER, _READER)):
        raise MissingPart("the text reader's models are missing", remedy="pip install 'rapidocr==3.10.*'")
    return folder


def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingPart("onnxruntime is not installed", remedy="pip install -r requirements.txt") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Every size of picture would leave its own blocks in the arena.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _by_32(length: float) -> int:
    return max(32, round(length / 32) * 32)


def _tensor(picture: np.ndarray) -> np.ndarray:
    """Float32 [1, 3, H, W] in [-1, 1]; the networks were trained on BGR."""
    return cv2.dnn.blobFromImage(picture, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)


def _boxes(heat: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Rectangles around the blobs of a DB heat map [H, W], grown as far as its training had shrunk them."""
    mask = cv2.dilate((heat > _THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for label in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[label])
        if min(wide, high) < 3 or wide < 0.7 * high:
            continue
        inside = labels[top : top + high, left : left + wide] == label
        if float(heat[top : top + high, left : left + wide][inside].mean()) < _BOX_THRESHOLD or area < 8:
            continue
        grow = _UNCLIP * wide * high / (2 * (wide + high))
        found.append((left - grow, top - grow, left + wide + grow, top + high + grow))
    return found
