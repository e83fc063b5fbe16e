"""Values of one grid at the cell centres of another, for methods that look at several bands cell by cell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Forwarded, Source
from shared.zonal.grid import Cells, Grid

SNAP = 1e-6
"""Share of a cell by which a centre may lie before a border and still belong behind it (steps are not exact in binary)."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Joined(Forwarded):
    """A band on the cells of another grid, by the value at each cell's centre: never a mean of classes."""

    source: Source
    analysis: Source
    """The band that the grid is taken from."""

    @classmethod
    def to(cls, source: Source, analysis: Source) -> "Joined":
        """`source` on the cells of `analysis`."""
        return cls(source, analysis)

    @property
    def cells(self) -> Cells:
        """Of the grid."""
        return self.analysis.cells

    @property
    def unit(self) -> tuple[int, int]:
        """Of the grid."""
        return self.analysis.unit

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_]:
        """Fill `out` with a window of the other grid; cells whose centre the band does not reach are not known."""
        values, known = sampled(self.source, *self.cells.centres(top, left, *out.shape))
        out[:] = values
        return known


def sampled(source: Source, lons: Floats, lats: Floats) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Values of the cells that hold the crossings of lons [columns] and lats [rows], or the places of two [rows, columns].

    And where there are any; values are 0 where the band does not reach, and as they stand in the file elsewhere.
    """
    if lons.ndim == 1 and isinstance(source.cells, Grid):
        cells = source.cells
        column = np.floor((lons - cells.west) / cells.dx + SNAP).astype(np.int64)
        row = np.floor((cells.north - lats) / cells.dy + SNAP).astype(np.int64)
        in_column, in_row = (column >= 0) & (column < cells.width), (row >= 0) & (row < cells.height)
        values, known = _nothing(source, (len(lats), len(lons)))
        if in_column.any() and in_row.any():
            at = np.ix_(in_row, in_column)
            window, mask, top, left = _window(source, row[in_row], column[in_column])
            values[at] = window.take(row[in_row] - top, axis=0).take(column[in_column] - left, axis=1)
            known[at] = True if mask is None else mask.take(row[in_row] - top, axis=0).take(column[in_column] - left, axis=1)
        return values, known
    if lons.ndim == 1:
        lons, lats = np.meshgrid(lons, lats)
    at_cells = np.floor(source.cells.located(np.column_stack((lons.ravel(), lats.ravel()))) + SNAP)
    cell = np.where(np.isfinite(at_cells), at_cells, -1).astype(np.int64)
    column, row = (axis.reshape(lons.shape) for axis in cell.T)
    inside = (column >= 0) & (column < source.cells.width) & (row >= 0) & (row < source.cells.height)
    values, known = _nothing(source, inside.shape)
    if inside.any():
        window, mask, top, left = _window(source, row[inside], column[inside])
        values[inside] = window[row[inside] - top, column[inside] - left]
        known[inside] = True if mask is None else mask[row[inside] - top, column[inside] - left]
    return values, known


def _nothing(source: Source, shape: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    return np.zeros(shape, dtype=source.dtype), np.zeros(shape, dtype=np.bool_)


def _window(source: Source, rows: Ints, columns: Ints) -> tuple[NDArray[Any], NDArray[np.bool_] | None, int, int]:
    """The window that holds the rows and columns, its mask, and its top and left."""
    top, left = int(rows.min()), int(columns.min())
    values = np.empty((int(rows.max()) - top + 1, int(columns.max()) - left + 1), dtype=source.dtype)
    return values, source.read(top, left, values), top, left
