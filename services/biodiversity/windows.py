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
    origin_m = np.array([lattice.left + lattice.margin, lattice.top - lattice.margin]) * lattice.side_m
    down, across = (np.arange(0, size - 2 * lattice.margin, WINDOW_CELLS) for size in (lattice.rows, lattice.columns))
    corner = np.stack(np.meshgrid(down, across, indexing="ij"), axis=-1).reshape(-1, 2)
    west, north = (origin_m + corner[:, ::-1] * (lattice.side_m, -lattice.side_m)).T
    side_m = WINDOW_CELLS * lattice.side_m
    boxes = shapely.box(west, north - side_m, west + side_m, north)
    of_part, window = shapely.STRtree(boxes).query(parts, predicate="intersects")
    west, south, east, north = shapely.bounds(parts)[of_part].T
    first, end = np.full(corner.shape, np.inf), np.full(corner.shape, -np.inf)
    np.minimum.at(first, window, np.column_stack((origin_m[1] - north, west - origin_m[0])) / lattice.side_m)
    np.maximum.at(end, window, np.column_stack((origin_m[1] - south, east - origin_m[0])) / lattice.side_m)
    chosen = np.unique(window)
    first = np.maximum(corner, np.floor(first / lattice.step) * lattice.step)[chosen]
    end = np.minimum(corner + WINDOW_CELLS, np.ceil(end))[chosen]
    for (row, column), (rows, columns) in zip(first.astype(int).tolist(), (end - first).astype(int).tolist(), strict=True):
        yield row, column, rows + 2 * lattice.margin, columns + 2 * lattice.margin
