"""Sums over the coverage of plots: areas in all, under a mask, and by class.

`bincount` adds in float64 in the order of the entries, which is (plot, cell): the value of a plot depends on its own
entries alone, and equal input gives equal bits.
"""

import numpy as np
from numpy.typing import NDArray

from shared.zonal.coverage import Coverage
from shared.zonal.grid import Grid

_M2_PER_HA = 10_000.0


def entry_area_ha(coverage: Coverage, grid: Grid) -> NDArray[np.float64]:
    """Ground area in hectares of each entry of the coverage: fraction times the WGS84 area of its cell; float64 [entries]."""
    row_area_ha = grid.row_areas_m2() / _M2_PER_HA
    areas: NDArray[np.float64] = coverage.fraction * row_area_ha[coverage.cell // grid.width]
    return areas


def area_ha(coverage: Coverage, grid: Grid, plots: int) -> NDArray[np.float64]:
    """Covered area of each plot in hectares; float64 [plots]."""
    return _sum_by(coverage.plot, entry_area_ha(coverage, grid), plots)


def masked_area_ha(coverage: Coverage, grid: Grid, plots: int, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Covered area of each plot in hectares where `mask` (bool [height, width]) is true; float64 [plots]."""
    _require_shape(mask.shape, grid)
    inside = mask.ravel()[coverage.cell]
    return _sum_by(coverage.plot[inside], entry_area_ha(coverage, grid)[inside], plots)


def area_by_class_ha(coverage: Coverage, grid: Grid, plots: int, classes: NDArray[np.integer], n_classes: int) -> NDArray[np.float64]:
    """Covered area of each plot in hectares by class (int [height, width]; below 0 is left out); float64 [plots, n_classes].

    Raises ValueError for a covered class >= n_classes: an area must not vanish.
    """
    _require_shape(classes.shape, grid)
    of_entry = classes.ravel()[coverage.cell].astype(np.int64)
    if of_entry.size and of_entry.max() >= n_classes:
        raise ValueError(f"class {of_entry.max()} with {n_classes} classes")
    counted = of_entry >= 0
    slot = coverage.plot[counted].astype(np.int64) * n_classes + of_entry[counted]
    return _sum_by(slot, entry_area_ha(coverage, grid)[counted], plots * n_classes).reshape(plots, n_classes)


def _sum_by(slot: NDArray[np.integer], weight: NDArray[np.float64], slots: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(slot, weights=weight, minlength=slots), dtype=np.float64)


def _require_shape(shape: tuple[int, ...], grid: Grid) -> None:
    if shape != (grid.height, grid.width):
        raise ValueError(f"an array of shape {shape} on a grid of {grid.height} x {grid.width}")
