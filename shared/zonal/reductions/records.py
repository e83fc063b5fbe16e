"""Sums of several quantities by a key that a source makes of many bands cell by cell: carbon by loss year, kind of loss and soil."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.reductions.reduction import Gathered, Reduction
from shared.zonal.strips import Strips

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Partial = tuple[Floats, Ints, Ints, Floats]


def record(quantities: int) -> np.dtype[Any]:
    """Type of a source of records: a key, and float64 quantities, nan where one is not known.

    Cells of a negative key count nowhere. Those of key 0 have nothing to add but their area: most cells of most bands of events.
    """
    return np.dtype([("key", np.int64), ("quantity", np.float64, (quantities,))])


@dataclass(frozen=True, slots=True)
class RecordSums:
    """Sums of each plot by key, keys rising; one entry for each key over 0 that a plot has."""

    plain_m2: Floats
    """Area of the cells of key 0; [plots]."""
    starts: Ints
    """First entry of each plot, and the end; [plots + 1]."""
    key: Ints
    area_m2: Floats
    """Area of the cells of each entry."""
    known_m2: Floats
    """And of those of them whose quantity is known; [entries, quantities]."""
    total: Floats
    """Sum of quantity times area in m2 where it is known; [entries, quantities]."""

    def plots(self) -> Ints:
        """Plot of each entry."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def record_sums(source: str) -> Reduction:
    """Ground areas (m2) and sums by key of a source whose type is a `record`; `RecordSums`."""
    return Reduction((source,), _of_block, partial(Gathered, _joined))


def _of_block(strips: Strips, blocks: tuple[Block, ...]) -> _Partial:
    values = blocks[0].values
    key, quantity = values["key"], values["quantity"]
    counted = _count(*strips.arrays, key)
    plain, piece, found = np.zeros(strips.pieces), np.empty(counted, np.int64), np.empty(counted, np.int64)
    sums = np.zeros((counted, 1 + 2 * quantity.shape[1]))
    _gather(*strips.arrays, key, quantity, plain, piece, found, sums)
    return plain, *_added(piece, found, sums)


def _joined(partials: Sequence[_Partial], plots: Sequence[Ints], count: int) -> RecordSums:
    plain = np.bincount(np.concatenate(list(plots)), np.concatenate([one[0] for one in partials]), minlength=count)
    owner = np.concatenate([plot[piece] for (_, piece, _, _), plot in zip(partials, plots, strict=True)])
    plot, key, sums = _added(owner, np.concatenate([one[2] for one in partials]), np.concatenate([one[3] for one in partials]))
    starts = np.searchsorted(plot, np.arange(count + 1)).astype(np.int64)
    quantities = sums.shape[1] // 2
    return RecordSums(plain.astype(np.float64), starts, key, sums[:, 0], sums[:, 1 : 1 + quantities], sums[:, 1 + quantities :])


def _added(owner: Ints, key: Ints, sums: Floats) -> tuple[Ints, Ints, Floats]:
    """Entries by owner and key, rising; sums of equal ones are added in their order."""
    order = np.lexsort((key, owner))
    owner, key, sums = owner[order], key[order], sums[order]
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = (owner[1:] != owner[:-1]) | (key[1:] != key[:-1])
    slot = np.cumsum(first) - 1
    added = np.zeros((int(first.sum()), sums.shape[1]))
    for column in range(sums.shape[1]):
        added[:, column] = np.bincount(slot, weights=sums[:, column], minlength=len(added))
    return owner[first], key[first], added


@numba.njit(nogil=True, cache=True)
def _count(piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any, key: Any) -> int:
    count, at = 0, -1
    for strip in range(len(piece)):
        for cell in range(start[strip], start[strip] + cells[strip]):
            at += 1
            count += share[at] > 0.0 and key[cell] > 0
    return count


@numba.njit(nogil=True, cache=True)
def _gather(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    key: Any, quantity: Any, plain: Any, owner: Any, found: Any, sums: Any,
) -> None:  # fmt: skip
    """One row a cell of a key over 0: its area, the area where each quantity is known, and each quantity times area."""
    count, quantities, at = 0, quantity.shape[1], -1
    uneven = len(area_m2) > 0
    for strip in range(len(piece)):
        for cell in range(start[strip], start[strip] + cells[strip]):
            at += 1
            if share[at] == 0.0 or key[cell] < 0:
                continue
            weight = share[at] * (area_m2[cell] if uneven else cell_m2[strip])
            if key[cell] == 0:
                plain[piece[strip]] += weight
                continue
            owner[count], found[count], sums[count, 0] = piece[strip], key[cell], weight
            for column in range(quantities):
                value = quantity[cell, column]
                if value == value:  # NaN differs from itself
                    sums[count, 1 + column] = weight
                    sums[count, 1 + quantities + column] = weight * value
            count += 1
