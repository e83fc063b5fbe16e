"""The cells that outlines cover, with the ground of each, and sums over some of them."""

from dataclasses import dataclass
from typing import TypeVar

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from services.deforestation.windows import FRAME_BITS, FRAME_SIDE, Group
from shared.zonal.coverage import coverage
from shared.zonal.grid import Grid

_Indices = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Cell = TypeVar("_Cell", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Entries:
    """The cells that each outline covers, sorted by (outline, cell); aligned arrays."""

    outline: NDArray[np.int64]
    cell: NDArray[np.int64]
    """Flat index in the group's window."""
    area_ha: NDArray[np.float64]

    def at(self, window: NDArray[_Cell]) -> NDArray[_Cell]:
        """What an array of the window [height, width] holds in the cell of each entry."""
        return window.ravel().take(self.cell)

    def some(self, chosen: NDArray[np.bool_]) -> "Entries":
        """The entries for which `chosen` is true, in their order."""
        count = np.count_nonzero(chosen)
        some = Entries(np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count))
        _pick(self.outline, self.cell, self.area_ha, chosen, some.outline, some.cell, some.area_ha)
        return some

    def total_ha(self, outlines: int, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Area of each of the outlines, of the entries for which `chosen` is true.

        Added in the order of the entries, which is (outline, cell): equal input gives equal bits.
        """
        totals_ha = np.zeros(outlines)
        if chosen is None:
            chosen = np.ones(len(self.outline), dtype=np.bool_)
        if chosen.any():  # most evidence is of few places
            _add_chosen(self.outline, self.area_ha, chosen, totals_ha)
        return totals_ha


def entries(outlines: NDArray[np.object_], owner: NDArray[np.int64], group: Group) -> Entries:
    """Cells and ground areas of the outlines (lon/lat, shape [k]) of the group's sites (`owner`: position in the group).

    Coverage is computed in cells from the corner of the owner's frame, and areas by the frame's rows: neither depends
    on the group. Raises Refused (`invalid_geometry`).
    """
    found = coverage(_in_frames(outlines, owner, group), Grid(0.0, float(FRAME_SIDE), 1.0, 1.0, FRAME_SIDE, FRAME_SIDE))
    row, column = found.cell >> FRAME_BITS, found.cell & (FRAME_SIDE - 1)
    outline = found.plot.astype(np.int64)
    first, row_area_ha = group.frame_rows
    corner = group.row * group.grid.width + group.column
    cell = corner[owner].take(outline) + row * group.grid.width + column
    return Entries(outline, cell, found.fraction * row_area_ha.take(first[owner].take(outline) + row))


def _in_frames(outlines: NDArray[np.object_], owner: NDArray[np.int64], group: Group) -> NDArray[np.object_]:
    """Outlines in columns from the west and rows from the north of their frames, drawn in the square of `FRAME_SIDE`."""
    lonlat, which = shapely.get_coordinates(outlines, return_index=True)
    sites, of = group.sites, owner[which]
    west, north, dx, dy = (column[of] for column in (sites.west, sites.north, sites.dx, sites.dy))
    columns, rows = (lonlat[:, 0] - west) / dx, (north - lonlat[:, 1]) / dy
    drawn: NDArray[np.object_] = shapely.set_coordinates(shapely.force_2d(outlines).copy(), np.column_stack([columns, FRAME_SIDE - rows]))
    return drawn


@numba.njit("void(int64[::1], int64[::1], float64[::1], boolean[::1], int64[::1], int64[::1], float64[::1])", nogil=True, cache=True)
def _pick(
    outline: _Indices,
    cell: _Indices,
    area_ha: _Floats,
    chosen: NDArray[np.bool_],
    some_outline: _Indices,
    some_cell: _Indices,
    some_ha: _Floats,
) -> None:
    """The three in one pass."""
    to = 0
    for at in range(len(chosen)):
        if chosen[at]:
            some_outline[to], some_cell[to], some_ha[to] = outline[at], cell[at], area_ha[at]
            to += 1


@numba.njit("void(int64[::1], float64[::1], boolean[::1], float64[::1])", nogil=True, cache=True)
def _add_chosen(outline: _Indices, area_ha: _Floats, chosen: NDArray[np.bool_], totals_ha: _Floats) -> None:
    at = 0
    while at < len(outline):
        owner, total_ha = outline[at], 0.0
        while at < len(outline) and outline[at] == owner:
            total_ha += area_ha[at] * chosen[at]  # no branch: nothing to guess wrong
            at += 1
        totals_ha[owner] += total_ha
