"""The constants of the method: its version, thresholds, layers, and which bands in time it reads of each."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from contracts.v1.results.water import EtSource, RainSource, SoilSource
from services.water.calendar import Kind

METHOD_VERSION: Final = "1.0.0"
BASINS: Final = "aqueduct40"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """thresholds.toml, field by field."""

    known_min_share: float
    level_min_share: float
    climatology_min_years: int
    climatology_max_years: int
    aridity_years: int
    max_lag_months: int
    soil_months_tried: int
    hyper_arid_below: float
    arid_below: float
    semi_arid_below: float
    dry_sub_humid_below: float
    growing_min_share: float
    leached_share: float
    max_nitrogen_mg_l: float
    natural_nitrogen_mg_l: float
    support_min_ratio: float
    point_sample_ha: float


def thresholds() -> dict[str, int | float]:
    """Every threshold by name, as stored with a run."""
    return dict(tomllib.loads((files(__package__) / "thresholds.toml").read_text("utf-8")))


@cache
def rules() -> Thresholds:
    """The thresholds with their types."""
    values: dict[str, Any] = thresholds()
    return Thresholds(**values)


@dataclass(frozen=True, slots=True)
class Series:
    """Bands in time of one variable of a layer."""

    layer: str
    variable: str
    """As the catalogue's; empty where the layer has one."""
    kind: Kind
    earlier_years: int
    """Whole years that are read before the latest one."""
    same_months: int = 0
    """Of the newest months only so many are read, and the same months of the earlier years; 0: every month."""


def series() -> dict[str, Series]:
    """Everything that the method reads of raster layers, by our names."""
    held = rules()
    long, short = held.climatology_max_years, 0
    return {
        "chirps3": Series("chirps3", "", "total", short),
        "wapor3_et": Series("wapor3_aeti", "", "rate", long),
        "wapor3_pet": Series("wapor3_ret", "", "rate", short),
        "mod16_et": Series("mod16", "ET_500m", "total", long),
        "mod16_pet": Series("mod16", "PET_500m", "total", short),
        "terraclimate_et": Series("terraclimate", "aet", "total", long),
        "terraclimate_pet": Series("terraclimate", "pet", "total", held.aridity_years - 1),
        "terraclimate_rain": Series("terraclimate", "ppt", "total", held.aridity_years - 1),
        "terraclimate_soil": Series("terraclimate", "soil", "level", long - 1, held.soil_months_tried),
        "smap_l4": Series("smap_l4", "", "level", long - 1, held.soil_months_tried),
        "ssebop": Series("ssebop", "", "total", long),
        "mod11": Series("mod11", "LST_Day_1km", "level", long),
    }


ET_SOURCES: Final[dict[EtSource, tuple[str, str | None]]] = {
    "wapor3": ("wapor3_et", "wapor3_pet"),
    "mod16": ("mod16_et", "mod16_pet"),
    "terraclimate": ("terraclimate_et", "terraclimate_pet"),
    "ssebop": ("ssebop", None),
}
"""Actual and potential evapotranspiration of one source, the first that is known before the others: none are ever mixed.

SSEBop has no potential one: it gives what needs none.
"""
RAIN: Final[dict[RainSource, str]] = {"chirps3": "chirps3", "terraclimate": "terraclimate_rain"}
SOIL: Final[dict[SoilSource, str]] = {"smap_l4": "smap_l4", "terraclimate": "terraclimate_soil"}
REFERENCE_ET: Final = ("wapor3_pet", "terraclimate_pet")
"""Reference evapotranspiration of grass by Penman-Monteith, which crop coefficients multiply. MOD16's PET is none."""
GAPS: Final = {
    32761: "unclassified",
    32762: "urban",
    32763: "wetland",
    32764: "snow_ice",
    32765: "barren",
    32766: "water",
    32767: "fill",
}
"""Codes of MOD16 where it has no evapotranspiration: 32762, 32763, 32765 and 32766 [V, methods 4.3], the others [S]."""
LAYERS: Final = (BASINS, *sorted({"chirps3", "wapor3_aeti", "wapor3_ret", "mod16", "mod11", "terraclimate", "smap_l4", "ssebop"}))
