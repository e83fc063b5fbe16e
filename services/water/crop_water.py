"""Water that a crop needs in its season (methods 4.3): coefficients by day, when the season begins, effective rain."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.water.calendar import YEAR_MONTHS
from services.water.crop_table import CropWater

Floats = NDArray[np.float64]
WIND_M_S: Final = 2.0
RH_MIN_PCT: Final = 45.0
"""Climate that the coefficients of FAO-56 table 12 are for."""
LEAST_END_KC: Final = 0.45


@dataclass(frozen=True, slots=True)
class Season:
    """One season within 12 months, which are taken for a circle: a season that runs past their end goes on at their start."""

    start: int
    """Month of the 12 on whose first day it begins."""
    kc: Floats
    """[days] coefficient of each day."""
    rainfed_start: bool
    """Whether any month has the rain to begin a season."""


@dataclass(frozen=True, slots=True)
class CropNeed:
    """Sums of one season, mm."""

    etc_mm: float
    peff_mm: float
    """Effective rain of the season's days."""
    green_mm: float
    """What of the need effective rain covers."""
    deficit_mm: float
    """What it does not."""


def adjusted_kc(kc: float, height_m: float, wind_2m_m_s: float, rh_min_pct: float, is_end: bool = False) -> float:
    """A mid-season coefficient in another climate (FAO-56 equation 62); an end one likewise unless it is below 0.45 (equation 65)."""
    if is_end and kc < LEAST_END_KC:
        return kc
    return kc + (0.04 * (wind_2m_m_s - WIND_M_S) - 0.004 * (rh_min_pct - RH_MIN_PCT)) * math.pow(height_m / 3, 0.3)


def kc_by_day(crop: CropWater, year_days: int) -> Floats:
    """Coefficient of each day of a season: level, rising, level, falling (FAO-56 figure 34); mid-season all the year for some."""
    initial, middle, end = crop.kc
    if crop.days is None:
        return np.full(year_days, middle)
    first, rise, level, fall = crop.days
    rising = initial + (middle - initial) * np.arange(1, rise + 1) / rise
    falling = middle + (end - middle) * np.arange(1, fall + 1) / fall
    return np.concatenate([np.full(first, initial), rising, np.full(level, middle), falling])


def season_of(crop: CropWater, rain_mm: Floats, et0_mm: Floats, days: Floats, growing_min_share: float) -> Season:
    """The season of a crop in 12 months of rain and reference evapotranspiration.

    It begins with the longest run of months whose rain is at least `growing_min_share` of ET0, the months taken as a circle; of
    equal runs with the first. Where all months are such it begins after the driest (least rain over ET0), where none is, with
    the wettest.
    A crop that stands all the year begins with the first month.
    """
    kc = kc_by_day(crop, int(days.sum()))
    if crop.days is None:
        return Season(0, kc, True)
    share = np.where(et0_mm > 0, rain_mm / np.where(et0_mm > 0, et0_mm, 1.0), np.inf)
    grows = share >= growing_min_share
    if grows.all():
        return Season((int(np.argmin(share)) + 1) % YEAR_MONTHS, kc, True)
    if not grows.any():
        return Season(int(np.argmax(share)), kc, False)
    runs = [_run(grows, month) for month in range(YEAR_MONTHS)]
    return Season(int(np.argmax(runs)), kc, True)


def _run(grows: NDArray[np.bool_], month: int) -> int:
    """How many months in a row from this one on have rain."""
    turned = np.roll(grows, -month)
    return YEAR_MONTHS if turned.all() else int(np.argmin(turned))


def effective_rain_mm(rain_mm: Floats) -> Floats:
    """Effective rain of months by USDA's Soil Conservation Service, mm (methods 4.3)."""
    return np.where(rain_mm <= 250.0, rain_mm * (125.0 - 0.2 * rain_mm) / 125.0, 125.0 + 0.1 * rain_mm)


def need_of(season: Season, rain_mm: Floats, et0_mm: Floats, days: Floats) -> CropNeed:
    """What the season needs and gets, from rain, ET0 and days of 12 months.

    A month's ET0 and effective rain are shared out evenly over its days. Green and deficit are reckoned month by month.
    """
    order = (season.start + np.arange(YEAR_MONTHS)) % YEAR_MONTHS
    month = np.repeat(order, days[order].astype(np.int64))[: len(season.kc)]
    etc = et0_mm / days * np.bincount(month, weights=season.kc[: len(month)], minlength=YEAR_MONTHS)
    share = np.bincount(month, minlength=YEAR_MONTHS) / days
    rain = effective_rain_mm(rain_mm) * share
    green, lacking = np.minimum(etc, rain), np.maximum(0.0, etc - rain)
    return CropNeed(float(etc.sum()), float(rain.sum()), float(green.sum()), float(lacking.sum()))
