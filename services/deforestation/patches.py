"""Neighbourhoods on a window of cells: forest patches, sets of years within a pixel, loss patches."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=np.uint8)

Mask = NDArray[np.bool_]
Bits = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Patches:
    """Which forest cells belong to a patch that is large enough, and which cannot be told in this window."""

    kept: Mask
    undecided: Mask
    """Forest that is too small as far as it is seen, but reaches the window's border."""


def forest_patches(forest: Mask, unknown: Mask, row_area_m2: NDArray[np.float64], limit_m2: float) -> Patches:
    """8-connected patches of `forest` whose area is over `limit_m2`; all arrays [height, width], row areas [height].

    A patch that touches a cell of which nothing is `unknown` may go on there: it is kept, whatever its size. What is
    kept in a window is kept in every window that holds it, and what is neither kept nor undecided is dropped in every one.
    """
    labels, count = ndimage.label(forest, structure=_EIGHT_NEIGHBOURS)
    if count == 0:
        return Patches(forest, forest)
    large = _larger(labels, count, row_area_m2, limit_m2)
    if unknown.any():
        large[np.unique(labels[ndimage.binary_dilation(unknown, structure=_EIGHT_NEIGHBOURS)])] = True
    at_border = np.zeros(count + 1, dtype=bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        at_border[edge] = True
    open_ended = at_border & ~large
    large[0] = open_ended[0] = False
    return Patches(large.take(labels), open_ended.take(labels) if open_ended.any() else np.zeros_like(forest))


def bits_near(bits: Bits, cells: NDArray[np.int64], radius: int) -> Bits:
    """By flat cell of the window [height, width], its set of years joined with those of the cells within `radius` columns and rows."""
    joined = np.zeros(len(cells), dtype=np.uint16)
    _join_near(np.ascontiguousarray(bits), cells, radius, joined)
    return joined


def patch_areas_m2(loss: Mask, touched: Mask, row_area_m2: NDArray[np.float64]) -> tuple[float, float]:
    """Largest and total area in m2 of the 8-connected patches of `loss` that hold a `touched` cell, seen whole in the window."""
    rows, columns = (np.flatnonzero(loss.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0.0, 0.0
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    labels, count = ndimage.label(loss[box], structure=_EIGHT_NEIGHBOURS)
    mine = np.unique(labels[touched[box] & loss[box]])
    if mine.size == 0:
        return 0.0, 0.0
    areas = _label_areas(labels, count, row_area_m2[box[0]])[mine]
    return float(areas.max()), float(areas.sum())


def _larger(labels: NDArray[np.integer], count: int, row_area_m2: NDArray[np.float64], limit_m2: float) -> NDArray[np.bool_]:
    """Labels whose area is over the limit; counted in cells, and summed only where the size of the cells decides."""
    cells = np.zeros(count + 1, dtype=np.int64)
    _count_cells(labels.astype(np.int32, copy=False), cells)
    large: NDArray[np.bool_] = cells * row_area_m2.min() > limit_m2
    unsure = ~large & (cells * row_area_m2.max() > limit_m2)
    if unsure.any():
        large |= _label_areas(np.where(unsure[labels], labels, 0), count, row_area_m2) > limit_m2
    return large


@numba.njit("void(int32[:, ::1], int64[::1])", nogil=True, cache=True)
def _count_cells(labels: NDArray[np.int32], cells: NDArray[np.int64]) -> None:
    for row in labels:
        for label in row:
            cells[label] += 1


def _label_areas(labels: NDArray[np.integer], count: int, row_area_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area by label; in row-major order, so that a patch has the same sum in every window that holds it."""
    cells = np.flatnonzero(labels)
    areas = np.bincount(labels.ravel()[cells], weights=row_area_m2[cells // labels.shape[1]], minlength=count + 1)
    return np.asarray(areas, dtype=np.float64)


@numba.njit("void(uint16[:, ::1], int64[::1], int64, uint16[::1])", nogil=True, cache=True)
def _join_near(bits: Bits, cells: NDArray[np.int64], radius: int, joined: Bits) -> None:
    height, width = bits.shape
    for at in range(len(cells)):
        row, column = cells[at] // width, cells[at] % width
        for y in range(max(0, row - radius), min(height, row + radius + 1)):
            for x in range(max(0, column - radius), min(width, column + radius + 1)):
                joined[at] |= bits[y, x]
