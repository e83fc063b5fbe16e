"""Indicators of climate (methods 4.2): ratios, anomalies against the same months of earlier years, percentiles, balances."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.water import AridityClass
from services.water.calendar import YEAR_MONTHS, Monthly
from services.water.rules import Thresholds

Floats = NDArray[np.float64]
PLOTTING_A: Final = 0.44
"""Gringorten's plotting position: 100 (rank - 0.44) / (n + 0.12)."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A year against the same months of earlier years."""

    difference: float
    """Year less mean, in the units of the series."""
    percent: float | None
    """Difference over the mean, %; None for a mean of 0."""
    z: float | None
    """Difference over the standard deviation of the earlier years (n - 1); None when they do not differ."""
    years: int
    """Earlier years that are wholly known."""


def ratio(upper: Floats, lower: Floats) -> float | None:
    """Sum over sum, such as P over PET of the same months; None when the lower sum is 0."""
    total = float(lower.sum())
    return float(upper.sum()) / total if total > 0 else None


def aridity_class(p_pet: float, held: Thresholds) -> AridityClass:
    """UNEP's class of a mean P:PET of many years."""
    bounds: tuple[tuple[float, AridityClass], ...] = (
        (held.hyper_arid_below, "hyper_arid"),
        (held.arid_below, "arid"),
        (held.semi_arid_below, "semi_arid"),
        (held.dry_sub_humid_below, "dry_sub_humid"),
    )
    return next((name for below, name in bounds if p_pet < below), "humid")


def long_ratio(upper: Monthly, lower: Monthly, after: int, years: int) -> float | None:
    """Sum over sum of the `years` years before month `after`, of one plot; None unless every month of them is known."""
    first, count = after - years * YEAR_MONTHS, years * YEAR_MONTHS
    above, below = upper.of(first, count)[0], lower.of(first, count)[0]
    return ratio(above, below) if np.isfinite(above).all() and np.isfinite(below).all() else None


def anomaly(series: Monthly, first: int, most_years: int, mean_of_months: bool = False) -> Anomaly | None:
    """The 12 months from `first` on against the same 12 of up to `most_years` earlier years; of one plot.

    Sums of the 12 months, or their means. Earlier years that lack a month do not count. None without any.
    """
    total = np.mean if mean_of_months else np.sum
    year = float(total(series.of(first, YEAR_MONTHS)[0]))
    earlier = np.array(
        [
            total(months)
            for back in range(1, most_years + 1)
            if np.isfinite(months := series.of(first - back * YEAR_MONTHS, YEAR_MONTHS)[0]).all()
        ]
    )
    if not len(earlier):
        return None
    mean = float(earlier.mean())
    spread = float(earlier.std(ddof=1)) if len(earlier) > 1 else 0.0
    difference = year - mean
    return Anomaly(difference, 100 * difference / mean if mean else None, difference / spread if spread > 0 else None, len(earlier))


def same_month(series: Monthly, month: int, most_years: int) -> Floats:
    """Values of one plot in a month and in the same month of earlier years, at most `most_years` in all; what is known, latest first."""
    found = np.array([series.of(month - back * YEAR_MONTHS, 1)[0, 0] for back in range(most_years)])
    known: Floats = found[np.isfinite(found)]
    return known


def percentile(value: float, among: Floats) -> float:
    """Plotting position of `value` in a sample that holds it, in % (methods 4.2); ties have their middle rank."""
    rank = float((among < value).sum()) + (float((among == value).sum()) + 1) / 2
    return 100 * (rank - PLOTTING_A) / (len(among) + 1 - 2 * PLOTTING_A)


def stress_index(eta: Floats, etp: Floats) -> float | None:
    """`1 - ETa / ETp` of the same months and one source, within 0 and 1; None when nothing could evaporate."""
    share = ratio(eta, etp)
    return None if share is None else min(1.0, max(0.0, 1.0 - share))


def climatic_deficit_mm(pet: Floats, eta: Floats) -> float:
    """Sum over months of what could have evaporated and did not, mm."""
    return float(np.maximum(0.0, pet - eta).sum())


def water_balance_mm(rain: Floats, eta: Floats) -> float:
    """Sum of rain less evapotranspiration, mm."""
    return float((rain - eta).sum())
