"""Neighbourhoods on a window of cells: forest patches, sets of years spread by a pixel, loss patches."""

from dataclasses import dataclass

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
    large = _larger(labels, row_area_m2, limit_m2)
    if unknown.any():
        large[np.unique(labels[ndimage.binary_dilation(unknown, structure=_EIGHT_NEIGHBOURS)])] = True
    at_border = np.zeros(count + 1, dtype=bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        at_border[edge] = True
    open_ended = at_border & ~large
    large[0] = open_ended[0] = False
    return Patches(large[labels], open_ended[labels] if open_ended.any() else np.zeros_like(forest))


def spread(bits: Bits, radius: int) -> Bits:
    """Each cell's set of years joined with those of the cells within `radius` columns and rows; [height, width]."""
    return _spread_along(_spread_along(bits, radius, 0), radius, 1)


def patch_areas_m2(loss: Mask, touched: Mask, row_area_m2: NDArray[np.float64]) -> tuple[float, float]:
    """Largest and total area in m2 of the 8-connected patches of `loss` that hold a `touched` cell, seen whole in the window."""
    labels, count = ndimage.label(loss, structure=_EIGHT_NEIGHBOURS)
    mine = np.unique(labels[touched & loss])
    if mine.size == 0:
        return 0.0, 0.0
    areas = _label_areas(labels, count, row_area_m2)[mine]
    return float(areas.max()), float(areas.sum())


def _larger(labels: NDArray[np.integer], row_area_m2: NDArray[np.float64], limit_m2: float) -> NDArray[np.bool_]:
    """Labels whose area is over the limit; counted in cells, and summed only where the size of the cells decides."""
    cells = np.bincount(labels.ravel())
    large: NDArray[np.bool_] = cells * row_area_m2.min() > limit_m2
    unsure = ~large & (cells * row_area_m2.max() > limit_m2)
    if unsure.any():
        large |= _label_areas(np.where(unsure[labels], labels, 0), len(cells) - 1, row_area_m2) > limit_m2
    return large


def _label_areas(labels: NDArray[np.integer], count: int, row_area_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area by label; in row-major order, so that a patch has the same sum in every window that holds it."""
    cells = np.flatnonzero(labels)
    areas = np.bincount(labels.ravel()[cells], weights=row_area_m2[cells // labels.shape[1]], minlength=count + 1)
    return np.asarray(areas, dtype=np.float64)


def _spread_along(bits: Bits, radius: int, axis: int) -> Bits:
    joined = bits.copy()
    for step in range(1, min(radius, bits.shape[axis] - 1) + 1):
        ahead, behind = [slice(None)] * 2, [slice(None)] * 2
        ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
        joined[tuple(behind)] |= bits[tuple(ahead)]
        joined[tuple(ahead)] |= bits[tuple(behind)]
    return joined
