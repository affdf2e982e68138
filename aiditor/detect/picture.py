"""What the pictures say: motion, flashes, the HUD, where the action is, and scene cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aiditor.media.read import PictureLog

__all__ = ["PICTURE_SIGNALS", "SIZE", "DenseMeter", "KeyframeMeter", "packet_rate", "shot_cuts"]

SIZE = (96, 54)
"""Width and height that pictures are shrunk to before they are compared."""
PICTURE_SIGNALS = ("motion", "flash", "hud", "red", "focus_x")

_MOTION_DT_S = 0.0625
_CUT_DISTANCE = 0.45
"""Share of a picture's colours that must differ between two shots."""
_FLASH_S = 0.5
"""A picture that is back after less than this was covered by a flash."""


class KeyframeMeter:
    """Takes keyframes in order of time; learns what never moves (the HUD's places) and the colours of each."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self.colours: list[np.ndarray] = []
        self.hud_change: list[float] = []
        self._still = np.zeros((SIZE[1], SIZE[0]), np.float32)
        self._last: np.ndarray | None = None
        self._pairs = 0

    def add(self, time_s: float, picture: np.ndarray) -> None:
        luma = _luma(picture)
        if self._last is not None:
            change = np.abs(luma - self._last)
            hud = self.hud_mask()
            self.hud_change.append(float((change[hud] > 12).mean()) if hud is not None else np.nan)
            # Old pairs fade, so that a new game or menu is learned within a few dozen keyframes.
            keep = min(self._pairs / (self._pairs + 1), 0.97)
            self._still = keep * self._still + (1 - keep) * (change < 6)
            self._pairs += 1
        else:
            self.hud_change.append(np.nan)
        self._last = luma
        self.times_s.append(time_s)
        self.colours.append(_colours(picture))

    def hud_mask(self) -> np.ndarray | None:
        """Bool [H, W] of pixels that stay while the rest moves; None where too little was seen to know."""
        if self._pairs < 4:
            return None
        mask = (self._still > 0.6) & _RIM
        # Where nearly all stands still it is a menu or a slide show, not a HUD.
        return mask if 20 <= mask.sum() <= 0.6 * _RIM.sum() else None


class DenseMeter:
    """Takes close frames of a few spans; adds up what they show into the steps they fall in."""

    def __init__(self, steps: int, step_s: float, hud: np.ndarray | None) -> None:
        self._steps, self._step_s, self._hud = steps, step_s, hud
        self._last: tuple[float, np.ndarray, np.ndarray] | None = None
        self._sums = {name: np.zeros(steps) for name in PICTURE_SIGNALS}
        self._counts = {name: np.zeros(steps) for name in PICTURE_SIGNALS}
        self._base = 0.0
        self.cuts_s: list[float] = []
        self._before = np.zeros(64, np.float32)

    def add(self, time_s: float, picture: np.ndarray) -> None:
        luma, colours = _luma(picture), _colours(picture)
        last, self._last = self._last, (time_s, luma, colours)
        cells = luma.reshape(6, SIZE[1] // 6, 8, SIZE[0] // 8).mean(axis=(1, 3))
        if last is None or not 0 < time_s - last[0] < 0.5:
            self._base = float(cells.mean())
            return
        step = min(int(time_s / self._step_s), self._steps - 1)
        gap_s = time_s - last[0]
        change = np.abs(luma - last[1])
        if _differ(colours, last[2]) and change.mean() > 12:
            self._cut(time_s, last[2], colours)
            self._note("flash", step, max(float(cells.mean()) - self._base, 0.0) / 255, largest=True)
            return
        level = float(change.mean()) / 255 * min(np.sqrt(_MOTION_DT_S / gap_s), 2.0)
        self._note("motion", step, level)
        self._note("flash", step, max(float(cells.mean()) - self._base, 0.0) / 255, largest=True)
        self._base += min(gap_s / 0.5, 1.0) * (float(cells.mean()) - self._base)
        mean = picture.reshape(-1, 3).mean(axis=0)
        self._note("red", step, float(mean[0] - (mean[1] + mean[2]) / 2) / 255)
        if self._hud is not None:
            self._note("hud", step, float((change[self._hud] > 12).mean()))
        where = _focus(change)
        if where is not None:
            self._note("focus_x", step, where)

    def _cut(self, time_s: float, before: np.ndarray, after: np.ndarray) -> None:
        """A new shot, unless the one before the last change is back at once: that was a flash."""
        if self.cuts_s and time_s - self.cuts_s[-1] < _FLASH_S and not _differ(after, self._before):
            self.cuts_s.pop()
            return
        self.cuts_s.append(time_s)
        self._before = before

    def values(self) -> dict[str, np.ndarray]:
        """Float32 [T] for each of PICTURE_SIGNALS, NaN where nothing was looked at."""
        found = {}
        for name in PICTURE_SIGNALS:
            with np.errstate(invalid="ignore"):
                found[name] = (self._sums[name] / self._counts[name]).astype(np.float32)
        return found

    def _note(self, name: str, step: int, value: float, *, largest: bool = False) -> None:
        if largest:
            self._sums[name][step] = max(self._sums[name][step], value)
            self._counts[name][step] = 1
        else:
            self._sums[name][step] += value
            self._counts[name][step] += 1


def packet_rate(log: PictureLog, steps: int, step_s: float) -> np.ndarray:
    """Float32 [steps]: log2 of the bytes a second that the encoder spent on change; NaN where there are none.

    A frame that is predicted from others costs what the prediction missed: motion, flashes, cuts. So the sizes of
    a file's frames are a picture of its motion that needs no decoding. Keyframes cost what they show, and are left out.
    """
    times, sizes = np.array(log.times_s), np.array(log.sizes, np.float64)
    if not len(times):
        return np.full(steps, np.nan, np.float32)
    predicted = ~np.isin(times, np.array(log.keyframes_s))
    at = np.floor(times / step_s).astype(int)
    predicted &= (at >= 0) & (at < steps)
    total = np.bincount(at[predicted], sizes[predicted], steps)
    count = np.bincount(at[predicted], minlength=steps)
    # A step that holds a keyframe has fewer predicted frames: per frame, times the frames of a usual step.
    usual = float(np.median(count[count > 0])) if count.any() else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = total / count * usual / step_s
    return np.where(count > 0, np.log2(rate + 1), np.nan).astype(np.float32)


def shot_cuts(
    meter: KeyframeMeter, log: PictureLog, dense_cuts_s: Sequence[float], looked_s: Sequence[tuple[float, float]]
) -> tuple[float, ...]:
    """Times of scene cuts: those seen between close frames, and between keyframes that have other colours.

    Between two such keyframes the cut is at the frame that cost most, or is the keyframe itself.
    In the spans `looked_s` the close frames alone decide.
    """
    times, sizes = np.array(log.times_s), np.array(log.sizes, np.float64)
    order = np.argsort(times, kind="stable")
    times, sizes = times[order], sizes[order]
    keys = np.sort(np.array(log.keyframes_s))
    usual_gop_s = float(np.median(np.diff(keys))) if len(keys) > 2 else 0.0
    guessed: list[float] = []
    for index in range(1, len(meter.times_s)):
        low_s, high_s = meter.times_s[index - 1], meter.times_s[index]
        if not _differ(meter.colours[index], meter.colours[index - 1]):
            continue
        inside = (times > low_s + 1e-3) & (times < high_s - 1e-3)
        spikes = _spikes(times[inside], sizes[inside])
        guessed.extend(spikes)
        # An early keyframe was put there by an encoder that saw the cut.
        if not spikes and (high_s - low_s < 0.9 * usual_gop_s or high_s - low_s <= 1.0):
            guessed.append(high_s)
    unseen = [time for time in guessed if not any(low <= time < high for low, high in looked_s)]
    found = sorted([*dense_cuts_s, *unseen])
    apart = [time for index, time in enumerate(found) if index == 0 or time - found[index - 1] > 0.3]
    return tuple(float(time) for time in apart if time > 0)


def _spikes(times: np.ndarray, sizes: np.ndarray) -> list[float]:
    """Times of the few frames that cost far more than all others; none where many do, which is wild motion."""
    if len(times) < 8:
        return []
    high = sizes > max(4 * np.median(sizes), 0.4 * sizes.max())
    rest = sizes[~high]
    if not 1 <= high.sum() <= 3 or sizes[high].min() < 2 * rest.max(initial=0):
        return []
    return [float(time) for time in times[high]]


def _differ(colours: np.ndarray, others: np.ndarray) -> bool:
    return float(np.abs(colours - others).sum()) / 2 > _CUT_DISTANCE


def _focus(change: np.ndarray) -> float | None:
    """Where across the picture more moves than in the most of it; None where nothing stands out."""
    columns = change[SIZE[1] // 8 : -SIZE[1] // 6].mean(axis=0)
    excess = np.maximum(columns - np.median(columns) - 2.0, 0.0)
    total = float(excess.sum())
    if total < 8.0:
        return None
    return float((excess * (np.arange(SIZE[0]) + 0.5)).sum() / total / SIZE[0])


def _luma(picture: np.ndarray) -> np.ndarray:
    """Float32 [H, W], BT.601 weights."""
    return picture @ np.array([0.299, 0.587, 0.114], np.float32)


def _colours(picture: np.ndarray) -> np.ndarray:
    """Float32 [64]: share of the pixels in each of 4 x 4 x 4 colours."""
    coarse = (picture >> 6).astype(np.int64)
    index = coarse[..., 0] * 16 + coarse[..., 1] * 4 + coarse[..., 2]
    return (np.bincount(index.ravel(), minlength=64) / index.size).astype(np.float32)


def _rim() -> np.ndarray:
    """Bool [H, W]: the outer part of the picture, where games print."""
    mask = np.ones((SIZE[1], SIZE[0]), bool)
    mask[SIZE[1] // 4 : -SIZE[1] // 4, SIZE[0] // 4 : -SIZE[0] // 4] = False
    return mask


_RIM = _rim()
