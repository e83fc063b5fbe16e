"""Values of one grid at the cell centres of another, for methods that look at several bands cell by cell."""

from dataclasses import dataclass
from typing import Any

import numba
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
    return Spots.of(source.cells, lons, lats).values(source)


@dataclass(frozen=True, slots=True)
class Spots:
    """Where places lie in the cells of a grid, told once for all its bands."""

    inside: NDArray[np.bool_]
    """Places that the grid reaches, in the shape of the places."""
    row: Ints
    """Of each of those."""
    column: Ints

    @classmethod
    def of(cls, cells: Cells, lons: Floats, lats: Floats) -> "Spots":
        """The places `lons` and `lats`, of one shape."""
        row, column = _cells_at(cells, lons, lats)
        inside = row >= 0
        return cls(inside, row[inside], column[inside])

    def values(self, source: Source) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Values of a band of the grid at the places, and where there are any; as `sampled`."""
        values, known = _nothing(source, self.inside.shape)
        if len(self.row):
            window, mask, top, left = _window(source, self.row, self.column)
            at = (self.row - top) * window.shape[1] + (self.column - left)
            values[self.inside] = window.ravel().take(at)
            known[self.inside] = True if mask is None else mask.ravel().take(at)
        return values, known


def _cells_at(cells: Cells, lons: Floats, lats: Floats) -> tuple[Ints, Ints]:
    """Row and column of the cell of each place, in the shape of the places; -1 for both beyond the grid."""
    if isinstance(cells, Grid):
        row, column = np.empty(lons.size, dtype=np.int64), np.empty(lons.size, dtype=np.int64)
        across, down = (cells.west, cells.dx, cells.width), (cells.north, -cells.dy, cells.height)
        _locate(lons.ravel().astype(np.float64, copy=False), lats.ravel().astype(np.float64, copy=False), across, down, row, column)
        return row.reshape(lons.shape), column.reshape(lons.shape)
    found = cells.located(np.column_stack((lons.ravel(), lats.ravel())))
    at = np.floor(found + SNAP)
    inside = (at >= 0).all(axis=1) & (at[:, 0] < cells.width) & (at[:, 1] < cells.height)
    column, row = (axis.reshape(lons.shape) for axis in np.where(inside[:, np.newaxis], at, -1).astype(np.int64).T)
    return row, column


_AXIS = "Tuple((float64, float64, int64))"


@numba.njit(f"void(float64[::1], float64[::1], {_AXIS}, {_AXIS}, int64[::1], int64[::1])", nogil=True, cache=True)
def _locate(
    lons: Floats, lats: Floats, across: tuple[float, float, int], down: tuple[float, float, int], row: Ints, column: Ints
) -> None:  # fmt: skip
    """Write what `_cells_at` answers for a grid of which each axis has an origin, a step and a number of cells."""
    for at in range(len(lons)):
        x = np.floor((lons[at] - across[0]) / across[1] + SNAP)
        y = np.floor((lats[at] - down[0]) / down[1] + SNAP)
        if 0 <= x < across[2] and 0 <= y < down[2]:
            row[at], column[at] = int(y), int(x)
        else:
            row[at], column[at] = -1, -1


def _nothing(source: Source, shape: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    return np.zeros(shape, dtype=source.dtype), np.zeros(shape, dtype=np.bool_)


def _window(source: Source, rows: Ints, columns: Ints) -> tuple[NDArray[Any], NDArray[np.bool_] | None, int, int]:
    """The window that holds the rows and columns, its mask, and its top and left."""
    top, left = int(rows.min()), int(columns.min())
    values = np.empty((int(rows.max()) - top + 1, int(columns.max()) - left + 1), dtype=source.dtype)
    return values, source.read(top, left, values), top, left
