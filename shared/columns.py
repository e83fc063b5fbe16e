"""From columns over plots to what each plot is told: plots that are alike are told the same, and it is made once."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import compress
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
T = TypeVar("T")
R = TypeVar("R", bound=Hashable)


def alike(rows: Sequence[R], of_row: Callable[[R], T]) -> list[T]:
    """`of_row` of each row, made once for those that are equal: most plots are like others."""
    made = {row: of_row(row) for row in set(rows)}
    return [made[row] for row in rows]


def named(told: Mapping[str, Mask | bool], plots: int) -> list[tuple[str, ...]]:
    """The names that are true of each plot, in their order."""
    some = {name: np.broadcast_to(is_so, plots) for name, is_so in told.items() if np.any(is_so)}
    if not some:
        return [()] * plots
    rows = list(zip(*(is_so.tolist() for is_so in some.values()), strict=True))
    return alike(rows, lambda row: tuple(compress(some, row)))
