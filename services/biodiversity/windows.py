"""A landscape in windows: of one that is large or scattered, the ground that holds some of it, and no more at once."""

from collections.abc import Iterator

import numpy as np
import shapely

from services.biodiversity.ground import Lattice

WINDOW_CELLS = 500
"""Side of a window at most; a multiple of the lattice's step."""


def windows_of(lattice: Lattice) -> Iterator[tuple[int, int, int, int]]:
    """Row, column, rows and columns of windows of the lattice, row by row: their cells without the margin hold the landscape once."""
    parts = shapely.get_parts(lattice.landscape)
    north, west = (lattice.top - lattice.margin) * lattice.side_m, (lattice.left + lattice.margin) * lattice.side_m
    side_m = WINDOW_CELLS * lattice.side_m
    rows, columns = (range(0, size - 2 * lattice.margin, WINDOW_CELLS) for size in (lattice.rows, lattice.columns))
    row, column = (axis.ravel() for axis in np.meshgrid(np.arange(len(rows)), np.arange(len(columns)), indexing="ij"))
    of_part, window = shapely.STRtree(
        shapely.box(west + column * side_m, north - (row + 1) * side_m, west + (column + 1) * side_m, north - row * side_m)
    ).query(parts, predicate="intersects")
    bounds = shapely.bounds(parts)[of_part]
    reached = np.column_stack((north - bounds[:, 3], bounds[:, 0] - west, bounds[:, 1] - north, west - bounds[:, 2])) / lattice.side_m
    nearest = np.full((len(row), 4), np.inf)  # first row and column, and the negatives of the last
    np.minimum.at(nearest, window, reached)
    for at in np.unique(window).tolist():
        first_row, first_column = (
            max(edge * WINDOW_CELLS, int(np.floor(found / lattice.step)) * lattice.step)
            for edge, found in zip((row[at], column[at]), nearest[at, :2], strict=True)
        )
        end_row, end_column = (
            min((edge + 1) * WINDOW_CELLS, int(np.ceil(-found))) for edge, found in zip((row[at], column[at]), nearest[at, 2:], strict=True)
        )
        yield (
            int(first_row),
            int(first_column),
            int(end_row - first_row) + 2 * lattice.margin,
            int(end_column - first_column) + 2 * lattice.margin,
        )
