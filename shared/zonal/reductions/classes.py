"""Areas by class, and by pairs of classes of two bands: loss by year where there was forest, land cover by slope."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.reductions.reduction import Reduction, is_known, known_cells, summed
from shared.zonal.spans import Spans

MAX_LISTED = 65_536


@dataclass(frozen=True, slots=True)
class Classes:
    """Which column each value of a band counts in; every known value that is not listed counts in the last one."""

    lowest: int
    column: NDArray[np.int32]
    """Column of the values from `lowest` on."""
    count: int
    """Columns, the last for values that are not listed: no area vanishes."""

    @classmethod
    def of(cls, *groups: int | range | tuple[int, ...]) -> "Classes":
        """One column for each group of values: a value, a range or several values."""
        members = [(group,) if isinstance(group, int) else tuple(group) for group in groups]
        listed = [value for group in members for value in group]
        if len(set(listed)) < len(listed) or max(listed) - min(listed) >= MAX_LISTED:
            raise ValueError("the values of classes are listed once, and span at most 65,536")
        column = np.full(max(listed) - min(listed) + 1, len(groups), dtype=np.int32)
        for index, group in enumerate(members):
            column[np.array(group) - min(listed)] = index
        return cls(min(listed), column, len(groups) + 1)


def area_by_class(source: str, classes: Classes) -> Reduction:
    """Ground area in m2 of each plot by class; float64 [plots, classes.count]. Cells that are not known count nowhere."""
    return Reduction((source,), partial(_by_class, classes), summed)


def joint_area(rows: str, row_classes: Classes, columns: str, column_classes: Classes) -> Reduction:
    """Ground area in m2 of each plot by pair of classes, where both bands are known; float64 [plots, rows, columns]."""
    return Reduction((rows, columns), partial(_joint, row_classes, column_classes), summed)


def _by_class(classes: Classes, spans: Spans, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((spans.pieces, classes.count))
    _add_by_class(*spans.arrays, *known_cells(blocks[0]), classes.lowest, classes.column, areas)
    return areas


def _joint(row_classes: Classes, column_classes: Classes, spans: Spans, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((spans.pieces, row_classes.count, column_classes.count))
    sides = [(*known_cells(block), one.lowest, one.column) for block, one in zip(blocks, (row_classes, column_classes), strict=True)]
    _add_joint(*spans.arrays, *sides[0], *sides[1], areas)
    return areas


@numba.njit(inline="always")
def _column(value: Any, lowest: int, column: NDArray[np.int32], last: int) -> int:
    code = np.int64(value)
    if code != value or code < lowest or code - lowest >= len(column):
        return last
    return int(column[code - lowest])


@numba.njit(nogil=True, cache=True)
def _add_by_class(
    piece: Any, start: Any, cells: Any, share: Any, weight_m2: Any, area_m2: Any,
    values: Any, mask: Any, has_nodata: bool, nodata: Any, lowest: int, column: Any, areas: Any,
) -> None:  # fmt: skip
    last = areas.shape[1] - 1
    uneven = len(area_m2) > 0
    for at in range(len(piece)):
        own, weight, inside, end = areas[piece[at]], weight_m2[at], share[at], start[at] + cells[at]
        for cell in range(start[at], end):
            if is_known(values, mask, has_nodata, nodata, cell):
                if uneven:
                    weight = inside * area_m2[cell]
                own[_column(values[cell], lowest, column, last)] += weight


@numba.njit(nogil=True, cache=True)
def _add_joint(
    piece: Any, start: Any, cells: Any, share: Any, weight_m2: Any, area_m2: Any,
    a: Any, mask_a: Any, has_nodata_a: bool, nodata_a: Any, lowest_a: int, column_a: Any,
    b: Any, mask_b: Any, has_nodata_b: bool, nodata_b: Any, lowest_b: int, column_b: Any, areas: Any,
) -> None:  # fmt: skip
    last_a, last_b = areas.shape[1] - 1, areas.shape[2] - 1
    uneven = len(area_m2) > 0
    for at in range(len(piece)):
        own, weight, inside, end = areas[piece[at]], weight_m2[at], share[at], start[at] + cells[at]
        for cell in range(start[at], end):
            if is_known(a, mask_a, has_nodata_a, nodata_a, cell) and is_known(b, mask_b, has_nodata_b, nodata_b, cell):
                if uneven:
                    weight = inside * area_m2[cell]
                own[_column(a[cell], lowest_a, column_a, last_a), _column(b[cell], lowest_b, column_b, last_b)] += weight
