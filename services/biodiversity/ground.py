"""The ground round one plot, or several, as a plane of square cells of equal area: Lambert's azimuthal projection, centred on it."""

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Proj

from shared.errors import Refused
from shared.zonal.block import Source
from shared.zonal.coverage import fill_windows
from shared.zonal.joining import sampled
from shared.zonal.outlines import Outlines
from shared.zonal.projected import ProjectedGrid

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
NODE_M = 500.0
"""Places are worked out so far apart, and between them straight: off by some 5 mm."""
INSIDE_SHARE = 0.5
"""A cell is in the landscape when at least so much of it is."""
HALF_TURN_DEG = 180.0
QUARTER_SEGMENTS = 32
"""Of the arcs of a buffer."""
TOGETHER = 256
"""Plots whose buffers are dissolved at once, before the whole: shapely holds the interpreter while it takes coordinates out."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Cells round one plot, row by row from the north."""

    side_m: float
    lon: Floats
    """Degrees of the centres within 180 of the plot's own, [rows, columns]."""
    lat: Floats
    inside: Mask
    """Whether the cell is part of the landscape."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) of the centres, degrees."""
        return float(self.lon.min()), float(self.lat.min()), float(self.lon.max()), float(self.lat.max())


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The cells of one landscape on its plane; none is worked out before it is asked for."""

    plane: Proj
    centre_lon: float
    side_m: float
    left: int
    """First column, in cells east of the plane's centre."""
    top: int
    """First row, in cells north of it."""
    rows: int
    columns: int
    margin: int
    """Cells on each side beyond the landscape."""
    landscape: shapely.Geometry
    """On the plane, m."""
    outlines: Outlines
    """The same in cells."""

    @classmethod
    def round(cls, geometries: NDArray[np.object_], buffer_m: float, side_m: float, margin_m: float) -> "Lattice":
        """The cells of `side_m` within `buffer_m` of polygons or points (lon/lat, [n]) and a margin beyond."""
        slices = [geometries[start : start + TOGETHER] for start in range(0, len(geometries), TOGETHER)]
        centre_lon, centre_lat = _middle(np.concatenate([shapely.get_coordinates(some) for some in slices]))
        plane = Proj(proj="laea", lon_0=centre_lon, lat_0=centre_lat, ellps="WGS84")
        buffers = [_buffered(plane, some, buffer_m) for some in slices]
        landscape = buffers[0] if len(buffers) == 1 else shapely.union_all(buffers)
        west, south, east, north = np.array(shapely.bounds(landscape)) / side_m
        margin = int(np.ceil(margin_m / side_m))
        left, top = int(np.floor(west)) - margin, int(np.ceil(north)) + margin
        columns, rows = int(np.ceil(east)) + margin - left, top - int(np.floor(south)) + margin
        cells = ProjectedGrid((side_m, 0.0, left * side_m, 0.0, -side_m, top * side_m), columns, rows, "")
        outlines = Outlines.of_plots(np.array([landscape], dtype=object), cells)
        return cls(plane, centre_lon, side_m, left, top, rows, columns, margin, landscape, outlines)

    @property
    def reach_m(self) -> float:
        """From the plane's centre to the furthest of its corners, m."""
        west, south, east, north = shapely.bounds(self.landscape)
        return float(np.hypot(max(-west, east), max(-south, north)))

    @property
    def step(self) -> int:
        """A window has the places of the whole where it begins at a multiple of so many rows and columns."""
        return max(1, int(NODE_M / self.side_m))

    def window(self, row: int, column: int, rows: int, columns: int) -> Ground:
        """The cells of a window; `row` and `column` are multiples of `step`."""
        lon, lat = self._places(row, column, rows, columns)
        return Ground(self.side_m, lon, lat, self._inside(row, column, rows, columns))

    def _places(self, row: int, column: int, rows: int, columns: int) -> tuple[Floats, Floats]:
        """Longitudes (within 180 degrees of the centre's) and latitudes of the centres, straight between nodes."""
        node_row, node_column = (np.arange(first, first + size + self.step, self.step) for first, size in ((row, rows), (column, columns)))
        x = self.left * self.side_m + (node_column + 0.5) * self.side_m
        y = self.top * self.side_m - (node_row + 0.5) * self.side_m
        node_x, node_y = np.meshgrid(x, y)
        lon, lat = self.plane(node_x.ravel(), node_y.ravel(), inverse=True)
        turned = (np.asarray(lon) - lon[0] + HALF_TURN_DEG) % 360.0 - HALF_TURN_DEG + lon[0]
        lon_found, lat_found = np.empty((rows, columns)), np.empty((rows, columns))
        for axis, found in ((turned, lon_found), (lat, lat_found)):
            _between(np.reshape(np.asarray(axis, dtype=np.float64), (len(y), len(x))), self.step, found)
        _turn(lon_found, self.centre_lon)
        return lon_found, lat_found

    def _inside(self, row: int, column: int, rows: int, columns: int) -> Mask:
        inside = np.zeros(rows * columns, dtype=np.bool_)
        for _, left, top, wide, high in self.outlines.windows(self.columns, self.rows).tolist():
            west, north, east, south = max(left, column), max(top, row), min(left + wide, column + columns), min(top + high, row + rows)
            if west < east and north < south:
                asked = np.array([[0, west, north, east - west, south - north]])
                _, cell, share = fill_windows(self.outlines, asked, columns)  # numbered by the window's width: a shift away
                inside[cell - (row * columns + column)] = share >= INSIDE_SHARE
        return inside.reshape(rows, columns)


