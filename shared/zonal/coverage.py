"""Which cells of a grid each plot covers, and by what fraction."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.zonal.grid import Grid
from shared.zonal.kernel import fill
from shared.zonal.outlines import Outlines, require_usable

LEAST_FRACTION = 1e-9
"""Below this a sliver is the rounding of coordinates (1e-14 of a degree), not ground: a plot cut along cell edges
would touch its neighbours, and "any loss above zero" would be true of them."""
BATCH_CELLS = 4_000_000
"""Cells that are looked at in one call: 80 MB of room."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Three aligned arrays, one entry for each cell that a plot covers, sorted by (plot, cell)."""

    plot: NDArray[np.int32]
    """Index of the plot in the geometries given."""
    cell: NDArray[np.int64]
    """row * grid.width + column."""
    fraction: NDArray[np.float64]
    """Share of the cell inside the plot, in (0, 1]."""


def coverage(geometries: NDArray[np.object_], grid: Grid) -> Coverage:
    """The exact coverage of the grid's cells by each polygon or multipolygon (lon/lat, shape [n]).

    Parts outside the grid are not covered; a plot wholly outside, or empty, has no entry. Edges are straight in
    lon/lat. Exact to the rounding of coordinates (see `kernel`); releases the interpreter's lock. Raises Refused
    (`invalid_geometry`) for a geometry that is invalid or has no area (points: make them discs first).
    """
    require_usable(geometries)
    outlines = Outlines.of_plots(geometries, grid)
    batches = [fill_windows(outlines, windows, grid.width) for windows in _batches(outlines.windows(grid.width, grid.height))]
    return Coverage(*(np.concatenate(arrays) for arrays in zip(*batches, strict=True)))


def fill_windows(
    outlines: Outlines, windows: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Plot, cell and fraction of every covered cell of the windows [m, 5], in their order."""
    room = int((windows[:, 3] * windows[:, 4]).sum())
    plot, cell, fraction = np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.float64)
    rings = (outlines.xy, outlines.rings, outlines.signs, outlines.shapes)
    count = fill(*rings, windows, width, LEAST_FRACTION, plot, cell, fraction)
    return plot[:count].copy(), cell[:count].copy(), fraction[:count].copy()


def _batches(windows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The windows in lists of at most BATCH_CELLS cells, larger ones cut into bands of rows; at least one list."""
    cut = [band for window in windows for band in _bands(window)] if (windows[:, 3] * windows[:, 4] > BATCH_CELLS).any() else windows
    pieces = np.asarray(cut, dtype=np.int64).reshape(-1, 5)
    batch = (np.cumsum(pieces[:, 3] * pieces[:, 4]) - 1) // BATCH_CELLS
    return [np.ascontiguousarray(one) for one in np.split(pieces, np.flatnonzero(np.diff(batch)) + 1)]


def _bands(window: NDArray[np.int64]) -> list[tuple[int, ...]]:
    plot, left, top, columns, rows = (int(value) for value in window)
    step = max(1, BATCH_CELLS // columns)
    return [(plot, left, first, columns, min(step, top + rows - first)) for first in range(top, top + rows, step)]
