"""Columns over plots: what is true of each is named, and dataclasses of columns are taken and changed at places."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.columns import alike, named, replaced, taken


@dataclass(frozen=True)
class Inner:
    days: NDArray[np.datetime64]


@dataclass(frozen=True)
class Table:
    area: NDArray[np.float64]
    shares: Mapping[str, NDArray[np.float64]]
    inner: Inner


def table() -> Table:
    days = np.array(["2021-01-01", "NaT", "2023-01-01"], dtype="datetime64[D]")
    return Table(np.array([1.0, 2.0, 3.0]), {"a": np.array([0.1, 0.2, 0.3])}, Inner(days))


def test_names_stand_in_the_order_given_and_hold_of_their_plots_alone() -> None:
    told = {"b": np.array([True, False, True]), "a": np.array([True, False, False]), "c": False, "d": np.zeros(3, dtype=bool)}
    assert named(told, 3) == [("b", "a"), (), ("b",)]
    assert named({"all": True}, 2) == [("all",), ("all",)]
    assert named({}, 2) == [(), ()] and named({"a": np.zeros(0, dtype=bool)}, 0) == []


def test_plots_that_are_alike_are_told_one_thing_made_once() -> None:
    made: list[int] = []

    def of_row(row: int) -> list[int]:
        made.append(row)
        return [row]

    found = alike([1, 2, 1], of_row)
    assert found == [[1], [2], [1]] and found[0] is found[2] and sorted(made) == [1, 2]


def test_columns_are_taken_in_the_order_of_the_places() -> None:
    some = taken(table(), np.array([2, 0]))
    assert some.area.tolist() == [3.0, 1.0] and some.shares["a"].tolist() == [0.3, 0.1]
    assert np.datetime_as_string(some.inner.days).tolist() == ["2023-01-01", "2021-01-01"]


def test_columns_are_changed_at_places_and_the_first_stay_as_they_were() -> None:
    first = table()
    changed = replaced(first, np.array([1]), taken(first, np.array([2])))
    assert changed.area.tolist() == [1.0, 3.0, 3.0] and changed.shares["a"].tolist() == [0.1, 0.3, 0.3]
    assert changed.inner.days[1] == changed.inner.days[2]
    assert first.area.tolist() == [1.0, 2.0, 3.0]
