"""From columns over plots to what each plot is told: plots that are alike are told the same, and it is made once."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields
from itertools import compress
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
T = TypeVar("T")
R = TypeVar("R", bound=Hashable)
C = TypeVar("C")


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


def taken(columns: C, at: NDArray[np.integer] | slice) -> C:
    """A dataclass of columns (arrays, mappings of arrays, and dataclasses of these) at some places."""
    some: C = _each(lambda column: column[at], columns)
    return some


def replaced(columns: C, at: NDArray[np.integer], others: C) -> C:
    """The columns with those of `others` at some places."""

    def put(column: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
        new = column.copy()
        new[at] = other
        return new

    changed: C = _each(put, columns, others)
    return changed


def _each(of_arrays: Callable[..., NDArray[Any]], *columns: Any) -> Any:
    first = columns[0]
    if isinstance(first, np.ndarray):
        return of_arrays(*columns)
    if isinstance(first, Mapping):
        return {name: _each(of_arrays, *(one[name] for one in columns)) for name in first}
    return type(first)(*(_each(of_arrays, *(getattr(one, field.name) for one in columns)) for field in fields(first)))
