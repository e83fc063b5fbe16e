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

So a piece adds one number s to its own cell and its height h to every cell on its left. What is kept is by how much each cell
differs from the next one on its right, s for column k and h - s for column k-1, which a single sweep from right to left adds
up. Whichever way a ring turns, it is counted as a shell or as a hole by its sign; parts of
multipolygons, plots smaller than a cell and cells that are cut many times need no case of their own. What lies left of
the window adds nothing, what lies right of it is carried in at the window's edge.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Plot = NDArray[np.int32]


@numba.njit(inline="always")
def _add(steps: Float, at: int, height: float, width: float) -> None:
    """Add a piece within one column: `height` to every cell on its left, its mean `width` times that to its own."""
    own = height * width
    steps[np.uint64(at)] += height - own
    steps[np.uint64(at + 1)] += own


@numba.njit(inline="always")
def _add_inner(steps: Float, own: int, xa: float, xb: float, height: float, rise: float, sign: float) -> None:
    """Add a piece (as for `_add_piece`) that lies within the window.

    Most pieces have one column or two, in no order that a processor could guess: both are one path, in which the second
    column of a piece that has only one gets nothing. What is left for the last column is what the others leave of the
    height, so that the height is carried whole however `rise` was rounded.
    """
    k = int(xa)
    over = xb > k + 1.0
    border = k + 1.0 if over else xb
    most = min(rise * (border - xa), height)
    part = most if over else height
    _add(steps, own + k, sign * part, 0.5 * (xa + border) - k)
    height -= part
    k += 1
    while xb > k + 1.0:
        _add(steps, own + k, sign * rise, 0.5)
        height -= rise
        k += 1
        border = float(k)
    _add(steps, own + k, sign * height, 0.5 * (border + xb) - k)


@numba.njit(inline="always")
def _add_cut(steps: Float, own: int, xa: float, xb: float, height: float, sign: float, columns: float) -> None:
    """Add a piece that may reach past the window's west or east edge."""
    if xb <= 0.0:
        return
    if xa >= columns:
        steps[own + int(columns)] += sign * height
        return
    if xa == xb:
        k = int(max(0.0, xa))
        _add(steps, own + k, sign * height, xa - k)
        return
    rise = sign * height / (xb - xa)
    left = max(xa, 0.0)
    while left < xb and left < columns:
        k = int(left)
        right = min(xb, k + 1.0)
        _add(steps, own + k, rise * (right - left), 0.5 * (left + right) - k)
        left = right
    if left < xb:
        steps[own + int(columns)] += rise * (xb - left)


@numba.njit(inline="always")
def _x_at(y: float, ax: float, ay: float, bx: float, by: float, slope: float) -> float:
    """Where an edge from (ax, ay) up to (bx, by) is at y, from its nearer end, so that a long edge loses no digits.

    Both ways are reckoned and one is taken: a branch that no processor could guess costs more.
    """
    from_a, from_b = ax + (y - ay) * slope, bx - (by - y) * slope
    x = from_a if y < 0.5 * (ay + by) else from_b
    return min(max(x, min(ax, bx)), max(ax, bx))


@numba.njit(inline="always")
def add_rings(
    steps: Float, across: Float, reach: Int, columns: int, rows: int,
    xy: Float, rings: Int, signs: Float, first: int, last: int, left: int, top: int,
) -> None:  # fmt: skip
    """Write how the shares of the rings from `first` to before `last` change along the rows of a window of cells at (left, top).

    `steps` has room for `rows` times (columns + 2): for each row a number of no use, and then by how much the share of each
    cell exceeds that of the next one on its right. `reach` [rows, 2]: the first column that an edge touches, and the one
    after the last; what lies beyond is outside, on the left because edges left of the window count as touching column 0.
    `across` [2, rows]: of no use, least and greatest x of the edges in each row.
    Edges are cut where they cross rows. A piece runs from xa to xb, which of them is the upper one does not matter: only its
    height over each column does, `rise` of a whole one.
    Part of its callers, which divide as numpy does: an edge straight up is divided by its width of 0, and that not used.
    """
    room, wide, least, greatest = columns + 2, float(columns), across[0], across[1]
    steps[: rows * room] = 0.0
    least[:rows], greatest[:rows] = wide, -1.0
    for ring in range(first, last):
        x1, y1 = xy[rings[ring], 0] - left, xy[rings[ring], 1] - top
        for at in range(rings[ring] + 1, rings[ring + 1]):
            x0, y0 = x1, y1
            x1, y1 = xy[at, 0] - left, xy[at, 1] - top
            ay, by = min(y0, y1), max(y0, y1)
            if ay == by or by <= 0.0 or ay >= rows:
                continue
            down = y1 < y0
            ax, bx = x1 if down else x0, x0 if down else x1
            sign = -signs[ring] if down else signs[ring]
            slope, steep = (bx - ax) / (by - ay), (by - ay) / abs(bx - ax)
            rise = steep if ax != bx else 0.0
            start = int(max(ay, 0.0))
            low = max(ay, float(start))
            x = _x_at(low, ax, ay, bx, by, slope)
            for row in range(start, min(rows, int(np.ceil(by)))):
                high, before = min(by, row + 1.0), x
                x = _x_at(high, ax, ay, bx, by, slope)
                xa, xb, own = min(before, x), max(before, x), np.uint64(row)  # without a sign: none counts from the end
                least[own], greatest[own] = min(least[own], xa), max(greatest[own], xb)
                if xa >= 0.0 and xb <= wide and xa < wide:
                    _add_inner(steps, row * room, xa, xb, high - low, rise, sign)
                else:
                    _add_cut(steps, row * room, xa, xb, high - low, sign, wide)
                low = high
    for row in range(rows):
        reach[row, 0], reach[row, 1] = int(max(min(least[row], wide), 0.0)), int(min(greatest[row] + 1.0, wide))


