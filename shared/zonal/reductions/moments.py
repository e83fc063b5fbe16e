"""Mean, sum, variance, least and greatest value of a band over each plot."""

from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.fetching import fetch_ahead
from shared.zonal.reductions.reduction import Reduction, is_known, known_cells
from shared.zonal.strips import Strips

_COLUMNS = 7
WEIGHT, MEAN, SQUARES, LEAST, GREATEST, CELLS, CELL_SUM = range(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Moments:
    """One entry a plot; nan where no cell is known, but for `weight` and `cells`, which are 0 there."""

    weight: NDArray[np.float64]
    """Ground area of the known cells in m2, times the weight of each where there is a band of weights."""
    mean: NDArray[np.float64]
    """Weighted by `weight`."""
    variance: NDArray[np.float64]
    """Of the population, weighted likewise."""
    least: NDArray[np.float64]
    greatest: NDArray[np.float64]
    cells: NDArray[np.float64]
    """Known cells, each by its share."""
    cell_sum: NDArray[np.float64]
    """Sum of value times share: the total of a band that counts things in each cell (people, Mg per pixel)."""
    area_sum: NDArray[np.float64]
    """Sum of value times weight: the total of a band per m2."""


def moments(source: str, weights: str | None = None) -> Reduction:
    """Moments of a band over each plot, by ground area, or by ground area times the band `weights` (known in both)."""
    return Reduction((source,) if weights is None else (source, weights), _moments, _Merged)


def _moments(strips: Strips, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    found = _nothing(strips.pieces)
    weights = known_cells(blocks[-1])
    block, by = blocks[0], blocks[-1]
    scales = (block.scale, block.offset, by.scale, by.offset)
    _add_moments(*strips.arrays, *known_cells(block), len(blocks) > 1, *weights, *scales, np.full(strips.pieces, np.nan), found)
    return found


@dataclass(slots=True)
class _Merged:
    """The moments of plots, as those of their pieces come."""

    count: int
    _total: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._total = _nothing(self.count)

    def add(self, partial: NDArray[np.float64], plots: NDArray[np.int64]) -> None:
        """Those of some pieces, and the plot of each."""
        _merge(partial, plots, self._total)

    def found(self) -> Moments:
        """Of all that was added."""
        total = self._total
        empty = total[:, WEIGHT] <= 0
        unseen = np.isinf(total[:, LEAST])
        mean, variance = (
            np.where(empty, np.nan, total[:, at] / np.where(empty, 1.0, by)) for at, by in ((MEAN, 1.0), (SQUARES, total[:, WEIGHT]))
        )
        least, greatest = (np.where(unseen, np.nan, total[:, at]) for at in (LEAST, GREATEST))
        cell_sum = np.where(unseen, np.nan, total[:, CELL_SUM])
        return Moments(total[:, WEIGHT], mean, variance, least, greatest, total[:, CELLS], cell_sum, mean * total[:, WEIGHT])


def _nothing(count: int) -> NDArray[np.float64]:
    """Moments of pieces or plots of which nothing was seen."""
    found = np.zeros((count, _COLUMNS))
    found[:, LEAST], found[:, GREATEST] = np.inf, -np.inf
    return found


@numba.njit(nogil=True, cache=True)
def _add_moments(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    values: Any, mask: Any, has_nodata: bool, nodata: Any,
    weighted: bool, weights: Any, weight_mask: Any, weight_has_nodata: bool, weight_nodata: Any,
    scale: float, offset: float, weight_scale: float, weight_offset: float, origin: Any, found: Any,
) -> None:  # fmt: skip
    """Sums of differences from the first value of each piece: a constant band has exactly its mean, and no digits are lost."""
    uneven, at = len(area_m2) > 0, 0
    for strip in range(len(piece)):
        p, even_m2, first, count = piece[strip], cell_m2[strip], start[strip], cells[strip]
        own = found[p]
        fetch_ahead(values, start, cells, strip)
        fetch_ahead(mask, start, cells, strip)
        for i in range(count):
            cell, own_share = np.uint64(first + i), share[np.uint64(at + i)]  # without a sign: none counts from the end
            if own_share == 0.0 or not is_known(values[cell], mask, has_nodata, nodata, cell):
                continue
            weight = own_share * (area_m2[cell] if uneven else even_m2)
            if weighted:
                if not is_known(weights[cell], weight_mask, weight_has_nodata, weight_nodata, cell):
                    continue
                weight *= weights[cell] * weight_scale + weight_offset
            value = values[cell] * scale + offset
            if origin[p] != origin[p]:  # NaN: nothing was seen yet
                origin[p] = value
            difference = value - origin[p]
            own[WEIGHT] += weight
            own[MEAN] += weight * difference
            own[SQUARES] += weight * difference * difference
            own[LEAST] = min(own[LEAST], value)
            own[GREATEST] = max(own[GREATEST], value)
            own[CELLS] += own_share
            own[CELL_SUM] += own_share * value
        at += count
    for p in range(len(found)):
        if found[p, WEIGHT] > 0.0:
            shift = found[p, MEAN] / found[p, WEIGHT]
            found[p, SQUARES] = max(0.0, found[p, SQUARES] - shift * found[p, MEAN])
            found[p, MEAN] = origin[p] + shift


@numba.njit("void(float64[:,::1], int64[::1], float64[:,::1])", nogil=True, cache=True)
def _merge(rows: NDArray[np.float64], plot: NDArray[np.int64], total: NDArray[np.float64]) -> None:
    """Join the moments of the pieces of each plot in their order (Chan, Golub and LeVeque 1983)."""
    for at in range(len(plot)):
        one, all_ = rows[at], total[plot[at]]
        all_[LEAST], all_[GREATEST] = min(all_[LEAST], one[LEAST]), max(all_[GREATEST], one[GREATEST])
        all_[CELLS] += one[CELLS]
        all_[CELL_SUM] += one[CELL_SUM]
        if one[WEIGHT] <= 0.0:
            continue
        weight = all_[WEIGHT] + one[WEIGHT]
        if all_[WEIGHT] <= 0.0:
            all_[MEAN] = one[MEAN]
        gap = one[MEAN] - all_[MEAN]
        all_[SQUARES] += one[SQUARES] + gap * gap * all_[WEIGHT] * one[WEIGHT] / weight
        all_[MEAN] += gap * one[WEIGHT] / weight
        all_[WEIGHT] = weight
