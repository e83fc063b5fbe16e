"""Areas by class, and by pairs of classes of two bands: loss by year where there was forest, land cover by slope."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.reductions.reduction import Reduction, is_known, known_cells, summed
from shared.zonal.strips import Strips

MAX_LISTED = 65_536
AHEAD = 32
"""Strips from the one that is added up to the one whose values are fetched."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Which column each value of a band counts in; every known value that is not listed counts in the last one."""

    lowest: int
    column: NDArray[np.uint32]
    """Column of the values from `lowest` on, and last that of all others."""
    count: int
    """Columns, the last for values that are not listed: no area vanishes."""

    @classmethod
    def of(cls, *groups: int | range | tuple[int, ...]) -> "Classes":
        """One column for each group of values: a value, a range or several values."""
        members = [(group,) if isinstance(group, int) else tuple(group) for group in groups]
        listed = [value for group in members for value in group]
        if len(set(listed)) < len(listed) or max(listed) - min(listed) >= MAX_LISTED:
            raise ValueError("the values of classes are listed once, and span at most 65,536")
        column = np.full(max(listed) - min(listed) + 2, len(groups), dtype=np.uint32)
        for index, group in enumerate(members):
            column[np.array(group) - min(listed)] = index
        return cls(min(listed), column, len(groups) + 1)


def area_by_class(source: str, classes: Classes) -> Reduction:
    """Ground area in m2 of each plot by class; float64 [plots, classes.count]. Cells that are not known count nowhere."""
    return Reduction((source,), partial(_by_class, classes), summed)


def joint_area(rows: str, row_classes: Classes, columns: str, column_classes: Classes) -> Reduction:
    """Ground area in m2 of each plot by pair of classes, where both bands are known; float64 [plots, rows, columns]."""
    return Reduction((rows, columns), partial(_joint, row_classes, column_classes), summed)


def _by_class(classes: Classes, strips: Strips, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((strips.pieces, classes.count))
    _add_by_class(*strips.arrays, *known_cells(blocks[0]), classes.lowest, classes.column, areas)
    return areas


def _joint(row_classes: Classes, column_classes: Classes, strips: Strips, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((strips.pieces, row_classes.count, column_classes.count))
    sides = [(*known_cells(block), one.lowest, one.column) for block, one in zip(blocks, (row_classes, column_classes), strict=True)]
    _add_joint(*strips.arrays, *sides[0], *sides[1], areas)
    return areas


@numba.njit(inline="always")
def _column(value: Any, lowest: int, column: NDArray[np.uint32]) -> Any:
    """Column of a value without a branch; no matter what for NaN."""
    others = len(column) - 1
    code = np.int64(value)
    at = code - lowest
    return column[at if code == value and 0 <= at < others else others]


@numba.njit(nogil=True, cache=True)
def _add_by_class(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    values: Any, mask: Any, has_nodata: bool, nodata: Any, lowest: int, column: Any, areas: Any,
) -> Any:  # fmt: skip
    """Add the area of each known cell to its class; what is returned only keeps the loads of later strips in the program.

    The rows of a small plot lie far apart in a block, so that each would wait for memory; loads ahead of time go on meanwhile.
    """
    uneven, at, last = len(area_m2) > 0, 0, len(piece) - 1
    touched: Any = 0
    for strip in range(len(piece)):
        own, even_m2, first, count = areas[piece[strip]], cell_m2[strip], start[strip], cells[strip]
        later = min(strip + AHEAD, last)
        touched += np.int64(values[start[later]]) + np.int64(values[start[later] + cells[later] - 1])
        values_, share_ = values[first:][:count], share[at:][:count]  # what is counted from 0 up needs no check for -1
        for i in range(count):
            weight = share_[i] * (area_m2[first + i] if uneven else even_m2)
            own[_column(values_[i], lowest, column)] += weight if is_known(values_[i], mask, has_nodata, nodata, first + i) else 0.0
        at += count
    return touched


@numba.njit(nogil=True, cache=True)
def _add_joint(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    a: Any, mask_a: Any, has_nodata_a: bool, nodata_a: Any, lowest_a: int, column_a: Any,
    b: Any, mask_b: Any, has_nodata_b: bool, nodata_b: Any, lowest_b: int, column_b: Any, areas: Any,
) -> None:  # fmt: skip
    uneven, at = len(area_m2) > 0, 0
    for strip in range(len(piece)):
        own, even_m2, first, count = areas[piece[strip]], cell_m2[strip], start[strip], cells[strip]
        values_a, values_b, share_ = a[first:][:count], b[first:][:count], share[at:][:count]
        for i in range(count):
            weight = share_[i] * (area_m2[first + i] if uneven else even_m2)
            known = is_known(values_a[i], mask_a, has_nodata_a, nodata_a, first + i)
            known &= is_known(values_b[i], mask_b, has_nodata_b, nodata_b, first + i)
            own[_column(values_a[i], lowest_a, column_a), _column(values_b[i], lowest_b, column_b)] += weight if known else 0.0
        at += count