@numba.njit("void(float64[:,::1], int64[::1], boolean[::1], int64[::1], float64[::1], float64[:,::1])", nogil=True, cache=True)
def measure(xy: Float, rings: Int, hole: NDArray[np.bool_], shapes: Int, signs: Float, bounds: Float) -> None:
    """Write a sign for each ring and bounds for each shape.

    `signs` [rings]: 1 or -1, so that shells count as area and holes as none whichever way they turn. `bounds` [shapes, 4]:
    least x and y, greatest x and y; left as they are for a shape without rings. `rings`: first vertex of each ring, and the
    end; `shapes`: first ring of each shape, and the end.
    """
    for shape in range(len(shapes) - 1):
        for ring in range(shapes[shape], shapes[shape + 1]):
            first = rings[ring]
            x0, y0 = xy[first, 0], xy[first, 1]
            if ring == shapes[shape]:
                bounds[shape, 0], bounds[shape, 1], bounds[shape, 2], bounds[shape, 3] = x0, y0, x0, y0
            doubled = 0.0
            x, y = 0.0, 0.0
            for at in range(first, rings[ring + 1]):
                px, py = xy[at, 0], xy[at, 1]
                bounds[shape, 0], bounds[shape, 1] = min(bounds[shape, 0], px), min(bounds[shape, 1], py)
                bounds[shape, 2], bounds[shape, 3] = max(bounds[shape, 2], px), max(bounds[shape, 3], py)
                doubled += x * (py - y0) - (px - x0) * y
                x, y = px - x0, py - y0
            signs[ring] = -1.0 if (doubled < 0.0) != hole[ring] else 1.0


@numba.njit("Tuple((float64[::1], float64[:,::1], int64[:,::1]))(int64[:,::1])", nogil=True, cache=True)
def room_of(windows: Int) -> tuple[Float, Float, Int]:
    """What `add_rings` writes to, `steps`, `across` and `reach`, with room for each of the windows [n, 5]."""
    room, rows = 0, 0
    for at in range(len(windows)):
        room, rows = max(room, windows[at, 4] * (windows[at, 3] + 2)), max(rows, windows[at, 4])
    return np.empty(room), np.empty((2, rows)), np.empty((rows, 2), np.int64)


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
    "int64(float64[:,::1], int64[::1], float64[::1], int64[::1], int64[:,::1], int64, float64, int32[::1], int64[::1], float64[::1])",
    nogil=True,
    cache=True,
    error_model="numpy",
)
def fill(
    xy: Float, rings: Int, signs: Float, plots: Int, windows: Int, width: int, least: float, plot: Plot, cell: Int, fraction: Float
) -> int:
    """Write an entry for each cell of the windows whose share is at least `least`; how many were written.

    `xy` [vertices, 2]: columns from the west edge and rows from the north edge of a grid `width` columns wide. `rings`:
    first vertex of each ring, and the end. `signs`: as `measure` writes them. `plots`: first ring of each plot, and the end.
    `windows` [n, 5]: index of a plot, left, top, columns and rows of the cells to look at.
    `plot`, `cell`, `fraction`: room for every cell of the windows; filled by window, row and column.
    """
    count = 0
    steps, across, reach = room_of(windows)
    for at in range(len(windows)):
        index, left, top, columns, rows = windows[at]
        add_rings(steps, across, reach, columns, rows, xy, rings, signs, plots[index], plots[index + 1], left, top)
        for row in range(rows):
            own = row * (columns + 2) + 1
            share, start = 0.0, count
            for column in range(reach[row, 1] - 1, reach[row, 0] - 1, -1):
                share += steps[own + column]
                if share >= least:
                    plot[count] = index
                    cell[count] = (top + row) * width + left + column
                    fraction[count] = min(share, 1.0)
                    count += 1
            _turn(cell, fraction, start, count)
    return count
