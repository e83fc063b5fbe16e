"""Every value of a band over each plot with its area: what quantiles, variety, majority and diversity are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shared.errors import Refused
from shared.zonal.block import Block
from shared.zonal.reductions.reduction import Gathered, Reduction, is_known, known_cells
from shared.zonal.strips import Strips

MAX_ENTRIES = 20_000_000
"""Pairs of plot and value: 0.5 GB. A region of more values is asked for its histogram."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ValueAreas:
    """Distinct values of each plot, rising, with the ground area of their cells."""

    starts: Ints
    """First entry of each plot, and the end; [plots + 1]."""
    value: Floats
    area_m2: Floats

    def plots(self) -> Ints:
        """Plot of each entry."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def value_areas(source: str) -> Reduction:
    """Distinct values and their areas, `ValueAreas`; raises Refused (`too_many_values`) in all for over 20 million."""
    return Reduction((source,), _of_block, partial(Gathered, _joined))


def variety(table: ValueAreas) -> Ints:
    """How many values each plot has; [plots]."""
    return np.diff(table.starts)


def majority(table: ValueAreas) -> Floats:
    """The value of the largest area, the least of equals; nan where there is none; [plots]."""
    order = np.lexsort((-table.value, table.area_m2, table.plots()))
    return _last_of(table, table.value[order])


def quantile(table: ValueAreas, q: float) -> Floats:
    """The least value under which at least the share `q` of the area lies (inverse of the weighted distribution); nan where none."""
    below, total = _below(table)
    reached = np.flatnonzero(below + table.area_m2 >= q * total[table.plots()] * (1 - 1e-12))
    plots = table.plots()[reached]
    found = np.full(len(total), np.nan)
    found[plots[::-1]] = table.value[reached[::-1]]
    return found


def rao_q(table: ValueAreas) -> Floats:
    """Rao's quadratic entropy with the difference of values as distance, in units of the band; nan where none; [plots].

    `Q = sum_ij p_i p_j |h_i - h_j| = 2 sum_k (h_k+1 - h_k) P_k (1 - P_k)`, p by area, P cumulative (methods 3.1).
    """
    below, total = _below(table)
    plots = table.plots()
    share = (below + table.area_m2) / np.where(total > 0, total, 1.0)[plots]
    gap = np.diff(table.value, append=0.0)
    gap[table.starts[1:][np.diff(table.starts) > 0] - 1] = 0.0
    found = np.bincount(plots, weights=2.0 * gap * share * (1.0 - share), minlength=len(total))
    return np.where(total > 0, found, np.nan)


def shannon(table: ValueAreas) -> Floats:
    """Shannon's diversity of the values by area, `-sum p ln p`, nat; nan where none; [plots]."""
    _, total = _below(table)
    plots = table.plots()
    p = table.area_m2 / total[plots]
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.where(total > 0, -np.bincount(plots, weights=p * logs, minlength=len(total)), np.nan)


def _below(table: ValueAreas) -> tuple[Floats, Floats]:
    """Area under each entry within its plot; and of each plot in all."""
    total = np.bincount(table.plots(), weights=table.area_m2, minlength=len(table.starts) - 1).astype(np.float64)
    below = np.empty(len(table.value))
    _run_up(table.starts, table.area_m2, below)
    return below, total


def _last_of(table: ValueAreas, ordered: Floats) -> Floats:
    some = np.diff(table.starts) > 0
    found = np.full(len(some), np.nan)
    found[some] = ordered[table.starts[1:][some] - 1]
    return found


def _of_block(strips: Strips, blocks: tuple[Block, ...]) -> tuple[Ints, Floats, Floats]:
    """Piece, value and area of each distinct value of each piece."""
    room = int(np.count_nonzero(strips.share))
    piece, value, area = np.empty(room, np.int64), np.empty(room), np.empty(room)
    count = _gather(*strips.arrays, *known_cells(blocks[0]), blocks[0].scale, blocks[0].offset, piece, value, area)
    return _distinct(piece[:count], value[:count], area[:count])


def _joined(partials: Sequence[tuple[Ints, Floats, Floats]], plots: Sequence[Ints], count: int) -> ValueAreas:
    if sum(len(piece) for piece, _, _ in partials) > MAX_ENTRIES:
        raise Refused(f"over {MAX_ENTRIES} values; ask for a histogram", code="too_many_values")
    owner = np.concatenate([plot[piece] for (piece, _, _), plot in zip(partials, plots, strict=True)])
    plot, value, area = _distinct(owner, *(np.concatenate([one[at] for one in partials]) for at in (1, 2)))
    return ValueAreas(np.searchsorted(plot, np.arange(count + 1)).astype(np.int64), value, area)


def _distinct(owner: Ints, value: Floats, area: Floats) -> tuple[Ints, Floats, Floats]:
    """Entries by owner and value, rising; areas of equal ones are added in their order."""
    order = np.lexsort((value, owner))
    owner, value, area = owner[order], value[order], area[order]
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = (owner[1:] != owner[:-1]) | (value[1:] != value[:-1])
    slot = np.cumsum(first) - 1
    return owner[first], value[first], np.bincount(slot, weights=area, minlength=int(first.sum())).astype(np.float64)


@numba.njit("void(int64[::1], float64[::1], float64[::1])", nogil=True, cache=True)
def _run_up(starts: Ints, area: Floats, below: Floats) -> None:
    for plot in range(len(starts) - 1):
        under = 0.0
        for at in range(starts[plot], starts[plot + 1]):
            below[at] = under
            under += area[at]


@numba.njit(nogil=True, cache=True)
def _gather(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    values: Any, mask: Any, has_nodata: bool, nodata: Any, scale: float, offset: float,
    owner: Any, value: Any, area: Any,
) -> int:  # fmt: skip
    uneven, at, count = len(area_m2) > 0, -1, 0
    for strip in range(len(piece)):
        for cell in range(start[strip], start[strip] + cells[strip]):
            at += 1
            if share[at] > 0.0 and is_known(values[cell], mask, has_nodata, nodata, cell):
                owner[count] = piece[strip]
                value[count] = values[cell] * scale + offset
                area[count] = share[at] * (area_m2[cell] if uneven else cell_m2[strip])
                count += 1
    return count
