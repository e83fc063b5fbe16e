"""What a reduction is: a pure function of the covered cells of a block, and how its answers are joined."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.strips import Strips

Partial = Any
"""What a reduction makes of a run of windows: an array with a row a piece, or what its `joining` understands."""
Ints = NDArray[np.int64]
_NOT_MASKED = np.ones(0, dtype=np.bool_)


class Joining(Protocol):
    """Joins the answers of all blocks in the order of the blocks, each when it is there."""

    def add(self, partial: Partial, plots: Ints) -> None:
        """One answer, and the plot of each of its pieces."""

    def found(self) -> Any:
        """What the reduction answers, when all are added."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """A number, or several, for each plot from the bands of one grid."""

    sources: tuple[str, ...]
    """Names of the bands that it reads."""
    of_block: Callable[[Strips, tuple[Block, ...]], Partial]
    """Pure: of the pieces of a run of windows. Keeps no part of what it is given: the next run is written over it."""
    joining: Callable[[int], Joining]
    """Begins to join the answers for so many plots."""


def known_cells(block: Block) -> tuple[NDArray[Any], NDArray[np.bool_], bool, Any]:
    """Values, mask (empty where there is none), and whether some value means nodata and which: as the kernels read them."""
    values = block.values
    has_nodata = block.nodata is not None and not np.isnan(block.nodata) and _holds(values.dtype, block.nodata)
    return values, _NOT_MASKED if block.known is None else block.known, has_nodata, values.dtype.type(block.nodata if has_nodata else 0)


def _holds(dtype: np.dtype[Any], value: float) -> bool:
    if dtype.kind == "f":
        return True
    limits = np.iinfo(dtype)
    return limits.min <= value <= limits.max and float(value).is_integer()


@numba.njit(inline="always")
def is_known(value: Any, mask: NDArray[np.bool_], has_nodata: bool, nodata: Any, at: Any) -> bool:
    """True where the value of cell `at` is known: not masked, not nodata, not NaN."""
    if value != value or (has_nodata and value == nodata):  # NaN differs from itself
        return False
    return len(mask) == 0 or bool(mask[at])


@numba.njit(inline="always")
def if_known(weight: float, value: Any, mask: NDArray[np.bool_], has_nodata: bool, nodata: Any, at: Any) -> float:
    """The weight of cell `at` where its value is known, else 0; without a branch, for sums that walk over all cells."""
    known = (value == value) & (not (has_nodata and value == nodata)) & (len(mask) == 0 or mask[at])
    return weight if known else 0.0


@dataclass(slots=True)
class Sums:
    """Sums by plot of arrays [pieces, ...], added in the order of the blocks: equal input gives equal bits."""

    count: int
    """Plots."""
    _total: NDArray[np.float64] | None = None

    def add(self, partial: NDArray[np.float64], plots: Ints) -> None:
        """The rows of some pieces, and the plot of each."""
        if self._total is None:
            self._total = np.zeros((self.count, *partial.shape[1:]))
        width = math.prod(partial.shape[1:])
        _add_rows(partial.reshape(len(partial), width), plots, self._total.reshape(self.count, width))

    def found(self) -> NDArray[np.float64]:
        """[plots, ...]; raises ValueError where nothing was added, since nobody knows how many numbers a plot has."""
        if self._total is None:
            raise ValueError("no sums were added")
        return self._total


@dataclass(slots=True)
class Gathered:
    """Answers that are joined all at once, when the last is there."""

    joined: Callable[[Sequence[Partial], Sequence[Ints], int], Any]
    """Pure: the answers of all blocks in their order, the plot of each piece, and how many plots there are."""
    count: int
    _partials: list[Partial] = field(default_factory=list)
    _plots: list[Ints] = field(default_factory=list)

    def add(self, partial: Partial, plots: Ints) -> None:
        """Kept for later."""
        self._partials.append(partial)
        self._plots.append(plots)

    def found(self) -> Any:
        """What `joined` makes of them."""
        return self.joined(self._partials, self._plots, self.count)


@numba.njit("void(float64[:,::1], int64[::1], float64[:,::1])", nogil=True, cache=True)
def _add_rows(rows: NDArray[np.float64], plot: Ints, total: NDArray[np.float64]) -> None:
    for at in range(len(plot)):
        own, row = total[plot[at]], rows[at]
        for column in range(len(row)):
            own[column] += row[column]
