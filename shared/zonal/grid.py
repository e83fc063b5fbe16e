"""A regular lon/lat grid of cells and their exact areas on the WGS84 ellipsoid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_A_M = 6_378_137.0
_F = 1 / 298.257223563
_B_M = _A_M * (1 - _F)
_E = np.sqrt(_F * (2 - _F))


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

    def lons(self) -> NDArray[np.float64]:
        """Longitudes of the cell centres by column; float64 [width]."""
        return np.asarray(self.west + (np.arange(self.width) + 0.5) * self.dx, dtype=np.float64)

    def lats(self) -> NDArray[np.float64]:
        """Latitudes of the cell centres by row, falling; float64 [height]."""
        return np.asarray(self.north - (np.arange(self.height) + 0.5) * self.dy, dtype=np.float64)

    def row_areas_m2(self) -> NDArray[np.float64]:
        """Exact area in m2 on WGS84 of one cell of each row (edges are meridians and parallels); float64 [height].

        `b^2/2 dlon (q(phi2) - q(phi1))`, `q(phi) = sin phi / (1 - e^2 sin^2 phi) + atanh(e sin phi) / e` (methods 7.2),
        with both differences taken before they are lost: as printed, the formula drops five digits at 10 m.
        """
        middle, half = np.radians(self.lats()), np.radians(self.dy) / 2
        sin_south, sin_north = np.sin(middle - half), np.sin(middle + half)
        rise = 2 * np.cos(middle) * np.sin(half)  # sin_north - sin_south
        product = _E**2 * sin_south * sin_north
        algebraic = rise * (1 + product) / ((1 - (_E * sin_south) ** 2) * (1 - (_E * sin_north) ** 2))
        logarithmic = np.arctanh(_E * rise / (1 - product)) / _E
        areas: NDArray[np.float64] = _B_M**2 / 2 * np.radians(self.dx) * (algebraic + logarithmic)
        return areas
