"""The constants of the method: its version, thresholds, layers, and which years a window of dates holds."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Refused
from shared.tuning import CODE

METHOD_VERSION = "1.1.0"
CUT_OFF = date(2020, 12, 31)
FIRST_YEAR = 2021
"""The first year after the cut-off; bit 0 of every set of years."""
MAX_YEARS = 16
"""Years that a set of bits can hold."""
HANSEN_EPOCH = 2000
HANSEN_FIRST_YEAR = 2001


_Share = Annotated[float, Field(ge=0, le=1)]
_Hectares = Annotated[float, Field(gt=0, le=1e6)]
_Years = Annotated[int, Field(ge=0, le=15)]
_Cells = Annotated[int, Field(ge=10_000, le=100_000_000)]
_Votes = Annotated[int, Field(ge=1, le=10)]


class Thresholds(BaseModel):
    """thresholds.toml, field by field, with what each may be changed to."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    critical_area_ha: _Hectares
    critical_overlap: _Share
    forest_min_patch_ha: Annotated[float, Field(gt=0, le=10)]
    forest_min_cover_pct: Annotated[int, Field(ge=0, le=99)]
    votes_for_disputed_forest: _Votes
    covered_min_share: Annotated[float, Field(gt=0.5, le=1)]
    value_min_share: _Share
    commodity_min_share: _Share
    max_observation_lag_days: Annotated[int, Field(ge=0, le=3660)]
    recent_degradation_years: _Years
    agreement_max_gap_years: _Years
    two_sensor_min_share: _Share
    high_min_vote_ratio: tuple[_Votes, _Votes]
    low_below_vote_share: _Share
    edge_patch_min_outside_share: _Share
    late_2020_days: Annotated[int, Field(ge=0, le=366)]
    confirmed_min_share: _Share
    agreeing_plantation_layers: Annotated[int, Field(ge=2, le=10)]
    natural_forest_min_code: Annotated[int, Field(ge=1, le=250)]
    position_accuracy_m: Annotated[float, Field(ge=0, le=100)]
    point_default_area_ha: _Hectares
    area_tolerance_share: Annotated[float, Field(gt=0, le=0.01)]
    max_window_cells: _Cells
    max_group_cells: _Cells
    max_group_waste: Annotated[float, Field(ge=1, le=100)]
    free_group_cells: _Cells


@cache
def published() -> Mapping[str, Any]:
    """Every threshold of the method by name."""
    text = files("services.deforestation").joinpath("thresholds.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def thresholds(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every threshold by name, as stored with a run: the method's, with the changes of a deployment."""
    return {**published(), **(changes or {})}


def rules(changes: Mapping[str, Any] | None = None) -> Thresholds:
    """The thresholds with their types. Raises Refused (`thresholds_invalid`) for a change that is none, or out of range."""
    try:
        return Thresholds.model_validate({name: _typed(value) for name, value in thresholds(changes).items()})
    except ValidationError as problem:
        first = problem.errors()[0]
        raise Refused(f"threshold {'.'.join(map(str, first['loc']))}: {first['msg']}", code=CODE) from problem


def _typed(value: Any) -> Any:
    """TOML has no tuples."""
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Period:
    """The years that count, as sets of bits (bit 0 is 2021), and how far each family has looked."""

    first_day: date
    end_date: date
    years: int
    """Bits of the years whose interval [Y-01-01, Y-12-31] meets [first_day, end_date]."""
    hansen_last: int
    tmf_last: int
    alerts: bool = False
    """Whether any alert system is configured: it may see events up to the end of the window."""
    wood: bool = False
    """Whether the commodity is wood: degradation is loss then."""

    @property
    def last_year(self) -> int:
        """The last year of any family, or of the window where there are alerts: yearly series run from 2021 to it."""
        alerts_last = min(self.end_date.year, FIRST_YEAR + MAX_YEARS - 1) if self.alerts else CUT_OFF.year
        return max(self.hansen_last, self.tmf_last, alerts_last)


def period(start_date: date, end_date: date, hansen_last: int, tmf_last: int, alerts: bool = False, wood: bool = False) -> Period:
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
    return Period(first_day, end_date, years, hansen_last, tmf_last, alerts, wood)


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
