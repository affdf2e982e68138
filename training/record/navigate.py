"""Where a player can walk in a Doom map: a grid of cells, and shortest paths over it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt, maximum_filter, minimum_filter
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from training.record.wad import EXITS, DoomMap

__all__ = ["CELL", "Reach", "WalkGrid"]

CELL = 16.0
"""Map units a side of a cell."""
_RADIUS = 16.0
_STEP_UP = 24
_HEADROOM = 56
_DROP = 160
_DOORS = (1, 26, 27, 28, 31, 32, 33, 34, 117, 118)
"""Line specials of doors opened by hand."""
_DAMAGING = (4, 5, 7, 16)
_SOLID_THINGS = (
    *(25, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 37, 41, 42, 43, 44, 45, 46, 47, 48, 54, 55, 56, 57, 70, 85, 86),
    *(2028, 2035),
)
"""Pillars, lamps, trees, barrels: they stop a player."""
_ROOMY = 48.0
"""Further than this from a wall, walking costs no more for it."""
_DIRECTIONS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx)


class Reach:
    """Everything reachable from one place, and the way there."""

    def __init__(self, grid: WalkGrid, start: int, limit: float) -> None:
        self._grid = grid
        self.cost, self._before = dijkstra(grid.graph, indices=start, limit=limit, return_predecessors=True)

    def cost_to(self, x: float, y: float) -> float:
        """Cost of the walk to (x, y): about its length; infinite where nobody can walk."""
        cell = self._grid.near(x, y)
        return float("inf") if cell is None else float(self.cost[cell])

    def path_to(self, cell: int) -> list[int]:
        """Cells from the start to `cell`; empty when it cannot be reached."""
        if not np.isfinite(self.cost[cell]):
            return []
        path = [cell]
        while (before := self._before[path[-1]]) >= 0:
            path.append(int(before))
        return path[::-1]


class WalkGrid:
    """A map as cells of `CELL` units, with the cost of stepping from each to its neighbours."""

    def __init__(self, level: DoomMap) -> None:
        ends = level.line_ends
        self._x0 = float(np.floor(ends[:, [0, 2]].min() / CELL) * CELL)
        self._y0 = float(np.floor(ends[:, [1, 3]].min() / CELL) * CELL)
        self.width = int((ends[:, [0, 2]].max() - self._x0) / CELL) + 1
        self.height = int((ends[:, [1, 3]].max() - self._y0) / CELL) + 1
        self.sector = self._sectors(level)
        door_sectors = np.unique(level.back[np.isin(level.line_special, _DOORS) & (level.back >= 0)])
        inside = self.sector >= 0
        self.door = inside & np.isin(self.sector, door_sectors)
        self._wall_distance = self._distances(level, inside)
        self.open = inside & (self._wall_distance >= _RADIUS - CELL / 2)
        self._blocked_extra = np.zeros(self.open.shape, bool)
        self._level = level
        # A player stands on the highest floor that the body touches, under the lowest ceiling.
        floor = np.where(inside, level.floor[self.sector], -20_000)
        ceiling = np.where(inside, level.ceiling[self.sector], 20_000)
        self._stand = maximum_filter(floor, size=3)
        self._roof = minimum_filter(np.where(self.door, 20_000, ceiling), size=3)
        self.graph = self._build()

    # --- places -------------------------------------------------------------------------------------

    def cell(self, x: float, y: float) -> int | None:
        column, row = int((x - self._x0) // CELL), int((y - self._y0) // CELL)
        if 0 <= column < self.width and 0 <= row < self.height:
            return row * self.width + column
        return None

    def near(self, x: float, y: float, cells: int = 3) -> int | None:
        """The walkable cell nearest to (x, y), at most `cells` away."""
        column, row = int((x - self._x0) // CELL), int((y - self._y0) // CELL)
        best, best_distance = None, float("inf")
        for r in range(max(row - cells, 0), min(row + cells + 1, self.height)):
            for c in range(max(column - cells, 0), min(column + cells + 1, self.width)):
                distance = (r - row) ** 2 + (c - column) ** 2
                if self.open[r, c] and distance < best_distance:
                    best, best_distance = r * self.width + c, distance
        return best

    def centre(self, cell: int) -> tuple[float, float]:
        row, column = divmod(cell, self.width)
        return self._x0 + (column + 0.5) * CELL, self._y0 + (row + 0.5) * CELL

    def is_door(self, cell: int) -> bool:
        return bool(self.door.flat[cell])

    def walkable(self, x: float, y: float, from_x: float, from_y: float) -> bool:
        """Whether one can step from one place to another, a few cells apart, without a fall or a climb."""
        steps = max(int(np.hypot(x - from_x, y - from_y) / (CELL / 2)), 1)
        before = self.near(from_x, from_y, 1)
        if before is None:
            return False
        for step in range(1, steps + 1):
            here = self.cell(from_x + (x - from_x) * step / steps, from_y + (y - from_y) * step / steps)
            if here is None or not self.open.flat[here] or self._blocked_extra.flat[here]:
                return False
            rise = int(self._stand.flat[here]) - int(self._stand.flat[before])
            if abs(rise) > _STEP_UP:
                return False
            before = here
        return True

    def sees(self, x: float, y: float, to_x: float, to_y: float) -> bool:
        """Whether the floor plan leaves a straight line between two places (heights are not looked at)."""
        steps = max(int(np.hypot(to_x - x, to_y - y) / CELL), 1)
        share = np.linspace(0, 1, steps + 1)
        columns = ((x + (to_x - x) * share - self._x0) // CELL).astype(int).clip(0, self.width - 1)
        rows = ((y + (to_y - y) * share - self._y0) // CELL).astype(int).clip(0, self.height - 1)
        return bool((self._wall_distance[rows, columns] > CELL * 0.4).all())

    def free_path(self, x: float, y: float, angle_deg: float, limit: float) -> float:
        """How far it is from (x, y) to the first wall in that direction, at most `limit`."""
        distances = np.arange(CELL, limit, CELL)
        angle = np.radians(angle_deg)
        columns = ((x + np.cos(angle) * distances - self._x0) // CELL).astype(int).clip(0, self.width - 1)
        rows = ((y + np.sin(angle) * distances - self._y0) // CELL).astype(int).clip(0, self.height - 1)
        stops = np.flatnonzero(self._wall_distance[rows, columns] < CELL * 0.4)
        return float(distances[stops[0]]) if len(stops) else limit

    # --- ways ---------------------------------------------------------------------------------------

    def reach(self, x: float, y: float, limit: float = np.inf) -> Reach | None:
        """What can be reached from (x, y) at a cost up to `limit`; None from where nobody can walk."""
        start = self.near(x, y)
        return None if start is None else Reach(self, start, limit)

    def block(self, cells: list[int]) -> None:
        """These proved impassable (a locked door, a pillar): find other ways from now on."""
        for cell in cells:
            row, column = divmod(cell, self.width)
            self._blocked_extra[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = True
        self.graph = self._build()

    def _sectors(self, level: DoomMap) -> np.ndarray:
        """int [rows, columns]: the sector at each cell's centre, -1 for solid rock.

        Along one row, crossing a line that runs upward leads from its left (back) to its right (front).
        """
        sector = np.full((self.height, self.width), -1, np.int64)
        x1, y1, x2, y2 = level.line_ends.T
        centres = self._x0 + (np.arange(self.width) + 0.5) * CELL
        for row in range(self.height):
            y = self._y0 + (row + 0.5) * CELL + 0.013
            crossing = np.flatnonzero((y1 > y) != (y2 > y))
            if not len(crossing):
                continue
            at = x1[crossing] + (y - y1[crossing]) / (y2[crossing] - y1[crossing]) * (x2[crossing] - x1[crossing])
            order = np.argsort(at)
            crossing, at = crossing[order], at[order]
            after = np.where(y2[crossing] > y1[crossing], level.front[crossing], level.back[crossing])
            last = np.searchsorted(at, centres) - 1
            sector[row] = np.where(last >= 0, after[last.clip(0)], -1)
        return sector

    def _distances(self, level: DoomMap, inside: np.ndarray) -> np.ndarray:
        """float [rows, columns]: distance from each cell to the nearest line that stops a player."""
        stops = (level.back < 0) | (level.line_flags & 1 > 0) | np.isin(level.line_special, EXITS)
        solid = ~inside
        for x1, y1, x2, y2 in level.line_ends[stops]:
            share = np.linspace(0, 1, int(np.hypot(x2 - x1, y2 - y1) / (CELL / 4)) + 2)
            columns = ((x1 + (x2 - x1) * share - self._x0) // CELL).astype(int).clip(0, self.width - 1)
            rows = ((y1 + (y2 - y1) * share - self._y0) // CELL).astype(int).clip(0, self.height - 1)
            solid[rows, columns] = True
        things = level.things[np.isin(level.things["type"], _SOLID_THINGS)]
        for dx in (-8, 8):
            for dy in (-8, 8):
                columns = ((things["x"] + dx - self._x0) // CELL).astype(int).clip(0, self.width - 1)
                rows = ((things["y"] + dy - self._y0) // CELL).astype(int).clip(0, self.height - 1)
                solid[rows, columns] = True
        return distance_transform_edt(~solid) * CELL

    def _build(self) -> csr_matrix:
        level = self._level
        floor, ceiling = self._stand, self._roof
        hurts = (self.sector >= 0) & np.isin(level.sector_special[self.sector], _DAMAGING)
        usable = self.open & ~self._blocked_extra
        price = 1.0 + 3.0 * np.clip(1 - self._wall_distance / _ROOMY, 0, 1) + 4.0 * hurts + 1.0 * self.door
        number = np.arange(self.width * self.height).reshape(self.height, self.width)
        rows, columns, costs = [], [], []
        for dy, dx in _DIRECTIONS:
            here = (slice(max(-dy, 0), self.height - max(dy, 0)), slice(max(-dx, 0), self.width - max(dx, 0)))
            there = (slice(max(dy, 0), self.height - max(-dy, 0)), slice(max(dx, 0), self.width - max(-dx, 0)))
            rise = floor[there] - floor[here]
            room = np.minimum(ceiling[there], ceiling[here]) - np.maximum(floor[there], floor[here])
            fits = room >= _HEADROOM
            passes = usable[here] & usable[there] & (rise <= _STEP_UP) & (rise >= -_DROP) & fits
            length = CELL * float(np.hypot(dy, dx))
            rows.append(number[here][passes])
            columns.append(number[there][passes])
            costs.append(length * price[there][passes])
        size = self.width * self.height
        return coo_matrix(
            (np.concatenate(costs), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size)
        ).tocsr()
