"""Coverage of a run of windows as spans: runs of cells in a row with one share, far fewer than cells."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.kernel import add_rings, room_of
from shared.zonal.outlines import Outlines

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Small = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Spans:
    """Aligned arrays, one entry for each run of cells that a piece covers by the same share."""

    pieces: int
    """How many pieces there are; a piece is the part of a shape in one window."""
    piece: Small
    """Index of the piece."""
    start: Small
    """First cell in the values of a `Block`."""
    cells: Small
    """How many cells, which follow each other there."""
    share: Float
    """Share of each cell inside the shape, in (0, 1]."""
    weight_m2: Float
    """Ground area of each cell inside the shape, m2; of no use when `area_m2` is given."""
    area_m2: Float
    """Ground area of every cell of the block, m2 [cells]; empty where all cells of a row are alike."""

    @property
    def arrays(self) -> tuple[Small, Small, Small, Float, Float, Float]:
        """As the kernels of the reductions read them."""
        return self.piece, self.start, self.cells, self.share, self.weight_m2, self.area_m2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the windows of pieces lie in the values of a block."""

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
    area_m2: Float
    """As in `Spans`."""


def spans_of(outlines: Outlines, layout: Layout, least: float) -> Spans:
    """The spans of the pieces; shares under `least` are left out."""
    windows = layout.windows
    room = int((windows[:, 3] * windows[:, 4]).sum())
    piece, start, cells = (np.empty(room, np.int32) for _ in range(3))
    share, weight_m2 = np.empty(room), np.empty(room)
    count = _fill_spans(
        outlines.xy, outlines.rings, outlines.signs, outlines.shapes, windows, layout.base, layout.stride, layout.first_row, layout.row_m2,
        least, piece, start, cells, share, weight_m2,
    )  # fmt: skip
    return Spans(len(windows), piece[:count], start[:count], cells[:count], share[:count], weight_m2[:count], layout.area_m2)


@numba.njit(
    "int64(float64[:,::1], int64[::1], float64[::1], int64[::1], int64[:,::1], int64[::1], int64[::1], int64[::1], float64[::1], float64,"
    "int32[::1], int32[::1], int32[::1], float64[::1], float64[::1])",
    nogil=True,
    cache=True,
)
def _fill_spans(
    xy: Float, rings: Int, signs: Float, shapes: Int,
    windows: Int, base: Int, stride: Int, first_row: Int, row_m2: Float, least: float,
    piece: Small, start: Small, cells: Small, share: Float, weight_m2: Float,
) -> int:  # fmt: skip
    """Write the spans of each window row by row from the right; how many were written.

    Cells that no edge crosses have the share of the cell on their right: `carried` (see `kernel`).
    """
    count = 0
    sums = np.empty(room_of(windows))
    for index in range(len(windows)):
        shape, west, north, columns, rows = windows[index]
        add_rings(sums, columns, rows, xy, rings, signs, shapes[shape], shapes[shape + 1], west, north)
        for row in range(rows):
            area = row_m2[first_row[index] + row]
            at = base[index] + row * stride[index]
            shares = sums[row * 2 * (columns + 1) :][:columns]
            carries = sums[(row * 2 + 1) * (columns + 1) :][: columns + 1]
            carried = carries[columns]
            end = columns
            for back in range(columns):
                column = columns - 1 - back
                own, carry = shares[column], carries[column]
                if own == 0.0 and carry == 0.0:
                    continue
                if end > column + 1 and carried >= least:
                    inside = min(carried, 1.0)
                    piece[count], start[count], cells[count] = index, at + column + 1, end - column - 1
                    share[count], weight_m2[count] = inside, inside * area
                    count += 1
                if own + carried >= least:
                    inside = min(own + carried, 1.0)
                    piece[count], start[count], cells[count] = index, at + column, 1
                    share[count], weight_m2[count] = inside, inside * area
                    count += 1
                carried += carry
                end = column
            if end > 0 and carried >= least:
                inside = min(carried, 1.0)
                piece[count], start[count], cells[count] = index, at, end
                share[count], weight_m2[count] = inside, inside * area
                count += 1
    return count