def ground_round(geometry: shapely.Geometry, buffer_m: float, side_m: float, margin_m: float, max_cells: int) -> Ground:
    """The cells of `side_m` within `buffer_m` of a polygon or point (lon/lat) and a margin beyond.

    Raises Refused (`landscape_too_large`).
    """
    lattice = Lattice.round(np.array([geometry], dtype=object), buffer_m, side_m, margin_m)
    rows, columns = lattice.rows, lattice.columns
    if columns * rows > max_cells:
        raise Refused(f"the landscape has {columns * rows} cells; at most {max_cells} are measured", code="landscape_too_large")
    return lattice.window(0, 0, rows, columns)


def values_on(ground: Ground, source: Source) -> tuple[NDArray[np.generic], Mask]:
    """Values of a band at the centres of the cells as they stand in its file, and where they are known; both [rows, columns]."""
    lon = ground.lon.copy()
    _turn(lon, 0.0)
    if np.ptp(lon) < HALF_TURN_DEG:
        return sampled(source, lon, ground.lat)
    values = np.zeros(lon.shape, dtype=source.dtype)  # on both sides of the antimeridian: one side after the other
    known = np.zeros(lon.shape, dtype=np.bool_)
    for side in (lon < 0, lon >= 0):
        found, there = sampled(source, lon[side][np.newaxis], ground.lat[side][np.newaxis])
        values[side], known[side] = found[0], there[0]
    return values, known


def _middle(lonlat: Floats) -> tuple[float, float]:
    """The middle of the bounding box; of a plot on both sides of the antimeridian, that of it put together."""
    lon = lonlat[:, 0]
    if np.ptp(lon) > HALF_TURN_DEG:
        lon = np.where(lon < 0, lon + 360.0, lon)
    middle = float(lon.min() + lon.max()) / 2
    return (middle + HALF_TURN_DEG) % 360.0 - HALF_TURN_DEG, float(lonlat[:, 1].min() + lonlat[:, 1].max()) / 2


def _buffered(plane: Proj, geometries: NDArray[np.object_], buffer_m: float) -> shapely.Geometry:
    """The ground within `buffer_m` of any of the geometries (lon/lat, [n]) on a plane, m, as one."""
    lonlat = shapely.get_coordinates(geometries)
    flat = shapely.set_coordinates(shapely.force_2d(geometries), np.column_stack(plane(lonlat[:, 0], lonlat[:, 1])))
    broken = ~shapely.is_valid(flat)
    if broken.any():
        flat[broken] = shapely.make_valid(flat[broken])
    buffers = shapely.buffer(flat, buffer_m, quad_segs=QUARTER_SEGMENTS)
    return buffers[0] if len(buffers) == 1 else shapely.union_all(buffers)


@numba.njit("void(float64[:,::1], int64, float64[:,::1])", nogil=True, cache=True)
def _between(nodes: Floats, step: int, found: Floats) -> None:
    """Write the value of each cell [rows, columns], straight between nodes that are `step` cells apart on both axes."""
    rows, columns = found.shape
    of_row = np.empty(nodes.shape[1])
    right = np.arange(step) / step
    for row in range(rows):
        down = row % step / step
        for node in range(len(of_row)):
            of_row[node] = nodes[row // step, node] * (1.0 - down) + nodes[row // step + 1, node] * down
        for node in range(len(of_row) - 1):
            first = node * step
            for column in range(first, min(first + step, columns)):
                found[row, column] = of_row[node] * (1.0 - right[column - first]) + of_row[node + 1] * right[column - first]


@numba.njit("void(float64[:,::1], float64)", nogil=True, cache=True)
def _turn(lon: Floats, middle: float) -> None:
    """Put longitudes within 180 degrees of a meridian."""
    for row in range(lon.shape[0]):
        for column in range(lon.shape[1]):
            turned = lon[row, column] - middle + HALF_TURN_DEG
            lon[row, column] = turned - 360.0 * np.floor(turned / 360.0) - HALF_TURN_DEG + middle  # a remainder takes long
