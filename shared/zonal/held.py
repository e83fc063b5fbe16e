"""A window of a band that is read once and kept, for methods that look at many places close by."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable
from shared.zonal.block import Forwarded, Source
from shared.zonal.grid import Cells, Grid

MARGIN_CELLS = 2
MOST_CELLS = 512 * 512
"""Held at once for plots that are asked for several times: those of plots far from each other are read as they are asked for."""
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Held(Forwarded):
    """A band whose cells in one window lie in memory; all others are read as they are asked for."""

    source: Source
    top: int
    left: int
    values: NDArray[Any]
    known: NDArray[np.bool_]

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Fill `out` with the window; where it is known."""
        rows, columns = out.shape
        down, right = top - self.top, left - self.left
        if down < 0 or right < 0 or down + rows > self.values.shape[0] or right + columns > self.values.shape[1]:
            return self.source.read(top, left, out)
        at = np.s_[down : down + rows, right : right + columns]
        out[:] = self.values[at]
        return self.known[at]


@dataclass(slots=True)
class HeldOnce(Forwarded):
    """A band whose cells within bounds (degrees) are read when the first of them is asked for, and then held.

    Where they are too many, on no lon/lat grid, or do not all read, every window is read as it is asked for: no cell that nobody
    asked for does harm.
    """

    source: Source
    bounds: Bounds
    _held: Source | None = None

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Fill `out` with the window; where it is known."""
        if self._held is None:
            self._held = self._read_once()
        return self._held.read(top, left, out)

    def _read_once(self) -> Source:
        window = window_of(self.source.cells, self.bounds)
        if window is None or window[2] * window[3] > MOST_CELLS:
            return self.source
        try:
            return held(self.source, self.bounds)
        except Unavailable:
            return self.source


def held(source: Source, bounds: Bounds) -> Source:
    """The band with its cells within bounds (west, south, east, north; degrees) read; as it is where it is no lon/lat grid.

    Raises what the source raises.
    """
    window = window_of(source.cells, bounds)
    if window is None:
        return source
    top, left, rows, columns = window
    values = np.empty((rows, columns), dtype=source.dtype)
    mask = source.read(top, left, values)
    known = np.ones(values.shape, dtype=np.bool_) if mask is None else mask.copy()
    return Held(source, top, left, values, known)


def window_of(cells: Cells, bounds: Bounds) -> tuple[int, int, int, int] | None:
    """Top, left, rows and columns of the cells within bounds and a little more; None without any, and on other grids."""
    if not isinstance(cells, Grid):
        return None
    west, south, east, north = bounds
    left = max(0, floor((west - cells.west) / cells.dx) - MARGIN_CELLS)
    right = min(cells.width, ceil((east - cells.west) / cells.dx) + MARGIN_CELLS)
    top = max(0, floor((cells.north - north) / cells.dy) - MARGIN_CELLS)
    bottom = min(cells.height, ceil((cells.north - south) / cells.dy) + MARGIN_CELLS)
    return (top, left, bottom - top, right - left) if bottom > top and right > left else None
