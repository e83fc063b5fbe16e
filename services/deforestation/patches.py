"""Neighbourhoods on a window of cells: forest patches, sets of years within a pixel, loss patches."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=np.uint8)

Mask = NDArray[np.bool_]
Bits = NDArray[np.uint16]
Windows = NDArray[np.int64]
"""First row, row behind the last, first column and column behind the last of each window; [windows, 4]."""


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


def any_within(mask: Mask, windows: Windows) -> NDArray[np.bool_]:
    """Whether `mask` [height, width] holds anywhere in each of the windows."""
    found = np.zeros(len(windows), dtype=np.bool_)
    _look_within(mask, windows, found)
    return found


def patch_areas_m2(
    loss: Mask, windows: Windows, touched: NDArray[np.int64], first: NDArray[np.int64], row_area_m2: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Largest and total area in m2 of the 8-connected patches of `loss` [height, width] that hold a touched cell, by window.

    `touched` are flat cells, those of a window from `first` of it to that of the next; of a patch what lies in the window counts.
    """
    areas = np.zeros((2, len(windows)))
    _measure_patches(loss, windows, touched, first, row_area_m2, areas)
    return areas[0], areas[1]


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


@numba.njit("void(boolean[:, ::1], int64[:, ::1], boolean[::1])", nogil=True, cache=True)
def _look_within(mask: Mask, windows: Windows, found: NDArray[np.bool_]) -> None:
    for at in range(len(windows)):
        for y in range(windows[at, 0], windows[at, 1]):
            if mask[y, windows[at, 2] : windows[at, 3]].any():
                found[at] = True
                break


@numba.njit("UniTuple(int64, 2)(boolean[:, ::1], int64[::1], int64[::1], int32[::1], int64[::1])", nogil=True, cache=True)
def _mark_patches(
    loss: Mask, window: NDArray[np.int64], touched: NDArray[np.int64], patch: NDArray[np.int32], reached: NDArray[np.int64]
) -> tuple[int, int]:
    """Number the patches in the window that hold a touched cell, from 1 on; how many, and how many cells they have reached."""
    count, end, width = 0, 0, loss.shape[1]
    for cell in touched:
        if not loss[cell // width, cell % width] or patch[cell]:
            continue
        count += 1
        patch[cell], reached[end] = count, cell
        at, end = end, end + 1
        while at < end:
            row, column = reached[at] // width, reached[at] % width
            at += 1
            for y in range(max(window[0], row - 1), min(window[1], row + 2)):
                for x in range(max(window[2], column - 1), min(window[3], column + 2)):
                    if loss[y, x] and not patch[y * width + x]:
                        patch[y * width + x], reached[end] = count, y * width + x
                        end += 1
    return count, end


@numba.njit("void(boolean[:, ::1], int64[:, ::1], int64[::1], int64[::1], float64[::1], float64[:, ::1])", nogil=True, cache=True)
def _measure_patches(
    loss: Mask,
    windows: Windows,
    touched: NDArray[np.int64],
    first: NDArray[np.int64],
    row_area_m2: NDArray[np.float64],
    areas: NDArray[np.float64],
) -> None:
    """Patches are told apart from their touched cells on, and added up by row and column, in the order of their first cells."""
    patch, reached = np.zeros(loss.size, np.int32), np.empty(loss.size, np.int64)
    width = loss.shape[1]
    for at in range(len(windows)):
        count, end = _mark_patches(loss, windows[at], touched[first[at] : first[at + 1]], patch, reached)
        rank, area_m2, seen = np.full(count + 1, -1, np.int64), np.zeros(count), 0
        for cell in np.sort(reached[:end]):
            number = patch[cell]
            if rank[number] < 0:
                rank[number] = seen
                seen += 1
            area_m2[rank[number]] += row_area_m2[cell // width]
            patch[cell] = 0  # the next window is another plot's
        for one_m2 in area_m2:
            areas[0, at] = max(areas[0, at], one_m2)
            areas[1, at] += one_m2
