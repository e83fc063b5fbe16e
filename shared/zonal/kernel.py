"""Exact shares of grid cells inside polygons, by line integrals along their edges.

For a polygon P and the cell of column c in one row of the grid, Green's theorem turns the area of P right of the line
x = c, within the row, into an integral along the boundary: the sum over all edges of the integral of max(x - c, 0) dy.
The share of the cell is that area for c less that for c + 1:

    share(c) = sum over edges of the integral of clamp(x - c, 0, 1) dy

An edge is cut where it crosses rows and columns. A piece from (xa, ya) to (xb, yb) in column k then gives

    c < k     clamp is 1:  yb - ya                            (every cell left of the piece)
    c = k     x - c is the mean of its ends:  (yb - ya) * ((xa + xb) / 2 - k)
    c > k     clamp is 0:  nothing

        column k-1    k     k+1
       +-------+-------+-------+
       |#######|###/   |       |   the piece runs up through column k: all of its height counts for
       |#######|##/    |       |   column k-1, the height times the hatched mean width for column k,
       |#######|#/     |       |   nothing for column k+1; a piece that runs down takes away
       +-------+-------+-------+

So one number a piece is added to its own cell and one is carried to all cells on its left, which a single sweep from
right to left adds up. Shells and holes that turn opposite ways need no case of their own, nor do parts of multipolygons,
plots smaller than a cell, or cells that are cut many times. What lies left of the window adds nothing, what lies right
of it is carried in at the window's edge.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Plot = NDArray[np.int32]


@numba.njit("void(float64[:,::1], int64, float64, float64, float64, float64, float64)", nogil=True, cache=True)
def _add_piece(sums: Float, row: int, xa: float, xb: float, height: float, sign: float, columns: float) -> None:
    """Add a piece of an edge that lies within one row and rises by `height` from x = xa to x = xb (xa <= xb).

    Which of its ends is the upper one does not matter: only its height over each column does.
    """
    carry = sums.shape[1] // 2
    if xb <= 0.0:
        return
    if xa >= columns:
        sums[row, carry + int(columns)] += sign * height
        return
    if xa >= 0.0 and xb <= columns and np.floor(xa) == np.floor(xb):
        k = int(xa)
        sums[row, k] += sign * height * (0.5 * (xa + xb) - k)
        sums[row, carry + k] += sign * height
        return
    rise = sign * height / (xb - xa)
    left = max(xa, 0.0)
    while left < xb and left < columns:
        k = int(left)
        right = min(xb, k + 1.0)
        part = rise * (right - left)
        sums[row, k] += part * (0.5 * (left + right) - k)
        sums[row, carry + k] += part
        left = right
    if left < xb:
        sums[row, carry + int(columns)] += rise * (xb - left)


@numba.njit("void(float64[:,::1], float64, float64, float64, float64)", nogil=True, cache=True)
def _add_edge(sums: Float, x0: float, y0: float, x1: float, y1: float) -> None:
    """Add the edge from (x0, y0) to (x1, y1), in cells from the window's first column and row, cut where it crosses rows."""
    if y0 == y1:
        return
    sign = 1.0 if y1 > y0 else -1.0
    if y1 < y0:
        x0, y0, x1, y1 = x1, y1, x0, y0
    columns = sums.shape[1] // 2 - 1.0
    slope = (x1 - x0) / (y1 - y0)
    west, east = min(x0, x1), max(x0, x1)
    for row in range(max(0, int(np.floor(y0))), min(sums.shape[0], int(np.ceil(y1)))):
        low, high = max(y0, float(row)), min(y1, row + 1.0)
        # Each end is reckoned from the nearer end of the edge, so that a long edge loses no digits.
        xa = x0 + (low - y0) * slope if low - y0 < y1 - low else x1 - (y1 - low) * slope
        xb = x0 + (high - y0) * slope if high - y0 < y1 - high else x1 - (y1 - high) * slope
        xa, xb = min(max(xa, west), east), min(max(xb, west), east)
        _add_piece(sums, row, min(xa, xb), max(xa, xb), high - low, sign, columns)


@numba.njit("float64[:,::1](float64[:,::1], int64[::1], int64, int64, int64, int64, int64, int64)", nogil=True, cache=True)
def _sums_of(xy: Float, rings: Int, first: int, last: int, left: int, top: int, columns: int, rows: int) -> Float:
    """Shares and carries of the polygon whose rings are `first` to before `last`, in the window at (left, top)."""
    sums = np.zeros((rows, 2 * (columns + 1)))
    for ring in range(first, last):
        for at in range(rings[ring], rings[ring + 1] - 1):
            _add_edge(sums, xy[at, 0] - left, xy[at, 1] - top, xy[at + 1, 0] - left, xy[at + 1, 1] - top)
    return sums


@numba.njit("void(int64[::1], float64[::1], int64, int64)", nogil=True, cache=True)
def _turn(cell: Int, fraction: Float, start: int, end: int) -> None:
    """Turn the entries of a row round: they were written from the right."""
    low, high = start, end - 1
    while low < high:
        cell[low], cell[high] = cell[high], cell[low]
        fraction[low], fraction[high] = fraction[high], fraction[low]
        low += 1
        high -= 1


@numba.njit(
    "int64(float64[:,::1], int64[::1], int64[::1], int64[:,::1], int64, float64, int32[::1], int64[::1], float64[::1])",
    nogil=True,
    cache=True,
)
def fill(xy: Float, rings: Int, plots: Int, windows: Int, width: int, least: float, plot: Plot, cell: Int, fraction: Float) -> int:
    """Write an entry for each cell of the windows whose share is at least `least`; how many were written.

    `xy` [vertices, 2]: columns from the west edge and rows from the north edge of a grid `width` columns wide. `rings`:
    first vertex of each ring, and the end. `plots`: first ring of each plot, and the end; shells turn clockwise on the
    map and holes the other way. `windows` [n, 5]: index of a plot, left, top, columns and rows of the cells to look at.
    `plot`, `cell`, `fraction`: room for every cell of the windows; filled by window, row and column.
    """
    count = 0
    for at in range(len(windows)):
        index, left, top, columns, rows = windows[at]
        sums = _sums_of(xy, rings, plots[index], plots[index + 1], left, top, columns, rows)
        for row in range(rows):
            carried = sums[row, 2 * columns + 1]
            start = count
            for column in range(columns - 1, -1, -1):
                share = sums[row, column] + carried
                carried += sums[row, columns + 1 + column]
                if share >= least:
                    plot[count] = index
                    cell[count] = (top + row) * width + left + column
                    fraction[count] = min(share, 1.0)
                    count += 1
            _turn(cell, fraction, start, count)
    return count
