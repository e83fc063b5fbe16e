"""A regular lon/lat grid of cells and their exact areas on the WGS84 ellipsoid; what any grid of cells must answer."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_A_M = 6_378_137.0
_F = 1 / 298.257223563
_B_M = _A_M * (1 - _F)
_E = np.sqrt(_F * (2 - _F))


STRIP_ROWS = 512
"""Rows whose areas are worked out at once and kept."""


class Cells(Protocol):
    """The cells of a raster: where a place lies in them, and how much ground each is. Equal grids compare equal."""

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees; of a projected grid as good as can be said."""

    @property
    def turn_deg(self) -> float | None:
        """360 where columns go round the globe in degrees, else None."""

    @property
    def even_rows(self) -> bool:
        """Whether all cells of a row are the same ground area."""

    def densified(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """The geometries (lon/lat) with as many vertices as their edges need to stay on their line in these cells."""

    def located(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Columns and rows, [n, 2], of places, [n, 2]; not finite for places that the reference system does not know."""

    def lost(self, lonlat: NDArray[np.float64], cells: NDArray[np.float64], rings: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Vertices [n] of densified rings that the reference system does not show, or not in one piece with the one before.

        `lonlat` and `cells` [n, 2] are the same places, `rings` the first vertex of each ring, and the end.
        """

    def areas_m2(self, top: int, left: int, rows: int, columns: int) -> NDArray[np.float64]:
        """Ground area of the cells of a window on WGS84, m2; [rows, columns], or [rows, 1] with `even_rows`."""

    def centres(self, top: int, left: int, rows: int, columns: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Longitudes and latitudes of the centres of a window: [columns] and [rows], or both [rows, columns]."""


Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """North-up grid in degrees: row 0 is the northernmost; each cell is half-open [west, east) x (south, north]."""

    west: float
    north: float
    dx: float
    dy: float
    width: int
    height: int

    def __post_init__(self) -> None:
        if not (self.dx > 0 and self.dy > 0 and self.width > 0 and self.height > 0):
            raise ValueError(f"a grid has positive steps and at least one cell: {self}")

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees."""
        return (self.west, self.north - self.height * self.dy, self.west + self.width * self.dx, self.north)

    @property
    def turn_deg(self) -> float:
        """Columns go round the globe."""
        return 360.0

    @property
    def even_rows(self) -> bool:
        """Cells of a row lie between the same parallels."""
        return True

    def densified(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """The geometries themselves: edges are straight in lon/lat."""
        return geometries

    def located(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Columns and rows, [n, 2], of places, [n, 2]."""
        cells = np.empty((len(lonlat), 2))
        for axis, (origin, step) in enumerate(((self.west, self.dx), (self.north, -self.dy))):
            np.divide(lonlat[:, axis] - origin, step, out=cells[:, axis])
        return cells

    def lost(self, lonlat: NDArray[np.float64], cells: NDArray[np.float64], rings: NDArray[np.int64]) -> NDArray[np.bool_]:
        """None: every place has its longitude and latitude."""
        return np.zeros(len(lonlat), dtype=np.bool_)

    def areas_m2(self, top: int, left: int, rows: int, columns: int) -> NDArray[np.float64]:
        """Ground area of one cell of each row of a window, m2; float64 [rows, 1]."""
        first = top // STRIP_ROWS
        strips = [_strip_areas_m2(self, strip) for strip in range(first, (top + rows - 1) // STRIP_ROWS + 1)]
        held = strips[0] if len(strips) == 1 else np.concatenate(strips)
        return held[top - first * STRIP_ROWS :][:rows, np.newaxis]

    def centres(self, top: int, left: int, rows: int, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes [columns] and latitudes [rows] of the centres of a window."""
        # Not a part of all of them: round the globe these are a million and more.
        lons = self.west + (np.arange(left, min(left + columns, self.width)) + 0.5) * self.dx
        lats = self.north - (np.arange(top, min(top + rows, self.height)) + 0.5) * self.dy
        return np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)

    def lons(self) -> NDArray[np.float64]:
        """Longitudes of the cell centres by column; float64 [width]."""
        return self.centres(0, 0, 0, self.width)[0]

    def lats(self) -> NDArray[np.float64]:
        """Latitudes of the cell centres by row, falling; float64 [height]."""
        return self.centres(0, 0, self.height, 0)[1]

    def row_areas_m2(self) -> NDArray[np.float64]:
        """Exact area in m2 on WGS84 of one cell of each row (edges are meridians and parallels); float64 [height].

        `b^2/2 dlon (q(phi2) - q(phi1))`, `q(phi) = sin phi / (1 - e^2 sin^2 phi) + atanh(e sin phi) / e` (methods 7.2),
        with both differences taken before they are lost: as printed, the formula drops five digits at 10 m.
        """
        return self.centre_areas_m2(np.arange(self.height))

    def centre_areas_m2(self, rows: NDArray[np.integer]) -> NDArray[np.float64]:
        """Area in m2 of one cell of each of the rows; float64 [rows]."""
        return row_areas_m2(self.north, self.dx, self.dy, rows)


def row_areas_m2(north: Floats | float, dx: Floats | float, dy: Floats | float, rows: NDArray[np.integer]) -> NDArray[np.float64]:
    """Area in m2 of one cell of each of the rows of grids (degrees) that begin at `north`; all that is no number of shape [rows]."""
    middle, half = np.radians(north - (rows + 0.5) * dy), np.radians(dy) / 2
    sin_south, sin_north = np.sin(middle - half), np.sin(middle + half)
    rise = 2 * np.cos(middle) * np.sin(half)  # sin_north - sin_south
    product = _E**2 * sin_south * sin_north
    algebraic = rise * (1 + product) / ((1 - (_E * sin_south) ** 2) * (1 - (_E * sin_north) ** 2))
    logarithmic = np.arctanh(_E * rise / (1 - product)) / _E
    areas: NDArray[np.float64] = _B_M**2 / 2 * np.radians(dx) * (algebraic + logarithmic)
    return areas


@lru_cache(maxsize=256)
def _strip_areas_m2(grid: Grid, strip: int) -> NDArray[np.float64]:
    """Areas of the cells of one strip of rows, past the grid's last too; neighbours of a block ask for the same."""
    areas = grid.centre_areas_m2(np.arange(strip * STRIP_ROWS, (strip + 1) * STRIP_ROWS))
    areas.flags.writeable = False
    return areas
