"""Coverage of a run of windows as strips: the rows of each window, and the share of every cell in them."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.kernel import add_rings, room_of
from shared.zonal.outlines import Outlines
from shared.zonal.room import Room

Float = NDArray[np.float64]
Int = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Strips:
    """Aligned arrays, one entry for each row of each piece, piece by piece from north to south; and one of all their cells.

    A kernel walks over the strips and counts the cells on its way: cell `start[strip] + i` of a block has the share at that
    count. Most plots are small, so that nearly every strip has cells of many shares, and cells outside the shape are few:
    to walk over all of them without asking is faster than to keep only those inside.
    """

    pieces: int
    """How many pieces there are; a piece is the part of a shape in one window."""
    piece: Int
    """Index of the piece."""
    start: Int
    """First cell in the values of a `Block`."""
    cells: Int
    """How many cells, which follow each other there."""
    cell_m2: Float
    """Ground area of each cell, m2; of no use when `area_m2` is given."""
    share: Float
    """Share of each cell inside the shape, in [0, 1]; strip after strip."""
    area_m2: Float
    """Ground area of every cell of the block, m2 [cells]; empty where all cells of a row are alike."""

    @property
    def arrays(self) -> tuple[Int, Int, Int, Float, Float, Float]:
        """As the kernels of the reductions read them."""
        return self.piece, self.start, self.cells, self.cell_m2, self.share, self.area_m2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the windows of all pieces lie in the values that are read, if all blocks were read at once."""

    windows: Int
    """[pieces, 5]: shape, left, top, columns and rows in cells of the grid."""
    base: Int
    """First cell of each window among the values."""
    stride: Int
    """Cells from one row of it to the next."""
    first_row: Int
    """Row of `row_m2` that belongs to its first row."""
    row_m2: Float
    """Ground area of a cell of each row, m2, where cells of a row are alike."""
    strips: Int
    """Rows of all pieces before each, and in all."""
    shares: Int
    """Cells of all pieces before each, and in all."""


def strips_of(
    outlines: Outlines, layout: Layout, pieces: range, before: int, area_m2: Float, least: float, room: Room | None = None
) -> Strips:
    """The strips of some pieces, among values that begin after the first `before` ones; shares under `least` are 0.

    They last until others are made in the same `room`.
    """
    rows, most = (int(count[pieces.stop] - count[pieces.start]) for count in (layout.strips, layout.shares))
    room = room or Room()
    piece, start, cells = (room.array(name, rows, np.int64) for name in ("piece of strips", "start of strips", "cells of strips"))
    cell_m2, share = (room.array(name, count, np.float64) for name, count in (("area of strips", rows), ("share of cells", most)))
    strips, inside = _fill_strips(
        outlines.xy, outlines.rings, outlines.signs, outlines.shapes, layout.windows, layout.base, layout.stride, layout.first_row,
        layout.row_m2, pieces.start, pieces.stop, before, least, piece, start, cells, cell_m2, share,
    )  # fmt: skip
    return Strips(len(pieces), piece[:strips], start[:strips], cells[:strips], cell_m2[:strips], share[:inside], area_m2)


@numba.njit(
    "UniTuple(int64, 2)(float64[:,::1], int64[::1], float64[::1], int64[::1], int64[:,::1], int64[::1], int64[::1], int64[::1],"
    "float64[::1], int64, int64, int64, float64, int64[::1], int64[::1], int64[::1], float64[::1], float64[::1])",
    nogil=True,
    cache=True,
    error_model="numpy",
)
def _fill_strips(
    xy: Float, rings: Int, signs: Float, shapes: Int, windows: Int, base: Int, stride: Int, first_row: Int, row_m2: Float,
    first: int, last: int, before: int, least: float, piece: Int, start: Int, cells: Int, cell_m2: Float, share: Float,
) -> tuple[int, int]:  # fmt: skip
    """Write the strips of each window and their shares, each row from the right (see `kernel`); how many there are of both."""
    strip, at = 0, 0
    steps, across, reach = room_of(windows[first:last])
    for index in range(first, last):
        shape, west, north, columns, rows = windows[index]
        add_rings(steps, across, reach, columns, rows, xy, rings, signs, shapes[shape], shapes[shape + 1], west, north)
        for row in range(rows):
            left, right = reach[row]
            if left >= right:
                continue
            own, inside = row * (columns + 2) + 1 + left, 0.0
            for column in range(right - left - 1, -1, -1):
                inside += steps[np.uint64(own + column)]  # without a sign: none counts from the end
                share[np.uint64(at + column)] = min(inside, 1.0) if inside >= least else 0.0
            piece[strip], start[strip], cells[strip] = index - first, base[index] - before + row * stride[index] + left, right - left
            cell_m2[strip] = row_m2[first_row[index] + row]
            strip += 1
            at += right - left
    return strip, at
