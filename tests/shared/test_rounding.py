"""Rounding an array gives what rounding each number gives, bit for bit."""

import struct
from typing import Any

import numpy as np
from hypothesis import example, given, strategies as st

from shared.rounding import all_rounded, rounded


def bits(value: float | None) -> bytes | None:
    return None if value is None else struct.pack("d", value)


HALVES = st.builds(lambda whole, power: (whole + 0.5) / 10.0**power, st.integers(10**11, 10**12 - 1), st.integers(-3, 25))
"""Numbers whose thirteenth digit is a five and the last."""


@given(st.lists(st.floats(allow_infinity=False) | HALVES | st.integers(-(10**15), 10**15).map(float) | st.floats(0, 1e6), max_size=50))
@example([0.0, -0.0, float("nan"), 1e-310, 999999999999.5, 9.999999999995, 0.1, 1e22, 1e23, 1 / 3, -2 / 3, 123456789012.5, 5e-324])
def test_arrays_are_rounded_as_numbers_are(values: list[float]) -> None:
    assert [bits(value) for value in all_rounded(np.array(values, dtype=np.float64))] == [bits(rounded(value)) for value in values]


def test_amounts_of_a_result_by_the_million() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([10.0 ** rng.uniform(-6, 7, 100_000), np.round(rng.uniform(0, 1e4, 100_000), 3), rng.uniform(0, 1, 100_000)])
    assert all_rounded(values) == [rounded(value) for value in values.tolist()]


def test_lists_keep_the_shape_of_the_array() -> None:
    assert all_rounded(np.array([[1.0, np.nan], [-0.0, 2.5]])) == [[1.0, None], [0.0, 2.5]]
    empty: list[Any] = all_rounded(np.empty((0, 3)))
    assert empty == [] and rounded(float("nan")) is None
