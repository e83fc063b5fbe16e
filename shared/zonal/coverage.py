"""Which cells of a grid each plot covers, and by what fraction."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.errors import Refused
from shared.zonal.grid import Grid
from shared.zonal.kernel import fill

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
    _refuse_unusable(geometries)
    outlines = Outlines.of(geometries, grid)
    batches = [fill_windows(outlines, windows, grid.width) for windows in _batches(outlines.windows(grid))]
    return Coverage(*(np.concatenate(arrays) for arrays in zip(*batches, strict=True)))


@dataclass(frozen=True, slots=True)
class Outlines:
    """The rings of polygons (n of them) in cells of a grid, as the kernel reads them."""

    xy: NDArray[np.float64]
    """[vertices, 2]: columns from the west edge, rows from the north edge."""
    rings: NDArray[np.int64]
    """First vertex of each ring, and the end."""
    plots: NDArray[np.int64]
    """First ring of each plot, and the end; [n + 1]."""
    bounds: NDArray[np.float64]
    """[n, 4]: left, top, right, bottom in cells; nan for an empty plot."""

    @classmethod
    def of(cls, geometries: NDArray[np.object_], grid: Grid) -> "Outlines":
        """The outlines of valid polygons and multipolygons."""
        parts, owner = shapely.get_parts(shapely.orient_polygons(geometries, exterior_cw=True), return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        lonlat, ring = shapely.get_coordinates(rings, return_index=True)
        xy = np.column_stack(((lonlat[:, 0] - grid.west) / grid.dx, (grid.north - lonlat[:, 1]) / grid.dy))
        west, south, east, north = shapely.bounds(geometries).T
        bounds = np.column_stack(
            ((west - grid.west) / grid.dx, (grid.north - north) / grid.dy, (east - grid.west) / grid.dx, (grid.north - south) / grid.dy)
        )
        return cls(np.ascontiguousarray(xy), _starts(ring, len(rings)), _starts(owner[part], len(geometries)), bounds)

    def windows(self, grid: Grid) -> NDArray[np.int64]:
        """[m, 5]: plot, left, top, columns and rows of the cells that each plot may touch; plots outside have none."""
        inside = np.where(np.isnan(self.bounds), 0, self.bounds)
        left, top = (np.clip(np.floor(inside[:, axis]), 0, size) for axis, size in ((0, grid.width), (1, grid.height)))
        right, bottom = (np.clip(np.ceil(inside[:, axis]), 0, size) for axis, size in ((2, grid.width), (3, grid.height)))
        found = np.column_stack((np.arange(len(self.bounds)), left, top, right - left, bottom - top)).astype(np.int64)
        return np.ascontiguousarray(found[(found[:, 3] > 0) & (found[:, 4] > 0)])


def fill_windows(
    outlines: Outlines, windows: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Plot, cell and fraction of every covered cell of the windows [m, 5], in their order."""
    room = int((windows[:, 3] * windows[:, 4]).sum())
    plot, cell, fraction = np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.float64)
    count = fill(outlines.xy, outlines.rings, outlines.plots, windows, width, LEAST_FRACTION, plot, cell, fraction)
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


def _starts(owner: NDArray[np.integer], count: int) -> NDArray[np.int64]:
    """Where each of `count` owners begins in a sorted array of owners, and the end."""
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)


def _refuse_unusable(geometries: NDArray[np.object_]) -> None:
    areal = np.isin(shapely.get_type_id(geometries), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    broken = np.flatnonzero(~(areal & shapely.is_valid(geometries)))
    if broken.size:
        reason = shapely.is_valid_reason(geometries[broken[0]])
        raise Refused(f"geometry {broken[0]} is not a valid polygon or multipolygon: {reason}", code="invalid_geometry")
