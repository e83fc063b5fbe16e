"""Patches of a raster of classes: which cells touch each other, how many there are, and how long their edge is."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Ints = NDArray[np.int64]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

TOUCHING = {4: ndimage.generate_binary_structure(2, 1), 8: ndimage.generate_binary_structure(2, 2)}
"""Cells that touch by a side; by a side or a corner."""


@dataclass(frozen=True, slots=True)
class Patches:
    """The patches of a raster, numbered from 1 by class and then by the row and column of their first cell."""

    label: Labels
    """[rows, columns]: number of the patch of each cell; 0 where there is none."""
    value: Ints
    """Class of each patch; [patches]."""
    cells: Ints
    """[patches]."""
    sides: Ints
    """Sides of cells between each patch and anything else, the border of the raster and cells without a class too; [patches]."""

    def __len__(self) -> int:
        return len(self.value)


def patches_of(classes: NDArray[np.integer], inside: Mask, neighbours: int = 8) -> Patches:
    """The patches of each class of a raster [rows, columns], of the cells that are `inside` only.

    `neighbours`: 8 where cells that meet at a corner are one patch, 4 where they are not.
    """
    label = np.zeros(classes.shape, dtype=np.int32)
    value: list[int] = []
    for one in np.unique(classes[inside]).tolist():
        found, count = ndimage.label((classes == one) & inside, TOUCHING[neighbours])
        np.add(found, len(value), out=label, where=found > 0)
        value += [one] * count
    return _measured(label, np.array(value, dtype=np.int64))


def patches_of_mask(mask: Mask, neighbours: int = 8) -> Patches:
    """The patches of a mask [rows, columns], of class 1."""
    label, count = ndimage.label(mask, TOUCHING[neighbours])
    return _measured(label.astype(np.int32, copy=False), np.ones(count, dtype=np.int64))


def _measured(label: Labels, value: Ints) -> Patches:
    cells = np.bincount(label.ravel(), minlength=len(value) + 1)[1:].astype(np.int64)
    return Patches(label, value, cells, outer_sides(label, len(value)))


@numba.njit("int64[::1](int32[:,::1], int64)", nogil=True, cache=True)
def outer_sides(label: Labels, count: int) -> Ints:
    """Sides of cells of each patch 1 to `count` behind which its label ends; int64 [count]."""
    rows, columns = label.shape
    sides = np.zeros(count + 1, np.int64)
    for row in range(rows):
        for column in range(columns):
            own = label[row, column]
            if own == 0:
                continue
            sides[own] += row == 0 or label[row - 1, column] != own
            sides[own] += row == rows - 1 or label[row + 1, column] != own
            sides[own] += column == 0 or label[row, column - 1] != own
            sides[own] += column == columns - 1 or label[row, column + 1] != own
    return sides[1:].copy()


@numba.njit("int64[:,::1](int32[:,::1], int64)", nogil=True, cache=True)
def shared_sides(index: Labels, count: int) -> Ints:
    """Sides between cells of each pair of classes, each side once; symmetric int64 [count, count].

    `index` [rows, columns]: 1 to `count`, or 0 for cells that do not count; sides at them and at the border count nowhere.
    """
    rows, columns = index.shape
    pairs = np.zeros((count, count), np.int64)
    for row in range(rows):
        for column in range(columns):
            own = index[row, column] - 1
            if own < 0:
                continue
            for at in range(2):
                down, right = row + 1 - at, column + at
                if down < rows and right < columns and index[down, right] > 0:
                    other = index[down, right] - 1
                    pairs[own, other] += 1
                    if other != own:
                        pairs[other, own] += 1
    return pairs


def core_cells(mask: Mask, depth_cells: float, beyond: bool) -> Mask:
    """Cells of a mask whose centre lies further than `depth_cells` from the centre of every cell that is not of it.

    `beyond` says what lies outside the raster: True as if the mask went on there, False as if it ended at the border.
    """
    seen = np.ascontiguousarray(mask if beyond else np.pad(mask, 1))
    core = np.empty_like(seen)
    _erode(seen, _reach_down(depth_cells), core)
    return core if beyond else core[1:-1, 1:-1]


def _reach_down(depth_cells: float) -> Labels:
    """How many rows away a cell of the same column (entry 0), the next one and so on may be, to be within the depth."""
    across = np.arange(int(depth_cells) + 1)
    apart = np.sqrt((across[:, np.newaxis] ** 2 + across**2).astype(np.float64))
    return np.asarray((apart <= depth_cells).sum(axis=1) - 1, dtype=np.int32)


@numba.njit("void(boolean[:,::1], int32[::1], boolean[:,::1])", nogil=True, cache=True)
def _erode(mask: Mask, down: Labels, core: Mask) -> None:
    """Write which cells of the mask have no other cell within `down[k]` rows in any column `k` away; outside nothing is."""
    rows, columns = mask.shape
    gap = np.empty((rows, columns), np.int32)  # rows to the next cell of the column that is not of the mask
    far = np.full(columns, rows + columns + len(down), np.int32)
    since = far.copy()
    for row in range(rows):
        for column in range(columns):
            since[column] = since[column] + 1 if mask[row, column] else 0
            gap[row, column] = since[column]
    since[:] = far
    for row in range(rows - 1, -1, -1):
        for column in range(columns):
            since[column] = since[column] + 1 if mask[row, column] else 0
            gap[row, column] = min(gap[row, column], since[column])
    for row in range(rows):
        found, beside = core[row], gap[row]
        for column in range(columns):
            found[column] = beside[column] > down[0]
        for k in range(1, min(len(down), columns)):
            last, reach = columns - k, down[k]
            east, west = (
                found[k:],
                found[:last],
            )  # slices, since an index that might be negative keeps processors from taking several at once
            for column in range(last):
                east[column] &= beside[column] > reach
            for column in range(last):
                west[column] &= beside[column + k] > reach
