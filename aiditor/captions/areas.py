"""Where captions may lie: clear of the platforms' own buttons, of the picture's edge, of callouts and the watermark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["CALLOUTS_TO", "PLATFORMS", "TITLE_SAFE", "WATERMARK", "Box", "Margins", "caption_area", "margins_for"]


@dataclass(frozen=True, slots=True)
class Margins:
    """Shares of the picture that are, or may be, covered: of its height above and below, of its width aside."""

    left: float
    top: float
    right: float
    bottom: float
    source: str
    """Where the figures come from, and how sure they are."""


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels from `left` and `top` up to, not with, `right` and `bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


PLATFORMS: dict[str, Margins] = {
    "tiktok": Margins(
        0.06,
        0.13,
        0.167,
        0.25,
        "Approximate. Designers' guides of 1080x1920 differ: 180 to 250 px above, 320 to 480 px below, 120 to 180 px "
        "on the right. TikTok gives templates by ad format, not one figure, and a long description covers more.",
    ),
    "shorts": Margins(
        0.045,
        0.15,
        0.178,
        0.35,
        "Approximate: the 48, 288, 192 and 672 px of 1080x1920 that are quoted for vertical Google ads, where a call "
        "to action takes room; not checked with Google, and a plain Short needs less below.",
    ),
    "reels": Margins(
        0.06,
        0.14,
        0.06,
        0.35,
        "Meta's own advice for Reels ads: 14 % above, 35 % below and 6 % on each side. Its buttons on the right reach "
        "further in than 6 % in the lower half; the margins of all platforms together clear them.",
    ),
}
TITLE_SAFE = Margins(
    0.05, 0.05, 0.05, 0.05, "SMPTE ST 2046-1: the safe title area is the middle 90 % of width and height."
)
CALLOUTS_TO = 0.39
"""Callouts pop up above this share of the height, in both shapes."""
WATERMARK = (0.105, 28)
"""The watermark of a landscape picture lies in this share of the height from below, and at most in so many pixels
where its type has reached its smallest size. An upright picture's is above the callouts."""


def margins_for(platform: str) -> Margins:
    """Margins of an upright picture on `platform`; "all" takes the widest of each."""
    if platform != "all":
        return PLATFORMS[platform]

    def widest(side: str) -> float:
        return max(getattr(margins, side) for margins in PLATFORMS.values())

    return Margins(
        widest("left"), widest("top"), widest("right"), widest("bottom"), "the widest margin of every platform"
    )


def caption_area(width: int, height: int, platform: str = "all") -> Box:
    """The pixels of a `width` x `height` picture that captions may use: even on all sides, centred across.

    Upright and square pictures keep clear of `platform`'s buttons on both sides, so that the words stand in the middle;
    wide ones keep inside the safe title area and above the watermark. Both stay below the callouts.
    """
    wide = width > height
    margins = TITLE_SAFE if wide else margins_for(platform)
    side = max(margins.left, margins.right)
    below = margins.bottom * height
    if wide:
        below = max(below, *_at_least(WATERMARK, height))
    return Box(
        _even_up(width * side),
        _even_up(height * max(margins.top, CALLOUTS_TO)),
        width - _even_up(width * side) - width % 2,
        int((height - below) // 2 * 2),
    )


def _at_least(span: tuple[float, int], height: int) -> Iterable[float]:
    share, pixels = span
    return share * height, min(pixels, 0.3 * height)


def _even_up(value: float) -> int:
    return int(-(-value // 2) * 2)
