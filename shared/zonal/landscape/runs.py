"""Patches by the runs of cells that they have in each row: of landscapes too large for their rasters to be held."""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.landscape.patches import Labels, Mask

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Cells of one class that lie side by side in a row, by row and column; int32 [runs] each."""

    row: Labels
    first: Labels
    """Column."""
    last: Labels

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True, eq=False)
class RunPatches:
    """The patches of some runs, numbered from 0 by the row and column of their first cell."""

    patch: Labels
    """Of each run; [runs]."""
    cells: Ints
    """[patches]."""
    sides: Ints
    """Sides of cells between each patch and anything else; [patches]."""

    def __len__(self) -> int:
        return len(self.cells)


def runs_of(mask: Mask, top: int, left: int) -> Runs:
    """The runs of a window [rows, columns] that begins at this row and column of the landscape."""
    edge = np.diff(mask, axis=1, prepend=False, append=False)
    row, column = np.nonzero(edge)
    places = [(column[0::2] + left), (column[1::2] + left - 1)]
    return Runs((row[0::2] + top).astype(np.int32), *(place.astype(np.int32) for place in places))


def together(parts: Sequence[Runs]) -> Runs:
    """The runs of windows that have no cell in common; where they meet, a run of one may go on in the next."""
    row, first, last = (np.concatenate([getattr(part, name) for part in parts] or [np.empty(0, np.int32)]) for name in Runs.__slots__)
    order = np.lexsort((first, row))
    return Runs(row[order], first[order], last[order])


def patches_of_runs(runs: Runs) -> RunPatches:
    """The patches: runs of cells that touch by a side or a corner."""
    patch = np.arange(len(runs), dtype=np.int32)
    shared = np.zeros(len(runs), dtype=np.int32)
    count = _join(runs.row, runs.first, runs.last, patch, shared)
    cells, sides = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    _add_up(runs.first, runs.last, patch, shared, cells, sides)
    return RunPatches(patch, cells, sides)


@numba.njit(inline="always")
def _unite(patch: Labels, one: int, other: int) -> None:
    a, b = one, other
    while patch[a] != a:
        patch[a] = patch[patch[a]]
        a = patch[a]
    while patch[b] != b:
        patch[b] = patch[patch[b]]
        b = patch[b]
    patch[max(a, b)] = min(a, b)


@numba.njit("int64(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1])", nogil=True, cache=True)
def _join(row: Labels, first: Labels, last: Labels, patch: Labels, shared: Labels) -> int:
    """Write the patch of each run and the sides that it has in common with others, its own and theirs; how many patches.

    `patch` comes as 0, 1, 2 …: the earliest run of a patch is its root.
    """
    above = 0
    for at in range(len(row)):
        if at > 0 and row[at - 1] == row[at] and last[at - 1] + 1 == first[at]:
            _unite(patch, at - 1, at)
            shared[at] += 2
        while row[above] < row[at] - 1 or (row[above] == row[at] - 1 and last[above] < first[at] - 1):
            above += 1
        near = above
        while row[near] == row[at] - 1 and first[near] <= last[at] + 1:
            _unite(patch, near, at)
            shared[at] += 2 * max(0, min(last[near], last[at]) - max(first[near], first[at]) + 1)
            near += 1
    count = 0
    for at in range(len(row)):
        root = patch[at]  # of an earlier run the number of its patch stands here already
        if root == at:
            patch[at] = count
            count += 1
        else:
            patch[at] = patch[root]
    return count


@numba.njit("void(int32[::1], int32[::1], int32[::1], int32[::1], int64[::1], int64[::1])", nogil=True, cache=True)
def _add_up(first: Labels, last: Labels, patch: Labels, shared: Labels, cells: Ints, sides: Ints) -> None:
    """Add the cells and the outer sides of each run to those of its patch."""
    for at in range(len(patch)):
        length = last[at] - first[at] + 1
        cells[patch[at]] += length
        sides[patch[at]] += 2 * length + 2 - shared[at]
