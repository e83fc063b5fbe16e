"""Which cells of a grid each plot covers, and by what fraction."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.errors import Refused
from shared.zonal.engine import PlotCells, covered_cells
from shared.zonal.grid import Grid

_LEAST_FRACTION = 1e-9
"""Below this a sliver is the rounding of coordinates (1e-14 of a degree), not ground: a plot cut along cell edges
would touch its neighbours, and "any loss above zero" would be true of them."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Three aligned arrays, one entry for each cell that a plot covers, sorted by (plot, cell)."""

    plot: NDArray[np.int32]
    """Index of the plot in the geometries given."""
    cell: NDArray[np.int64]
    """row * grid.width + column."""
    fraction: NDArray[np.float64]
    """Share of the cell inside the plot, in (0, 1]."""


def coverage(geometries: NDArray[np.object_], grid: Grid, slice_size: int = 50) -> Coverage:
    """The exact coverage of the grid's cells by each polygon or multipolygon (lon/lat, shape [n]).

    Parts outside the grid are not covered; a plot wholly outside, or empty, has no entry. Edges are straight in
    lon/lat. The engine (exactextract) holds the interpreter's lock inside a call, so it gets `slice_size` plots a call.
    It keeps fractions in float32: an error of 6e-8 of a cell. Raises Refused (`invalid_geometry`) for a geometry that is
    invalid or has no area (points: make them discs first).
    """
    _refuse_unusable(geometries)
    in_cells = shapely.transform(geometries, lambda lonlat: _cell_units(lonlat, grid))
    touching = np.flatnonzero(shapely.intersects(in_cells, shapely.box(0, 0, grid.width, grid.height)))
    plots = [
        plot
        for start in range(0, len(touching), slice_size)
        for plot in covered_cells(in_cells, touching[start : start + slice_size], grid.width, grid.height)
    ]
    return _joined(plots)


def _refuse_unusable(geometries: NDArray[np.object_]) -> None:
    areal = np.isin(shapely.get_type_id(geometries), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    broken = np.flatnonzero(~(areal & shapely.is_valid(geometries)))
    if broken.size:
        reason = shapely.is_valid_reason(geometries[broken[0]])
        raise Refused(f"geometry {broken[0]} is not a valid polygon or multipolygon: {reason}", code="invalid_geometry")


def _cell_units(lonlat: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Columns from the west edge and rows from the south edge: cell borders are whole numbers, free of rounding."""
    columns = (lonlat[:, 0] - grid.west) / grid.dx
    rows = grid.height - (grid.north - lonlat[:, 1]) / grid.dy
    return np.column_stack([columns, rows])


def _joined(plots: list[PlotCells]) -> Coverage:
    if not plots:
        return Coverage(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64))
    plot = np.concatenate([np.full(len(cells), index, dtype=np.int32) for index, cells, _ in plots])
    cell = np.concatenate([cells for _, cells, _ in plots]).astype(np.int64)
    fraction = np.concatenate([fractions for _, _, fractions in plots]).astype(np.float64)
    kept = fraction >= _LEAST_FRACTION
    plot, cell, fraction = plot[kept], cell[kept], fraction[kept]
    order = np.lexsort((cell, plot))
    return Coverage(plot[order], cell[order], fraction[order])
