"""Areas by class, and by pairs of classes of two bands: loss by year where there was forest, land cover by slope."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.extending import overload
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.fetching import fetch_ahead
from shared.zonal.reductions.reduction import Reduction, Sums, if_known, known_cells
from shared.zonal.strips import Strips

MAX_LISTED = 65_536
_BYTES = np.arange(256, dtype=np.uint8)


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

    def by_byte(self) -> dict[np.dtype[Any], NDArray[np.uint32]]:
        """Column of every value of a byte, with a sign or without, by the byte that it is."""
        others, values = len(self.column) - 1, (_BYTES, _BYTES.view(np.int8))
        places = [(one.dtype, one.astype(np.int64) - self.lowest) for one in values]
        return {dtype: self.column[np.where((at >= 0) & (at < others), at, others)] for dtype, at in places}


def area_by_class(source: str, classes: Classes) -> Reduction:
    """Ground area in m2 of each plot by class; float64 [plots, classes.count]. Cells that are not known count nowhere."""
    return Reduction((source,), partial(_by_class, (classes, classes.by_byte())), Sums)


def joint_area(rows: str, row_classes: Classes, columns: str, column_classes: Classes) -> Reduction:
    """Ground area in m2 of each plot by pair of classes, where both bands are known; float64 [plots, rows, columns]."""
    along, across = ((one, one.by_byte()) for one in (row_classes, column_classes))
    return Reduction((rows, columns), partial(_joint, along, across), Sums)


_Columns = tuple[Classes, dict[np.dtype[Any], NDArray[np.uint32]]]
"""Classes, and their columns by byte."""


def _by_class(columns: _Columns, strips: Strips, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((strips.pieces, columns[0].count))
    _add_by_class(*strips.arrays, *_side(columns, blocks[0]), areas)
    return areas


def _joint(rows: _Columns, columns: _Columns, strips: Strips, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((strips.pieces, rows[0].count, columns[0].count))
    _add_joint(*strips.arrays, *_side(rows, blocks[0]), *_side(columns, blocks[1]), areas)
    return areas


def _side(columns: _Columns, block: Block) -> tuple[Any, Any, bool, Any, int, Any]:
    """A band as the kernels read it."""
    classes, by_byte = columns
    return *known_cells(block), classes.lowest, by_byte.get(block.values.dtype, classes.column)


def _column(value: Any, lowest: int, column: NDArray[np.uint32]) -> Any:
    """Column of a value without a branch; no matter what for NaN. Compiled code only."""


@overload(_column, inline="always")
def _column_of_type(value: Any, lowest: Any, column: Any) -> Any:
    def of_byte(value: Any, lowest: Any, column: Any) -> Any:
        return column[np.uint8(value)]

    def of_number(value: Any, lowest: Any, column: Any) -> Any:
        others = len(column) - 1
        code = np.int64(value)
        at = code - lowest
        return column[at if code == value and 0 <= at < others else others]

    return of_byte if value in (types.uint8, types.int8) else of_number


@numba.njit(nogil=True, cache=True)
def _add_by_class(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    values: Any, mask: Any, has_nodata: bool, nodata: Any, lowest: int, column: Any, areas: Any,
) -> None:  # fmt: skip
    uneven, at = len(area_m2) > 0, 0
    for strip in range(len(piece)):
        own, even_m2, first, count = areas[piece[strip]], cell_m2[strip], start[strip], cells[strip]
        fetch_ahead(values, start, cells, strip)
        fetch_ahead(mask, start, cells, strip)
        for i in range(count):
            cell, own_share = np.uint64(first + i), share[np.uint64(at + i)]  # without a sign: none counts from the end
            weight = own_share * (area_m2[cell] if uneven else even_m2)
            own[_column(values[cell], lowest, column)] += if_known(weight, values[cell], mask, has_nodata, nodata, cell)
        at += count


@numba.njit(nogil=True, cache=True)
def _add_joint(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    a: Any, mask_a: Any, has_nodata_a: bool, nodata_a: Any, lowest_a: int, column_a: Any,
    b: Any, mask_b: Any, has_nodata_b: bool, nodata_b: Any, lowest_b: int, column_b: Any, areas: Any,
) -> None:  # fmt: skip
    uneven, at = len(area_m2) > 0, 0
    for strip in range(len(piece)):
        own, even_m2, first, count = areas[piece[strip]], cell_m2[strip], start[strip], cells[strip]
        fetch_ahead(a, start, cells, strip)
        fetch_ahead(b, start, cells, strip)
        for i in range(count):
            cell, own_share = np.uint64(first + i), share[np.uint64(at + i)]
            weight = own_share * (area_m2[cell] if uneven else even_m2)
            weight = if_known(weight, a[cell], mask_a, has_nodata_a, nodata_a, cell)
            weight = if_known(weight, b[cell], mask_b, has_nodata_b, nodata_b, cell)
            own[_column(a[cell], lowest_a, column_a), _column(b[cell], lowest_b, column_b)] += weight
        at += count
