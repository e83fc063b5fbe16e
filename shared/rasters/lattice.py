"""The cells of a north-up or south-up lon/lat raster: which one a place lies in, and windows that snap to them."""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from shared.errors import Refused
from shared.zonal.grid import Grid

SNAP = 1e-6
"""Share of a cell by which a place may lie before a border and still belong behind it: steps such as 1/12000 degree are
not exact in binary, and rounding instead of flooring would shift everything by a cell (methods 1.2)."""
MAX_CELLS = 50_000_000
"""Cells of one window: a plot of 10,000 ha has 1.4 million at 10 m, a square of 0.58 degrees has this many."""


_Indices = NDArray[np.int64]
_SAME_STEP = 1e-6
"""Steps that differ by this share are one step written with fewer digits: over a tile of 40,000 cells, 0.04 of a cell."""
_PHASE_DIGITS = 4
"""Edges are told to a ten-thousandth of a cell: 1 mm at 10 m."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Cells of a raster by column from the west and row from the north; degrees."""

    west: float
    north: float
    dx: float
    dy: float
    width: int
    height: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees."""
        return (self.west, self.north - self.height * self.dy, self.west + self.width * self.dx, self.north)

    def columns(self, lons: NDArray[np.float64]) -> NDArray[np.int64]:
        """Column of each longitude; outside the raster below 0 or at least `width`."""
        return np.floor((lons - self.west) / self.dx + SNAP).astype(np.int64)

    def rows(self, lats: NDArray[np.float64]) -> NDArray[np.int64]:
        """Row of each latitude, from the north; outside the raster below 0 or at least `height`."""
        return np.floor((self.north - lats) / self.dy + SNAP).astype(np.int64)

    def spans(self, bounds: NDArray[np.float64]) -> tuple[_Indices, _Indices, _Indices, _Indices]:
        """First column, first row, columns and rows of the cells that hold each of the bounds (west, south, east, north; [n, 4]).

        They go on past the raster where the bounds do.
        """
        west, south, east, north = bounds.T
        first_column, first_row = np.floor((west - self.west) / self.dx + SNAP), np.floor((self.north - north) / self.dy + SNAP)
        last_column = np.maximum(np.ceil((east - self.west) / self.dx - SNAP), first_column + 1)
        last_row = np.maximum(np.ceil((self.north - south) / self.dy - SNAP), first_row + 1)
        sizes = last_column - first_column, last_row - first_row
        column, row, width, height = (cells.astype(np.int64) for cells in (first_column, first_row, *sizes))
        return column, row, width, height

    def window(self, bounds: tuple[float, float, float, float], margin_cells: int) -> Grid:
        """The cells that hold the bounds, and a margin. Raises Refused (`window_too_large`)."""
        column, row, width, height = (int(cells[0]) for cells in self.spans(np.array([bounds])))
        column, row, width, height = column - margin_cells, row - margin_cells, width + 2 * margin_cells, height + 2 * margin_cells
        require_readable(width * height)
        return Grid(self.west + column * self.dx, self.north - row * self.dy, self.dx, self.dy, width, height)

    def common(self) -> "Lattice":
        """The same cells round the globe and from pole to pole, in the same bits whichever tile they are told from.

        Publishers write 1/12000 degree with more or fewer digits, and edges with them: steps are taken for a whole part of
        a degree where they are as good as one, and the cells begin at the multiple of them, or the share of one, that is nearest.
        """
        dx, dy = _common_step(self.dx), _common_step(self.dy)
        right, up = _phase(self.west / dx), _phase(self.north / dy)
        west = (right - ceil(round(180.0 / dx + right, _PHASE_DIGITS))) * dx
        north = (up + ceil(round(90.0 / dy - up, _PHASE_DIGITS))) * dy
        width, height = ((180.0 - west) / dx, (north + 90.0) / dy)
        return Lattice(west, north, dx, dy, ceil(round(width, _PHASE_DIGITS)), ceil(round(height, _PHASE_DIGITS)))


def _common_step(step: float) -> float:
    parts = 1.0 / step
    whole = round(parts)
    return 1.0 / whole if whole and abs(parts - whole) < _SAME_STEP * parts else float(f"{step:.12g}")


def _phase(cells: float) -> float:
    """Share of a cell by which an edge lies past a multiple of the step."""
    return round(cells - floor(cells), _PHASE_DIGITS) % 1.0


def lattice_of(transform: tuple[float, ...], width: int, height: int) -> Lattice | None:
    """The cells of a raster from the six coefficients of its geotransform (step, turn, west, turn, step, edge); None when it is turned."""
    dx, turn_x, west, turn_y, step_y, edge = transform
    if turn_x or turn_y or dx <= 0:
        return None
    return Lattice(west, edge if step_y < 0 else edge + step_y * height, dx, abs(step_y), width, height)


def require_readable(cells: int) -> None:
    """Raises Refused (`window_too_large`) for more cells than one window may have."""
    if cells > MAX_CELLS:
        raise Refused(f"a window of {cells} cells; at most {MAX_CELLS} are read at once", code="window_too_large")
