"""The constants of the method: its version, thresholds, layers, and which years a window of dates holds."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

METHOD_VERSION = "1.0.0"
CUT_OFF = date(2020, 12, 31)
FIRST_YEAR = 2021
"""The first year after the cut-off; bit 0 of every set of years."""
MAX_YEARS = 16
"""Years that a set of bits can hold."""
HANSEN_EPOCH = 2000
HANSEN_FIRST_YEAR = 2001


@dataclass(frozen=True, slots=True)
class Thresholds:
    """thresholds.toml, field by field."""

    critical_area_ha: float
    critical_overlap: float
    forest_min_patch_ha: float
    forest_min_cover_pct: int
    votes_for_disputed_forest: int
    covered_min_share: float
    value_min_share: float
    commodity_min_share: float
    max_observation_lag_days: int
    recent_degradation_years: int
    agreement_max_gap_years: int
    two_sensor_min_share: float
    high_min_vote_ratio: tuple[int, int]
    low_below_vote_share: float
    edge_patch_min_outside_share: float
    position_accuracy_m: float
    point_default_area_ha: float
    area_tolerance_share: float
    max_window_cells: int
    max_group_cells: int
    max_group_waste: float
    free_group_cells: int


def thresholds() -> dict[str, int | float | list[int]]:
    """Every threshold by name, as stored with a run."""
    text = files("services.deforestation").joinpath("thresholds.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text))


@cache
def rules() -> Thresholds:
    """The thresholds with their types."""
    values: dict[str, Any] = thresholds()
    return Thresholds(**{**values, "high_min_vote_ratio": tuple(values["high_min_vote_ratio"])})


@dataclass(frozen=True, slots=True)
class Period:
    """The years that count, as sets of bits (bit 0 is 2021), and how far each family has looked."""

    first_day: date
    end_date: date
    years: int
    """Bits of the years whose interval [Y-01-01, Y-12-31] meets [first_day, end_date]."""
    hansen_last: int
    tmf_last: int

    @property
    def last_year(self) -> int:
        """The last year of any family: yearly series run from 2021 to it."""
        return max(self.hansen_last, self.tmf_last)


def period(start_date: date, end_date: date, hansen_last: int, tmf_last: int) -> Period:
    """The period of (max(start_date, cut-off), end_date]. Raises ValueError when a family outlives the sets of years."""
    last = max(hansen_last, tmf_last)
    if last >= FIRST_YEAR + MAX_YEARS:
        raise ValueError(f"years up to {last} do not fit in {MAX_YEARS} bits")
    first_day = max(start_date, CUT_OFF) + timedelta(days=1)
    years = sum(
        1 << (year - FIRST_YEAR)
        for year in range(FIRST_YEAR, last + 1)
        if first_day <= date(year, 12, 31) and date(year, 1, 1) <= end_date and first_day <= end_date
    )
    return Period(first_day, end_date, years, hansen_last, tmf_last)


@cache
def annual_change_bands(tmf_last: int) -> tuple[str, ...]:
    """TMF's yearly maps from December 2020 on."""
    return tuple(f"jrc_tmf.AnnualChange_{year}" for year in range(CUT_OFF.year, tmf_last + 1))


@cache
def required_bands(tmf_last: int) -> Mapping[str, tuple[str, ...]]:
    """By layer, the bands without which the layer does not speak."""
    bands = {
        "jrc_gfc2020": ("jrc_gfc2020.map",),
        "hansen_gfc": ("hansen_gfc.treecover2000", "hansen_gfc.lossyear"),
        "jrc_tmf": (*annual_change_bands(tmf_last), "jrc_tmf.DeforestationYear", "jrc_tmf.DegradationYear"),
    }
    return MappingProxyType(bands)


OPTIONAL_BANDS = {
    "jrc_gfc2020": (),
    "hansen_gfc": ("hansen_gfc.datamask", "hansen_gfc.gain"),
    "jrc_tmf": ("jrc_tmf.TransitionMap_Subtypes",),
}
"""Bands that may be absent by configuration: the result is then more cautious, never clearer."""


def layer_bands(tmf_last: int) -> tuple[str, ...]:
    """Every band that the method reads, as `layer.band`."""
    required = required_bands(tmf_last)
    return tuple(band for layer in required for band in (*required[layer], *OPTIONAL_BANDS[layer]))
