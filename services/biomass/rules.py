"""The choices of the method: its version, and its thresholds as this deployment sets them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any, Literal

from shared.errors import Refused
from shared.tuning import CODE

METHOD_VERSION = "1.0.0"
FIRST_YEAR = 2001
"""First year of Hansen's losses, and of every list by year of loss."""

Allocation = Literal["equal", "linear_midpoint", "linear_stepped"]
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "approach": ("loss_x_stock", "stock_change"),
    "allocation": ("equal", "linear_midpoint", "linear_stepped"),
    "fuel": ("ipcc", "wri"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """thresholds.toml, field by field."""

    approach: Literal["loss_x_stock", "stock_change"]
    allocation: Allocation
    look_back_years: int
    forest_min_cover_pct: int
    apart_drivers: tuple[int, ...]
    known_min_share: float
    covered_min_share: float
    region_min_ha: float
    point_default_area_ha: float
    high_agb_tha: float
    tropics_max_lat_deg: float
    temperate_max_lat_deg: float
    dry_max_rain_mm: float
    moist_max_rain_mm: float
    rainforest_min_rain_mm: float
    dead_wood_high_min_m: float
    montane_min_m: float
    count_clearing_fires: bool
    fuel: Literal["ipcc", "wri"]
    correlation_km: float
    bounds_sd: float


def thresholds(changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every threshold by name, with those that a deployment has `changed`.

    Raises Refused (`thresholds_invalid`) for a name that there is not, and for a value of another kind or choice.
    """
    text = files("services.biomass").joinpath("thresholds.toml").read_text(encoding="utf-8")
    values: dict[str, Any] = tomllib.loads(text)
    for name, value in (changed or {}).items():
        if name not in values:
            raise Refused(f"luc_emissions has no threshold {name}", CODE)
        is_one = isinstance(value, (int, float) if isinstance(values[name], float) else type(values[name]))
        if not is_one or isinstance(value, bool) != isinstance(values[name], bool) or value not in _CHOICES.get(name, (value,)):
            raise Refused(f"threshold {name} of luc_emissions cannot be {value!r}", CODE)
        values[name] = float(value) if isinstance(values[name], float) else value
    return values


def rules_of(values: Mapping[str, Any]) -> Rules:
    """The thresholds with their types."""
    named: dict[str, Any] = {field.name: values[field.name] for field in fields(Rules)}
    return Rules(**{**named, "apart_drivers": tuple(values["apart_drivers"])})
