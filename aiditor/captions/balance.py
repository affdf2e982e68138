"""Cutting a row into pieces: as few as fit, and among those the most even."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["balanced"]


def balanced(count: int, cost: Callable[[int, int], float | None]) -> list[range] | None:
    """Items 0 to `count` in consecutive pieces, the fewest that fit, and of those the least total cost.

    `cost(start, end)` is what the piece [start, end) costs, None where it does not fit; longer pieces that start at the
    same item must not fit where a shorter one does not. None when some item fits no piece at all.
    """
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, count + 1):
        found: tuple[int, float, int] | None = None
        for start in range(end - 1, -1, -1):
            own = cost(start, end)
            if own is None:
                break
            pieces, total, _ = best[start]
            if found is None or (pieces + 1, total + own) < found[:2]:
                found = (pieces + 1, total + own, start)
        if found is None:
            return None
        best.append(found)
    cuts, end = [], count
    while end:
        start = best[end][2]
        cuts.append(range(start, end))
        end = start
    return cuts[::-1]
