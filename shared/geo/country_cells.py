"""The country of many places at once: most lie deep inside one, which a grid of cells tells without looking at each."""

from collections.abc import Callable
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.geo.boundaries import Boundaries, to_metres
from shared.geo.countries import NEAR_KM, Countries, detect, pairs_near

CELL_DEG: Final = 1 / 32
"""Some 3.5 km: a plot lies in one cell or in neighbours."""
FEWEST: Final = 4
"""Corners of plots in a cell that make it worth asking for the cell."""
SLICE: Final = 5000
"""Outlines that are decoded at once."""
_COVERED: Final = 1 - 1e-10
_UNKNOWN: Final = -1
_COLUMNS: Final = 1 << 20
Rows = NDArray[np.intp]
Boxes = NDArray[np.float64]


def located(
    boundaries: Boundaries, boxes: Boxes, geometries_of: Callable[[Rows], NDArray[np.object_]]
) -> tuple[Countries, NDArray[np.bool_]]:
    """As `detect` of n plots whose boxes (west, south, east, north in degrees; shape [n, 4]) are known, and which of them
    certainly lie inland: in one country and further than 5 km from any other.

    `geometries_of(rows)` reads the outlines of those for which the cells do not decide.
    """
    number = inland(boundaries, boxes)
    sure = number != _UNKNOWN
    snapped, near_second = np.zeros(len(boxes), dtype=bool), np.zeros(len(boxes), dtype=bool)
    rest = np.flatnonzero(~sure)
    for start in range(0, len(rest), SLICE):
        rows = rest[start : start + SLICE]
        found = detect(boundaries, geometries_of(rows))
        number[rows], snapped[rows], near_second[rows] = found.number, found.snapped, found.near_second
    return Countries(boundaries.countries, number, snapped, near_second), sure


def inland(boundaries: Boundaries, boxes: Boxes) -> NDArray[np.intp]:
    """Number of the country in whose inland cells each box (shape [n, 4]) lies altogether; -1 where that is not certain."""
    low, high = _cells(boxes[:, 0], boxes[:, 1]), _cells(boxes[:, 2], boxes[:, 3])
    near = ((high - low) <= 1).all(axis=1)
    corners = [low, high, np.column_stack([low[:, 0], high[:, 1]]), np.column_stack([high[:, 0], low[:, 1]])]
    keys = np.stack([corner[:, 0] * _COLUMNS + corner[:, 1] for corner in corners])
    cells, place, times = np.unique(keys[:, near], return_inverse=True, return_counts=True)
    owner = np.full(len(cells), _UNKNOWN, dtype=np.intp)
    worth = times >= 4 * FEWEST
    owner[worth] = _owners(boundaries, cells[worth])
    found = np.full(len(boxes), _UNKNOWN, dtype=np.intp)
    owners = owner[place.reshape(4, -1)]
    found[near] = np.where((owners == owners[0]).all(axis=0), owners[0], _UNKNOWN)
    return found


def _cells(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor(np.column_stack([lon + 180.0, lat + 90.0]) / CELL_DEG).astype(np.int64)


def _owners(boundaries: Boundaries, cells: NDArray[np.int64]) -> NDArray[np.intp]:
    """The country that covers each cell and has no other within 5 km of it, -1 for other cells."""
    west, south = (cells // _COLUMNS) * CELL_DEG - 180.0, (cells % _COLUMNS) * CELL_DEG - 90.0
    boxes = shapely.box(west, south, west + CELL_DEG, south + CELL_DEG)
    cell, piece = pairs_near(boundaries, boxes, NEAR_KM)
    near = shapely.dwithin(boundaries.in_metres[piece], to_metres(boxes[cell], boundaries.frames[piece]), NEAR_KM * 1000)
    cell, piece = cell[near], piece[near]
    owner = boundaries.owner[piece]
    least, most = np.full(len(cells), len(boundaries.countries), dtype=np.intp), np.full(len(cells), _UNKNOWN, dtype=np.intp)
    np.minimum.at(least, cell, owner)
    np.maximum.at(most, cell, owner)
    alone = least == most
    some = alone[cell]
    covered = shapely.area(shapely.intersection(boxes[cell[some]], boundaries.pieces[piece[some]]))
    share = np.bincount(cell[some], weights=covered, minlength=len(cells)) / CELL_DEG**2
    return np.where(alone & (share >= _COVERED), most, _UNKNOWN)
