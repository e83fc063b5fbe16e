"""Which part of which shape lies in which block of a raster, and in what order the blocks are read."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shared.zonal.grid import Cells
from shared.zonal.outlines import Outlines
from shared.zonal.spans import Layout

BLOCK_SIDE = 512
"""Windows are at least so large where the blocks of a raster are smaller."""
MAX_SIDE = 4096
"""And at most: the strips of a wide raster are read in parts, which the cache of GDAL holds."""
RUN_CELLS = 1_000_000
"""Cells that are read before they are reduced: few enough for the caches, enough for the calls."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plan:
    """The pieces of shapes by the block that they lie in, row by row of blocks."""

    cells: Cells
    outlines: Outlines
    pieces: Ints
    """[m, 5]: shape, left, top, columns and rows, sorted by block."""
    starts: Ints
    """First piece of each block, and the end."""
    windows: Ints
    """[blocks, 4]: top, left, rows and columns that the pieces of each block need."""

    @classmethod
    def of(cls, geometries: NDArray[np.object_], cells: Cells, unit: tuple[int, int]) -> "Plan":
        """The plan for a raster whose blocks have `unit` rows and columns."""
        outlines = Outlines.of_parts(geometries, cells)
        pieces, block = _pieces(outlines.windows(cells.width, cells.height), *(_side(size) for size in unit))
        starts = np.flatnonzero(np.diff(block, axis=0, prepend=-1).any(axis=1))
        return cls(cells, outlines, pieces, np.append(starts, len(pieces)).astype(np.int64), _windows(pieces, starts))

    def runs(self) -> list[range]:
        """Blocks that are read together; at least one run, which may be empty."""
        run = (np.cumsum(self.windows[:, 2] * self.windows[:, 3]) - 1) // RUN_CELLS
        edges = [0, *(np.flatnonzero(np.diff(run)) + 1).tolist(), len(run)]
        return [range(first, last) for first, last in pairwise(edges)]

    def reads(self, run: range) -> Ints:
        """The windows of a run, [n, 4]: top, left, rows and columns."""
        return self.windows[run.start : run.stop]

    def plots(self, run: range) -> Ints:
        """Plot of each piece of a run."""
        return self.outlines.plot[self._pieces(run)[:, 0]]

    def layout(self, run: range) -> Layout:
        """Where the pieces of a run lie in its values, and how much ground their cells are."""
        pieces, reads = self._pieces(run), self.reads(run)
        block = np.repeat(np.arange(len(reads)), np.diff(self.starts[run.start : run.stop + 1]))
        cells = np.cumsum(reads[:, 2] * reads[:, 3]) - reads[:, 2] * reads[:, 3]
        down, right = pieces[:, 2] - reads[block, 0], pieces[:, 1] - reads[block, 1]
        stride = reads[block, 3]
        row_m2, first_row = self._row_areas(reads)
        area_m2 = [] if self.cells.even_rows else [self.cells.areas_m2(*window).ravel() for window in reads.tolist()]
        base = cells[block] + down * stride + right
        return Layout(pieces, base, stride, first_row[block] + down, row_m2, np.concatenate([np.empty(0), *area_m2]))

    def _row_areas(self, reads: Ints) -> tuple[NDArray[np.float64], Ints]:
        """Areas of cells by row, and where the rows of each window begin there; zeros where cells of a row differ."""
        if not len(reads):
            return np.empty(0), np.empty(0, dtype=np.int64)
        if not self.cells.even_rows:
            return np.zeros(int(reads[:, 2].max())), np.zeros(len(reads), dtype=np.int64)
        top, bottom = int(reads[:, 0].min()), int((reads[:, 0] + reads[:, 2]).max())
        if bottom - top <= MAX_SIDE:
            return self.cells.areas_m2(top, 0, bottom - top, 1)[:, 0].copy(), reads[:, 0] - top
        by_window = [self.cells.areas_m2(first, 0, rows, 1)[:, 0] for first, _, rows, _ in reads.tolist()]
        return np.concatenate(by_window), np.cumsum(reads[:, 2]) - reads[:, 2]

    def _pieces(self, run: range) -> Ints:
        return self.pieces[self.starts[run.start] : self.starts[run.stop]]


def _pieces(windows: Ints, rows: int, columns: int) -> tuple[Ints, Ints]:
    """The windows [n, 5] cut at the borders of blocks, sorted by block, and the row and column of the block of each."""
    shape, left, top, wide, high = windows.T
    first_row, first_column = top // rows, left // columns
    down, across = (top + high - 1) // rows - first_row + 1, (left + wide - 1) // columns - first_column + 1
    index = np.repeat(np.arange(len(windows)), down * across)
    within = np.arange(len(index)) - np.repeat(np.cumsum(down * across) - down * across, down * across)
    row, column = first_row[index] + within // across[index], first_column[index] + within % across[index]
    west, north = np.maximum(left[index], column * columns), np.maximum(top[index], row * rows)
    east, south = np.minimum((left + wide)[index], (column + 1) * columns), np.minimum((top + high)[index], (row + 1) * rows)
    order = np.lexsort((index, column, row))
    pieces = np.column_stack((shape[index], west, north, east - west, south - north))[order]
    return np.ascontiguousarray(pieces, dtype=np.int64), np.column_stack((row, column))[order]


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
