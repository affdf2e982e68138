"""Variations that keep what happened and change how it sounds and looks, so that the net learns neither one game's
sounds nor one game's colours."""

from __future__ import annotations

import numpy as np

from aiditor.detect.net.model import MEL_RATE
from aiditor.detect.net.views import DETAILS

__all__ = ["lay_under", "mixed", "vary_picture", "vary_sound"]

_MIRRORED = {
    "top left": "top right",
    "top right": "top left",
    "bottom left": "bottom right",
    "bottom right": "bottom left",
}


_POWER = 2 * np.log(10)
"""From `normal_mel`, 20 dB a unit, to the natural logarithm of power: powers add."""


def lay_under(mel: np.ndarray, levels: np.ndarray, bed: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A window of a film with something under it all the time, as `normal_mel` would show that recording.

    `mel` and `bed` are float32 [F, 64] and [any, 64] of `normal_mel`; `levels` [N] are the whole film's, its loudest
    band of each spectrum. The bed is up to 2 dB louder than the film's usual loud level, or up to 28 dB softer.
    """
    under = bed - random.uniform(-0.1, 1.4)
    start = int(random.integers(len(under)))
    under = np.take(under, np.arange(start, start + len(mel)), axis=0, mode="wrap")
    some = random.choice(levels, 512)
    mixed = np.logaddexp(some * _POWER, random.choice(under.max(axis=1), 512) * _POWER) / _POWER
    louder = float(np.percentile(mixed, 90)) - 2.0
    return (np.logaddexp(mel * _POWER, under * _POWER) / _POWER - louder).astype(np.float32)


def mixed(mel: np.ndarray, other: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Two films heard at once, either up to 8 dB softer: float32 [F, 64] of `normal_mel` in and out."""
    one, two = (0.0, -random.uniform(0, 0.4)) if random.random() < 0.5 else (-random.uniform(0, 0.4), 0.0)
    return (np.logaddexp((mel + one) * _POWER, (other + two) * _POWER) / _POWER).astype(np.float32)


def vary_sound(mel: np.ndarray, other: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Another room, pitch, level and background: float32 [F, 64] of `normal_mel` in and out.

    `other` is the sound of any film: its quiet parts are laid under, never its loud ones, which may hold kills.
    """
    frames, bands = mel.shape
    if random.random() < 0.6:  # pitch
        shift = random.uniform(-6, 6)
        mel = _shifted(mel, shift)
    if random.random() < 0.8:  # another microphone or mixer
        knots = np.interp(np.arange(bands), np.linspace(0, bands - 1, 6), random.normal(0, 0.25, 6))
        mel = mel + knots.astype(np.float32)
    if random.random() < 0.3:  # a filter that takes away all above or all below
        cut = int(random.integers(0, bands // 3))
        mel = mel.copy()
        if random.random() < 0.5:
            mel[:, bands - cut :] -= 2.0
        else:
            mel[:, :cut] -= 1.5
    if random.random() < 0.5:
        mel = mel * random.uniform(0.75, 1.2) + random.normal(0, 0.2)
    if random.random() < 0.4 and len(other) > frames:
        start = int(random.integers(0, len(other) - frames))
        under = np.minimum(other[start : start + frames].astype(np.float32), 1.0) - random.uniform(0.2, 1.2)
        mel = np.logaddexp(mel * _POWER, under * _POWER) / _POWER
    if random.random() < 0.3:  # noise
        floor = random.uniform(-1.5, 0.3)
        mel = np.logaddexp(mel * _POWER, (floor + random.normal(0, 0.15, mel.shape)) * _POWER) / _POWER
    if random.random() < 0.4:
        mel = mel.copy()
        low = int(random.integers(0, bands - 8))
        mel[:, low : low + int(random.integers(3, 9))] = mel.mean()
    if random.random() < 0.3:
        mel = mel.copy()
        start = int(random.integers(0, frames - MEL_RATE))
        mel[start : start + int(random.integers(4, 2 * MEL_RATE))] = mel.min()
    return np.clip(mel, -2.0, 3.0).astype(np.float32)


def _shifted(mel: np.ndarray, bands: float) -> np.ndarray:
    """All bands moved up by so many (not whole) bands."""
    at = np.clip(np.arange(mel.shape[1]) - bands, 0, mel.shape[1] - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, mel.shape[1] - 1)
    share = (at - low).astype(np.float32)
    return mel[:, low] * (1 - share) + mel[:, high] * share


_CORNERS = tuple(list(DETAILS).index(name) for name in _MIRRORED)


def vary_picture(whole: np.ndarray, details: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Another look, place and sharpness: uint8 [N, 3, H, W] and [N, D, 3, H, W], the same for all N.

    Colours and light, mirrored, moved and enlarged, softened, grained, with something laid over a part of it all the
    time; the corners dealt anew, since every game has its feed in another one.
    """
    if random.random() < 0.5:
        names = list(DETAILS)
        whole = whole[..., ::-1]
        details = details[:, [names.index(_MIRRORED.get(name, name)) for name in names]][..., ::-1]
    if random.random() < 0.3:
        order = np.arange(len(DETAILS))
        order[list(_CORNERS)] = random.permutation(_CORNERS)
        details = details[:, order]
    views = [whole, details]
    for index, most in enumerate((0.2, 0.3)):
        if random.random() < 0.6:
            views[index] = _moved(views[index], most, random)
        if random.random() < 0.2:
            views[index] = _softened(views[index])
        if random.random() < 0.3:
            views[index] = _covered(views[index], random)
    if random.random() < 0.6:
        mix = np.eye(3)[random.permutation(3)] if random.random() < 0.4 else np.eye(3)
        mix = 0.75 * mix + random.uniform(-0.1, 0.25, (3, 3))
        mix *= random.uniform(0.6, 1.4) / max(mix.sum() / 3, 0.3)
        views = [_mixed(each, mix.astype(np.float32)) for each in views]
    if random.random() < 0.4:
        curve = 255 * (np.arange(256) / 255) ** random.uniform(0.6, 1.7)
        views = [curve.astype(np.uint8)[each] for each in views]
    return np.ascontiguousarray(views[0]), np.ascontiguousarray(views[1])


def _moved(pictures: np.ndarray, most: float, random: np.random.Generator) -> np.ndarray:
    """A part of the pictures [..., H, W], at least 1 - `most` of each side, as large as the whole."""
    at = []
    for side in pictures.shape[-2:]:
        share = 1 - random.uniform(0, most)
        at.append((random.uniform(0, 1 - share) * side + np.arange(side) * share).astype(int))
    return pictures[..., at[0][:, None], at[1][None, :]]


def _softened(pictures: np.ndarray) -> np.ndarray:
    """Half as sharp."""
    rows = pictures[..., ::2, :].astype(np.uint16) + pictures[..., 1::2, :]
    small = ((rows[..., ::2] + rows[..., 1::2]) // 4).astype(np.uint8)
    return small.repeat(2, axis=-2).repeat(2, axis=-1)


def _covered(pictures: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One colour over a part of the pictures, as a camera or a frame would lie there; of details, over one of them."""
    covered = pictures.copy()
    target = covered[:, int(random.integers(covered.shape[1]))] if covered.ndim == 5 else covered
    height, width = (int(side * random.uniform(0.2, 0.6)) for side in target.shape[-2:])
    top, left = (
        int(random.integers(side - size)) for side, size in zip(target.shape[-2:], (height, width), strict=True)
    )
    target[..., top : top + height, left : left + width] = random.integers(0, 256, (3, 1, 1), np.uint8)
    return covered


def _mixed(pictures: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """Each colour a mixture of the three."""
    flat = pictures.astype(np.float32)
    mixed = np.einsum("ij,...jhw->...ihw", mix, flat, optimize=True)
    return np.clip(mixed, 0, 255).astype(np.uint8)
