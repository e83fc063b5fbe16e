"""Distances between patches, by the runs of cells that they have in each row: exact, and far fewer pairs than cells have."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.landscape.runs import Runs

Ints = NDArray[np.int64]
Labels = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Least distances between patches, those that are near enough: each pair once; [pairs] each."""

    one: Labels
    other: Labels
    """Numbers of patches from 0."""
    cells: Floats
    """In cells."""


def gaps_between(runs: Runs, patch: NDArray[np.integer], count: int, limit_cells: float, centres: bool = False) -> Gaps:
    """Least distance between the patches 0 to `count` that lie at most `limit_cells` apart, whose runs are given, by row and column.

    `patch` [runs] is that of each run; each has one at least. Between the edges of cells, or with `centres` between their centres.
    """
    order = np.argsort(patch, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(patch, minlength=count))))
    row, first, last = (axis[order].astype(np.int64) for axis in (runs.row, runs.first, runs.last))
    shift = 0 if centres else 1
    boxes = np.column_stack(
        (row[start[:-1]], np.minimum.reduceat(first, start[:-1]), row[start[1:] - 1], np.maximum.reduceat(last, start[:-1]))
    )
    reach = int(min(np.ceil(limit_cells), 2**31)) + shift
    pairs = np.empty((_pairs(boxes, reach, np.empty((0, 2), np.int32)), 2), np.int32)
    _pairs(boxes, reach, pairs)
    squared = np.empty(len(pairs), dtype=np.int64)
    _approach_pairs(row, first, last, start, boxes, pairs, shift, reach * reach + 1, squared)
    near = squared <= limit_cells**2
    return Gaps(pairs[near, 0], pairs[near, 1], np.sqrt(squared[near].astype(np.float64)))


def patch_distances(label: Labels, count: int, limit_cells: float, centres: bool) -> Floats:
    """Least distance between each two of the patches 1 to `count`, in cells; float64 [count, count], 0 on the diagonal.

    inf where it is over `limit_cells`. Between the edges of cells, or with `centres` between their centres (FRAGSTATS).
    """
    row, first, last, patch = _runs(label)
    distance = np.full((count, count), np.inf)
    np.fill_diagonal(distance, 0.0)
    if count > 1:
        runs = Runs(*(axis.astype(np.int32) for axis in (row, first, last)))
        gaps = gaps_between(runs, patch - 1, count, min(limit_cells, float(np.hypot(*label.shape))), centres)
        distance[gaps.one, gaps.other] = distance[gaps.other, gaps.one] = gaps.cells
    return distance


def nearest_cells(label: Labels, count: int) -> Floats:
    """Distance from each of the patches 1 to `count` to the next one between centres of cells; nan for an only one; [count]."""
    row, first, last, patch = _runs(label)
    squared = np.full(count, np.iinfo(np.int64).max)
    _approach(row, first, last, patch - 1, squared)
    return np.where(squared < np.iinfo(np.int64).max, np.sqrt(squared.astype(np.float64)), np.nan)


def _runs(label: Labels) -> tuple[Ints, Ints, Ints, Ints]:
    """Row, first column, last column and patch of the runs of one patch, by row and column."""
    columns = label.shape[1]
    edge = np.zeros((label.shape[0], columns + 1), dtype=np.bool_)
    edge[:, 0] = edge[:, -1] = True
    np.not_equal(label[:, 1:], label[:, :-1], out=edge[:, 1:-1])
    at = np.flatnonzero(edge)
    row, column = at // (columns + 1), at % (columns + 1)
    start = np.flatnonzero(column < columns)
    patch = label[row[start], column[start]].astype(np.int64)
    some = patch > 0
    return row[start][some], column[start][some], (column[start + 1] - 1)[some], patch[some]


@numba.njit("int64(int64[:,::1], int64, int32[:,::1])", nogil=True, cache=True)
def _pairs(boxes: Ints, reach: int, pairs: Labels) -> int:
    """How many pairs of boxes (top, left, bottom, right of [n]) lie within reach on both axes; they are written if there is room."""
    count = 0
    for a in range(len(boxes)):
        for b in range(a + 1, len(boxes)):
            down = max(boxes[b, 0] - boxes[a, 2], boxes[a, 0] - boxes[b, 2])
            across = max(boxes[b, 1] - boxes[a, 3], boxes[a, 1] - boxes[b, 3])
            if down <= reach and across <= reach:
                if count < len(pairs):
                    pairs[count, 0], pairs[count, 1] = a, b
                count += 1
    return count


_RUNS = "int64[::1], int64[::1], int64[::1], int64[::1]"


@numba.njit(f"void({_RUNS}, int64[:,::1], int32[:,::1], int64, int64, int64[::1])", nogil=True, cache=True)
def _approach_pairs(
    row: Ints, first: Ints, last: Ints, start: Ints, boxes: Ints, pairs: Labels, shift: int, far: int, squared: Ints
) -> None:
    """Write the least squared distance of each pair, `far` where it is no less; `shift` is taken off each axis.

    `start` is where the runs of each patch begin, and the end. Rows of the larger patch that are too far off are not looked at.
    """
    for at in range(len(pairs)):
        few, many = pairs[at]
        if start[few + 1] - start[few] > start[many + 1] - start[many]:
            few, many = many, few
        best = far
        top, left, bottom, right = boxes[many]
        for a in range(start[few], start[few + 1]):
            down = max(top - row[a], row[a] - bottom, shift) - shift
            across = max(left - last[a], first[a] - right, shift) - shift
            if down * down + across * across >= best:
                continue
            middle = start[many] + np.searchsorted(row[start[many] : start[many + 1]], row[a])
            for step in (1, -1):
                b = middle if step == 1 else middle - 1
                while start[many] <= b < start[many + 1]:
                    down = max(abs(row[b] - row[a]) - shift, 0)
                    if down * down >= best:
                        break
                    across = max(first[b] - last[a], first[a] - last[b], 0)
                    across = max(across - shift, 0)
                    best = min(best, down * down + across * across)
                    b += step
        squared[at] = best


@numba.njit("void(int64[::1], int64[::1], int64[::1], int64[::1], int64[::1])", nogil=True, cache=True)
def _approach(row: Ints, first: Ints, last: Ints, patch: Ints, squared: Ints) -> None:
    """Write the least squared distance from each patch to another: rows that are too far off are not looked at."""
    for a in range(len(row)):
        own = patch[a]
        for step in (1, -1):
            b = a + step
            while 0 <= b < len(row) and (row[b] - row[a]) ** 2 < squared[own]:
                if patch[b] != own:
                    down, across = row[b] - row[a], max(first[b] - last[a], first[a] - last[b], 0)
                    squared[own] = min(squared[own], down * down + across * across)
                b += step
