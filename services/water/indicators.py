"""Indicators of climate of one plot from its months: which source, which year, and why something is not known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.water.calendar import YEAR_MONTHS, Floats, Monthly, latest_year, month_start
from services.water.climate import (
    anomaly,
    aridity_class,
    climatic_deficit_mm,
    long_ratio,
    percentile,
    ratio,
    same_month,
    stress_index,
    water_balance_mm,
)
from services.water.rules import ET_SOURCES, RAIN, SOIL, Thresholds

KELVIN_AT_0_C = 273.15


@dataclass
class Found:
    """What is gathered of one plot."""

    values: dict[str, Any] = field(default_factory=dict)
    """By field of the result; what is absent is not known."""
    periods: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Months:
    """The series of one plot, and the months that count."""

    series: Mapping[str, Monthly]
    """By the names of `rules.series`; of one plot, those that were read."""
    earliest: int
    latest: int
    """First and last whole month of the window."""
    rules: Thresholds

    def year(self, names: Iterable[str]) -> int | None:
        """First month of the latest year that all of the series know; None when one was not read."""
        held = [self.series.get(name) for name in names]
        known = [one for one in held if one is not None]
        first = max(self.earliest, self.latest - YEAR_MONTHS - self.rules.max_lag_months + 1)
        return latest_year(known, first, self.latest) if len(known) == len(held) else None

    def of(self, name: str, first: int) -> Floats:
        """The 12 months of a series from `first` on."""
        months: Floats = self.series[name].of(first, YEAR_MONTHS)[0]
        return months


def period(first: int, months: int = YEAR_MONTHS) -> str:
    """First and last month as text."""
    return f"{month_start(first):%Y-%m}/{month_start(first + months - 1):%Y-%m}"


def climate(months: Months) -> Found:
    """Every indicator of climate of one plot."""
    found = Found()
    if months.latest - months.earliest + 1 < YEAR_MONTHS:
        found.reasons.add("window_short")
    year = _evapotranspiration(months, found)
    _et_anomaly(months, found)
    _rain(months, year, found)
    _aridity(months, found)
    _temperature(months, found)
    _soil_moisture(months, found)
    return found


def _evapotranspiration(months: Months, found: Found) -> int | None:
    """The year of the first source that knows actual and, if it has one, potential evapotranspiration; never of two."""
    for source, (actual, potential) in ET_SOURCES.items():
        first = months.year((actual,) if potential is None else (actual, potential))
        if first is None:
            continue
        eta = months.of(actual, first)
        found.periods["et"] = period(first)
        found.values |= {"et_source": source, "et_mm_yr": float(eta.sum())}
        if potential is None:
            found.reasons.add("no_year:pet")
            return first
        etp = months.of(potential, first)
        found.values |= {
            "pet_mm_yr": float(etp.sum()),
            "water_stress_index": stress_index(eta, etp),
            "climatic_deficit_mm": climatic_deficit_mm(etp, eta),
        }
        return first
    found.reasons.add("no_year:et")
    return None


def _et_anomaly(months: Months, found: Found) -> None:
    """Of the first source whose record is long enough: that of the year may be too young."""
    for source, (actual, _) in ET_SOURCES.items():
        first = months.year((actual,))
        told = None if first is None else anomaly(months.series[actual], first, months.rules.climatology_max_years)
        if first is None or told is None or told.years < months.rules.climatology_min_years:
            continue
        found.periods["et_anomaly"] = period(first)
        found.values |= {"et_anomaly_source": source, "et_anomaly_pct": told.percent, "et_z": told.z, "et_climatology_years": told.years}
        return
    found.reasons.add("climatology_short:et")


def _rain(months: Months, year: int | None, found: Found) -> None:
    """Rain of the year of evapotranspiration, and their balance; else of its own latest year."""
    for source, name in RAIN.items():
        if year is not None and name in months.series and np.isfinite(months.of(name, year)).all():
            rain = months.of(name, year)
            found.periods["rain"] = period(year)
            balance = water_balance_mm(rain, months.of(ET_SOURCES[found.values["et_source"]][0], year))
            found.values |= {"precip_source": source, "precip_mm_yr": float(rain.sum()), "water_balance_mm": balance}
            return
    found.reasons.add("no_common_year:water_balance")
    for source, name in RAIN.items():
        first = months.year((name,))
        if first is not None:
            found.periods["rain"] = period(first)
            found.values |= {"precip_source": source, "precip_mm_yr": float(months.of(name, first).sum())}
            return
    found.reasons.add("no_year:rain")


def _aridity(months: Months, found: Found) -> None:
    """P:PET of one source, TerraClimate: of the latest year, and of the 30 years that end with it."""
    rain, pet = "terraclimate_rain", "terraclimate_pet"
    first = months.year((rain, pet))
    if first is None:
        found.reasons.add("no_year:p_pet")
        return
    found.periods["p_pet"] = period(first)
    found.values["p_pet_ratio"] = ratio(months.of(rain, first), months.of(pet, first))
    years = months.rules.aridity_years
    index = long_ratio(months.series[rain], months.series[pet], first + YEAR_MONTHS, years)
    if index is None:
        found.reasons.add("climatology_short:aridity")
        return
    found.periods["aridity"] = period(first - (years - 1) * YEAR_MONTHS, years * YEAR_MONTHS)
    found.values |= {"aridity_index": index, "aridity_class": aridity_class(index, months.rules)}


def _temperature(months: Months, found: Found) -> None:
    first = months.year(("mod11",))
    if first is None:
        found.reasons.add("no_year:lst")
        return
    found.periods["lst"] = period(first)
    found.values["lst_day_c"] = float(months.of("mod11", first).mean()) - KELVIN_AT_0_C
    told = anomaly(months.series["mod11"], first, months.rules.climatology_max_years, mean_of_months=True)
    if told is None or told.years < months.rules.climatology_min_years:
        found.reasons.add("climatology_short:lst")
        return
    found.values["lst_anomaly_k"] = told.difference


def _soil_moisture(months: Months, found: Found) -> None:
    """Percentile of the latest month of the window that is known, of the first source whose record is long enough."""
    rules = months.rules
    for source, name in SOIL.items():
        held = months.series.get(name)
        if held is None:
            continue
        last = min(months.latest, held.after - 1)
        first = max(months.earliest, months.latest - rules.max_lag_months, last - rules.soil_months_tried + 1)
        for month in range(last, first - 1, -1):
            among = same_month(held, month, rules.climatology_max_years)
            value = held.of(month, 1)[0, 0]
            if np.isfinite(value) and len(among) >= rules.climatology_min_years:
                found.periods["soil_moisture"] = period(month, 1)
                found.values |= {"soil_moisture_source": source, "soil_moisture_pct": percentile(float(value), among)}
                return
    found.reasons.add("climatology_short:soil_moisture")
