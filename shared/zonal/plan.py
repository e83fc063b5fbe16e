"""Which part of which shape lies in which block of a raster, and in what order the blocks are read."""

from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.drawn import Drawn, run_up
from shared.zonal.grid import STRIP_ROWS, Cells
from shared.zonal.outlines import Outlines
from shared.zonal.strips import Layout

BLOCK_SIDE = 512
"""Windows are at least so large where the blocks of a raster are smaller."""
MAX_SIDE = 4096
"""And at most: the strips of a wide raster are read in parts, which the cache of GDAL holds."""
RUN_CELLS = 1_000_000
"""Cells that are read before they are reduced: few enough for the caches, enough for the calls."""
LAYOUT_CELLS = 4_000_000
"""Cells of pieces that are covered at once (32 MB): where many plots lie over each other they are far more than those read."""

_ALIKE = np.empty(0)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks that are read together."""

    blocks: range
    before: int
    """Cells that are read before them."""
    pieces: list[range]
    """Their pieces in parts that are covered at once; at least one part, which may be empty."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The pieces of shapes by the block that they lie in, row by row of blocks."""

    cells: Cells
    outlines: Outlines
    layout: Layout
    plots: Ints
    """Plot of each piece."""
    starts: Ints
    """First piece of each block, and the end."""
    windows: Ints
    """[blocks, 4]: top, left, rows and columns that the pieces of each block need."""

    @classmethod
    def of(cls, geometries: NDArray[np.object_], cells: Cells, unit: tuple[int, int]) -> "Plan":
        """The plan for a raster whose blocks have `unit` rows and columns."""
        return cls.of_drawn(Drawn.of(geometries), cells, unit)

    @classmethod
    def of_drawn(cls, drawn: Drawn, cells: Cells, unit: tuple[int, int]) -> "Plan":
        """The same, of geometries that were drawn before."""
        outlines = Outlines.of_parts(drawn, cells)
        pieces, block = _pieces(outlines.windows(cells.width, cells.height), *(_side(size) for size in unit))
        firsts = np.flatnonzero(np.diff(block, axis=0, prepend=-1).any(axis=1))
        starts, windows = np.append(firsts, len(pieces)), _windows(pieces, firsts)
        row_m2, shift = _row_areas(cells, windows)
        owner = np.repeat(np.arange(len(windows)), np.diff(starts))
        top, left, _, stride = windows.take(owner, axis=0).T
        base = run_up(windows[:, 2] * windows[:, 3]).take(owner) + (pieces[:, 2] - top) * stride + pieces[:, 1] - left
        strips, shares = run_up(pieces[:, 4]), run_up(pieces[:, 3] * pieces[:, 4])
        layout = Layout(pieces, base, stride.copy(), pieces[:, 2] + shift.take(owner), row_m2, strips, shares)
        return cls(cells, outlines, layout, outlines.plot[pieces[:, 0]], starts, windows)

    def runs(self) -> list[Run]:
        """All blocks in runs; at least one, which may be empty."""
        read, shares = run_up(self.windows[:, 2] * self.windows[:, 3]), self.layout.shares
        made = []
        for blocks in _cut(read, range(len(self.windows)), RUN_CELLS):
            pieces = range(int(self.starts[blocks.start]), int(self.starts[blocks.stop]))
            made.append(Run(blocks, int(read[blocks.start]), _cut(shares, pieces, LAYOUT_CELLS)))
        return made

    def reads(self, run: Run) -> Ints:
        """The windows of a run, [n, 4]: top, left, rows and columns."""
        return self.windows[run.blocks.start : run.blocks.stop]

    def areas_m2(self, run: Run) -> NDArray[np.float64]:
        """Ground area of every cell of a run; empty where all cells of a row are alike."""
        if self.cells.even_rows:
            return _ALIKE
        return np.concatenate([_ALIKE, *(self.cells.areas_m2(*window).ravel() for window in self.reads(run).tolist())])


def _cut(before: Ints, some: range, size: int) -> list[range]:
    """Some entries in their order in parts of about `size`, by what is counted before each; at least one part."""
    last = before[some.start + 1 : some.stop + 1] - 1
    edges = some.start + 1 + np.flatnonzero(np.diff(last // size))
    return [range(*edge) for edge in pairwise([some.start, *edges.tolist(), some.stop])]


def _row_areas(cells: Cells, windows: Ints) -> tuple[NDArray[np.float64], Ints]:
    """Areas of cells by row of the strips of the grid that windows touch, and by window how far its rows are moved there.

    Zeros where cells of a row differ.
    """
    if not len(windows):
        return np.empty(0), np.empty(0, dtype=np.int64)
    if not cells.even_rows:
        return np.zeros(int(windows[:, 2].max())), -windows[:, 0]
    first, last = windows[:, 0] // STRIP_ROWS, (windows[:, 0] + windows[:, 2] - 1) // STRIP_ROWS
    touched = np.zeros(int(last.max()) + 2, dtype=np.int64)
    np.add.at(touched, first, 1)
    np.add.at(touched, last + 1, -1)
    strips = np.flatnonzero(np.cumsum(touched))
    row_m2 = np.concatenate([cells.areas_m2(strip * STRIP_ROWS, 0, STRIP_ROWS, 1)[:, 0] for strip in strips.tolist()])
    return row_m2, (np.searchsorted(strips, first) - first) * STRIP_ROWS


def _pieces(windows: Ints, rows: int, columns: int) -> tuple[Ints, Ints]:
    """The windows [n, 5] cut at the borders of blocks, sorted by block, and the row and column of the block of each."""
    count = _cut_windows(windows, rows, columns, windows[:0], windows[:0, :2])
    pieces, block = np.empty((count, 5), dtype=np.int64), np.empty((count, 2), dtype=np.int64)
    _cut_windows(windows, rows, columns, pieces, block)
    order = np.lexsort((block[:, 1], block[:, 0]))
    return pieces.take(order, axis=0), block.take(order, axis=0)


@numba.njit("int64(int64[:,::1], int64, int64, int64[:,::1], int64[:,::1])", nogil=True, cache=True)
def _cut_windows(windows: Ints, rows: int, columns: int, pieces: Ints, block: Ints) -> int:
    """Write the pieces of each window and their blocks, as many as there is room for; how many there are."""
    count = 0
    for at in range(len(windows)):
        shape, left, top, wide, high = windows[at]
        for row in range(top // rows, (top + high - 1) // rows + 1):
            for column in range(left // columns, (left + wide - 1) // columns + 1):
                if count < len(pieces):
                    west, north = max(left, column * columns), max(top, row * rows)
                    east, south = min(left + wide, (column + 1) * columns), min(top + high, (row + 1) * rows)
                    pieces[count] = shape, west, north, east - west, south - north
                    block[count] = row, column
                count += 1
    return count


def _windows(pieces: Ints, starts: Ints) -> Ints:
    """The window round the pieces of each block."""
    if not len(pieces):
        return np.zeros((0, 4), dtype=np.int64)
    left, top = (np.minimum.reduceat(pieces[:, at], starts) for at in (1, 2))
    right, bottom = (np.maximum.reduceat(pieces[:, at] + pieces[:, at + 2], starts) for at in (1, 2))
    return np.column_stack((top, left, bottom - top, right - left))


def _side(size: int) -> int:
    """The multiple of a raster's block that windows keep to."""
    return min(MAX_SIDE, -(-BLOCK_SIDE // size) * size)
