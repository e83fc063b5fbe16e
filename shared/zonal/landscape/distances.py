"""Distances between patches, by the runs of cells that they have in each row: exact, and far fewer pairs than cells have."""

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Labels = NDArray[np.int32]
Floats = NDArray[np.float64]


def patch_distances(label: Labels, count: int, limit_cells: float, centres: bool) -> Floats:
    """Least distance between each two of the patches 1 to `count`, in cells; float64 [count, count], 0 on the diagonal.

    inf where it is over `limit_cells`. Between the edges of cells, or with `centres` between their centres (FRAGSTATS).
    """
    row, first, last, patch = _runs(label)
    limit_cells = min(limit_cells, float(np.hypot(*label.shape)))
    squared = np.full((count, count), np.iinfo(np.int64).max)
    shift = 0 if centres else 1
    _shorten(row, first, last, patch - 1, shift, int(np.ceil(limit_cells)) + shift, squared)
    squared = np.minimum(squared, squared.T)
    distance = np.where(squared <= limit_cells**2, np.sqrt(squared.astype(np.float64)), np.inf)
    np.fill_diagonal(distance, 0.0)
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


@numba.njit("void(int64[::1], int64[::1], int64[::1], int64[::1], int64, int64, int64[:,::1])", nogil=True, cache=True)
def _shorten(row: Ints, first: Ints, last: Ints, patch: Ints, shift: int, limit: int, squared: Ints) -> None:
    """Write the least squared distance of each pair of patches, in one or both halves; `shift` is taken off each axis."""
    for a in range(len(row)):
        for b in range(a + 1, len(row)):
            down = row[b] - row[a]
            if down > limit:
                break
            if patch[a] == patch[b]:
                continue
            across = max(first[b] - last[a], first[a] - last[b], 0)
            down, across = max(down - shift, 0), max(across - shift, 0)
            far = down * down + across * across
            if far < squared[patch[a], patch[b]]:
                squared[patch[a], patch[b]] = far


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
