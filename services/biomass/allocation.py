"""How the loss of a year is charged to the years after it: three weightings of the same twenty years, each of which sums to one."""

import numpy as np
from numpy.typing import NDArray

from services.biomass.rules import Allocation

Floats = NDArray[np.float64]


def weights(allocation: Allocation, look_back_years: int) -> Floats:
    """Share of a loss that is charged to the year `t` after it, t = 0 … look_back_years - 1; sums to 1 (methods 2.5).

    `equal` 1/n; `linear_midpoint` (2n - 1 - 2t)/n², for 20 years 9.75 %, 9.25 % … 0.25 %; `linear_stepped` 2(n - t)/(n² + n).
    """
    n = look_back_years
    t = np.arange(n, dtype=np.float64)
    if allocation == "equal":
        return np.full(n, 1.0 / n)
    if allocation == "linear_midpoint":
        return (2 * n - 1 - 2 * t) / n**2
    return 2 * (n - t) / (n * (n + 1))


def charged(allocation: Allocation, look_back_years: int, reporting_year: int, first_year: int, years: int) -> Floats:
    """Weight of the loss of each of `years` years from `first_year` in the reporting year: 0 for later and for older ones; [years]."""
    by_age = weights(allocation, look_back_years)
    age = reporting_year - (first_year + np.arange(years))
    inside = (age >= 0) & (age < look_back_years)
    return np.where(inside, by_age[np.clip(age, 0, look_back_years - 1)], 0.0)
