"""Keeps the parts of one HUD from lying on each other."""

from __future__ import annotations

from collections.abc import Sequence

from training.record.skins.draw import place

__all__ = ["Area", "Layout"]

Area = tuple[float, float, float, float]
"""Left, top, width, height in pixels."""
_CORNERS = (
    *("top_left", "top_right", "bottom_left", "bottom_right"),
    *("middle_left", "middle_right", "top_centre", "bottom_centre"),
)


class Layout:
    """Which areas of the picture are taken."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        across, down = size
        self._taken: list[Area] = [(across * 0.41, down * 0.36, across * 0.18, down * 0.22)]  # where one aims

    def take(self, area: Area) -> None:
        """From now on this is taken."""
        self._taken.append(area)

    def overlap(self, area: Area) -> float:
        """The share of `area` that is taken already (areas that overlap count twice), plus what sticks out."""
        x, y, wide, tall = area
        inside = max(min(x + wide, self._size[0]) - max(x, 0), 0) * max(min(y + tall, self._size[1]) - max(y, 0), 0)
        lost = wide * tall - inside
        for ox, oy, ow, oh in self._taken:
            lost += max(min(x + wide, ox + ow) - max(x, ox), 0) * max(min(y + tall, oy + oh) - max(y, oy), 0)
        return lost / max(wide * tall, 1)

    def best(self, areas: Sequence[Area]) -> int:
        """Which of them is freest, the first if several are; it is taken then."""
        chosen = min(range(len(areas)), key=lambda index: (round(self.overlap(areas[index]), 2), index))
        self.take(areas[chosen])
        return chosen

    def find(
        self, size: tuple[int, int], anchors: Sequence[str], margin: tuple[int, int], allowed: float = 0.05
    ) -> tuple[int, int] | None:
        """A free top left corner at one of the anchors, else at any, in their order; None if nowhere is."""
        step = max(self._size[1] // 12, 1)
        for anchor in (*anchors, *_CORNERS):
            for further in range(4):
                x, y = place(anchor, size, self._size, (margin[0], margin[1] + further * step))
                if self.overlap((x, y, *size)) <= allowed:
                    self.take((x, y, *size))
                    return x, y
        return None
