"""Twelve significant digits, as far as a map knows and further: of a number and of arrays, in the same bits."""

from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_DIGITS = 12
_POWERS = np.array([float(10**power) for power in range(23)])
"""Powers of ten that a float holds exactly."""
_NEAR_HALF = 1e-3
"""Scaled to twelve digits a number is wrong by 1e-4 of the last at most: so near to a half it is not said here which way it goes."""


def rounded(value: float | np.floating[Any]) -> float | None:
    """Twelve significant digits; None for nan. A zero has no sign."""
    number = float(value)
    if number == 0.0:
        return 0.0
    return None if isnan(number) else float(f"{number:.{_DIGITS}g}")


def all_rounded(values: Floats) -> list[Any]:
    """`rounded` of each, as lists of the shape of the array."""
    some = np.isfinite(values) & (values != 0.0)
    found = np.where(values == 0.0, 0.0, values).astype(object)
    found[some] = _to_digits(values[some])
    found[np.isnan(values)] = None
    listed: list[Any] = found.tolist()
    return listed


def _to_digits(values: Floats) -> Floats:
    """Of finite numbers other than 0: a whole number of twelve digits over a power of ten, whose quotient is the nearest float."""
    power = _DIGITS - 1 - np.floor(np.log10(np.abs(values))).astype(np.int64)
    held = (power >= 0) & (power < len(_POWERS))
    scale = _POWERS[np.where(held, power, 0)]
    scaled = values * scale
    whole = np.rint(scaled)
    size = np.abs(whole)
    sure = held & (size >= 10.0 ** (_DIGITS - 1)) & (size < 10.0**_DIGITS) & (np.abs(np.abs(scaled - whole) - 0.5) > _NEAR_HALF)
    found: Floats = whole / scale
    found[~sure] = [float(f"{value:.{_DIGITS}g}") for value in values[~sure].tolist()]
    return found
