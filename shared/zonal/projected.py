"""Cells of a raster in any reference system (or turned in its own), and the true ground area of each."""

from dataclasses import dataclass
from functools import cache
from math import hypot

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from shared.geo.areas import authalic_m2

M_PER_DEG = 111_320.0
LEAST_STEP_M = 20.0
"""No edge is cut finer: a chord of 20 m leaves its curve by some micrometres."""
NODE_SPACING_M = 4_000.0
"""Ground areas are worked out so far apart, and between them straight: wrong by (4 km / radius of the Earth)^2 / 8 at most."""
NODE_SIDE_M = 200.0
"""Side of the ground that is measured at a node, one cell at least."""
TORN_STEPS = 8.0
"""An edge that is so many times as long as it was cut runs over a gap of the projection (Homolosine)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProjectedGrid:
    """Cells by the affine transform of a raster: x = a column + b row + c, y = d column + e row + f.

    Polygons are brought to the cells (their edges densified first), the cells never to the polygons: a class has no mean.
    """

    affine: tuple[float, float, float, float, float, float]
    """a, b, c, d, e, f in units of `crs`."""
    width: int
    height: int
    crs: str
    """WKT; empty for a plane in metres, whose coordinates are taken as they are."""

    @property
    def turn_deg(self) -> None:
        """Columns of a projection do not go round."""

    @property
    def even_rows(self) -> bool:
        """Only a plane is the same everywhere."""
        return not self.crs

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees."""
        corners = self._xy(np.array([[0.0, 0.0], [self.width, 0.0], [0.0, self.height], [self.width, self.height]]))
        west, south, east, north = (
            float(corners[:, 0].min()),
            float(corners[:, 1].min()),
            float(corners[:, 0].max()),
            float(corners[:, 1].max()),
        )
        if not self.crs:
            return west, south, east, north
        return to_lonlat(self.crs).transform_bounds(west, south, east, north)

    def densified(self, geometries: NDArray[np.object_]) -> NDArray[np.object_]:
        """Edges cut to half a cell at most, but not under 20 m: straight in lon/lat is curved here."""
        return np.asarray(shapely.segmentize(geometries, self._step_m() / M_PER_DEG)) if self.crs else geometries

    def located(self, lonlat: Floats) -> Floats:
        """Columns and rows, [n, 2], of places, [n, 2]; not finite for places outside the reference system."""
        x, y = from_lonlat(self.crs).transform(lonlat[:, 0], lonlat[:, 1]) if self.crs else (lonlat[:, 0], lonlat[:, 1])
        a, b, c, d, e, f = self.affine
        x, y, scale = np.asarray(x) - c, np.asarray(y) - f, a * e - b * d
        with np.errstate(invalid="ignore"):  # 0 times the infinity of a place outside
            return np.column_stack(((e * x - b * y) / scale, (a * y - d * x) / scale))

    def lost(self, lonlat: Floats, cells: Floats, rings: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Vertices [n] of rings that lie outside the reference system, or over a gap of it from the one before.

        Edges were cut short before they came here: a long one crosses a gap.
        """
        lost = ~np.asarray(np.isfinite(cells).all(axis=1))
        if not self.crs or len(cells) < 2:
            return lost
        short = np.abs(np.diff(lonlat, axis=0)).max(axis=1) <= 1.01 * self._step_m() / M_PER_DEG
        with np.errstate(invalid="ignore"):
            long = np.abs(np.diff(cells, axis=0)).max(axis=1) > TORN_STEPS * max(1.0, self._step_m() / self._cell_m())
        torn = np.concatenate(([False], short & long))
        torn[rings[rings < len(torn)]] = False  # the first of a ring has none before it
        return lost | torn

    def areas_m2(self, top: int, left: int, rows: int, columns: int) -> Floats:
        """Ground area of the cells of a window on WGS84, m2; float64 [rows, columns].

        Each area depends on its cell alone, not on the window, so that equal plots get equal bits.
        """
        if not self.crs:
            return np.full((rows, 1), self._plane_area_m2())
        spacing = max(1, min(64, int(NODE_SPACING_M / self._cell_m())))
        row, column = (np.arange(first, first + count) for first, count in ((top, rows), (left, columns)))
        node_rows, node_columns = (np.arange(axis[0] // spacing, axis[-1] // spacing + 2) for axis in (row, column))
        nodes = self._nodes_m2(node_rows, node_columns, spacing)
        below, beside = row // spacing - row[0] // spacing, column // spacing - column[0] // spacing
        down, right = ((row % spacing) / spacing)[:, np.newaxis], (column % spacing) / spacing
        by_row = nodes[below] * (1.0 - down) + nodes[below + 1] * down
        areas: Floats = by_row[:, beside] * (1.0 - right) + by_row[:, beside + 1] * right
        return areas

    def centres(self, top: int, left: int, rows: int, columns: int) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of the centres of a window; both [rows, columns]."""
        row, column = np.mgrid[top : top + rows, left : left + columns] + 0.5
        xy = self._xy(np.column_stack((column.ravel(), row.ravel())))
        lon, lat = to_lonlat(self.crs).transform(xy[:, 0], xy[:, 1]) if self.crs else (xy[:, 0], xy[:, 1])
        return np.reshape(lon, (rows, columns)), np.reshape(lat, (rows, columns))

    def _nodes_m2(self, rows: NDArray[np.integer], columns: NDArray[np.integer], spacing: int) -> Floats:
        """Area of a cell round each node, from a square of ground whose corners are brought to lon/lat; m2."""
        side = max(1, round(NODE_SIDE_M / self._cell_m()))
        row, column = (np.repeat(rows * spacing, len(columns)) + 0.5, np.tile(columns * spacing, len(rows)) + 0.5)
        half = side / 2
        corners = [np.column_stack((column + dx * half, row + dy * half)) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        xy = self._xy(np.concatenate(corners))
        lon, lat = (np.reshape(axis, (4, len(row))) for axis in to_lonlat(self.crs).transform(xy[:, 0], xy[:, 1]))
        areas = authalic_m2(lon, lat) / side**2
        if not np.isfinite(areas).all():
            areas = np.where(np.isfinite(areas), areas, np.nanmedian(areas))  # a node past the edge of the projection
        return areas.reshape(len(rows), len(columns))

    def _xy(self, cells: Floats) -> Floats:
        a, b, c, d, e, f = self.affine
        return np.column_stack((a * cells[:, 0] + b * cells[:, 1] + c, d * cells[:, 0] + e * cells[:, 1] + f))

    def _cell_m(self) -> float:
        """The shorter side of a cell in metres, as its units say."""
        a, b, _, d, e, _ = self.affine
        return min(hypot(a, d), hypot(b, e)) * (_unit_m(self.crs) if self.crs else 1.0)

    def _step_m(self) -> float:
        return max(LEAST_STEP_M, self._cell_m() / 2)

    def _plane_area_m2(self) -> float:
        a, b, _, d, e, _ = self.affine
        return abs(a * e - b * d)


@cache
def from_lonlat(crs: str) -> Transformer:
    """From lon/lat on WGS84 to a reference system; safe between threads."""
    return Transformer.from_crs("OGC:CRS84", crs, always_xy=True)


@cache
def to_lonlat(crs: str) -> Transformer:
    """From a reference system to lon/lat on WGS84; safe between threads."""
    return Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)


@cache
def _unit_m(crs: str) -> float:
    """Metres in a unit of the first axis; a degree counts as one of the equator."""
    known = CRS.from_wkt(crs)
    return M_PER_DEG if known.is_geographic else float(known.axis_info[0].unit_conversion_factor)
